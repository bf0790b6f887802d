"""Which declarations a program has: all that it needs, and none twice that may stand only once."""

from __future__ import annotations

from typing import TypeVar

from altac.check.scope import Reports
from altac.diagnostics import Span
from altac.diagnostics.program_errors import HaltAndLayers
from altac.diagnostics.syntax_errors import MisplacedDeclaration, MissingDeclaration
from altac.syntax import tree as t

T = TypeVar("T", bound=t.Declaration)
ONCE: dict[type[t.Declaration], str] = {
    t.ProgramName: "program",
    t.Input: "input",
    t.Frame: "frame",
    t.Step: "step:",
    t.Layers: "layers",
    t.Halt: "halt",
    t.Output: "output",
}
NEEDED: dict[str, tuple[type[t.Declaration], ...]] = {
    "program": (t.ProgramName,),
    "input": (t.Input,),
    "step:": (t.Step,),
    "halt when": (t.Halt, t.Layers),
    "output": (t.Output,),
}


def all_of(file: t.File, kind: type[T]) -> list[T]:
    """The declarations of a kind, in the order of the text."""
    return [declaration for declaration in file.declarations if isinstance(declaration, kind)]


def first_of(file: t.File, kind: type[T]) -> T | None:
    """The declaration of a kind of which a program has at most one."""
    return next(iter(all_of(file, kind)), None)


def check_outline(file: t.File, reports: Reports) -> None:
    """Report every declaration that is there too often, and in one message all that are missing."""
    for kind, what in ONCE.items():
        found = all_of(file, kind)
        for other in found[1:]:
            reports.add(MisplacedDeclaration(other.span, what, found[0].span))
    layers, halt = first_of(file, t.Layers), first_of(file, t.Halt)
    if layers is not None and halt is not None:
        before, after = sorted((layers.span, halt.span), key=lambda span: span.start)
        reports.add(HaltAndLayers(after, before))
    missing = tuple(what for what, kinds in NEEDED.items() if not any(all_of(file, kind) for kind in kinds))
    if missing:
        title = first_of(file, t.ProgramName)
        span = title.span if title is not None else Span(file.span.source, 0, 0)
        reports.add(MissingDeclaration(span, missing))
