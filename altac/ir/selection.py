"""How many positions a head can select: what relative positions, the frame and the condition leave together.

Ensures a bound that holds whatever values a step assigns. The variables that no step assigns are known from the
beginning: the value of each is given by the token, or by the place. So for each place in inputs of each length it is
known whether a token can stand there with which the condition holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product
from math import inf, prod
from operator import and_

from altac.ir.heads import Condition
from altac.ir.interface import Interface
from altac.ir.offsets import Offsets
from altac.ir.program import Variable

EVERY = -1  # all bits; bits are sets of places, or of tokens
MOST_TRIED = 50_000  # queries in inputs of all lengths up to which each is tried
MOST_KINDS = 5_000  # of queries up to which conditions are counted together


@dataclass(frozen=True)
class Some:
    """Positions at one of some places that have one of some tokens."""

    places: int = EVERY
    tokens: int = EVERY

    def __and__(self, other: Some) -> Some:
        return Some(self.places & other.places, self.tokens & other.tokens)


NOWHERE = Some(tokens=0)
Query = tuple[Mapping[str, int], Some]  # what variables are, by name, and the positions where they are that


@dataclass(frozen=True)
class Framed:
    """Positions by what the frame makes of them: `before` and `after` are places in its two parts.

    `start` is the place of the first letter, and `letters` tells whether they can be letters.
    """

    places: int
    start: int
    before: int
    letters: bool
    after: int

    def within(self, length: int) -> int:
        """Where such positions can be in inputs of that length."""
        letters = (1 << length) - 1 if self.letters else 0
        return self.places & (self.before | (letters | self.after << length) << self.start)

    def number(self, longest: float) -> float:
        """A bound on how many there are in an input of up to that length, as if all lengths were one."""
        number = self.before.bit_count() + self.after.bit_count() + (longest if self.letters else 0)
        if self.places == EVERY:
            return number
        later = (1 << int(longest) + self.after.bit_length()) - (self.after & -self.after) if self.after else 0
        ever = self.before | later << self.start | self.within(int(longest))
        return min(number, (self.places & ever).bit_count())


@dataclass(frozen=True)
class Census:
    """How many positions can be alike; `fixed` are the variables that no step assigns, by name."""

    interface: Interface
    fixed: Mapping[str, Variable]

    def most_selected(self, conditions: Sequence[Condition], offsets: Offsets, positions: int | None) -> int | None:
        """An upper bound on how many positions a query selects; None if there is none.

        Args:
            positions: how many there are, with the frame; None for any number.
        """
        most = offsets.most(positions)
        bounds: list[float] = [inf if most is None else most]
        known = [condition for condition in conditions if condition.key is None or condition.key in self.fixed]
        moving = {condition.query for condition in known} - {None, *self.fixed}
        for name in moving or {None}:  # one at a time, so that there are not too many values together
            together = [condition for condition in known if condition.query not in moving - {name}]
            if together:
                bounds.append(self._most(together, offsets, positions))
        least = min(bounds)
        return None if least == inf else int(least)

    def _most(self, conditions: Sequence[Condition], offsets: Offsets, positions: int | None) -> float:
        """The greatest number of positions on which conditions hold together, for one query.

        Exact where not too many queries have to be tried, but for values that a step assigns. Else distances are left
        out, and all lengths are taken for one.
        """
        groups = self._groups(conditions)
        if len(conditions) > 1 and prod(map(len, groups)) > MOST_KINDS:
            return min(self._most([condition], offsets, positions) for condition in conditions)
        columns = [(condition.query, self._keys(condition)) for condition in conditions]
        asked: list[tuple[Some, Some]] = []
        for parts in product(*groups):
            values = {name: value for known, _ in parts for name, value in known.items()}
            keys = reduce(and_, (column[0 if name is None else values[name]] for name, column in columns))
            asked.append((reduce(and_, (query for _, query in parts)), keys))
        longest = inf if positions is None else max(0, positions - self._framing)
        if positions is None or (longest + 1) * positions * prod(map(len, groups[1:])) > MOST_TRIED:
            return max(self._framed(keys).number(longest) for _, keys in asked)
        return self._most_seen(asked, offsets, positions)

    def _most_seen(self, asked: Iterable[tuple[Some, Some]], offsets: Offsets, positions: int) -> int:
        """The same for pairs of queries and their keys, tried in inputs of all lengths.

        A query that is among its own keys has the token of both.
        """
        most, last = 0, positions - 1
        reach = offsets.reached(last)
        for queries, keys in asked:
            looking, chosen, own = self._framed(queries), self._framed(keys), self._framed(queries & keys)
            for length in range(positions - self._framing, -1, -1):
                held, themselves = chosen.within(length), own.within(length)
                if held.bit_count() <= most:
                    continue
                for place in members(looking.within(length)):
                    seen = held & reach >> (last - place)
                    most = max(most, seen.bit_count() - ((seen & ~themselves) >> place & 1))
        return most

    # Positions by what they have -----------------------------------------------------------------------------

    def _groups(self, conditions: Sequence[Condition]) -> tuple[list[Query], list[Query], list[Query]]:
        """Queries by the variables that their place determines, that their token does, and that a step assigns."""
        widths = {condition.query: len(condition.holds[0]) for condition in conditions if condition.query is not None}
        by_place = self._alike([name for name in widths if self._source(name) == "position"])
        by_token = self._alike([name for name in widths if self._source(name) == "token"])
        moving = [(name, width) for name, width in widths.items() if name not in self.fixed]
        return (
            [(values, Some(places=places)) for values, places in by_place],
            [(values, Some(tokens=tokens)) for values, tokens in by_token],
            [({name: value}, Some()) for name, width in moving for value in range(width)] or [({}, Some())],
        )

    def _source(self, name: str) -> str | None:
        return self.fixed[name].initial_by if name in self.fixed else None

    def _alike(self, names: Sequence[str]) -> list[tuple[dict[str, int], int]]:
        """Places, or tokens, by the values of the variables that they determine."""
        if not names:
            return [({}, EVERY)]
        groups: dict[tuple[int, ...], int] = {}
        for index, values in enumerate(zip(*(self.fixed[name].initial for name in names), strict=True)):
            groups[values] = groups.get(values, 0) | 1 << index
        return [(dict(zip(names, values, strict=True)), indices) for values, indices in groups.items()]

    def _keys(self, condition: Condition) -> list[Some]:
        """The keys for which a condition holds, for each value of the query's variable."""
        if condition.key is None:
            return [Some() if held else NOWHERE for held in condition.holds[0]]
        variable = self.fixed[condition.key]
        held = [bits(map(column.__getitem__, variable.initial)) for column in zip(*condition.holds, strict=True)]
        return [Some(places=keys) if variable.initial_by == "position" else Some(tokens=keys) for keys in held]

    def _framed(self, some: Some) -> Framed:
        before, after = (
            bits(some.tokens >> token & 1 == 1 for token in tokens) for tokens in (self.interface.before, self._after)
        )
        return Framed(some.places, len(self.interface.before), before, some.tokens & self._letters != 0, after)

    @cached_property
    def _letters(self) -> int:
        """The tokens that are letters of the alphabet; in a program that writes, all: they can be written."""
        is_writing = self.interface.writing is not None
        return bits(is_writing or token in self.interface.alphabet for token in self.interface.vocabulary)

    @property
    def _after(self) -> tuple[int, ...]:
        """The frame behind the input; where something is written behind it, what it is counts as part of the input."""
        return self.interface.after if self.interface.writing is None else ()

    @property
    def _framing(self) -> int:
        """How many positions the frame takes."""
        return len(self.interface.before) + len(self._after)


def bits(held: Iterable[bool]) -> int:
    """The indices at which something holds."""
    return int(bytes(held)[::-1].translate(DIGITS) or b"0", 2)


DIGITS = bytes.maketrans(b"\0\1", b"01")


def members(indices: int) -> Iterator[int]:
    while indices:
        yield (indices & -indices).bit_length() - 1
        indices &= indices - 1
