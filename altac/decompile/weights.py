"""The weights of a Transformer as arrays, head by head. Nothing here knows what a dimension means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from altac.ir.arrays import Array
from altac.ir.offsets import Offsets
from altac.model.config import TransformerConfig
from altac.model.parameters import Affine, HeadParameters, MLPParameters, parameters_of
from altac.model.transformer import Transformer

if TYPE_CHECKING:
    from jaxtyping import Float64


ROUNDED = 1e-5  # how far apart two weights may be that were one, before a rotation


class Undecided(Exception):
    """Something that is not of the form that the compiler makes, in words that go on after "because"."""


@dataclass(frozen=True, eq=False)
class HeadWeights:
    """One attention head; see `altac.model.transformer.Attention`.

    Attributes:
        one_value: whether all that it selects must bring the same.
        in_reach: score of the positions at the offsets, of which some before the own one may score more.
    """

    query: Affine
    key: Affine
    value: Affine
    output: Float64[Array, "d_model value_size"]
    offsets: Offsets
    in_reach: float
    slope: float
    symmetric: bool
    one_value: bool
    sink_score: float
    sink_value: Float64[Array, "value_size"]

    @property
    def stands_still(self) -> bool:
        """Whether it looks at its own position, whatever stands there."""
        return self.offsets.intervals == ((0, 0),) and not len(self.query.bias)

    @property
    def clears(self) -> bool:
        """Whether it takes away what stands at its own position, up to rounding."""
        return self.stands_still and bool((np.abs(self.output + self.value.weight.T) < ROUNDED).all())

    @property
    def carries(self) -> bool:
        """Whether it looks at its own position for numbers, which it adds to others."""
        own = self.stands_still
        idle = self.slope == 0 and not self.value.bias.any() and not self.sink_value.any()
        return own and idle and self.in_reach == 1024 and not self.one_value and not self.clears

    @property
    def is_numeric(self) -> bool:
        """Whether it brings numbers, and not one of some values."""
        return self.carries or (len(self.value.bias) == 1 and not self.clears and not self._is_constant)

    def row(self, place: int) -> HeadWeights:
        """The same with nothing but one of the numbers that it brings."""
        only = slice(place, place + 1)
        value = Affine(self.value.weight[only], self.value.bias[only])
        return replace(self, value=value, output=self.output[:, only], sink_value=self.sink_value[only])

    @property
    def _is_constant(self) -> bool:
        """Whether all positions bring the only value that there is."""
        return not self.value.weight.any() and bool((self.value.bias == 1).all())

    @property
    def written(self) -> list[int]:
        """For each value the dimension that it is written to.

        Raises:
            Undecided: if one is written to several, or several to one.
        """
        places = [np.flatnonzero(column).tolist() for column in self.output.T]
        flat = [place for several in places for place in several]
        if len(set(flat)) != len(places) or len(flat) != len(places) or not (self.output[self.output != 0] == 1).all():
            raise Undecided("a layer adds numbers up")
        return flat


@dataclass(frozen=True, eq=False)
class LayerWeights:
    heads: tuple[HeadWeights, ...]
    mlps: tuple[MLPParameters, ...]


@dataclass(frozen=True, eq=False)
class Weights:
    """All of them; `until` has the readout of each entry of the schedule that waits for one."""

    config: TransformerConfig
    tokens: Float64[Array, "vocabulary d_model"]
    positions: Float64[Array, "positions d_model"]
    layers: tuple[LayerWeights, ...]
    until: dict[int, Affine]
    shown: Affine | None
    unembedding: Affine

    @staticmethod
    def of(module: Transformer) -> Weights:
        read = parameters_of(module)
        return Weights(
            module.config,
            read.tokens,
            read.positions,
            tuple(
                LayerWeights(tuple(map(_head, layer.heads, sizes.one_value)), layer.mlps)
                for layer, sizes in zip(read.layers, module.config.layers, strict=True)
            ),
            read.until,
            read.shown,
            read.unembedding,
        )


def _head(read: HeadParameters, one_value: bool) -> HeadWeights:
    inside = np.isfinite(read.biases)
    return HeadWeights(
        read.query,
        read.key,
        read.value,
        read.output,
        offsets_of(inside.tolist(), len(inside) // 2 - 1),
        float(read.biases[inside].min()) if inside.any() else 0.0,
        read.slope,
        read.symmetric,
        one_value,
        read.sink_score,
        read.sink_value,
    )


def offsets_of(inside: list[bool], reach: int) -> Offsets:
    """The distances at which a head looks, from whether it does so at -reach - 1 ... reach + 1."""
    intervals: list[tuple[int | None, int | None]] = []
    begin: int | None = None
    for place, here in enumerate([*inside, False]):
        if here and begin is None:
            begin = place
        if not here and begin is not None:
            low, high = begin - reach - 1, place - 1 - reach - 1
            intervals.append((None if begin == 0 else low, None if place == len(inside) else high))
            begin = None
    return Offsets(tuple(intervals))
