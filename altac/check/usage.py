"""Warnings about a program that is right: what nothing reads, and what is read although nothing changes it.

What counts is what the text mentions, not what is left of it for the declared values of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator

from altac.check.outline import all_of, layers_of
from altac.check.schedule import Schedule
from altac.check.scope import Reports
from altac.diagnostics.warnings import (
    HaltNeverChanges,
    LayerNeverChanges,
    OutputNeverChanges,
    UntilNeverChanges,
    Unused,
)
from altac.ir.expr import reads
from altac.ir.program import Kept, Program, Variable
from altac.syntax import tree as t
from altac.syntax.mentions import changed, names, walk


def warn_of_waste(file: t.File, program: Program, schedule: Schedule, reports: Reports) -> None:
    """Report what nothing reads, and a halt and an output that read only what never changes."""
    read = mentioned(file)
    for head in program.heads:
        if head.name not in read:
            reports.add(Unused(head.span, "head", head.name))
    stated: list[tuple[str, Variable | Kept]] = [("variable", variable) for variable in program.variables]
    stated += [("value", value) for value in program.introduced]
    for what, one in stated:
        if one.name not in read and one.span is not None:
            reports.add(Unused(one.span, what, one.name))
    for score in all_of(file, t.Score):
        if score.name.text not in read:
            reports.add(Unused(score.name.span, "score", score.name.text))
    warn_of_what_never_changes(file, program, schedule, reports)


def warn_of_what_never_changes(file: t.File, program: Program, schedule: Schedule, reports: Reports) -> None:
    """Report a loop that has no part in the condition that ends it, or else an output that no layer has."""
    found = False
    for entry, planned in zip(program.schedule, schedule.entries, strict=True):
        if entry.until is None or planned.until is None:
            continue
        changing = set().union(*(changed(schedule.texts[layer].body) for layer in entry.layers))
        read = reads(entry.until)
        if read and not changing & names(planned.until):
            kind = HaltNeverChanges if program.is_short else UntilNeverChanges
            reports.add(kind(planned.until.span, tuple(read)))
            found = True
    (output,) = all_of(file, t.Output)
    made = {kept.name for kept in program.kept}
    if program.score is not None:  # it decides by what stands there, changed or not
        return
    if found or program.fixed_layers == 0 or (changed(file) | made) & (names(output) | {output.variable.text}):
        return
    where = () if program.output_where is None else (program.output_where,)
    never = OutputNeverChanges if program.is_short else LayerNeverChanges
    reports.add(never(output.span, tuple(dict.fromkeys((output.variable.text, *reads(*where))))))


def mentioned(file: t.File) -> set[str]:
    """The names that are read somewhere; what a `let` reads counts where its own name does."""
    lets: dict[str, set[str]] = {}
    found: set[str] = set()
    for declaration in file.declarations:
        match declaration:
            case t.Head() | t.Halt() | t.Run() | t.Score():
                found |= names(declaration)
            case t.Output():
                found |= {declaration.variable.text} | names(declaration)
    for layer in layers_of(file):
        found |= names(layer.heads)
        found |= names(tuple(without_lets(layer.body)))
        for node in walk(layer.body):
            if isinstance(node, t.Let):
                lets.setdefault(node.name.text, set()).update(names(node.value))
    unread = dict(lets)
    while used := unread.keys() & found:
        for name in used:
            found |= unread.pop(name)
    return found


def without_lets(body: tuple[t.Introduce | t.Statement, ...]) -> Iterator[t.Node]:
    """The expressions and patterns of a block that are not the value of a `let`."""
    for statement in body:
        match statement:
            case t.Assign() | t.Introduce():
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
