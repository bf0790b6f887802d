"""The typed program: everything resolved, finite and proved; what the interpreter runs and the lowering reads.

A program that exists as a `Program` keeps its variables in their domains on every input; only two things can still go
wrong in a run: a head that selects positions that disagree, and a program that never halts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, assert_never

from altac.diagnostics import Source, Span
from altac.ir.expr import Choose, Constant, Expr
from altac.ir.interface import Interface
from altac.ir.offsets import EVERYWHERE as EVERYWHERE
from altac.ir.offsets import Offsets as Offsets
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
    """The value at the selected position that is `first`, `last` or `closest`; fields as those of `Select`.

    The own position is the closest; of two as close, the one before it.
    """

    which: Literal["first", "last", "closest"]
    variable: str | None
    values: tuple[int, ...]
    default: int | None


@dataclass(frozen=True)
class Extreme:
    """The greatest or least value at the selected positions; fields as those of `Select`.

    Values are in ascending order in the head's domain.
    """

    which: Literal["max", "min"]
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
class Sum:
    """The sum of whole numbers over the selected positions; 0 where nothing is selected.

    `numbers[i]` is what value index i of `variable` counts; without a variable, `numbers[0]` is what every position
    counts. `derived` is as that of `Mean`.
    """

    variable: str | None
    numbers: tuple[int, ...]
    derived: bool


@dataclass(frozen=True)
class Count:
    """How many positions are selected."""


@dataclass(frozen=True)
class Exists:
    """Whether a position is selected: indices of the two answers in the head's domain."""

    yes: int
    no: int


Aggregate = Select | Pick | Extreme | Mean | Sum | Count | Exists


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
            case Mean() | Sum() | Count():
                return True
            case Select() | Pick() | Extreme() | Exists():
                return False
            case _:
                assert_never(self.brings)

    @property
    def is_exact(self) -> bool:
        """Whether attention or thresholds leave zeros and ones: an average over several positions is rounded."""
        match self.brings:
            case Mean() | Sum() | Count() | Pick():
                return True
            case Select() | Extreme() | Exists():
                return self.most is not None and self.most <= 1
            case _:
                assert_never(self.brings)

    @property
    def variable(self) -> str | None:
        """What is read at the selected positions; None if their values do not matter."""
        match self.brings:
            case Select() | Pick() | Extreme() | Mean() | Sum():
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
class Layer:
    """What acts in one layer: heads first, then the step, which reads them.

    `introduced` are the variables that its step gives a value without reading an old one: each run of the layer assigns
    every one of them exactly once.
    """

    name: str
    heads: tuple[Head, ...]
    step: tuple[Statement, ...]
    introduced: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Kept:
    """What one layer makes and others read: a value that it introduces, or what one of its heads brings.

    It stands in the stream from the end of layer `layer` to that of layer `last`, by their numbers.
    """

    name: str
    domain: Domain
    layer: int
    last: int
    is_head: bool
    span: Span

    def stands_after(self, layer: int) -> bool:
        """Whether it is in the stream at the end of a layer."""
        return self.layer <= layer <= self.last

    def stands_before(self, layer: int) -> bool:
        """Whether a layer finds it in the stream."""
        return self.layer < layer <= self.last


@dataclass(frozen=True, eq=False)
class Entry:
    """Some layers in a row, as often as `times` says, or until a condition holds at every position.

    `layers` are the numbers of layers, one after the other; exactly one of `times` and `until` is given. The condition
    is asked before each round, so there may be none.
    """

    layers: range
    times: int | None
    until: Expr | None
    span: Span


@dataclass(frozen=True, eq=False)
class Program:
    """A checked program: layers, in the order in which they run, and how often they do.

    Every layer is in exactly one entry of the schedule, so its number is its place in the run. `is_short` says that the
    program was written as one step that repeats, so that its one layer has no name of its own. `imports` are the texts
    of the files that it imports, by their paths from its folder.
    """

    name: str
    doc: str
    source: Source
    interface: Interface
    variables: tuple[Variable, ...]
    kept: tuple[Kept, ...]
    layers: tuple[Layer, ...]
    schedule: tuple[Entry, ...]
    is_short: bool
    output_where: Expr | None
    examples: tuple[Example, ...]
    overrides: tuple[tuple[str, Value], ...]
    imports: Mapping[str, str] = field(default_factory=dict)

    @property
    def heads(self) -> tuple[Head, ...]:
        """Those of all layers."""
        return tuple(head for layer in self.layers for head in layer.heads)

    @property
    def steps(self) -> tuple[Statement, ...]:
        """The statements of all layers."""
        return tuple(statement for layer in self.layers for statement in layer.step)

    @property
    def introduced(self) -> tuple[Kept, ...]:
        """The values that layers introduce."""
        return tuple(kept for kept in self.kept if not kept.is_head)

    @property
    def domains(self) -> dict[str, Domain]:
        """Of all variables, then of what layers introduce, then of heads."""
        named: tuple[Variable | Kept | Head, ...] = (*self.variables, *self.introduced, *self.heads)
        return {part.name: part.domain for part in named}

    def variable(self, name: str) -> Variable:
        return next(variable for variable in self.variables if variable.name == name)

    def head(self, name: str) -> Head:
        return next(head for head in self.heads if head.name == name)

    def state(self, layer: int) -> list[tuple[str, Domain]]:
        """Names and domains of all that the step of a layer can read: variables, what is kept for it, its heads."""
        return [
            *((variable.name, variable.domain) for variable in self.variables),
            *((kept.name, kept.domain) for kept in self.kept if kept.stands_before(layer)),
            *((head.name, head.domain) for head in self.layers[layer].heads),
        ]

    def introduced_by(self, layer: int) -> dict[str, Domain]:
        """What the step of a layer introduces."""
        return {kept.name: kept.domain for kept in self.introduced if kept.layer == layer}

    def copied_by(self, layer: int) -> dict[str, Domain]:
        """What heads of a layer bring for others and attention alone does not leave exact: the step copies it."""
        inexact = {head.name for head in self.layers[layer].heads if not head.is_exact}
        return {kept.name: kept.domain for kept in self.kept if kept.layer == layer and kept.name in inexact}

    def readable_at(self, layer: int) -> dict[str, Domain]:
        """What a readout can read at the end of a layer (-1: before the first)."""
        standing = [kept for kept in self.kept if kept.stands_after(layer)]
        named: tuple[Variable | Kept, ...] = (*self.variables, *standing)
        return {part.name: part.domain for part in named}

    @property
    def endings(self) -> frozenset[int]:
        """The layers after which a run can end, -1 if it can end before the first."""
        return endings_of([(entry.layers, entry.times) for entry in self.schedule])

    @property
    def fixed_layers(self) -> int | None:
        """How many layers every run takes; None where that depends on the input."""
        if any(entry.until is not None for entry in self.schedule):
            return None
        return sum(len(entry.layers) * (entry.times or 0) for entry in self.schedule)


def endings_of(schedule: Sequence[tuple[range, int | None]]) -> frozenset[int]:
    """The layers after which a run of a schedule can end, -1 if it can end before the first.

    Args:
        schedule: for each entry its layers, and how often they run; None for until a condition holds.
    """
    found: set[int] = set()
    for layers, times in reversed(schedule):
        if times != 0:
            found.add(layers[-1])
        if times:
            return frozenset(found)
    return frozenset({*found, -1})


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
