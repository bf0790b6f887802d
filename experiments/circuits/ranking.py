"""How well scores tell the edges of a circuit from the others; edges with equal scores are in random order.

AUROC is the chance that an edge of the circuit stands before another (Mann and Whitney, 1947); average precision is the
area under the steps of precision over recall, edges with equal scores together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


def groups(scores: Sequence[float], true: Sequence[bool]) -> tuple[Floats, Floats]:
    """By falling scores, for each different one: how many edges have it, and how many of these are true."""
    values, which = np.unique(-np.array(scores, np.float64), return_inverse=True)
    count = np.bincount(which, minlength=len(values)).astype(np.float64)
    hits = np.bincount(which, np.array(true, np.float64), minlength=len(values))
    return count, hits


def auroc(scores: Sequence[float], true: Sequence[bool]) -> float:
    """The chance that a true edge has a greater score than another; equal ones count half."""
    count, hits = groups(scores, true)
    others = count - hits
    behind = others.sum() - np.cumsum(others)
    return float((hits * (behind + others / 2)).sum() / (hits.sum() * others.sum()))


def average_precision(scores: Sequence[float], true: Sequence[bool]) -> float:
    """The mean precision at true edges."""
    count, hits = groups(scores, true)
    return float((hits * np.cumsum(hits) / np.cumsum(count)).sum() / hits.sum())


def precision_at_size(scores: Sequence[float], true: Sequence[bool]) -> float:
    """The share of true edges among the first, if as many are taken as there are true ones; a mean over equal ones."""
    count, hits = groups(scores, true)
    size = hits.sum()
    before = np.cumsum(count) - count
    taken = np.clip(size - before, 0, count)
    return float((taken * hits / count).sum() / size)
