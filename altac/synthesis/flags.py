"""Booleans that meet a goal: known ones, comparisons, sets, and two of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from altac.synthesis.goals import Goal
from altac.synthesis.nodes import Compare, Constant, Kind, Logic, Member, Node, Relation
from altac.synthesis.pool import Pool, Row, probed
from altac.synthesis.sample import NONE, Bits

MOST_CODES = 32  # symbols of a node that sets are made of
MOST_COMPARED = 120
MOST_IN_TABLES = 20_000
MOST_ATOMS = 1_500
MOST_JOINED = 4


@dataclass(frozen=True, eq=False)
class Sides:
    """Where a goal wants true, and where false."""

    up: Bits
    down: Bits


def sides(pool: Pool, goal: Goal) -> Sides:
    mask, wanted = pool.flat(goal.mask) != 0, pool.flat(goal.wanted) != 0
    return Sides(mask & wanted, mask & ~wanted)


PROBED = 24  # positions of either side that are looked at first


def sieved(rows: Any, side: Sides, fits: Callable[[Any, Any], Any]) -> Any:
    """The places of rows that fit: `fits` gets them where true is wanted, and where false is.

    Rows that do not fit at a few positions do not fit at all.
    """
    if not len(rows):
        return np.zeros(0, np.intp)
    few = np.flatnonzero(fits(rows[:, probed(side.up, PROBED)], rows[:, probed(side.down, PROBED)]))
    kept = rows[few]
    return few[np.flatnonzero(fits(kept[:, side.up], kept[:, side.down]))]


def single_flags(pool: Pool, goal: Goal) -> Iterator[Node]:
    """Booleans, and comparisons of one thing with a constant, or of two things."""
    side = sides(pool, goal)
    if not side.up.any() or not side.down.any():
        return
    yield from _known(pool, side)
    yield from _thresholds(pool, side)
    yield from _sets(pool, side)
    yield from _comparisons(pool, side)


def _known(pool: Pool, side: Sides) -> Iterator[Node]:
    shelf = pool.shelves["boolean"]
    for place in sieved(shelf.rows, side, lambda up, down: (up != 0).all(1) & (down == 0).all(1)):
        yield shelf.nodes[place]
    for place in sieved(shelf.rows, side, lambda up, down: (up == 0).all(1) & (down != 0).all(1)):
        yield Logic("not", (shelf.nodes[place],))


def _thresholds(pool: Pool, side: Sides) -> Iterator[Node]:
    shelf = pool.shelves["number"]
    rows = shelf.rows

    def compared(place: Any, relation: Relation, low: int, high: int) -> Node:
        """With the number nearest to zero from `low` to `high`."""
        constant = min(max(0, int(low)), int(high))
        return Compare(shelf.nodes[place], relation, Constant(constant, "number"))

    for place in sieved(rows, side, lambda up, down: up.max(1) < down.min(1)):
        yield compared(place, "<", rows[place, side.up].max() + 1, rows[place, side.down].min())
    for place in sieved(rows, side, lambda up, down: up.min(1) > down.max(1)):
        yield compared(place, ">", rows[place, side.down].max(), rows[place, side.up].min() - 1)
    for place in sieved(rows, side, lambda up, down: (up == up[:, :1]).all(1) & (down != up[:, :1]).all(1)):
        yield compared(place, "==", *[rows[place, side.up][0]] * 2)
    for place in sieved(rows, side, lambda up, down: (down == down[:, :1]).all(1) & (up != down[:, :1]).all(1)):
        yield compared(place, "!=", *[rows[place, side.down][0]] * 2)


def _sets(pool: Pool, side: Sides) -> Iterator[Node]:
    nodes, rows, codes = _symbols(pool, "symbol")
    for place in sieved(rows, side, partial(_apart, codes)):
        yield member(nodes[place], np.unique(rows[place, side.up]), np.unique(rows[place, side.down]))


def _symbols(pool: Pool, kind: Kind) -> tuple[list[Node], Any, Any]:
    """The cheapest nodes whose values sets can list, with their rows and all their values; none if these are many."""
    shelf = pool.shelves[kind]
    order = [place for place in shelf.cheapest(len(shelf)) if shelf.nodes[place].kind == kind][:MOST_IN_TABLES]
    rows = shelf.rows[order]
    codes = np.unique(rows)
    if len(codes) > MOST_CODES:
        return [], rows[:0], codes[:0]
    return [shelf.nodes[place] for place in order], rows, codes


def _occurring(rows: Any, codes: Any) -> Any:
    """Which codes occur in each row (row, code)."""
    return np.array([(rows == code).any(1) for code in codes], bool).reshape(len(codes), len(rows)).T


def member(node: Node, inside: Any, outside: Any) -> Node:
    """Whether a node is one of some values, told apart from others by the smaller of the two sets."""
    ins, outs = frozenset(map(int, inside)), frozenset(map(int, outside))
    if (len(outs), NONE in outs) < (len(ins), NONE in ins):
        return Logic("not", (Member(node, outs),))
    return Member(node, ins)


def _comparisons(pool: Pool, side: Sides) -> Iterator[Node]:
    shelf = pool.shelves["number"]
    order = shelf.cheapest(MOST_COMPARED)
    up, down = shelf.rows[order][:, side.up], shelf.rows[order][:, side.down]
    for left in range(len(order)):
        for relation, test, other in (("<", np.less, np.greater_equal), ("==", np.equal, np.not_equal)):
            fits = test(up[left], up).all(1) & other(down[left], down).all(1)
            for right in np.flatnonzero(fits):
                if relation == "<" or left < right:
                    yield Compare(shelf.nodes[order[left]], relation, shelf.nodes[order[right]])  # type: ignore[arg-type]
            fits = other(up[left], up).all(1) & test(down[left], down).all(1)
            for right in np.flatnonzero(fits):
                if relation == "<" or left < right:
                    opposite = ">=" if relation == "<" else "!="
                    yield Compare(shelf.nodes[order[left]], opposite, shelf.nodes[order[right]])  # type: ignore[arg-type]
    shelf = pool.shelves["symbol"]
    order = shelf.cheapest(MOST_COMPARED)
    up, down = shelf.rows[order][:, side.up], shelf.rows[order][:, side.down]
    for left in range(len(order)):
        same, unlike = (up[left] == up).all(1), (down[left] != down).all(1)
        for right in np.flatnonzero(same & unlike):
            yield Compare(shelf.nodes[order[left]], "==", shelf.nodes[order[right]])
        same, unlike = (down[left] == down).all(1), (up[left] != up).all(1)
        for right in np.flatnonzero(same & unlike):
            yield Compare(shelf.nodes[order[left]], "!=", shelf.nodes[order[right]])


def tables(pool: Pool, goal: Goal, inputs: list[Node]) -> Iterator[Node]:
    """Booleans that two things decide together, one of them an input: a set of values of one for each of the other."""
    side = sides(pool, goal)
    for given in inputs:
        row = pool.flat(pool.sample.of(given))
        cases = np.unique(row[side.up | side.down])
        if len(cases) > MOST_CODES:
            continue
        for kind in ("symbol", "boolean"):
            nodes, rows, codes = _symbols(pool, kind)
            left = np.arange(len(rows))
            for case in cases:
                part = Sides(side.up & (row == case), side.down & (row == case))
                left = left[sieved(rows[left], part, partial(_apart, codes))]
            for place in left:
                entries = [
                    (
                        int(case),
                        np.unique(rows[place, side.up & (row == case)]),
                        np.unique(rows[place, side.down & (row == case)]),
                    )
                    for case in cases
                ]
                yield _joined(given, nodes[place], entries)


def _apart(codes: Any, up: Any, down: Any) -> Any:
    """Whether no code occurs on both sides."""
    return ~(_occurring(up, codes) & _occurring(down, codes)).any(1)


def _joined(given: Node, node: Node, entries: list[tuple[int, Any, Any]]) -> Node:
    """`given == a and node in S or given == b and ...`, values of `given` with the same set together."""
    grouped: dict[tuple[frozenset[int], frozenset[int]], list[int]] = {}
    always: list[int] = []
    for case, ups, downs in entries:
        if not len(downs):
            always.append(case)
        elif len(ups):
            grouped.setdefault((frozenset(map(int, ups)), frozenset(map(int, downs))), []).append(case)
    parts: list[Node] = [Member(given, frozenset(always))] if always else []
    for (ins, outs), cases in grouped.items():
        holds = member(node, ins, outs) if node.kind != "boolean" else _as_boolean(node, ins)
        parts.append(Logic("and", (Member(given, frozenset(cases)), holds)))
    return parts[0] if len(parts) == 1 else Logic("or", tuple(parts))


def _as_boolean(node: Node, ins: frozenset[int]) -> Node:
    return node if ins == {1} else Logic("not", (node,))


def pairs(pool: Pool, goal: Goal) -> Iterator[Node]:
    """Two atoms joined by `and` or `or`."""
    side = sides(pool, goal)
    found = list(atoms(pool))[:MOST_ATOMS]
    if not found:
        return
    rows = np.stack([row for _, row in found])
    for op, must, must_not, bits in (("and", side.up, side.down, rows), ("or", side.down, side.up, ~rows)):
        fitting = np.flatnonzero(bits[:, must].all(1))
        packed = np.packbits(bits[fitting][:, must_not], axis=1)
        for left in range(len(fitting)):
            for right in np.flatnonzero(~(packed[left] & packed[left + 1 :]).any(1)) + left + 1:
                yield Logic(op, (found[fitting[left]][0], found[fitting[right]][0]))  # type: ignore[arg-type]


def joined(pool: Pool, goal: Goal) -> Iterator[Node]:
    """Some more atoms joined by `and` or `or`: one after the other that which rules out most of what is left."""
    side = sides(pool, goal)
    found = [atom for atom in atoms(pool) if not _is_listed(atom[0])][:MOST_ATOMS]
    if not found:
        return
    rows = np.stack([row for _, row in found])
    for op, must, must_not, bits in (("and", side.up, side.down, rows), ("or", side.down, side.up, ~rows)):
        fitting = np.flatnonzero(bits[:, must].all(1))
        left = bits[fitting][:, must_not]  # what each still lets through
        chosen: list[Node] = []
        while left.shape[1] and len(fitting) and len(chosen) < MOST_JOINED:
            best = int(left.sum(1).argmin())  # the cheapest of those
            if left[best].all():
                break
            chosen.append(found[fitting[best]][0])
            left = left[:, left[best]]
        if chosen and not left.shape[1]:
            yield Logic(op, tuple(chosen))  # type: ignore[arg-type]


def _is_listed(flag: Node) -> bool:
    """Whether it says that a number is a certain one: many of these are a list of what the examples happen to have."""
    inner = flag.operands[0] if isinstance(flag, Logic) else flag
    return isinstance(inner, Compare) and inner.relation == "==" and isinstance(inner.right, Constant)


def atoms(pool: Pool) -> Iterator[tuple[Node, Any]]:
    """The smallest booleans there are: known ones, and comparisons with constants; each also negated."""
    entries: list[tuple[int, Node, Row | Any]] = []
    shelf = pool.shelves["boolean"]
    for place in shelf.cheapest(MOST_ATOMS // 4):
        entries.append((shelf.costs[place], shelf.nodes[place], shelf.rows[place] != 0))
    shelf = pool.shelves["symbol"]
    for place in shelf.cheapest(MOST_ATOMS // 16):
        node, row = shelf.nodes[place], shelf.rows[place]
        codes = np.unique(row)
        if len(codes) <= MOST_CODES:
            entries += [(shelf.costs[place] + 1, Member(node, frozenset((int(code),))), row == code) for code in codes]
    shelf = pool.shelves["number"]
    for place in shelf.cheapest(MOST_ATOMS // 16):
        node, row = shelf.nodes[place], shelf.rows[place]
        for constant in np.unique(row)[: MOST_CODES // 2]:
            bound = Constant(int(constant), "number")
            entries.append((shelf.costs[place] + 2, Compare(node, "<", bound), row < constant))
            entries.append((shelf.costs[place] + 2, Compare(node, "==", bound), row == constant))
    entries.sort(key=lambda entry: entry[0])
    for _, node, row in entries:
        yield node, row
        yield Logic("not", (node,)), ~row
