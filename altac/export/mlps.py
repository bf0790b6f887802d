"""Hidden units that saturate, as ReLUs.

A unit is `clamp(y, 0, 1)`. Where `y` is exact, `relu(y) - relu(y - 1)` is the same, exactly. Where it is not, as behind
a count, the two would be rounded apart; so a first MLP writes `relu(y)`, and a second one clamps that single number:
twice a number from 1 on, less 1/2, minus the same less 3/2 is exactly 1.
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
    """Two MLPs one after the other; the dimensions between them are zero before.

    The second asks whether twice the number is above 1/2, or above 3/2: it leaves what is almost zero where it is.
    """
    width, count = mlp.inward.shape[1], len(mlp.units)
    between = np.zeros((width, count))
    between[list(dimensions), range(count)] = 1
    first = replace(mlp, outward=between, outward_bias=np.zeros(width))
    second = replace(mlp, inward=2 * between.T, inward_bias=np.full(count, -0.5))
    return first, pairs(second)


def rules(mlp: UnrolledMLP) -> UnrolledMLP:
    """One ReLU for each unit of which `y` is 3/2 or at most -1/2: `relu((y + 1/2) / 2)` is one or zero."""
    return replace(mlp, inward=mlp.inward / 2, inward_bias=(mlp.inward_bias + 0.5) / 2)
