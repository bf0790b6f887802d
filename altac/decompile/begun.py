"""Variables that are numbers though they are only ever 0 or 1: without them, all states have as many hot dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, islice
from typing import TYPE_CHECKING

import numpy as np

from altac.decompile.partition import pools_of, reached
from altac.decompile.places import STATE, Places, Spot
from altac.ir.arrays import Array, Mask

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

MOST = 6  # that are told from values
MOST_CHOICES = 20_000


def numbers_among(places: Places, observed: Mapping[int, Float64[Array, "states d_model"]]) -> frozenset[Spot]:
    """The fewest spots of variables without which all states have as many hot ones; none if that is not found."""
    spots = pools_of(places).get(STATE, [])
    if not spots:
        return frozenset()
    rows = np.unique(reached(places, STATE, spots, observed), axis=0)
    may_be = readable_as_numbers(places)[[dimension for _, dimension in spots]]
    odd: Mask = np.asarray(~np.isin(rows, (0, 1)).all(axis=0)) & may_be
    sums = rows[:, ~odd].sum(axis=1)
    candidates = np.flatnonzero(may_be & ~odd & (rows != rows[:1]).any(axis=0)).tolist()
    choices = (choice for count in range(MOST + 1) for choice in combinations(candidates, count))
    for choice in islice(choices, MOST_CHOICES):
        left = sums - rows[:, list(choice)].sum(axis=1)
        if (left == left[0]).all():
            return frozenset(spots[place] for place in (*np.flatnonzero(odd).tolist(), *choice))
    return frozenset(spots[place] for place in np.flatnonzero(odd).tolist())


def readable_as_numbers(places: Places) -> Bool[Mask, "d_state"]:
    """The dimensions of variables that nothing reads as values: no scores, no rules, no heads that bring values."""
    weights = places.weights
    rows = [np.zeros((0, weights.config.d_model))]
    for layer in weights.layers:
        for head in layer.heads:
            rows += [
                head.query.weight,
                head.key.weight,
                *([] if head.is_numeric or head.clears else [head.value.weight]),
            ]
    rows += [mlp.inward.weight for _, _, mlp in places.rules]
    rows += [one.weight for one in weights.until.values()] + ([] if weights.shown is None else [weights.shown.weight])
    used = np.asarray(np.concatenate(rows).any(axis=0))
    reads = weights.unembedding.weight
    if len(reads) > 1:
        used |= (
            (np.count_nonzero(reads, axis=0) > 1)
            | ~np.isin(reads, (0, 1)).all(axis=0)
            | (reads.any(axis=0) & (not places.is_score))
        )
    result: Mask = ~used[: weights.config.d_state]
    return result
