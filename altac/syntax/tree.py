"""The syntax tree: what was written, with the place of every node. Nothing here has been checked.

Spans do not take part in comparison, so two trees are equal when they say the same thing.
"""

from __future__ import annotations

from dataclasses import field
from fractions import Fraction
from typing import Literal

from altac.diagnostics import Span
from altac.diagnostics.record import Record, record


@record
class Node(Record):
    span: Span = field(compare=False, repr=False)


@record
class Identifier(Node):
    """A name where it is declared or assigned."""

    text: str


# Expressions -------------------------------------------------------------------------------------------------


@record
class Literal_(Node):
    """A number, a symbol, a boolean or `none`."""

    value: bool | int | Fraction | str | None


@record
class Name(Node):
    text: str


@record
class Field(Node):
    """`key.x` or `query.x`."""

    side: Literal["key", "query"]
    name: Identifier


@record
class Group(Node):
    """An expression in parentheses; kept so that the formatter prints what was written."""

    inner: Expr


@record
class Unary(Node):
    op: str
    operand: Expr


@record
class Binary(Node):
    op: str
    left: Expr
    right: Expr


@record
class Compare(Node):
    """`first op operand op operand ...`, meaning the conjunction of the single comparisons."""

    first: Expr
    rest: tuple[tuple[str, Expr], ...]


@record
class Ternary(Node):
    then: Expr
    condition: Expr
    other: Expr


@record
class Range(Node):
    low: Expr
    high: Expr


@record
class Index(Node):
    collection: Expr
    index: Expr


@record
class Optional_(Node):
    """`T?`: the values of T and `none`."""

    domain: Expr


@record
class Call(Node):
    function: Identifier
    arguments: tuple[Expr, ...]


@record
class Generator(Node):
    name: Identifier
    collection: Expr
    condition: Expr | None


@record
class Entry(Node):
    key: Expr
    value: Expr


@record
class Collection(Node):
    """`[...]`, `{...}` or `{k: v, ...}`, spelt out or with generators, the first outermost (then there is one item)."""

    kind: Literal["list", "set", "table"]
    items: tuple[Expr | Entry, ...]
    generators: tuple[Generator, ...]


Expr = (
    Literal_ | Name | Field | Group | Unary | Binary | Compare | Ternary | Range | Index | Optional_ | Call | Collection
)

# Statements --------------------------------------------------------------------------------------------------


@record
class Assign(Node):
    target: Identifier
    value: Expr


@record
class Let(Node):
    name: Identifier
    value: Expr


@record
class Pass(Node):
    pass


@record
class Else(Node):
    """Its span is the word."""

    body: tuple[Statement, ...]


@record
class If(Node):
    """`branches` are the `if` and every `elif`."""

    branches: tuple[tuple[Expr, tuple[Statement, ...]], ...]
    other: Else | None


@record
class PatternAny(Node):
    pass


@record
class PatternName(Node):
    """A constant's name stands for its value (a set: for its elements); any other name captures."""

    text: str


@record
class PatternValue(Node):
    value: Literal_


@record
class PatternRange(Node):
    low: Literal_
    high: Literal_


@record
class Pattern(Node):
    alternatives: tuple[PatternAny | PatternName | PatternValue | PatternRange, ...]


@record
class Case(Node):
    patterns: tuple[Pattern, ...]
    guard: Expr | None
    body: tuple[Statement, ...]


@record
class Match(Node):
    subjects: tuple[Expr, ...]
    cases: tuple[Case, ...]


@record
class For(Node):
    name: Identifier
    collection: Expr
    body: tuple[Statement, ...]


Statement = Assign | Let | Pass | If | Match | For

# Declarations ------------------------------------------------------------------------------------------------


@record
class ProgramName(Node):
    name: Identifier


@record
class Import(Node):
    path: str


@record
class Param(Node):
    name: Identifier
    value: Expr


@record
class Const(Node):
    name: Identifier
    value: Expr


@record
class Type(Node):
    name: Identifier
    domain: Expr


@record
class Def(Node):
    name: Identifier
    parameters: tuple[Identifier, ...]
    body: Expr


@record
class Input(Node):
    name: Identifier
    alphabet: Expr
    longest: Expr | None
    unknown: Expr | None


@record
class FrameToken(Node):
    token: str
    times: Expr | None


@record
class FrameInput(Node):
    name: Identifier


@record
class Frame(Node):
    items: tuple[FrameToken | FrameInput, ...]


@record
class Var(Node):
    name: Identifier
    scalar: bool
    domain: Expr
    initial: Expr


@record
class Offsets(Node):
    """`at low..high`; both None never occurs. `single` is the one-expression form: an offset or a set of offsets."""

    low: Expr | None
    high: Expr | None
    single: Expr | None


Aggregate = Literal[
    "select", "first", "last", "closest", "max", "min", "mean", "sum", "count", "exists"
]  # "select" where no keyword is written


@record
class Head(Node):
    name: Identifier
    domain: Expr | None
    aggregate: Aggregate
    value: Expr | None
    where: Expr | None
    at: Offsets | None
    default: Expr | None


@record
class Step(Node):
    body: tuple[Statement, ...]


@record
class Introduce(Node):
    """`var x = e` in a layer: a variable that has no value before the layer, and this one after it."""

    name: Identifier
    domain: Expr | None
    value: Expr


@record
class Layer(Node):
    """Its span is that of `layer NAME`."""

    name: Identifier
    items: tuple[Head | Introduce | Statement, ...]


@record
class RunEntry(Node):
    """`a`, `(a, b)`, perhaps with `* N` or `until CONDITION`."""

    layers: tuple[Identifier, ...]
    times: Expr | None
    until: Expr | None


@record
class Run(Node):
    entries: tuple[RunEntry, ...]


@record
class Halt(Node):
    condition: Expr


@record
class Layers(Node):
    count: Expr


@record
class Score(Node):
    name: Identifier
    labels: Expr
    value: Expr
    temperature: Expr | None


@record
class Output(Node):
    """`variable` may be a score; `pooled` says that those of all positions are added up."""

    variable: Identifier
    pooled: bool
    at: Literal["first", "last", "all"]
    where: Expr | None


@record
class Example(Node):
    input: str
    output: Expr


_OfModel = Input | Frame | Var | Head | Step | Layer | Run | Halt | Layers | Score | Output
Declaration = ProgramName | Import | Param | Const | Type | Def | _OfModel | Example


@record
class File(Node):
    docstring: str | None
    declarations: tuple[Declaration, ...]
