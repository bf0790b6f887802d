"""Hidden units that saturate, as ReLUs.

A unit is `clamp(y, 0, 1)`. Where `y` is exact, `relu(y) - relu(y - 1)` is the same. Where it is not, as behind
a count, the two would be rounded apart. So a first MLP writes `r = relu(y)`, which is zero or at least one, and a
second one `1 - relu(1 - r)`, which is exactly zero or one then, and adds up nothing that is large.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from altac.export.unrolled import UnrolledMLP

LESS = " (less 1)"  # behind the name of the second ReLU of a unit


def pairs(mlp: UnrolledMLP) -> UnrolledMLP:
    """Two ReLUs for each unit."""
    return replace(
        mlp,
        units=(*mlp.units, *(f"{name}{LESS}" for name in mlp.units)),
        inward=np.concatenate([mlp.inward, mlp.inward]),
        inward_bias=np.concatenate([mlp.inward_bias, mlp.inward_bias - 1]),
        outward=np.concatenate([mlp.outward, -mlp.outward], axis=1),
    )


def restoring(mlp: UnrolledMLP, dimensions: tuple[int, ...]) -> tuple[UnrolledMLP, UnrolledMLP]:
    """Two MLPs one after the other; the dimensions between them are zero before."""
    width, count = mlp.inward.shape[1], len(mlp.units)
    between = np.zeros((width, count))
    between[list(dimensions), range(count)] = 1
    first = replace(mlp, outward=between, outward_bias=np.zeros(width))
    second = replace(
        mlp,
        units=tuple(f"not {name}" for name in mlp.units),
        inward=-between.T,
        inward_bias=np.ones(count),
        outward=-mlp.outward,
        outward_bias=mlp.outward_bias + mlp.outward.sum(axis=1),
    )
    return first, second


def rules(mlp: UnrolledMLP) -> UnrolledMLP:
    """One ReLU for each unit of which `y` is 3/2 or at most -1/2: `relu((y + 1/2) / 2)` is one or zero."""
    return replace(mlp, inward=mlp.inward / 2, inward_bias=(mlp.inward_bias + 0.5) / 2)
