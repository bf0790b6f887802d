"""Warnings about a program that is right: what nothing reads, and a halt that nothing brings about."""

from __future__ import annotations

from collections.abc import Iterator

from altac.check.scope import Reports
from altac.diagnostics.warnings import NeverAssigned, Unused
from altac.ir.expr import Expr, reads
from altac.ir.program import Assign, Branch, Head, Program, Statement, Uncovered


def names_read(step: tuple[Statement, ...], heads: list[Head], conditions: list[Expr], output: str) -> set[str]:
    """The names of all variables and heads that anything reads."""
    names = set(reads(*conditions, *expressions(step)))
    names |= {name for head in heads for name in head.reads}
    return names | {output}


def expressions(step: tuple[Statement, ...]) -> Iterator[Expr]:
    """Every value and condition of a step."""
    for statement in step:
        match statement:
            case Assign():
                yield statement.value
            case Branch():
                for condition, body in statement.arms:
                    yield condition
                    yield from expressions(body)
                yield from expressions(statement.other)
            case Uncovered():
                pass


def assigned(step: tuple[Statement, ...]) -> set[str]:
    """The names of all variables that a step can change."""
    names: set[str] = set()
    for statement in step:
        match statement:
            case Assign():
                names.add(statement.variable)
            case Branch():
                for _, body in statement.arms:
                    names |= assigned(body)
                names |= assigned(statement.other)
            case Uncovered():
                pass
    return names


def warn_of_waste(program: Program, read: set[str], reports: Reports) -> None:
    """Report heads and variables that nothing reads, and a halt that reads only what never changes."""
    for head in program.heads:
        if head.name not in read:
            reports.add(Unused(head.span, "head", head.name))
    for variable in program.variables:
        if variable.name not in read and variable.span is not None:
            reports.add(Unused(variable.span, "variable", variable.name))
    if program.halt is not None:
        names = reads(program.halt)
        if names and not assigned(program.step) & set(names):
            reports.add(NeverAssigned(program.halt.span, tuple(names)))
