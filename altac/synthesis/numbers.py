"""Numbers that meet a goal: sums and differences of known ones, quotients and remainders.

Sums are found without being computed: a random projection of the rows is linear, so that two numbers sum up to a third
if their projections do. What is found so is compared in full before it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt

from altac.synthesis.goals import Goal
from altac.synthesis.nodes import Arithmetic, Constant, Node, Sum
from altac.synthesis.pool import Pool, Row, probed

MOST_TERMS = 60_000  # numbers that sums of two are made of
MOST_IN_THREES = 160
MOST_DIVIDED = 120
MOST_ROUNDED = 120
PROBED = 24
BUCKET = 24  # numbers alike on the goal that are tried in the place of one
CONSTANTS = (0, 1, -1)
CHUNK = 2_000
PROJECTED = 200  # positions that projections are of

Term = tuple[int, int]  # a sign, and the place of a number on its shelf
Floats = npt.NDArray[np.float64]


def sums(pool: Pool, goal: Goal, most: int = 400, threes: bool = False) -> Iterator[tuple[Node, Row]]:
    """Numbers, and sums of two (or three) of them, that meet a goal, the smallest first.

    The goal is met by all that are given; whoever asks may want more of them.
    """
    shelf = pool.shelves["number"]
    at = pool.flat(goal.mask) != 0
    if not len(shelf) or not at.any():
        return
    wanted = pool.flat(goal.wanted)[at]
    order = shelf.cheapest(MOST_TERMS)
    few = probed(at, PROJECTED)
    weights = np.random.default_rng(0).integers(1, 1 << 20, int(few.sum())).astype(np.float64)
    projected = np.concatenate([shelf.rows[part[:, None], np.flatnonzero(few)] @ weights for part in _chunks(order)])
    one, target = float(weights.sum()), float(pool.flat(goal.wanted)[few] @ weights)
    found: list[tuple[int, tuple[Term, ...], int]] = []
    for constant in CONSTANTS:
        aim = target - constant * one
        found += [(0, ((1, int(order[place])),), constant) for place in np.flatnonzero(projected == aim)]
        found += [(0, terms, constant) for terms in _pairs(projected, order, aim)]
    if threes:
        found += [(0, terms, 0) for terms in _threes(projected[:MOST_IN_THREES], order, target)]
    costs = shelf.costs
    found = [
        (sum(costs[place] + 1 for _, place in terms) + (constant != 0), terms, constant) for _, terms, constant in found
    ]
    found.sort()
    given = 0
    for _, terms, constant in found:
        row = sum(sign * shelf.rows[place] for sign, place in terms) + np.int16(constant)
        if (row[at] == wanted).all():
            yield _node(shelf.nodes, terms, constant), row
            given += 1
            if given == most:
                return


def _node(nodes: list[Node], terms: tuple[Term, ...], constant: int) -> Node:
    if len(terms) == 1 and terms[0][0] == 1 and not constant:
        return nodes[terms[0][1]]
    return Sum(tuple((sign, nodes[place]) for sign, place in terms), constant)


def _chunks(order: npt.NDArray[np.intp]) -> list[npt.NDArray[np.intp]]:
    return [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]


def _pairs(projected: Floats, order: npt.NDArray[np.intp], aim: float) -> Iterator[tuple[Term, Term]]:
    by_size = np.argsort(projected, kind="stable")
    ranked = projected[by_size]
    for sign in (1, -1):
        needed = (aim - projected) * sign
        low, high = np.searchsorted(ranked, needed, "left"), np.searchsorted(ranked, needed, "right")
        for place in np.flatnonzero(high > low):
            for other in by_size[low[place] : min(high[place], low[place] + BUCKET)]:
                if sign < 0 or place <= other:
                    yield (1, int(order[place])), (sign, int(order[other]))


def _threes(projected: Floats, order: npt.NDArray[np.intp], aim: float) -> Iterator[tuple[Term, ...]]:
    by_size = np.argsort(projected, kind="stable")
    ranked = projected[by_size]
    for second, third in ((1, 1), (1, -1), (-1, -1)):
        rest = (aim - projected[:, None] - second * projected[None, :]) * third
        low = np.searchsorted(ranked, rest, "left")
        hit = low < len(ranked)
        hit &= ranked[np.minimum(low, len(ranked) - 1)] == rest
        for left, right in zip(*np.nonzero(hit), strict=True):
            other = by_size[low[left, right]]
            yield (1, int(order[left])), (second, int(order[right])), (third, int(order[other]))


def rounds(pool: Pool, goal: Goal) -> Iterator[tuple[Node, Row]]:
    """`(a + b) % m` and the like that meet a goal: numbers that begin anew where they reach another one."""
    shelf = pool.shelves["number"]
    at = pool.flat(goal.mask) != 0
    wanted = pool.flat(goal.wanted)
    order = shelf.cheapest(MOST_ROUNDED)
    if not len(order) or not at.any():
        return
    few = np.flatnonzero(probed(at, PROBED))
    rows = shelf.rows[order]
    terms: list[tuple[Term, ...]] = [((1, left),) for left in range(len(order))]
    terms += [((1, left), (sign, right)) for left in range(len(order)) for right in range(left) for sign in (1, -1)]
    sums = np.stack([sum(sign * rows[place][few] for sign, place in some) for some in terms])
    moduli = [place for place in range(len(order)) if (rows[place] > 0).all() and (rows[place] > wanted)[at].all()]
    for modulus in moduli:
        for constant in CONSTANTS:
            fits = ((sums + constant) % rows[modulus][few] == wanted[few]).all(1)
            for number in np.flatnonzero(fits):
                row = (sum(sign * rows[place] for sign, place in terms[number]) + constant) % rows[modulus]
                if (row[at] == wanted[at]).all():
                    some = tuple((sign, int(order[place])) for sign, place in terms[number])
                    left = _node(shelf.nodes, some, constant)
                    yield Arithmetic("%", left, shelf.nodes[order[modulus]]), row.astype(np.int16)


def quotients(pool: Pool, goal: Goal) -> Iterator[Node]:
    """`a // b`, `a // 2`, `a % 2` and the like that meet a goal."""
    shelf = pool.shelves["number"]
    at = pool.flat(goal.mask) != 0
    wanted = pool.flat(goal.wanted)[at]
    order = shelf.cheapest(MOST_DIVIDED)
    rows = shelf.rows[order]
    for divisor, (op, name) in product((2, 3, 4, 5), ((np.floor_divide, "//"), (np.mod, "%"))):
        for place in np.flatnonzero((op(rows[:, at], divisor) == wanted).all(1)):
            yield Arithmetic(name, shelf.nodes[order[place]], Constant(divisor, "number"))  # type: ignore[arg-type]
    for place in np.flatnonzero((rows > 0).all(1)):
        for other in np.flatnonzero((rows[:, at] // rows[place][at] == wanted).all(1)):
            yield Arithmetic("//", shelf.nodes[order[other]], shelf.nodes[order[place]])
