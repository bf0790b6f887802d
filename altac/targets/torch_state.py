"""Blocks as the parameters of `altac.model.transformer.Transformer`, still in NumPy: heads are fused here.

The names of all parameters are written here and in that module, nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from altac.backend.blocks import Blocks, HeadBlock, LinearMap
from altac.ir.arrays import Array
from altac.model.config import TransformerConfig

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

    @property
    def nonzeros(self) -> int:
        return sum(int(np.count_nonzero(array)) for array in self.arrays.values())


def torch_state(blocks: Blocks) -> TorchState:
    """All blocks of a model."""
    arrays: dict[str, Array] = {"token_embedding.weight": blocks.tokens}
    if blocks.positions is not None:
        arrays["position_embedding.weight"] = blocks.positions
    if blocks.heads:
        arrays |= attention_arrays(blocks.heads)
    for number, mlp in enumerate(blocks.mlps):
        arrays |= linear_arrays(f"mlps.{number}.fc_in", mlp.inward)
        arrays |= linear_arrays(f"mlps.{number}.fc_out", mlp.outward)
    for name, readout in (("halt", blocks.halt), ("shown", blocks.shown)):
        if readout is not None:
            arrays |= linear_arrays(f"{name}.fc_in", readout.inward)
    arrays |= linear_arrays("unembedding", blocks.unembedding)
    return TorchState(torch_config(blocks), arrays)


def torch_config(blocks: Blocks) -> TransformerConfig:
    return TransformerConfig(
        vocabulary=len(blocks.tokens),
        positions=0 if blocks.positions is None else len(blocks.positions),
        d_model=blocks.stream.d_model,
        d_state=blocks.stream.d_state,
        query_sizes=tuple(len(head.query) for head in blocks.heads),
        value_sizes=tuple(len(head.value) for head in blocks.heads),
        one_value=tuple(head.one_value for head in blocks.heads),
        reach=reach_of(blocks.heads),
        hidden_sizes=tuple(len(mlp.units) for mlp in blocks.mlps),
        layers=blocks.layers,
        halt_units=0 if blocks.halt is None else len(blocks.halt.inward),
        shown_units=0 if blocks.shown is None else len(blocks.shown.inward),
        outputs=len(blocks.unembedding),
    )


def linear_arrays(name: str, linear: LinearMap) -> dict[str, Array]:
    return {f"{name}.weight": linear.weight, f"{name}.bias": linear.bias}


def attention_arrays(heads: Sequence[HeadBlock]) -> dict[str, Array]:
    """The weights of all heads, stacked."""
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
        arrays |= linear_arrays(f"attention.{name}", LinearMap(weight, bias))
    return arrays | {
        "attention.output.weight": np.concatenate([head.output for head in heads], axis=1),
        "attention.relative_bias": relative_bias(heads),
        "attention.slope": np.array([head.slope for head in heads]),
        "attention.sink_score": np.array([head.sink_score for head in heads]),
        "attention.sink_value": np.concatenate([head.sink_value for head in heads]),
    }


def reach_of(heads: Sequence[HeadBlock]) -> int:
    """The greatest distance that a head names; all farther ones are alike."""
    return max((head.offsets.reach for head in heads), default=0)


def relative_bias(heads: Sequence[HeadBlock]) -> Float64[Array, "heads distances"]:
    """Scores of the distances -reach - 1 ... reach + 1, key minus query."""
    reach = reach_of(heads)
    distances = range(-reach - 1, reach + 2)
    return np.array([[head.in_reach if d in head.offsets else -np.inf for d in distances] for head in heads])
