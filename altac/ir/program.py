"""The typed program: everything resolved, finite and proved; what the interpreter runs and the lowering reads.

A program that exists as a `Program` keeps its variables in their domains on every input; only two things can still go
wrong in a run: a head that selects positions that disagree, and a program that never halts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from typing import Literal, assert_never

from altac.diagnostics import Source, Span
from altac.ir.expr import Choose, Constant, Expr
from altac.ir.interface import Interface
from altac.ir.values import Domain, Value


@dataclass(frozen=True)
class Variable:
    """A variable of every position.

    `initial[i]` is the index of the initial value for token i of the vocabulary, or for position i. `scalar` variables
    are stored in one real dimension. `token` and `position` are variables that no step can assign.
    """

    name: str
    domain: Domain
    initial_by: Literal["token", "position"]
    initial: tuple[int, ...]
    scalar: bool
    span: Span | None


@dataclass(frozen=True)
class Offsets:
    """Which relative positions a head may look at: a union of intervals; None is unbounded."""

    intervals: tuple[tuple[int | None, int | None], ...]

    def __contains__(self, offset: int) -> bool:
        return any((low is None or low <= offset) and (high is None or offset <= high) for low, high in self.intervals)

    @property
    def reach(self) -> int:
        """The greatest distance that is named: beyond it, only the sign of a distance matters."""
        return max((abs(end) for pair in self.intervals for end in pair if end is not None), default=0)

    def most(self, positions: int | None) -> int | None:
        """The greatest number of positions that one query can select, among `positions` (None: any number)."""
        if positions is None:
            if any(end is None for pair in self.intervals for end in pair):
                return None
            positions = 2 * self.reach + 1
        last = positions - 1
        if last < 0:
            return 0
        spans = self._merged(-last, last)
        starts = [low for low, _ in spans]
        before = [0, *accumulate(high - low + 1 for low, high in spans)]

        def up_to(distance: int) -> int:
            """How many distances are at most this one."""
            place = bisect_right(starts, distance)
            return before[place] - max(0, spans[place - 1][1] - distance) if place else 0

        # how many keys a query sees is linear between the places where the end of a span meets the first or last key
        places = {0, last, *(q for low, high in spans for q in (-low, -high - 1, last - high, last + 1 - low))}
        return max(up_to(last - q) - up_to(-q - 1) for q in places if 0 <= q <= last)

    def reached(self, last: int) -> int:
        """The distances from -last to last, as bits."""
        spans = self._merged(-last, last)
        return sum((1 << high + 1 + last) - (1 << low + last) for low, high in spans)

    def _merged(self, least: int, greatest: int) -> list[tuple[int, int]]:
        """The intervals between two distances, without overlap."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted(
            (least if low is None else max(low, least), greatest if high is None else min(high, greatest))
            for low, high in self.intervals
        ):
            if merged and low <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(high, merged[-1][1])
            elif low <= high:
                merged.append((low, high))
        return merged

    def __str__(self) -> str:
        return ", ".join(
            str(low) if low == high else f"{'' if low is None else low}..{'' if high is None else high}"
            for low, high in self.intervals
        )


EVERYWHERE = Offsets(((None, None),))


@dataclass(frozen=True)
class Condition:
    """One conjunct of a selection: `holds[k][q]` for the value index of the key's and of the query's variable.

    A side that reads no variable is None and has one row or column.
    """

    key: str | None
    query: str | None
    holds: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True)
class Select:
    """The value at the selected position; where several are selected, they must agree.

    `values[i]` is the index in the head's domain of what value index i of `variable` brings; without a variable,
    `values[0]` is what every position brings. `default` is the index of the result where nothing is selected, None if
    that never happens.
    """

    variable: str | None
    values: tuple[int, ...]
    default: int | None


@dataclass(frozen=True)
class Pick:
    """The value at the selected position that is `first` or `last`; fields as those of `Select`."""

    which: Literal["first", "last"]
    variable: str | None
    values: tuple[int, ...]
    default: int | None


@dataclass(frozen=True)
class Mean:
    """The average of numbers over the selected positions, rounded to the nearest number of the head's domain.

    `numbers[i]` is what value index i of `variable` counts; without a variable, `numbers[0]` is what every position
    counts. `default` is as that of `Select`. `derived` says that no domain was declared: it follows from the numbers
    and from how many positions can be selected.
    """

    variable: str | None
    numbers: tuple[int | Fraction, ...]
    default: int | None
    derived: bool


@dataclass(frozen=True)
class Count:
    """How many positions are selected."""


@dataclass(frozen=True)
class Exists:
    """Whether a position is selected: indices of the two answers in the head's domain."""

    yes: int
    no: int


Aggregate = Select | Pick | Mean | Count | Exists


@dataclass(frozen=True)
class Head:
    """An attention head: which positions it selects, and what it brings from them.

    `domain` is that of the result, with the default or `none` in it. `most` is the greatest number of positions that
    one query can select, None for any number.
    """

    name: str
    domain: Domain
    brings: Aggregate
    conditions: tuple[Condition, ...]
    offsets: Offsets
    most: int | None
    span: Span

    @property
    def is_numeric(self) -> bool:
        """Whether attention brings a real number, which thresholds turn into a value."""
        match self.brings:
            case Mean() | Count():
                return True
            case Select() | Pick() | Exists():
                return False
            case _:
                assert_never(self.brings)

    @property
    def variable(self) -> str | None:
        """What is read at the selected positions; None if their values do not matter."""
        match self.brings:
            case Select() | Pick() | Mean():
                return self.brings.variable
            case Count() | Exists():
                return None
            case _:
                assert_never(self.brings)

    @property
    def reads(self) -> tuple[str, ...]:
        sides = [self.variable]
        for condition in self.conditions:
            sides += [condition.key, condition.query]
        return tuple(dict.fromkeys(name for name in sides if name is not None))


@dataclass(frozen=True, eq=False)
class Assign:
    """`written` is where the value stands; its expression may come from elsewhere, from a `let` or a function."""

    variable: str
    value: Expr
    span: Span
    target: Span
    written: Span


@dataclass(frozen=True, eq=False)
class Branch:
    """The first arm whose condition holds, else `other`.

    `places` say where the arms begin in the text, `otherwise` where `other` does if it was written.
    """

    arms: tuple[tuple[Expr, tuple[Statement, ...]], ...]
    other: tuple[Statement, ...]
    span: Span
    places: tuple[Span, ...]
    otherwise: Span | None = None


@dataclass(frozen=True, eq=False)
class Arm:
    """The beginning of an arm; does nothing."""

    span: Span


@dataclass(frozen=True, eq=False)
class Uncovered:
    """Where a `match` falls through: does nothing, and the checker warns if it can be reached."""

    subjects: tuple[Expr, ...]
    span: Span


Statement = Assign | Branch | Uncovered


@dataclass(frozen=True)
class Example:
    input: str
    output: str
    span: Span


@dataclass(frozen=True, eq=False)
class Program:
    """A checked program. Exactly one of `halt` and `layers` is given.

    `imports` are the texts of the files that it imports, by their paths from its folder.
    """

    name: str
    doc: str
    source: Source
    interface: Interface
    variables: tuple[Variable, ...]
    heads: tuple[Head, ...]
    step: tuple[Statement, ...]
    halt: Expr | None
    layers: int | None
    output_where: Expr | None
    examples: tuple[Example, ...]
    overrides: tuple[tuple[str, Value], ...]
    imports: Mapping[str, str] = field(default_factory=dict)

    def variable(self, name: str) -> Variable:
        return next(variable for variable in self.variables if variable.name == name)

    def head(self, name: str) -> Head:
        return next(head for head in self.heads if head.name == name)

    @property
    def state(self) -> list[tuple[str, Domain]]:
        """Names and domains of all that a step can read: the variables, then the heads."""
        return [
            *((variable.name, variable.domain) for variable in self.variables),
            *((head.name, head.domain) for head in self.heads),
        ]


def guarded(statements: tuple[Statement, ...]) -> Iterator[tuple[Expr | None, Assign | Uncovered]]:
    """Every assignment and fall-through with the condition under which it runs (None: always)."""
    for guard, statement in reached(statements):
        if not isinstance(statement, Arm):
            yield guard, statement


def reached(
    statements: tuple[Statement, ...], guard: Expr | None = None
) -> Iterator[tuple[Expr | None, Assign | Uncovered | Arm]]:
    """The same, with every arm of a branch before what is in it."""
    for statement in statements:
        if not isinstance(statement, Branch):
            yield guard, statement
            continue
        rest = guard
        for (condition, body), place in zip(statement.arms, statement.places, strict=True):
            here = conjunction(rest, condition)
            yield here, Arm(place)
            yield from reached(body, here)
            rest = conjunction(rest, Choose(condition, _no(condition), _yes(condition), condition.span))
        yield from reached(statement.other, rest)


def conjunction(left: Expr | None, right: Expr) -> Expr:
    """`left and right`, where None is true."""
    return right if left is None else Choose(left, right, _no(right), right.span)


def _no(expr: Expr) -> Expr:
    return Constant(False, expr.span)


def _yes(expr: Expr) -> Expr:
    return Constant(True, expr.span)
