"""Nodes of the syntax tree, and those of expressions; `tree.py` has the rest, and all of them by name."""

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
