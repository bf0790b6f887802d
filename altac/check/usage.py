"""Warnings about a program that is right: what nothing reads, and what is read although nothing changes it.

What counts is what the text mentions, not what is left of it for the declared values of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator

from altac.check.outline import all_of
from altac.check.scope import Reports
from altac.diagnostics.warnings import HaltNeverChanges, OutputNeverChanges, Unused
from altac.ir.expr import Expr, reads
from altac.ir.program import Assign, Branch, Head, Program, Statement, Uncovered
from altac.syntax import tree as t
from altac.syntax.mentions import changed, names, walk


def names_read(step: tuple[Statement, ...], heads: list[Head], conditions: list[Expr], output: str) -> set[str]:
    """The names of all variables and heads that the typed program reads."""
    read = set(reads(*conditions, *expressions(step)))
    read |= {name for head in heads for name in head.reads}
    return read | {output}


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


def warn_of_waste(file: t.File, program: Program, reports: Reports) -> None:
    """Report heads and variables that nothing reads, and a halt and an output that read only what never changes."""
    read = mentioned(file)
    for head in program.heads:
        if head.name not in read:
            reports.add(Unused(head.span, "head", head.name))
    for variable in program.variables:
        if variable.name not in read and variable.span is not None:
            reports.add(Unused(variable.span, "variable", variable.name))
    warn_of_what_never_changes(file, program, reports)


def warn_of_what_never_changes(file: t.File, program: Program, reports: Reports) -> None:
    """Report a halt that the step has no part in, or else an output."""
    changing = changed(file)
    if program.halt is not None:
        (halt,) = all_of(file, t.Halt)
        read = reads(program.halt)
        if read and not changing & names(halt):
            reports.add(HaltNeverChanges(halt.condition.span, tuple(read)))
            return
    (output,) = all_of(file, t.Output)
    if program.layers != 0 and not changing & (names(output) | {output.variable.text}):
        where = () if program.output_where is None else (program.output_where,)
        reports.add(OutputNeverChanges(output.span, tuple(dict.fromkeys((output.variable.text, *reads(*where))))))


def mentioned(file: t.File) -> set[str]:
    """The names that are read somewhere; what a `let` reads counts where its own name does."""
    lets: dict[str, set[str]] = {}
    found: set[str] = set()
    for declaration in file.declarations:
        match declaration:
            case t.Head() | t.Halt():
                found |= names(declaration)
            case t.Output():
                found |= {declaration.variable.text} | names(declaration)
            case t.Step():
                found |= names(tuple(without_lets(declaration.body)))
                for node in walk(declaration):
                    if isinstance(node, t.Let):
                        lets.setdefault(node.name.text, set()).update(names(node.value))
    unread = dict(lets)
    while used := unread.keys() & found:
        for name in used:
            found |= unread.pop(name)
    return found


def without_lets(body: tuple[t.Statement, ...]) -> Iterator[t.Node]:
    """The expressions and patterns of a block that are not the value of a `let`."""
    for statement in body:
        match statement:
            case t.Assign():
                yield statement.value
            case t.If():
                for condition, block in statement.branches:
                    yield condition
                    yield from without_lets(block)
                if statement.other is not None:
                    yield from without_lets(statement.other.body)
            case t.Match():
                yield from statement.subjects
                for case in statement.cases:
                    yield from (*case.patterns, *([case.guard] if case.guard is not None else []))
                    yield from without_lets(case.body)
            case t.For():
                yield statement.collection
                yield from without_lets(statement.body)
            case t.Let() | t.Pass():
                pass
