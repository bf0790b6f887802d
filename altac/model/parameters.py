"""The weights of a module as arrays in NumPy, head by head, whatever was done to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from altac.ir.arrays import Array

if TYPE_CHECKING:
    from jaxtyping import Float64

    from altac.model.config import LayerConfig
    from altac.model.transformer import Transformer


@dataclass(frozen=True, eq=False)
class Affine:
    """A linear map with a bias, (outputs, inputs)."""

    weight: Float64[Array, "outputs inputs"]
    bias: Float64[Array, "outputs"]


@dataclass(frozen=True, eq=False)
class HeadParameters:
    """One head of `altac.model.transformer.Attention`; `biases` are those of the distances -reach - 1 ... reach + 1."""

    query: Affine
    key: Affine
    value: Affine
    output: Float64[Array, "d_model value_size"]
    biases: Float64[Array, "distances"]
    slope: float
    symmetric: bool
    sink_score: float
    sink_value: Float64[Array, "value_size"]

    def at(self, distances: Float64[Array, "n"]) -> Float64[Array, "n"]:
        """What distances, key minus query, add to a score: minus infinity where the head does not look."""
        reach = len(self.biases) // 2
        found: Array = self.biases[np.clip(distances, -reach, reach).astype(np.int64) + reach]
        return found + self.slope * (np.abs(distances) if self.symmetric else distances)


@dataclass(frozen=True, eq=False)
class MLPParameters:
    inward: Affine
    outward: Affine


@dataclass(frozen=True, eq=False)
class LayerParameters:
    heads: tuple[HeadParameters, ...]
    mlps: tuple[MLPParameters, ...]


@dataclass(frozen=True, eq=False)
class Parameters:
    """All of a module; `until` has the readout of each entry of the schedule that waits for one."""

    tokens: Float64[Array, "vocabulary d_model"]
    positions: Float64[Array, "positions d_model"]
    layers: tuple[LayerParameters, ...]
    until: dict[int, Affine]
    shown: Affine | None
    unembedding: Affine


def parameters_of(module: Transformer) -> Parameters:
    state = {
        name: tensor.detach().cpu().double().numpy()
        for name, tensor in module.state_dict().items()
        if hasattr(tensor, "detach")
    }
    config = module.config

    def affine(name: str) -> Affine:
        return Affine(state[f"{name}.weight"], state[f"{name}.bias"])

    def mlp(name: str) -> MLPParameters:
        return MLPParameters(affine(f"{name}.fc_in"), affine(f"{name}.fc_out"))

    return Parameters(
        state["token_embedding.weight"],
        state.get("position_embedding.weight", np.zeros((0, config.d_model))),
        tuple(
            LayerParameters(
                tuple(_heads(state, f"layers.{place}.attention", sizes)) if sizes.value_sizes else (),
                tuple(mlp(f"layers.{place}.mlps.{number}") for number in range(len(sizes.hidden_sizes))),
            )
            for place, sizes in enumerate(config.layers)
        ),
        {n: affine(f"until.{n}.fc_in") for n, entry in enumerate(config.schedule) if entry.times is None},
        affine("shown.fc_in") if config.shown_units else None,
        affine("unembedding"),
    )


def _heads(state: dict[str, Any], path: str, sizes: LayerConfig) -> Iterator[HeadParameters]:
    query_ends, value_ends = np.cumsum(sizes.query_sizes), np.cumsum(sizes.value_sizes)
    for head, (width, size) in enumerate(zip(sizes.query_sizes, sizes.value_sizes, strict=True)):
        asked = slice(query_ends[head] - width, query_ends[head])
        brought = slice(value_ends[head] - size, value_ends[head])

        def part(name: str, rows: slice) -> Affine:
            return Affine(state[f"{path}.{name}.weight"][rows], state[f"{path}.{name}.bias"][rows])

        yield HeadParameters(
            part("query", asked),
            part("key", asked),
            part("value", brought),
            state[f"{path}.output.weight"][:, brought],
            state[f"{path}.relative_bias"][head],
            float(state[f"{path}.slope"][head]),
            sizes.symmetric[head],
            float(state[f"{path}.sink_score"][head]),
            state[f"{path}.sink_value"][brought],
        )
