"""Nodes that meet a goal, made of what the pool has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import numpy as np

from altac.synthesis.fetching import fetched_by_number
from altac.synthesis.flags import PROBED, joined, pairs, single_flags, tables
from altac.synthesis.gathering import Gatherer
from altac.synthesis.goals import Fetch, Goal, fetched_by_key, fetched_by_query, fetches, increments, risings
from altac.synthesis.heads import Grammar
from altac.synthesis.nodes import (
    FROM_HERE,
    SO_FAR,
    Choice,
    Compare,
    Condition,
    Constant,
    Head,
    Kind,
    Member,
    Node,
    is_token,
    negated,
)
from altac.synthesis.numbers import quotients, rounds, sums
from altac.synthesis.pool import Pool, probed
from altac.synthesis.sample import NONE, Bits

MOST_CLASSES = 8  # values that are told apart one after the other
MOST_QUICKLY = 4  # of these as long as a layer is not complete
MOST_FLAGS = 300  # that say which positions an output is fetched from
DEPTH = 2  # goals below a goal
KEPT = 8  # nodes for one goal

Stop = Callable[[], bool]


class Solver:
    """Searches one pool.

    Args:
        stop: asked now and then; once it says yes, nothing more is found.
        thorough: whether to try what takes long, too: sums of three, and choices of many values.
    """

    def __init__(self, pool: Pool, grammar: Grammar, stop: Stop, thorough: bool = False) -> None:
        self.pool, self.grammar, self.stop, self.thorough = pool, grammar, stop, thorough
        self.sample = pool.sample
        self._flags: dict[tuple[bytes, bytes, int], list[Node]] = {}

    def solve(self, goal: Goal) -> list[Node]:
        """Nodes that meet a goal, the smallest first."""
        found = list(islice(self.equal(goal), KEPT))
        if goal.kind == "boolean":
            found += self.flags(goal)
        if goal.kind == "number":
            found += self.numbers(goal)
        found += self.fetched(goal)
        if not found and goal.kind != "boolean":
            found += self.by_token(goal)
        few = MOST_CLASSES if self.thorough else MOST_QUICKLY
        if not found and 1 < len(goal.classes) <= few and not self.stop():
            found += self.decided(goal)
        return sorted(found, key=lambda node: node.cost)

    def equal(self, goal: Goal) -> Iterator[Node]:
        """What is known and is as wanted; or would be, if a head that brings nothing brought the same instead."""
        at, wanted = self.pool.flat(goal.mask) != 0, self.pool.flat(goal.wanted)
        for kind in self._kinds(goal.kind):
            shelf = self.pool.shelves[kind]
            order = shelf.cheapest(len(shelf))
            few, most = np.flatnonzero(probed(at, PROBED)), np.flatnonzero(at)
            for columns in (few, most):
                rows = shelf.rows[order[:, None], columns]
                fits = (rows == wanted[columns]) | (rows == NONE)
                order = order[fits.all(1)]
            for place in order:
                node, row = shelf.nodes[place], shelf.rows[place]
                missing = np.unique(wanted[at & (row == NONE)])
                if not len(missing):
                    yield node
                elif len(missing) == 1 and isinstance(node, Head):
                    yield replace(node, default=int(missing[0]))

    def _kinds(self, kind: Kind) -> tuple[Kind, ...]:
        return ("boolean",) if kind == "boolean" else ("number", "symbol")

    def numbers(self, goal: Goal) -> list[Node]:
        found = [node for node, _ in sums(self.pool, goal, KEPT, self.thorough)]
        if not found:
            found += islice(quotients(self.pool, goal), KEPT)
        if not found:
            gatherer = Gatherer(self.pool, goal, self.grammar.offsets[0])
            found += islice(gatherer.numbers(), KEPT)
            if not found and self.thorough and not self.stop():
                found += islice(gatherer.joint_counts(), KEPT)
        counted = increments(goal, self.sample)
        if counted is not None and not found:
            found += [Head("count", None, Condition(flag=flag), SO_FAR) for flag in self.flags(counted, 1)]
        return found

    # Fetched outputs -----------------------------------------------------------------------------------------

    def fetched(self, goal: Goal) -> list[Node]:
        """What is brought from a place that some number says, at the query or at the key."""
        token, position = self.grammar.inputs
        found: list[Node] = []
        if goal.kind == "boolean" or not goal.mask.any():
            return found
        asked = fetched_by_query(goal, self.sample)
        if asked is not None:
            for place in self._places(asked, goal):
                found.append(Head("value", token, Condition(None, position, "==", place), self.grammar.offsets[0]))
        flags = [None, *self.cheapest_flags(MOST_FLAGS)]
        rows = (self.sample.valid if flag is None else self._bits(flag) for flag in flags)
        for number, fetch in fetched_by_key(goal, self.sample, rows):
            if self.stop() or len(found) >= KEPT:
                break
            for place in self._places(fetch, goal):
                condition = Condition(flags[number], place, "==", position)
                found.append(Head("value", token, condition, self.grammar.offsets[0], fetch.default))
        if not found and self.thorough and not self.stop():
            found += islice(fetched_by_number(self.pool, goal, token, self.grammar.offsets[0]), KEPT)
        return found

    def _places(self, fetch: Fetch, goal: Goal) -> list[Node]:
        known = sums(self.pool, fetch.places, 4_000, self.thorough)
        around = rounds(self.pool, fetch.places) if self.thorough and not fetch.of_keys else iter(())
        fitting = (
            node for node, row in chain(known, around) if fetches(fetch, goal, self.sample, self.pool.square(row))
        )
        return list(islice(fitting, KEPT))

    def cheapest_flags(self, most: int) -> list[Node]:
        """Known booleans, and their opposites."""
        shelf = self.pool.shelves["boolean"]
        known = [shelf.nodes[place] for place in shelf.cheapest(most)]
        return [one for flag in known for one in (flag, negated(flag))]

    def _bits(self, flag: Node) -> Bits:
        bits: Bits = (self.sample.of(flag) != 0) & self.sample.valid
        return bits

    # Booleans ------------------------------------------------------------------------------------------------

    def flags(self, goal: Goal, depth: int = DEPTH) -> list[Node]:
        """Booleans that meet a goal: known ones and comparisons; if there are none, through a witness; then tables."""
        key = (goal.mask.tobytes(), goal.wanted.tobytes(), depth)
        if key not in self._flags:
            self._flags[key] = self._find_flags(goal, depth)
        return self._flags[key]

    def _find_flags(self, goal: Goal, depth: int) -> list[Node]:
        found = list(islice(single_flags(self.pool, goal), 400))
        if not found and depth and not self.stop():
            for forwards, at in ((True, SO_FAR), (False, FROM_HERE)):
                inner = risings(goal, self.sample, forwards)
                if inner is not None and (forwards or FROM_HERE in self.grammar.offsets):
                    found += [Head("exists", None, Condition(flag=flag), at) for flag in self.flags(inner, depth - 1)]
        if not found and not self.stop():
            found += islice(Gatherer(self.pool, goal, self.grammar.offsets[0]).flags(), 400)
        if not found and not self.stop():
            found += islice(tables(self.pool, goal, [self.grammar.token]), 400)
        if not found and not self.stop():
            found += islice(pairs(self.pool, goal), 400)
        if not found and not self.stop():
            found += joined(self.pool, goal)
        if not found and self.thorough and not self.stop():
            found += islice(Gatherer(self.pool, goal, self.grammar.offsets[0]).joint_flags(), KEPT)
        return sorted(found, key=lambda node: node.cost)[:KEPT]

    # Tables ----------------------------------------------------------------------------------------------------

    def by_token(self, goal: Goal) -> list[Node]:
        """What depends on the token alone."""
        tokens, wanted = self.sample.tokens[goal.mask], goal.wanted[goal.mask]
        codes, first = np.unique(tokens, return_index=True)
        if (wanted != wanted[first][np.searchsorted(codes, tokens)]).any():
            return []
        return [table(self.grammar.token, codes, wanted[first], goal.kind)]

    # One value after the other -------------------------------------------------------------------------------

    def decided(self, goal: Goal) -> list[Node]:
        """A choice: where one of the wanted values stands, where another does, and so on."""
        cases: list[tuple[Node, Node]] = []
        rest = goal
        while len(rest.classes) > 1 and not self.stop():
            known = next(self.equal(rest), None) if cases else None
            if known is not None:
                return [Choice(tuple(cases), known, goal.kind)]
            options = [
                (flags[0].cost, code, flags[0]) for code in rest.classes if (flags := self.flags(rest.is_class(code)))
            ]
            if not options:
                return []
            _, code, flag = min(options, key=lambda option: option[:2])
            cases.append((flag, Constant(code, goal.kind)))
            rest = rest.only(rest.wanted != code)
        if len(rest.classes) != 1:
            return []
        return [Choice(tuple(cases), Constant(rest.classes[0], goal.kind), goal.kind)]

    # The best where nothing fits -----------------------------------------------------------------------------

    def guess(self, goal: Goal, most: int = 600) -> tuple[float, Node] | None:
        """The most frequent wanted value for each value of one known thing, and its share of right positions."""
        at, wanted = self.pool.flat(goal.mask) != 0, self.pool.flat(goal.wanted)
        codes, classes = np.unique(wanted[at], return_inverse=True)
        best: tuple[int, Any, Any, Node] | None = None
        for kind in ("symbol", "number", "boolean"):
            shelf = self.pool.shelves[kind]
            for place in shelf.cheapest(most):
                values, cells = np.unique(shelf.rows[place][at], return_inverse=True)
                if len(values) > MOST_CLASSES:
                    continue
                counts = np.bincount(cells * len(codes) + classes, minlength=len(values) * len(codes))
                right = counts.reshape(len(values), len(codes))
                score = int(right.max(1).sum())
                if best is None or score > best[0]:
                    best = (score, values, codes[right.argmax(1)], shelf.nodes[place])
        if best is None:
            return None
        score, values, answers, node = best
        return score / int(at.sum()), table(node, values, answers, goal.kind)


def table(node: Node, values: Any, answers: Any, kind: Kind) -> Node:
    """An answer for each value of a node: the most frequent one last, the others where it has their values."""
    common = max(set(answers.tolist()), key=answers.tolist().count)
    cases: list[tuple[Node, Node]] = []
    for answer in sorted(set(answers.tolist()) - {common}):
        inside = [int(value) for value, given in zip(values, answers, strict=True) if given == answer]
        if node.kind == "boolean":
            flag: Node = node if inside == [1] else negated(node)
        elif len(inside) == 1 and node.kind == "number" and not is_token(node):
            flag = Compare(node, "==", Constant(inside[0], "number"))
        else:
            flag = Member(node, frozenset(inside))
        cases.append((flag, Constant(answer, kind)))
    last = Constant(int(common), kind)
    return Choice(tuple(cases), last, kind) if cases else last
