"""Who writes a dimension and who reads it: the same dimension may hold other things in other layers.

A *spot* is a dimension together with the layer that writes it; variables, which stand in all layers, are written by
layer -1. A layer has stages: attention is 0, its MLPs are 1, 2 and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from altac.decompile.weights import HeadWeights, Weights
from altac.ir.arrays import Array
from altac.model.parameters import MLPParameters

if TYPE_CHECKING:
    from jaxtyping import Float64

Spot = tuple[int, int]  # layer and dimension
STATE = -1


@dataclass(frozen=True, eq=False)
class Chain:
    """Units at the borders of a number, in ascending order: the number of those that are on is the value.

    Attributes:
        spots: of the values, one more than borders.
        weights, bias: of the units; `slope` of them is the number that they read.
    """

    layer: int
    stage: int
    spots: tuple[Spot, ...]
    weights: Float64[Array, "borders d_model"]
    bias: Float64[Array, "borders"]


@dataclass(frozen=True, eq=False)
class Places:
    """The spots of some weights.

    Attributes:
        is_score: whether the output is a sum of what values add to labels.
        begun: spots of variables that are numbers though they only ever are 0 or 1.
    """

    weights: Weights
    is_score: bool = False
    begun: frozenset[Spot] = frozenset()

    @cached_property
    def writers(self) -> list[dict[int, int]]:
        """For each layer the dimensions of scratch that it writes, and in which stage."""
        found: list[dict[int, int]] = []
        for layer in self.weights.layers:
            here: dict[int, int] = {}
            outputs = [head.output for head in layer.heads if not head.clears]
            stages = [np.concatenate(outputs, axis=1)] if outputs else [np.zeros((self.weights.config.d_model, 0))]
            stages += [np.column_stack([mlp.outward.weight, mlp.outward.bias]) for mlp in layer.mlps]
            for stage, output in enumerate(stages):
                for dimension in np.flatnonzero(output.any(axis=1)).tolist():
                    if dimension >= self.weights.config.d_state:
                        here.setdefault(dimension, stage)
            found.append(here)
        return found

    def spot(self, dimension: int, layer: int, stage: int = 0) -> Spot | None:
        """What stands in a dimension where a stage of a layer reads it; None if nothing ever does."""
        if dimension < self.weights.config.d_state:
            return STATE, dimension
        if layer < len(self.writers) and self.writers[layer].get(dimension, stage) < stage:
            return layer, dimension
        if stage and dimension in self.cleared[layer]:
            return None
        for number in range(min(layer, len(self.writers)) - 1, -1, -1):
            if dimension in self.writers[number]:
                return number, dimension
            if dimension in self.cleared[number]:
                return None
        return None

    @cached_property
    def cleared(self) -> list[frozenset[int]]:
        """For each layer the dimensions from which its heads take what layers before have written."""
        return [
            frozenset(
                place
                for head in layer.heads
                if head.clears
                for place in np.flatnonzero(head.output.any(axis=1)).tolist()
            )
            for layer in self.weights.layers
        ]

    @cached_property
    def constant(self) -> frozenset[Spot]:
        """What is always hot of variables: all tokens or all positions write it, and nothing else does."""
        weights = self.weights
        begins = (weights.tokens == 1).all(axis=0) ^ (
            (weights.positions == 1).all(axis=0) & (len(weights.positions) > 0)
        )
        for layer in weights.layers:
            for output in (head.output for head in layer.heads):
                begins = begins & ~output.any(axis=1)
            for mlp in layer.mlps:
                begins = begins & ~mlp.outward.weight.any(axis=1) & (mlp.outward.bias == 0)
        return frozenset((STATE, place) for place in np.flatnonzero(begins[: weights.config.d_state]).tolist())

    def spots(self, vector: Float64[Array, "d_model"], layer: int, stage: int = 0) -> dict[Spot, float]:
        """What a row of weights reads, with the weights."""
        found = ((self.spot(place, layer, stage), vector[place]) for place in np.flatnonzero(vector).tolist())
        return {spot: float(weight) for spot, weight in found if spot is not None}

    def written(self, column: Float64[Array, "d_model"], layer: int) -> dict[Spot, float]:
        """What an output writes, with the weights."""
        state = self.weights.config.d_state
        return {
            (STATE if place < state else layer, place): float(column[place])
            for place in np.flatnonzero(column).tolist()
        }

    @cached_property
    def numeric(self) -> frozenset[Spot]:
        """What holds numbers, and not values: what begins as one, and what heads or rules write as one."""
        found: set[Spot] = set()
        table = np.concatenate([self.weights.tokens, self.weights.positions])[:, : self.weights.config.d_state]
        found |= {(STATE, place) for place in np.flatnonzero(~np.isin(table, (0, 1)).all(axis=0)).tolist()}
        for number, layer in enumerate(self.weights.layers):
            columns = [column for head in layer.heads if head.is_numeric for column in head.output.T]
            for column in columns:
                found |= self.written(column, number).keys()
            removed = [np.asarray(head.value.weight.any(axis=0)) for head in layer.heads if head.clears]
            for row in removed:  # layers clear what they use, and take numbers of variables off
                found |= {(STATE, place) for place in np.flatnonzero(row[: self.weights.config.d_state]).tolist()}
        for number, _, mlp in self.rules:
            odd = ~np.isin(mlp.outward.weight, (-1, 0, 1)).all(axis=1)
            found |= self.written(odd.astype(float), number).keys()
        return frozenset(found | self.evidence | self.begun)

    def carries(self, head: HeadWeights, layer: int) -> bool:
        """Whether a head carries numbers on, rather than that it makes them of values of its own position."""
        rows = [self.spots(row, layer) for row in head.value.weight]
        return head.carries and all(len(row) == 1 and row.keys() <= self.numeric for row in rows)

    def takes_off(self, head: HeadWeights) -> bool:
        """Whether a head that has the form of one that clears takes numbers of variables off."""
        return head.clears and bool(head.value.weight[:, : self.weights.config.d_state].any())

    @cached_property
    def evidence(self) -> frozenset[Spot]:
        """What the token adds to labels: other numbers than zeros and ones, which nothing but the score reads."""
        weights = self.weights
        if not self.is_score:
            return frozenset()
        used = weights.positions.any(axis=0) | ~weights.tokens.any(axis=0)
        for layer in weights.layers:
            for head in layer.heads:
                reads = np.concatenate([head.query.weight, head.key.weight, head.value.weight])
                used |= reads.any(axis=0) | head.output.any(axis=1)
            for mlp in layer.mlps:
                used |= mlp.inward.weight.any(axis=0) | mlp.outward.weight.any(axis=1)
        for readout in (*weights.until.values(), *([] if weights.shown is None else [weights.shown])):
            used |= readout.weight.any(axis=0)
        alone = (weights.unembedding.weight == 1).sum(axis=0) == np.count_nonzero(weights.unembedding.weight, axis=0)
        alone &= np.count_nonzero(weights.unembedding.weight, axis=0) == 1
        places = np.flatnonzero((alone & ~used)[: weights.config.d_state])
        if np.isin(weights.tokens[:, places], (0, 1)).all():
            return frozenset()  # values of a variable, which are worth what they are
        return frozenset((STATE, place) for place in places.tolist())

    @cached_property
    def chains(self) -> list[Chain]:
        """All of them, of all layers."""
        return [
            chain
            for number, layer in enumerate(self.weights.layers)
            for stage, mlp in enumerate(layer.mlps, 1)
            if mlp.outward.bias.any()
            for chain in self._chains(mlp, number, stage)
        ]

    def _chains(self, mlp: MLPParameters, layer: int, stage: int) -> Iterator[Chain]:
        output = mlp.outward.weight
        units = {int(np.flatnonzero(column == -1)[0]): unit for unit, column in enumerate(output.T)}
        for lowest in np.flatnonzero(mlp.outward.bias).tolist():
            spots, chosen, at = [lowest], [], lowest
            while at in units:
                unit = units[at]
                (at,) = np.flatnonzero(output[:, unit] == 1).tolist()
                spots.append(at)
                chosen.append(unit)
            named = tuple((layer, spot) for spot in spots)
            yield Chain(layer, stage, named, mlp.inward.weight[chosen], mlp.inward.bias[chosen])

    @cached_property
    def rules(self) -> list[tuple[int, int, MLPParameters]]:
        """The MLPs that apply rules, with their layers and stages."""
        return [
            (number, stage, mlp)
            for number, layer in enumerate(self.weights.layers)
            for stage, mlp in enumerate(layer.mlps, 1)
            if not mlp.outward.bias.any()
        ]


class Links:
    """Sets of spots that belong to one variable, which grow together."""

    def __init__(self) -> None:
        self.parents: dict[Spot, Spot] = {}

    def find(self, spot: Spot) -> Spot:
        parent = self.parents.setdefault(spot, spot)
        if parent != spot:
            parent = self.parents[spot] = self.find(parent)
        return parent

    def join(self, spots: Iterable[Spot]) -> None:
        first: Spot | None = None
        for spot in spots:
            if first is None:
                first = self.find(spot)
            else:
                self.parents[self.find(spot)] = first

    def sets(self, spots: Iterable[Spot]) -> list[frozenset[Spot]]:
        """The sets of some spots, with no others."""
        found: dict[Spot, set[Spot]] = {}
        for spot in spots:
            found.setdefault(self.find(spot), set()).add(spot)
        return [frozenset(one) for one in found.values()]
