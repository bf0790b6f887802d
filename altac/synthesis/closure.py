"""Expressions over what one layer has found, which heads of the next can read."""

from __future__ import annotations

from altac.synthesis.nodes import Arithmetic, Compare, Constant, Kind, Node, Sum
from altac.synthesis.pool import Pool, Row
from altac.synthesis.sample import NONE

SUMMED, COMPARED, HALVED, DIVIDED, MATCHED = 90, 24, 40, 10, 10  # how many of the cheapest nodes


def add_expressions(pool: Pool, token: Node) -> None:
    """Sums and differences of two numbers, doubles, halves, remainders and comparisons, as far as they are small."""
    _add_sums(pool)
    _add_remainders(pool)
    _add_comparisons(pool, token)


def _cheapest(pool: Pool, kind: Kind, most: int) -> list[tuple[Node, Row]]:
    shelf = pool.shelves[kind]
    return [(shelf.nodes[place], shelf.rows[place].copy()) for place in shelf.cheapest(most)]


def _add_sums(pool: Pool) -> None:
    numbers = [(node, row) for node, row in _cheapest(pool, "number", SUMMED) if not isinstance(node, Sum | Arithmetic)]
    entries = [
        (left.cost + right.cost, number, other, sign)
        for number, (left, _) in enumerate(numbers)
        for other, (right, _) in enumerate(numbers[:number])
        for sign in (1, -1)
    ]
    for _, number, other, sign in sorted(entries):
        (left, one), (right, two) = numbers[number], numbers[other]
        pool.add(Sum(((1, right), (sign, left))), two + sign * one)


def _add_remainders(pool: Pool) -> None:
    numbers = [(node, row) for node, row in _cheapest(pool, "number", HALVED) if not isinstance(node, Arithmetic)]
    for place, (node, row) in enumerate(numbers):
        pool.add(Arithmetic("%", node, Constant(2, "number")), row % 2)
        if place < DIVIDED:
            pool.add(Arithmetic("%", node, Constant(3, "number")), row % 3)
            pool.add(Arithmetic("//", node, Constant(2, "number")), row // 2)
            pool.add(Sum(((1, node), (1, node))), row + row)


def _add_comparisons(pool: Pool, token: Node) -> None:
    numbers = _cheapest(pool, "number", COMPARED * 4)
    for node, row in numbers:
        pool.add(Compare(node, "<", Constant(0, "number")), row < 0)
        pool.add(Compare(node, "==", Constant(0, "number")), row == 0)
    for place, (left, one) in enumerate(numbers[:COMPARED]):
        for right, two in numbers[:place]:
            pool.add(Compare(right, "<", left), two < one)
            pool.add(Compare(left, "<", right), one < two)
            pool.add(Compare(right, "==", left), two == one)
    symbols = _cheapest(pool, "symbol", MATCHED * MATCHED)
    for place, (left, one) in enumerate(symbols):
        for right, two in symbols[:place]:
            if place < MATCHED or right is token:
                pool.add(Compare(right, "==", left), two == one)
        if (one == NONE).any():
            pool.add(Compare(left, "==", Constant(NONE, "symbol")), one == NONE)
