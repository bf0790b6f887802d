"""The typed program: everything resolved, finite and proved; what the interpreter runs and the lowering reads.

A program that exists as a `Program` keeps its variables in their domains on every input; only two things can still go
wrong in a run: a head that selects positions that disagree, and a program that never halts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal

from altac.diagnostics import Source, Span
from altac.ir.expr import Choose, Constant, Expr
from altac.ir.heads import Head
from altac.ir.interface import Interface
from altac.ir.numbers import Combination, Test, is_open, names_of
from altac.ir.scores import Score
from altac.ir.values import Domain, Value


@dataclass(frozen=True)
class Variable:
    """A variable of every position.

    `initial[i]` is the index of the initial value for token i of the vocabulary, or for position i. A variable
    that is a number has `beginning` instead: the number itself. `token` and `position` are variables that no step can
    assign.
    """

    name: str
    domain: Domain
    initial_by: Literal["token", "position"]
    initial: tuple[int, ...]
    span: Span | None
    beginning: tuple[Fraction, ...] = ()


@dataclass(frozen=True, eq=False)
class Assign:
    """`written` is where the value stands; its expression may come from elsewhere, from a `let` or a function.

    Of a number, `value` is the amount that is added to the sum of its `Combination`.
    """

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
    every one of them exactly once. `numbers` are those that it assigns or introduces, `tests` what its step asks of
    numbers.
    """

    name: str
    heads: tuple[Head, ...]
    step: tuple[Statement, ...]
    introduced: tuple[str, ...]
    span: Span
    numbers: tuple[Combination, ...] = ()
    tests: tuple[Test, ...] = ()

    @property
    def numbers_read(self) -> set[str]:
        """The numbers that its step reads, and those that it changes."""
        sums: tuple[Combination | Test, ...] = (*self.numbers, *self.tests)
        return names_of(one.terms for one in sums)


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
    of the files that it imports, by their paths from its folder. `score` is the output, where that is one. If it
    `is_causal`, no position depends on later ones.
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
    score: Score | None
    examples: tuple[Example, ...]
    overrides: tuple[tuple[str, Value], ...]
    imports: Mapping[str, str] = field(default_factory=dict)
    is_causal: bool = False

    @property
    def heads(self) -> tuple[Head, ...]:
        """Those of all layers."""
        return tuple(head for layer in self.layers for head in layer.heads)

    @property
    def steps(self) -> tuple[Statement, ...]:
        """The statements of all layers."""
        return tuple(statement for layer in self.layers for statement in layer.step)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Those of its layers, "" for the step of the short form."""
        return tuple("" if self.is_short else layer.name for layer in self.layers)

    @property
    def introduced(self) -> tuple[Kept, ...]:
        """The values that layers introduce."""
        return tuple(kept for kept in self.kept if not kept.is_head)

    @property
    def domains(self) -> dict[str, Domain]:
        """Of all variables, then of what layers introduce, then of heads, and of what steps ask of numbers."""
        tests = tuple(test for layer in self.layers for test in layer.tests)
        named: tuple[Variable | Kept | Head | Test, ...] = (*self.variables, *self.introduced, *self.heads, *tests)
        return {part.name: part.domain for part in named}

    def variable(self, name: str) -> Variable:
        return next(variable for variable in self.variables if variable.name == name)

    def head(self, name: str) -> Head:
        return next(head for head in self.heads if head.name == name)

    def state(self, layer: int) -> list[tuple[str, Domain]]:
        """Names and domains of all values that the step of a layer can read: variables, what is kept for it, its heads.

        Of numbers it reads what it asks of them.
        """
        here, kept = self.layers[layer], (kept for kept in self.kept if kept.stands_before(layer))
        named: tuple[Variable | Kept | Head | Test, ...] = (*self.variables, *kept, *here.heads, *here.tests)
        return [(one.name, one.domain) for one in named if not is_open(one.domain)]

    def introduced_by(self, layer: int) -> dict[str, Domain]:
        """The values that the step of a layer introduces."""
        made = (kept for kept in self.introduced if kept.layer == layer)
        return {kept.name: kept.domain for kept in made if not is_open(kept.domain)}

    def added_by(self, layer: int) -> dict[str, Domain]:
        """What the step of a layer adds to numbers, where that is not nothing."""
        numbers = self.layers[layer].numbers
        return {one.name: one.amounts for one in numbers if one.amounts.values != (0,)}

    def copied_by(self, layer: int) -> dict[str, Domain]:
        """What heads of a layer bring for others and attention alone does not leave exact: the step copies it."""
        inexact = {head.name for head in self.layers[layer].heads if not head.is_exact}
        return {kept.name: kept.domain for kept in self.kept if kept.layer == layer and kept.name in inexact}

    def readable_at(self, layer: int) -> dict[str, Domain]:
        """What a readout can read at the end of a layer (-1: before the first)."""
        standing = [kept for kept in self.kept if kept.stands_after(layer)]
        named: tuple[Variable | Kept, ...] = (*self.variables, *standing)
        return {part.name: part.domain for part in named}

    @cached_property
    def variable_names(self) -> frozenset[str]:
        """The names of variables, which stand from layer to layer."""
        return frozenset(variable.name for variable in self.variables)

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
