"""The syntax tree: what was written, with the place of every node. Nothing here has been checked.

Spans do not take part in comparison, so two trees are equal when they say the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from altac.diagnostics import Span


@dataclass(frozen=True)
class Node:
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Identifier(Node):
    """A name where it is declared or assigned."""

    text: str


# Expressions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Literal_(Node):
    """A number, a symbol, a boolean or `none`."""

    value: bool | int | Fraction | str | None


@dataclass(frozen=True)
class Name(Node):
    text: str


@dataclass(frozen=True)
class Field(Node):
    """`key.x` or `query.x`."""

    side: Literal["key", "query"]
    name: Identifier


@dataclass(frozen=True)
class Group(Node):
    """An expression in parentheses; kept so that the formatter prints what was written."""

    inner: Expr


@dataclass(frozen=True)
class Unary(Node):
    op: str
    operand: Expr


@dataclass(frozen=True)
class Binary(Node):
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Compare(Node):
    """`first op operand op operand ...`, meaning the conjunction of the single comparisons."""

    first: Expr
    rest: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True)
class Ternary(Node):
    then: Expr
    condition: Expr
    other: Expr


@dataclass(frozen=True)
class Range(Node):
    low: Expr
    high: Expr


@dataclass(frozen=True)
class Index(Node):
    collection: Expr
    index: Expr


@dataclass(frozen=True)
class Optional_(Node):
    """`T?`: the values of T and `none`."""

    domain: Expr


@dataclass(frozen=True)
class Call(Node):
    function: Identifier
    arguments: tuple[Expr, ...]


@dataclass(frozen=True)
class Generator(Node):
    name: Identifier
    collection: Expr
    condition: Expr | None


@dataclass(frozen=True)
class Entry(Node):
    key: Expr
    value: Expr


@dataclass(frozen=True)
class Collection(Node):
    """`[...]`, `{...}` or `{k: v, ...}`, spelt out or with generators, the first outermost (then there is one item)."""

    kind: Literal["list", "set", "table"]
    items: tuple[Expr | Entry, ...]
    generators: tuple[Generator, ...]


Expr = (
    Literal_ | Name | Field | Group | Unary | Binary | Compare | Ternary | Range | Index | Optional_ | Call | Collection
)

# Statements --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assign(Node):
    target: Identifier
    value: Expr


@dataclass(frozen=True)
class Let(Node):
    name: Identifier
    value: Expr


@dataclass(frozen=True)
class Pass(Node):
    pass


@dataclass(frozen=True)
class If(Node):
    """`branches` are the `if` and every `elif`; `other` is empty when there is no `else`."""

    branches: tuple[tuple[Expr, tuple[Statement, ...]], ...]
    other: tuple[Statement, ...]


@dataclass(frozen=True)
class PatternAny(Node):
    pass


@dataclass(frozen=True)
class PatternName(Node):
    """A constant's name stands for its value (a set: for its elements); any other name captures."""

    text: str


@dataclass(frozen=True)
class PatternValue(Node):
    value: Literal_


@dataclass(frozen=True)
class PatternRange(Node):
    low: Literal_
    high: Literal_


@dataclass(frozen=True)
class Pattern(Node):
    alternatives: tuple[PatternAny | PatternName | PatternValue | PatternRange, ...]


@dataclass(frozen=True)
class Case(Node):
    patterns: tuple[Pattern, ...]
    guard: Expr | None
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Match(Node):
    subjects: tuple[Expr, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class For(Node):
    name: Identifier
    collection: Expr
    body: tuple[Statement, ...]


Statement = Assign | Let | Pass | If | Match | For

# Declarations ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProgramName(Node):
    name: Identifier


@dataclass(frozen=True)
class Import(Node):
    path: str


@dataclass(frozen=True)
class Param(Node):
    name: Identifier
    value: Expr


@dataclass(frozen=True)
class Const(Node):
    name: Identifier
    value: Expr


@dataclass(frozen=True)
class Type(Node):
    name: Identifier
    domain: Expr


@dataclass(frozen=True)
class Def(Node):
    name: Identifier
    parameters: tuple[Identifier, ...]
    body: Expr


@dataclass(frozen=True)
class Input(Node):
    name: Identifier
    alphabet: Expr
    longest: Expr | None


@dataclass(frozen=True)
class FrameToken(Node):
    token: str
    times: Expr | None


@dataclass(frozen=True)
class FrameInput(Node):
    name: Identifier


@dataclass(frozen=True)
class Frame(Node):
    items: tuple[FrameToken | FrameInput, ...]


@dataclass(frozen=True)
class Var(Node):
    name: Identifier
    scalar: bool
    domain: Expr
    initial: Expr


@dataclass(frozen=True)
class Offsets(Node):
    """`at low..high`; both None never occurs. `single` is the one-expression form: an offset or a set of offsets."""

    low: Expr | None
    high: Expr | None
    single: Expr | None


@dataclass(frozen=True)
class Head(Node):
    name: Identifier
    domain: Expr | None
    aggregate: Literal["select", "first", "last", "mean", "count", "exists"]
    value: Expr | None
    where: Expr | None
    at: Offsets | None
    default: Expr | None


@dataclass(frozen=True)
class Step(Node):
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Halt(Node):
    condition: Expr


@dataclass(frozen=True)
class Layers(Node):
    count: Expr


@dataclass(frozen=True)
class Output(Node):
    variable: Identifier
    at: Literal["first", "last", "all"]
    where: Expr | None


@dataclass(frozen=True)
class Example(Node):
    input: str
    output: Expr


Declaration = (
    ProgramName
    | Import
    | Param
    | Const
    | Type
    | Def
    | Input
    | Frame
    | Var
    | Head
    | Step
    | Halt
    | Layers
    | Output
    | Example
)


@dataclass(frozen=True)
class File(Node):
    docstring: str | None
    declarations: tuple[Declaration, ...]
