"""How well scores of edges tell those of a circuit from others. Edges with equal scores are in every order at once."""

from __future__ import annotations

import numpy as np

from altac.ir.arrays import Array, Mask


def auroc(scores: Array, inside: Mask) -> float:
    """The chance that an edge of the circuit has a greater score than another one; equal scores count a half."""
    ours, others = scores[inside], scores[~inside]
    greater = (ours[:, None] > others[None, :]).mean()
    return float(greater + 0.5 * (ours[:, None] == others[None, :]).mean())


def average_precision(scores: Array, inside: Mask) -> float:
    """The area under precision over recall: precision at each score, weighed with the recall that it adds."""
    total, recall = 0.0, 0.0
    for score in np.unique(scores)[::-1]:
        chosen = scores >= score
        now = inside[chosen].sum() / inside.sum()
        total += float((now - recall) * inside[chosen].mean())
        recall = now
    return total


def at_true_size(scores: Array, inside: Mask) -> float:
    """Precision, which is recall, of as many edges as the circuit has; those that tie for the last places in part."""
    size = int(inside.sum())
    least = np.sort(scores)[::-1][size - 1]
    sure, tied = scores > least, scores == least
    return float((inside[sure].sum() + (size - sure.sum()) * inside[tied].mean()) / size)
