"""The syntax tree: what was written, with the place of every node. Nothing here has been checked.

Spans do not take part in comparison, so two trees are equal when they say the same thing.
"""

from __future__ import annotations

from typing import Literal

from altac.diagnostics.record import record
from altac.syntax.expressions import Binary as Binary
from altac.syntax.expressions import Call as Call
from altac.syntax.expressions import Collection as Collection
from altac.syntax.expressions import Compare as Compare
from altac.syntax.expressions import Entry as Entry
from altac.syntax.expressions import Expr as Expr
from altac.syntax.expressions import Field as Field
from altac.syntax.expressions import Generator as Generator
from altac.syntax.expressions import Group as Group
from altac.syntax.expressions import Identifier as Identifier
from altac.syntax.expressions import Index as Index
from altac.syntax.expressions import Literal_ as Literal_
from altac.syntax.expressions import Name as Name
from altac.syntax.expressions import Node as Node
from altac.syntax.expressions import Optional_ as Optional_
from altac.syntax.expressions import Range as Range
from altac.syntax.expressions import Ternary as Ternary
from altac.syntax.expressions import Unary as Unary

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
class Causal(Node):
    """That no position depends on later ones."""


@record
class Generate(Node):
    """The output is appended to what was read, until it is a value, or so many times."""

    until: Expr | None
    most: Expr


@record
class Example(Node):
    input: str
    output: Expr


_OfModel = Input | Frame | Var | Head | Step | Layer | Run | Halt | Layers | Causal | Score | Output | Generate
Declaration = ProgramName | Import | Param | Const | Type | Def | _OfModel | Example


@record
class File(Node):
    docstring: str | None
    declarations: tuple[Declaration, ...]
