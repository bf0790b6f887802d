"""The layers of a model, and what its schedule waits for, as ONNX operations: what `model/transformer.py` says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from altac.export.onnx_graph import Graph, Value
from altac.ir.arrays import Array
from altac.model.learned import LearnedLayer, LearnedMLP
from altac.model.transformer import MLP, Attention, Readout, TransformerLayer

ACTIVATIONS = {LearnedMLP.ACTIVATIONS[name.lower()]: name for name in ("Relu", "Sigmoid", "Tanh")}
Format = np.dtype[np.float32] | np.dtype[np.float64]


@dataclass(frozen=True)
class Batch:
    """What is known of a batch before its first layer.

    Attributes:
        valid: (batch, length), false at padding; `valid_stream` the same with one more axis.
        keys: (batch, 1, length + 1), zero where a key may be looked at, minus infinity at padding; the sink is last.
        distance: (length, length) from query to key.
        margin: a value that is so far from 0 and 1 is a mixture.
    """

    valid: Value
    valid_stream: Value
    keys: Value
    distance: Value
    margin: Value


@dataclass(frozen=True)
class Head:
    """What a head adds to its scores in every round, (batch, length, length + 1); or all of its pattern."""

    mask: Value
    is_pattern: bool


def array(tensor: torch.Tensor) -> Array:
    found: Array = tensor.detach().cpu().numpy()
    return found


class Layers:
    """Writes layers of weights in one number format, over a stream of one width."""

    def __init__(self, kind: Format, width: int) -> None:
        self.kind, self.width = kind, width

    def number(self, graph: Graph, value: float) -> Value:
        return graph.constant(np.array(value, self.kind))

    def linear(self, graph: Graph, x: Value, *maps: nn.Linear) -> Value:
        """Linear maps side by side."""
        weight = np.concatenate([array(one.weight) for one in maps]).T
        product = graph.op("MatMul", x, graph.constant(weight, "weight"))
        if maps[0].bias is None:
            return product
        bias = np.concatenate([array(one.bias) for one in maps])
        return graph.op("Add", product, graph.constant(bias, "bias"))

    def clamp(self, graph: Graph, x: Value) -> Value:
        return graph.op("Clip", x, self.number(graph, 0), self.number(graph, 1))

    def masks(self, graph: Graph, layer: TransformerLayer, batch: Batch) -> list[Head]:
        """What attention of a layer adds to its scores, which is the same in all rounds."""
        attention, heads = layer.attention, []
        if attention is None:
            return []
        reach = attention.reach
        clipped = graph.op("Clip", batch.distance, graph.scalar(-reach - 1), graph.scalar(reach + 1))
        bucket = graph.op("Add", clipped, graph.scalar(reach + 1))
        for number, size in enumerate(attention.query_sizes):
            scores = graph.op("Gather", graph.constant(array(attention.relative_bias[number]), "bias"), bucket)
            slope = attention.slope[number].item()
            if slope:
                signed = graph.op("Abs", batch.distance) if attention.symmetric[number] else batch.distance
                far = graph.op("Cast", signed, to=graph.onnx.helper.np_dtype_to_tensor_dtype(self.kind))
                scores = graph.op("Add", scores, graph.op("Mul", far, self.number(graph, slope)))
            ends = graph.whole(0, 0, 0, 1)
            sink = self.number(graph, attention.sink_score[number].item())
            mask = graph.op("Add", graph.op("Pad", scores, ends, sink), batch.keys)
            heads.append(Head(mask if size else graph.op("Softmax", mask, axis=-1), not size))
        return heads

    def layer(
        self, graph: Graph, layer: TransformerLayer, x: Value, batch: Batch, masks: list[Head]
    ) -> tuple[Value, Value | None]:
        """The stream after a layer, and in which sequences a head meets several values, if one can."""
        disagree = None
        if layer.attention is not None:
            update, disagree = self.attention(graph, layer.attention, x, batch, masks)
            x = graph.op("Add", x, update)
        for mlp in layer.mlps:
            assert isinstance(mlp, MLP)
            hidden = self.clamp(graph, self.linear(graph, x, mlp.fc_in))
            x = graph.op("Add", x, self.linear(graph, hidden, mlp.fc_out))
        if isinstance(layer, LearnedLayer):
            x = self.learned(graph, layer, x)
        return graph.op("Where", batch.valid_stream, x, self.number(graph, 0)), disagree

    def learned(self, graph: Graph, layer: LearnedLayer, x: Value) -> Value:
        """The stream after a trained step: variables, and what is kept, are replaced; all else stays as it is."""
        mlp, written = layer.learned, x
        if mlp.reads is not None:
            written = graph.op("Gather", x, graph.whole(*mlp.reads), axis=2)
        *hidden, last = mlp.linears
        for linear in hidden:
            assert isinstance(linear, nn.Linear)
            written = graph.op(ACTIVATIONS[mlp.activation], self.linear(graph, written, linear))
        assert isinstance(last, nn.Linear)
        written = self.linear(graph, written, last)
        if mlp.restores:
            twice = graph.op("Mul", written, self.number(graph, 2))
            written = self.clamp(graph, graph.op("Sub", twice, self.number(graph, 0.5)))
        sources = [last.out_features + dimension for dimension in range(self.width)]
        sources[: layer.size] = range(layer.size)
        for number, dimension in enumerate(layer.keeps):
            sources[dimension] = layer.size + number
        return graph.op("Gather", graph.op("Concat", written, x, axis=2), graph.whole(*sources), axis=2)

    def attention(
        self, graph: Graph, attention: Attention, x: Value, batch: Batch, masks: list[Head]
    ) -> tuple[Value, Value | None]:
        """The update of the stream, and in which sequences a head meets several values.

        The sink is one more key of zeros, and one more value.
        """
        asking, bringing = sum(attention.query_sizes), sum(attention.value_sizes)
        maps = [attention.query, attention.key, attention.value] if asking else [attention.value]
        sizes = [asking, asking, bringing] if asking else [bringing]
        parts = self.split(graph, self.linear(graph, x, *maps), sizes)
        queries = keys = [""] * len(masks)
        if asking:
            ends = graph.whole(0, 0, 0, 0, 1, 0)
            queries = self.split(graph, parts[0], attention.query_sizes)
            keys = self.split(graph, graph.op("Pad", parts[1], ends, self.number(graph, 0)), attention.query_sizes)
        one = graph.op("Slice", x, graph.whole(0), graph.whole(1), graph.whole(2))  # (batch, length, 1)
        count = graph.op("Concat", graph.op("Shape", one, end=1), graph.whole(1, bringing), axis=0)
        sink = graph.op("Expand", graph.constant(array(attention.sink_value), "sink"), count)
        values = self.split(graph, graph.op("Concat", parts[-1], sink, axis=1), attention.value_sizes)
        results = []
        for head, query, key, value in zip(masks, queries, keys, values, strict=True):
            pattern = head.mask
            if not head.is_pattern:
                scores = graph.op("MatMul", query, graph.op("Transpose", key, perm=[0, 2, 1]))
                pattern = graph.op("Softmax", graph.op("Add", scores, head.mask), axis=-1)
            results.append(graph.op("MatMul", pattern, value))
        update = self.linear(graph, graph.op("Concat", *results, axis=2), attention.output)
        only = [result for result, wanted in zip(results, attention.one_value, strict=True) if wanted]
        return update, self.mixed(graph, only, batch) if only else None

    def mixed(self, graph: Graph, results: list[Value], batch: Batch) -> Value:
        """In which sequences one of some results is a mixture."""
        found = graph.op("Concat", *results, axis=2)
        above = graph.op("Greater", found, batch.margin)
        below = graph.op("Less", found, graph.op("Sub", self.number(graph, 1), batch.margin))
        return self.anywhere(graph, graph.op("And", graph.op("And", above, below), batch.valid_stream), 1, 2)

    def split(self, graph: Graph, x: Value, sizes: list[int]) -> list[Value]:
        """Parts of the last axis; "" for one without a width."""
        wide = [size for size in sizes if size]
        if len(wide) < 2:
            return [x if size else "" for size in sizes]
        parts = iter(graph.ops("Split", [x, graph.whole(*wide)], len(wide), axis=-1))
        return [next(parts) if size else "" for size in sizes]

    def anywhere(self, graph: Graph, flags: Value, *axes: int) -> Value:
        """Whether a flag is set along some axes."""
        counted = graph.op("Cast", flags, to=graph.onnx.TensorProto.INT64)
        return graph.op("Greater", graph.op("ReduceSum", counted, graph.whole(*axes), keepdims=0), graph.scalar(0))

    def readout(self, graph: Graph, readout: Readout, x: Value) -> Value:
        """Where a question to positions is answered with yes, (batch, length)."""
        units = self.clamp(graph, self.linear(graph, x, readout.fc_in))
        total = graph.op("ReduceSum", units, graph.whole(2), keepdims=0)
        return graph.op("Greater", total, self.number(graph, 0.5))

    def everywhere(self, graph: Graph, flags: Value, batch: Batch) -> Value:
        """In which sequences flags (batch, length) are set at every position that is no padding."""
        missing = graph.op("And", batch.valid, graph.op("Not", flags))
        return graph.op("Not", self.anywhere(graph, missing, 1))
