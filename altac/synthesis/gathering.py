"""What a whole text has to say about a goal that has one value for it: whether something is so anywhere, how often it
is, or what the greatest, the least or the sum of some numbers is.

For everything that is known, and not only for the few small nodes that conditions of a layer are made of: a goal says
at once which of them are of any use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from altac.synthesis.flags import atoms
from altac.synthesis.goals import Goal
from altac.synthesis.nodes import Aggregate, Compare, Condition, Constant, Head, Logic, Node, Sum, negated
from altac.synthesis.pool import Pool, Shelf

PROBED = 8  # texts with each value that are looked at first
MOST_ROWS = 30_000  # of a kind, the cheapest
CHUNK = 2_000
MOST_ATOMS = 200  # of which two hold together
OFFSETS = (0, 1, -1)  # that are added to what is gathered
REDUCED: dict[Aggregate, Callable[..., Any]] = {
    "max": np.maximum.reduceat,
    "min": np.minimum.reduceat,
    "sum": np.add.reduceat,
}


class Gatherer:
    """Heads over whole texts that meet a goal.

    Args:
        at: the offset at which the last position, or every one, sees all.
    """

    def __init__(self, pool: Pool, goal: Goal, at: str) -> None:
        self.pool, self.at = pool, at
        self.lengths = pool.sample.lengths.astype(np.intp)
        self.ends = np.cumsum(self.lengths)
        told = goal.mask.any(1)
        greatest = np.where(goal.mask, goal.wanted, -32_000).max(1)
        least = np.where(goal.mask, goal.wanted, 32_000).min(1)
        self.texts = np.flatnonzero(told)
        self.wanted = greatest[self.texts]
        alike = (greatest == least)[self.texts].all() and (self.lengths > 0).all()
        self.is_told = bool(alike) and len(np.unique(self.wanted)) > 1
        first = [np.flatnonzero(self.wanted == value)[:PROBED] for value in np.unique(self.wanted)]
        self.few = np.concatenate(first) if first else self.texts

    def flags(self) -> Iterator[Node]:
        """Booleans: something holds somewhere, or everywhere."""
        if not self.is_told:
            return
        up = self.wanted != 0
        shelf = self.pool.shelves["boolean"]
        for place in self._equal(shelf, "max", up):
            yield self._exists(shelf.nodes[place])
        for place in self._equal(shelf, "max", ~up):
            yield negated(self._exists(shelf.nodes[place]))
        for place in self._equal(shelf, "min", up):
            yield negated(self._exists(negated(shelf.nodes[place])))
        for place in self._equal(shelf, "min", ~up):
            yield self._exists(negated(shelf.nodes[place]))
        yield from self._beyond(up)

    def joint_flags(self) -> Iterator[Node]:
        """Booleans: two things hold together somewhere, or nowhere."""
        if self.is_told:
            up = self.wanted != 0
            for flag in self._together(np.maximum, up):
                yield self._exists(flag)
            for flag in self._together(np.maximum, ~up):
                yield negated(self._exists(flag))

    def joint_counts(self) -> Iterator[Node]:
        """Numbers: how often two things hold together."""
        if self.is_told:
            for flag in self._together(np.add, self.wanted):
                yield Head("count", None, Condition(flag=flag), self.at)

    def _together(self, some: np.ufunc, wanted: Any) -> Iterator[Node]:
        found = list(islice(atoms(self.pool), MOST_ATOMS))
        lengths = self.lengths[self.texts]
        begins = np.cumsum(lengths) - lengths
        columns = np.repeat(self.ends[self.texts] - lengths - begins, lengths) + np.arange(int(lengths.sum()))
        rows = np.array([row for _, row in found])[:, columns]
        for place in range(len(found)):
            both = some.reduceat((rows[place] & rows[:place]).astype(np.int16), begins, axis=1)
            for other in np.flatnonzero((both == wanted).all(1)):
                yield Logic("and", (found[other][0], found[place][0]))

    def _exists(self, flag: Node) -> Node:
        return Head("exists", None, Condition(flag=flag), self.at)

    def _beyond(self, up: Any) -> Iterator[Node]:
        """A number is beyond a bound somewhere, or nowhere."""
        shelf = self.pool.shelves["number"]
        for wanted in (up, ~up):
            for place in self._sieved(shelf, "max", lambda rows, at: _above(rows, at), wanted):
                bound = int(self._gathered(shelf, np.array([place]), "max", self.texts)[0][~wanted].max())
                found = self._exists(Compare(shelf.nodes[place], ">", Constant(bound, "number")))
                yield found if wanted is up else negated(found)
            for place in self._sieved(shelf, "min", lambda rows, at: _above(-rows, at), wanted):
                bound = int(self._gathered(shelf, np.array([place]), "min", self.texts)[0][~wanted].min())
                found = self._exists(Compare(shelf.nodes[place], "<", Constant(bound, "number")))
                yield found if wanted is up else negated(found)

    def numbers(self) -> Iterator[Node]:
        """Numbers: how often something holds, and the greatest, the least and the sum of others."""
        if not self.is_told:
            return
        flags, numbers = self.pool.shelves["boolean"], self.pool.shelves["number"]
        for more in OFFSETS:
            wanted = self.wanted - more
            for place in self._equal(flags, "sum", wanted):
                yield _added(Head("count", None, Condition(flag=flags.nodes[place]), self.at), more)
            for some in REDUCED:
                for place in self._equal(numbers, some, wanted):
                    yield _added(Head(some, numbers.nodes[place], Condition(), self.at), more)

    def _equal(self, shelf: Shelf, some: Aggregate, wanted: Any) -> Any:
        return self._sieved(shelf, some, lambda rows, wanted: (rows == wanted).all(1), wanted)

    def _sieved(self, shelf: Shelf, some: Aggregate, fits: Callable[[Any, Any], Any], wanted: Any) -> Any:
        """The places of rows that fit what is wanted of each text, the cheapest first."""
        order = shelf.cheapest(MOST_ROWS)
        for texts in (self.few, np.arange(len(self.texts))):
            if len(order):
                order = order[fits(self._gathered(shelf, order, some, self.texts[texts]), wanted[texts])]
        return order

    def _gathered(self, shelf: Shelf, order: Any, some: Aggregate, texts: Any) -> Any:
        """What rows come to in some texts (row, text)."""
        lengths = self.lengths[texts]
        begins = np.cumsum(lengths) - lengths
        columns = np.repeat(self.ends[texts] - lengths - begins, lengths) + np.arange(int(lengths.sum()))
        parts = [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]
        return np.concatenate([REDUCED[some](shelf.rows[part[:, None], columns], begins, axis=1) for part in parts])


def _above(rows: Any, wanted: Any) -> Any:
    """Whether all values where something is wanted are greater than all others."""
    return rows[:, wanted].min(1) > rows[:, ~wanted].max(1)


def _added(head: Head, more: int) -> Node:
    return Sum(((1, head),), more) if more else head
