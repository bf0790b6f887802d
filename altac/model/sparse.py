"""The same Transformer for a CPU: sparse weights, heads side by side, small calls. Its states are the plain module's.

A run of few positions is many small operations, and what they cost is the calls: NumPy's take a third of the time of
PyTorch's. A run of many positions is large products, of which most factors are zero (`altac.model.columns`).

Kinds of heads are distinguished when the module is built, and when a batch begins:

* one that sees its own position only (it clears scratch) is a linear map, and becomes part of the output map;
* one without queries selects by distance alone, so its weights are the same in every round. Where they are one-hot, as
  those of an offset are, it moves columns rather than multiplying them;
* all others, padded to one size, are a single product.

    fast = SparseTransformer(model)
    states = fast.run(tokens, lengths)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from altac.model.as_made import parameters_of
from altac.model.columns import Array, SparseLinear, SparseMLP, SparseReadout, array, columns_of, linear
from altac.model.config import TransformerConfig
from altac.model.schedule import Flags, LayerState, Numbers, run
from altac.model.transformer import MLP, Attention, Readout, Transformer, TransformerLayer

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

FEW = 256  # positions of a batch; for as many, one product of all heads is faster than to move columns for each
UNDERFLOW = 200.0  # exp(-200) is exactly zero in float32


def supports(module: Transformer) -> bool:
    """Whether a module as altac made it is what sparse execution is meant for: compiled, on a CPU, in float32."""
    weight = module.token_embedding.weight
    return type(module) is Transformer and weight.device.type == "cpu" and weight.dtype == torch.float32


@dataclass(frozen=True)
class Mask:
    """What selects by position, for the sequences of a batch; a batch of 1 stands for all.

    Attributes:
        moving: heads that move columns, each with the places of these among the columns of values and sinks.
        mixing: the other heads without queries.
        weights: theirs, keys before queries.
        scores: what is added to those of heads with queries, by distance; None where that is nothing.
        padding: minus infinity at keys of padding; None where there is none.
    """

    moving: list[tuple[int, Int[Numbers, "batch*length"]]]
    mixing: Int[Numbers, "mixing"]
    weights: Float[Array, "batch mixing length+1 length"]
    scores: Float[Array, "asking length length"] | None
    padding: Float[Array, "batch 1 1 length"] | None


class SparseAttention:
    """Attention that returns the stream after it: heads with constant weights first, then those with queries."""

    def __init__(self, attention: Attention) -> None:
        self.attention = attention
        self.reach = attention.reach
        sizes, width = attention.value_sizes, attention.query.in_features
        own = [head for head in range(len(sizes)) if sees_itself_only(attention, head)]
        fixed = [head for head, size in enumerate(attention.query_sizes) if not size and head not in own]
        asking = [head for head, size in enumerate(attention.query_sizes) if size and head not in own]
        self.heads = fixed + asking
        self.fixed, self.asking = len(fixed), len(asking)
        self.query_size = max((attention.query_sizes[head] for head in asking), default=0)
        self.value_size = max((sizes[head] for head in self.heads), default=0)

        def padded(rows: Array, sizes: list[int], heads: list[int], size: int) -> list[Array]:
            """The rows of some heads, all of one size."""
            parts = np.split(rows, np.cumsum(sizes)[:-1])
            return [np.pad(parts[head], [(0, size - sizes[head])] + [(0, 0)] * (rows.ndim - 1)) for head in heads]

        def with_bias(linear: torch.nn.Linear) -> Array:
            return np.concatenate([array(linear.weight), array(linear.bias)[:, None]], axis=1)

        inward = [
            *padded(with_bias(attention.query), attention.query_sizes, asking, self.query_size),
            *padded(with_bias(attention.key), attention.query_sizes, asking, self.query_size),
            *padded(with_bias(attention.value), sizes, self.heads, self.value_size),
        ]
        joined = np.concatenate([*inward, np.zeros((0, width + 1), np.float32)])
        self.inward = SparseLinear(joined[:, :-1], joined[:, -1])
        same = padded(array(attention.sink_value), sizes, self.heads, self.value_size)
        self.sink = np.array(same, np.float32).reshape(len(self.heads), self.value_size, 1, 1)
        values = np.split(with_bias(attention.value), np.cumsum(sizes)[:-1])
        outputs = np.split(array(attention.output.weight).T, np.cumsum(sizes)[:-1])
        stream, bias = np.eye(width, dtype=np.float32), np.zeros(width, np.float32)
        for head in own:
            stream, bias = stream + outputs[head].T @ values[head][:, :-1], bias + outputs[head].T @ values[head][:, -1]
        brought = padded(array(attention.output.weight).T, sizes, self.heads, self.value_size)
        self.outward = SparseLinear(np.concatenate([stream, *(part.T for part in brought)], axis=1), bias)
        self.one_value = [place for place, head in enumerate(self.heads) if attention.one_value[head]]
        self.relative_bias = array(attention.relative_bias)[self.heads]
        self.slope = array(attention.slope)[self.heads, None, None]
        self.symmetric = np.array([attention.symmetric[head] for head in self.heads], np.bool_)[:, None, None]
        self.sink_score = array(attention.sink_score)[self.heads, None]
        self.by_distance = bool(self.relative_bias[self.fixed :].any() or self.slope[self.fixed :].any())

    def scores(self, length: int) -> Float[Array, "heads length length+1"]:
        """What is added to scores, by distance and for the sink, which is the last key."""
        positions = np.arange(length)
        distance = positions[None, :] - positions[:, None]  # (query, key): below zero looks back
        bucket = distance.clip(-self.reach - 1, self.reach + 1) + self.reach + 1
        result = np.empty((len(self.heads), length, length + 1), np.float32)
        slopes = np.where(self.symmetric, np.abs(distance), distance).astype(np.float32)
        result[:, :, :length] = self.relative_bias[:, bucket] + self.slope * slopes
        result[:, :, length] = self.sink_score
        return result

    def mask(self, valid: Bool[Flags, "batch length"]) -> Mask:
        """What stays the same in every round."""
        batch, length = valid.shape
        scores, padding = self.scores(length), None
        lengths, which = np.array([length]), np.zeros(batch, np.int64)
        if not valid.all():
            padding = np.where(valid, np.float32(0), np.float32(-np.inf))[:, None, None]
            lengths, which = np.unique(valid.sum(axis=1), return_inverse=True)
        fixed = np.repeat(scores[None, : self.fixed], len(lengths), axis=0)
        fixed.transpose(0, 3, 1, 2)[:, :length][np.arange(length) >= lengths[:, None]] = -np.inf
        weights = array(torch.from_numpy(fixed).softmax(dim=-1))
        moves = (np.count_nonzero(weights, axis=-1) == 1).all(axis=(0, 2)) & (batch * length > FEW)
        keys = weights[:, moves].argmax(axis=-1)[which]  # (batch, moving heads, query)
        source = (keys + np.arange(0, batch * (length + 1), length + 1)[:, None, None]).transpose(1, 0, 2)
        mixing = np.flatnonzero(~moves)
        mixed = weights[:, mixing].transpose(0, 1, 3, 2)
        return Mask(
            list(zip(np.flatnonzero(moves).tolist(), source.reshape(-1, batch * length), strict=True)),
            mixing,
            np.ascontiguousarray(mixed if len(lengths) == 1 else mixed[which]),
            scores[self.fixed :, :, :length] if self.by_distance else None,
            padding,
        )

    def __call__(
        self, columns: Float[Array, "d_model batch*length"], valid: Bool[Flags, "batch length"], mask: Mask
    ) -> tuple[Float[Array, "d_model batch*length"], Bool[Flags, "batch heads length"] | None]:
        """The columns after attention, and where heads disagree, if they do."""
        (batch, length), width = valid.shape, len(columns)
        heads, fixed, asking = len(self.heads), self.fixed, self.asking
        joined = np.empty((width + heads * self.value_size, batch * length), np.float32)
        joined[:width] = columns
        results = joined[width:].reshape(heads, self.value_size, batch, length)
        inward, rows = self.inward(columns), asking * self.query_size
        value = np.empty((heads, self.value_size, batch, length + 1), np.float32)
        value[..., :length] = inward[2 * rows :].reshape(results.shape)
        value[..., length:] = self.sink
        for head, source in mask.moving:
            results[head] = value[head].reshape(self.value_size, -1)[:, source].reshape(results.shape[1:])
        if len(mask.mixing) and len(mask.weights) == 1:
            flat = value[mask.mixing].reshape(len(mask.mixing), -1, length + 1)
            results[mask.mixing] = (flat @ mask.weights[0]).reshape(-1, *results.shape[1:])
        elif len(mask.mixing):
            results[mask.mixing] = (value[mask.mixing].transpose(2, 0, 1, 3) @ mask.weights).transpose(1, 2, 0, 3)
        if asking:
            query, key = inward[: 2 * rows].reshape(2, asking, self.query_size, batch, length)
            scores = np.empty((batch, asking, length, length + 1), np.float32)
            np.matmul(query.transpose(2, 0, 3, 1), key.transpose(2, 0, 1, 3), out=scores[..., :length])
            scores[..., length] = self.sink_score[fixed:]
            if mask.scores is not None:
                scores[..., :length] += mask.scores
            if mask.padding is not None:
                scores[..., :length] += mask.padding
            weights = array(torch.from_numpy(scores).softmax(dim=-1))
            value, brought = value[fixed:].transpose(2, 0, 1, 3), results[fixed:].transpose(2, 0, 1, 3)
            np.matmul(value, weights.transpose(0, 1, 3, 2), out=brought)
        return self.outward(joined), self.disagreement(results, valid)

    def disagreement(
        self, results: Float[Array, "heads size batch length"], valid: Bool[Flags, "batch length"]
    ) -> Bool[Flags, "batch heads length"] | None:
        """Where what should be one value is a mixture of several, by the heads of the plain module."""
        checked = results if len(self.one_value) == len(self.heads) else results[self.one_value]
        if not checked.size:
            return None
        far = 0.5 - 0.5 / (valid.shape[1] + 1)
        distance = np.abs(checked - 0.5)
        if distance.min() >= far:
            return None
        mixed = (distance < far).any(axis=1) & valid
        if not mixed.any():
            return None
        disagree = np.zeros((len(valid), len(self.attention.value_sizes), valid.shape[1]), np.bool_)
        disagree[:, [self.heads[place] for place in self.one_value]] = mixed.transpose(1, 0, 2)
        return disagree


def sees_itself_only(attention: Attention, head: int) -> bool:
    """Whether a head puts its whole weight on its own position, whatever the stream holds."""
    bias, here = attention.relative_bias[head], attention.reach + 1
    others = torch.cat([bias[:here], bias[here + 1 :], attention.sink_score[head : head + 1]])
    return (
        attention.query_sizes[head] == 0
        and bool(attention.slope[head] == 0)
        and bool((others < bias[here] - UNDERFLOW).all())
    )


class SparseLayer:
    """A layer of a plain module; its results are those of the plain one."""

    def __init__(self, plain: TransformerLayer) -> None:
        self.attention = None if plain.attention is None else SparseAttention(plain.attention)
        self.mlps = [SparseMLP(mlp) for mlp in plain.mlps if isinstance(mlp, MLP)]

    def __call__(
        self, x: Float[Array, "batch length d_model"], valid: Bool[Flags, "batch length"], mask: Mask | None
    ) -> tuple[tuple[Float[Array, "batch length d_model"], ...], Bool[Flags, "batch heads length"] | None]:
        columns = columns_of(x)
        streams: list[Array] = []
        disagree = None
        if self.attention is not None and mask is not None:
            columns, disagree = self.attention(columns, valid, mask)
            streams.append(columns)
        for mlp in self.mlps:
            columns = mlp(columns)
            streams.append(columns)
        if streams and not valid.all():
            streams[-1][:, ~valid.reshape(-1)] = 0
        return tuple([stream.reshape(-1, *valid.shape).transpose(1, 2, 0) for stream in streams]), disagree


class SparseTransformer:
    """Runs the layers of a plain module sparsely, with the weights that it had when this one was built."""

    def __init__(self, plain: Transformer) -> None:
        self.config: TransformerConfig = plain.config
        self.built_from = [tensor.detach().clone() for tensor in parameters_of(plain)]
        self.tokens = array(plain.token_embedding.weight).T.copy()
        self.positions = None
        if plain.position_embedding is not None:
            self.positions = array(plain.position_embedding.weight).T.copy()
        layers = (layer for layer in plain.layers if isinstance(layer, TransformerLayer))
        self.layers = [SparseLayer(layer) for layer in layers]
        self.until = {int(name): SparseReadout(part) for name, part in plain.until.items() if isinstance(part, Readout)}
        self.shown = None if plain.shown is None else SparseReadout(plain.shown)
        self.unembedding = linear(plain.unembedding)

    def is_current(self, plain: Transformer) -> bool:
        """Whether a module, as altac made it, still has the weights that this one was built from, one by one."""
        # neither identity nor version counters show an edit of `.data`
        return all(map(torch.equal, parameters_of(plain), self.built_from))

    def run(
        self,
        tokens: Int[Tensor, "batch length"],
        lengths: Int[Tensor, "batch"],
        most: Int[Numbers, "batch"] | None = None,
    ) -> Iterator[LayerState[Array]]:
        """As that of the plain module, on arrays."""
        (batch, length), indices = tokens.shape, tokens.numpy()
        valid = np.arange(length) < lengths.numpy()[:, None]
        columns = self.tokens[:, indices.reshape(-1)].reshape(-1, batch, length)
        if self.positions is not None:
            columns += self.positions[:, None, :length]
        columns[:, ~valid] = 0
        yield from run(self, columns.transpose(1, 2, 0), valid, most)

    def mask(self, place: int, valid: Bool[Flags, "batch length"]) -> Mask | None:
        """What stays the same in every round of a layer."""
        attention = self.layers[place].attention
        return None if attention is None else attention.mask(valid)

    def layer(
        self,
        place: int,
        x: Float[Array, "batch length d_model"],
        valid: Bool[Flags, "batch length"],
        mask: Mask | None,
    ) -> tuple[tuple[Float[Array, "batch length d_model"], ...], Bool[Flags, "batch heads length"] | None]:
        """A layer by its number: the stream after each sub-layer, and where heads disagree, if they do."""
        return self.layers[place](x, valid, mask)

    def holds(
        self, entry: int, x: Float[Array, "batch length d_model"], valid: Bool[Flags, "batch length"]
    ) -> Bool[Flags, "batch"]:
        """Whether what an entry of the schedule waits for holds at every position."""
        holds: Flags = self.until[entry](x) | ~valid
        return np.asarray(holds.all(axis=1))

    def same(
        self,
        x: Float[Array, "batch length d_model"],
        other: Float[Array, "batch length d_model"],
        valid: Bool[Flags, "batch length"],
    ) -> Bool[Flags, "batch"]:
        """Which sequences have equal variables in two streams."""
        now, then = (stream.transpose(2, 0, 1)[: self.config.d_state] for stream in (x, other))
        differ = now != then
        if differ.any():
            differ &= ~(np.isnan(now) & np.isnan(then))
        differs: Flags = (differ.any(axis=0) & valid).any(axis=1)
        return ~differs

    def join(self, parts: Sequence[Float[Array, "batch length d_model"]]) -> Float[Array, "batch length d_model"]:
        """A copy of the rows of all parts."""
        return np.concatenate(parts)

    def shows(
        self, x: Float[Array, "batch length d_model"], lengths: Int[Tensor, "batch"]
    ) -> Bool[Flags, "batch length"]:
        """Where the output is shown."""
        valid: Flags = np.arange(x.shape[1]) < lengths.numpy()[:, None]
        return valid if self.shown is None else valid & self.shown(x)

    def at(
        self, x: Float[Array, "batch length d_model"], picked: Bool[Flags, "batch length"]
    ) -> Float[Array, "1 picked d_model"]:
        """The stream at some positions."""
        columns = columns_of(x)
        return (columns if picked.all() else columns[:, picked.reshape(-1)]).T[None]

    def logits(self, x: Float[Array, "batch length d_model"]) -> Float[Array, "batch length outputs"]:
        """Scores of the values of the output variable."""
        scores = self.unembedding(columns_of(x))
        return scores.reshape(len(scores), *x.shape[:2]).transpose(1, 2, 0)
