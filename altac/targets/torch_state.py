"""Blocks as the parameters of `altac.model.transformer.Transformer`, still in NumPy: heads are fused here.

The names of all parameters are written here and in that module, nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from altac.backend.blocks import Blocks, HeadBlock, LayerBlock, LinearMap
from altac.ir.arrays import Array
from altac.model.config import EntryConfig, LayerConfig, TransformerConfig

if TYPE_CHECKING:
    from jaxtyping import Float64


@dataclass(frozen=True, eq=False)
class TorchState:
    """The sizes of a module, and its parameters by name."""

    config: TransformerConfig
    arrays: Mapping[str, Array]

    @property
    def parameters(self) -> int:
        return sum(array.size for array in self.arrays.values())

    def parameters_of(self, layer: int) -> int:
        """Those of the attention and the MLPs of one layer."""
        return sum(array.size for name, array in self.arrays.items() if name.startswith(f"layers.{layer}."))

    @property
    def nonzeros(self) -> int:
        return sum(int(np.count_nonzero(array)) for array in self.arrays.values())


def torch_state(blocks: Blocks) -> TorchState:
    """All blocks of a model."""
    arrays: dict[str, Array] = {"token_embedding.weight": blocks.tokens}
    if blocks.positions is not None:
        arrays["position_embedding.weight"] = blocks.positions
    for place, layer in enumerate(blocks.layers):
        if layer.heads:
            arrays |= attention_arrays(f"layers.{place}.attention", layer.heads)
        for number, mlp in enumerate(layer.mlps):
            arrays |= linear_arrays(f"layers.{place}.mlps.{number}.fc_in", mlp.inward)
            arrays |= linear_arrays(f"layers.{place}.mlps.{number}.fc_out", mlp.outward)
    for number, entry in enumerate(blocks.schedule):
        if entry.until is not None:
            arrays |= linear_arrays(f"until.{number}.fc_in", entry.until.inward)
    if blocks.shown is not None:
        arrays |= linear_arrays("shown.fc_in", blocks.shown.inward)
    arrays |= linear_arrays("unembedding", blocks.unembedding)
    return TorchState(torch_config(blocks), arrays)


def torch_config(blocks: Blocks) -> TransformerConfig:
    return TransformerConfig(
        vocabulary=len(blocks.tokens),
        positions=0 if blocks.positions is None else len(blocks.positions),
        d_model=blocks.stream.d_model,
        d_state=blocks.stream.d_state,
        layers=tuple(layer_config(layer) for layer in blocks.layers),
        schedule=tuple(
            EntryConfig(len(entry.layers), entry.times, 0 if entry.until is None else len(entry.until.inward))
            for entry in blocks.schedule
        ),
        shown_units=0 if blocks.shown is None else len(blocks.shown.inward),
        outputs=len(blocks.unembedding),
    )


def layer_config(layer: LayerBlock) -> LayerConfig:
    return LayerConfig(
        query_sizes=tuple(len(head.query) for head in layer.heads),
        value_sizes=tuple(len(head.value) for head in layer.heads),
        one_value=tuple(head.one_value for head in layer.heads),
        symmetric=tuple(head.is_symmetric for head in layer.heads),
        reach=reach_of(layer.heads),
        hidden_sizes=tuple(len(mlp.units) for mlp in layer.mlps),
    )


def linear_arrays(name: str, linear: LinearMap) -> dict[str, Array]:
    return {f"{name}.weight": linear.weight, f"{name}.bias": linear.bias}


def attention_arrays(path: str, heads: Sequence[HeadBlock]) -> dict[str, Array]:
    """The weights of all heads of a layer, stacked."""
    parts = {
        "query": [head.query for head in heads],
        "key": [head.key for head in heads],
        "value": [head.value for head in heads],
    }
    arrays: dict[str, Array] = {}
    for name, linears in parts.items():
        weight, bias = (
            np.concatenate(rows) for rows in zip(*((linear.weight, linear.bias) for linear in linears), strict=True)
        )
        arrays |= linear_arrays(f"{path}.{name}", LinearMap(weight, bias))
    return arrays | {
        f"{path}.output.weight": np.concatenate([head.output for head in heads], axis=1),
        f"{path}.relative_bias": relative_bias(heads),
        f"{path}.slope": np.array([head.slope for head in heads]),
        f"{path}.sink_score": np.array([head.sink_score for head in heads]),
        f"{path}.sink_value": np.concatenate([head.sink_value for head in heads]),
    }


def reach_of(heads: Sequence[HeadBlock]) -> int:
    """The greatest distance that a head names; all farther ones are alike."""
    return max((head.offsets.reach for head in heads), default=0)


def relative_bias(heads: Sequence[HeadBlock]) -> Float64[Array, "heads distances"]:
    """Scores of the distances -reach - 1 ... reach + 1, key minus query."""
    reach = reach_of(heads)
    distances = range(-reach - 1, reach + 2)

    def score(head: HeadBlock, distance: int) -> float:
        if distance not in head.offsets:
            return -np.inf
        return head.in_reach + (head.lead_before if distance < 0 else 0.0)

    return np.array([[score(head, distance) for distance in distances] for head in heads])
