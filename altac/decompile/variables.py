"""Which directions of the stream are those of variables, where a rotation has mixed them with others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from altac.decompile.vectors import CLOSE, hot
from altac.decompile.weights import Weights
from altac.ir.arrays import Array, Mask

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

MOST_FLIPS = 6  # of what may be of a variable


def variables_of(found: Float64[Array, "directions d_model"], weights: Weights) -> Iterator[Bool[Mask, "directions"]]:
    """Which directions are those of variables, the likeliest first; others are used by layers.

    Where each lies in the first dimensions or in the others, these say it; else what is written there.
    """
    inside = np.linalg.norm(found[:, : weights.config.d_state], axis=1)
    if ((inside < CLOSE) | (inside > 1 - CLOSE)).all():
        yield inside > 0.5
    else:
        yield from states_of(found, weights)


def states_of(found: Float64[Array, "directions d_model"], weights: Weights) -> Iterator[Bool[Mask, "directions"]]:
    """Which directions are those of variables, in several ways.

    Variables begin with something, or several runs of layers write them and none clears them. What heads bring and
    what is made of numbers is none. Of values that rules write in one run, those that they take away are variables',
    and of those that they only give as many as restore the balance of a unit, or others. What nothing writes is none.
    """
    begins = hot(np.concatenate([weights.tokens, weights.positions]) @ found.T).any(axis=0)
    made, cleared, numeric = (np.zeros(len(found), np.bool_) for _ in range(3))
    runs = np.zeros(len(found), np.int64)
    columns = []
    rounds = {layer: times for layers, times in weights.config.entries for layer in layers}
    for number, layer in enumerate(weights.layers):
        here = np.zeros(len(found), np.bool_)
        for head in layer.heads:
            output, value = head.output.T @ found.T, head.value.weight @ found.T
            if head.clears:
                cleared |= hot(value).any(axis=0)
                continue
            here |= hot(output).any(axis=0)
            if head.is_numeric:
                numeric |= hot(output).any(axis=0)
            else:
                made |= hot(output).any(axis=0)
        for mlp in layer.mlps:
            output = np.vstack([mlp.outward.weight.T, mlp.outward.bias]) @ found.T
            here |= hot(output).any(axis=0)
            if mlp.outward.bias.any():
                made |= hot(output).any(axis=0)
            else:
                numeric |= hot(output - output.round()).any(axis=0) | (np.abs(output) > 1.5).any(axis=0)
                columns += list(output)
        runs += here * (2 if rounds[number] is None else rounds[number] or 0)
    made |= cleared
    state = begins | ((runs > 1) & ~made)
    open_numbers = numeric & ~state & ~made
    made |= open_numbers
    table = np.array(columns).reshape(-1, len(found)).round() * ~numeric
    made &= ~state
    state |= (table < 0).any(axis=0) & ~made
    open_ones = np.flatnonzero((table > 0).any(axis=0) & ~made & ~state)
    balanced(state, made, table)
    yield state
    if len(open_ones):
        outside = state & ~np.isin(np.arange(len(state)), open_ones)
        inside = outside | np.isin(np.arange(len(state)), open_ones)
        flipped = [state ^ (np.arange(len(state)) == one) for one in open_ones[:MOST_FLIPS]]
        yield from (other for other in (inside, outside, *flipped) if (other != state).any())


def balanced(
    state: Bool[Mask, "directions"], made: Bool[Mask, "directions"], table: Float64[Array, "units directions"]
) -> None:
    """Add those directions to either that restore the balance of a unit."""
    changed = True
    while changed:
        changed = False
        for column in table:
            unknown = (column > 0) & ~made & ~state
            wanted = (column < 0).sum() - ((column > 0) & state).sum()
            if unknown.any() and wanted in (0, unknown.sum()):
                (state if wanted else made)[unknown] = True
                changed = True
