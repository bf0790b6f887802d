"""Core expressions: what is left of an expression once names are resolved, constants folded and `def`s expanded.

Four node kinds are all that the interpreter, the proofs and the lowering have to know. `and`, `or` and chains of
comparisons are `Choose`, so that their right side counts only where the left side lets it.

Expressions are compared by identity: a dictionary from expressions is a memo of what was found out about each, however
often it is shared, and it keeps them alive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from altac.diagnostics import Span
from altac.ir.values import Domain, Value


@dataclass(frozen=True, eq=False)
class Constant:
    value: Value
    span: Span


@dataclass(frozen=True, eq=False)
class Read:
    """The current value of a variable or head: of the own position, or as `key.x` or `query.x` in a condition."""

    name: str
    domain: Domain
    span: Span


@dataclass(frozen=True, eq=False)
class Apply:
    """An operator of `altac.ir.operations` on operands that all have a value."""

    op: str
    arguments: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, eq=False)
class Choose:
    """`then` where the condition is true, `other` where it is false; the side not taken does not count."""

    condition: Expr
    then: Expr
    other: Expr
    span: Span


Expr = Constant | Read | Apply | Choose


def reads(*exprs: Expr) -> dict[str, Read]:
    """The first read of every name in some expressions, in the order of the text."""
    found: dict[str, Read] = {}
    for read in walk_reads(exprs):
        found.setdefault(read.name, read)
    return found


def walk_reads(exprs: Sequence[Expr]) -> Iterator[Read]:
    seen: set[Expr] = set()
    stack: list[Expr] = list(reversed(exprs))
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Read():
                yield node
            case Apply():
                stack += reversed(node.arguments)
            case Choose():
                stack += (node.other, node.then, node.condition)
            case Constant():
                pass
