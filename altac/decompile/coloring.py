"""Which sets of dimensions form one variable: a colouring, since what is hot at once belongs to different variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from altac.ir.arrays import Mask

if TYPE_CHECKING:
    from jaxtyping import Bool

MOST_TRIES = 200_000


def coloured(
    conflict: Bool[Mask, "sets sets"], seed: list[int], hints: Mapping[tuple[int, int], int]
) -> list[int] | None:
    """A colour for each set, so that none in conflict share one; None if there is none, or it is not found.

    Args:
        seed: sets that are all in conflict with each other: as many as there are colours.
        hints: how much speaks for one colour of two sets.
    """
    count, colours = len(conflict), len(seed)
    weight = np.zeros((count, count), np.int64)
    for (left, right), strength in hints.items():
        weight[left, right] += strength
        weight[right, left] += strength
    chosen = np.full(count, -1)
    barred = np.zeros((count, colours), np.int64)  # by how many sets a colour is ruled out
    drawn = np.zeros((count, colours), np.int64)  # how much speaks for a colour
    trail: list[tuple[int, list[int]]] = []

    def paint(one: int, colour: int) -> None:
        chosen[one] = colour
        barred[:, colour] += conflict[one]
        drawn[:, colour] += weight[one]

    def scrape(one: int) -> None:
        colour = chosen[one]
        barred[:, colour] -= conflict[one]
        drawn[:, colour] -= weight[one]
        chosen[one] = -1

    for colour, one in enumerate(seed):
        paint(one, colour)
    for _ in range(MOST_TRIES):
        unpainted = np.flatnonzero(chosen < 0)
        if not len(unpainted):
            return [int(colour) for colour in chosen]
        free = (barred[unpainted] == 0).sum(axis=1)
        strength = drawn[unpainted].max(axis=1, initial=0)
        place = int(np.lexsort((-strength, free))[0])
        one = int(unpainted[place])
        options = sorted(np.flatnonzero(barred[one] == 0).tolist(), key=drawn[one].__getitem__)
        trail.append((one, options))
        while trail and not trail[-1][1]:
            last, _ = trail.pop()
            if chosen[last] >= 0:
                scrape(last)
        if not trail:
            return None
        one, options = trail[-1]
        if chosen[one] >= 0:
            scrape(one)
        paint(one, options.pop())
    return None


def largest_clique(conflict: Bool[Mask, "sets sets"]) -> list[int]:
    """Sets that are all in conflict with each other, as many as a greedy search finds."""
    clique: list[int] = []
    for one in sorted(range(len(conflict)), key=lambda one: -int(conflict[one].sum())):
        if all(conflict[one, other] for other in clique):
            clique.append(one)
    return clique
