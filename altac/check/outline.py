"""Which declarations a program has: those that it needs, and none twice of which it has one."""

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
NEEDED: list[tuple[tuple[type[t.Declaration], ...], str, str]] = [
    ((t.ProgramName,), "program", "`program parity`, its name"),
    ((t.Input,), "input", '`input bits: {"0", "1"}`, what it reads'),
    ((t.Step,), "step:", "`step:` and an indented block that says how the variables change"),
    ((t.Halt, t.Layers), "halt when", "`halt when done` for a variable that becomes true, or `layers 1`"),
    ((t.Output,), "output", "`output parity at last`, what is read off at the end"),
]


def all_of(file: t.File, kind: type[T]) -> list[T]:
    """The declarations of a kind, in the order of the text."""
    return [declaration for declaration in file.declarations if isinstance(declaration, kind)]


def first_of(file: t.File, kind: type[T]) -> T | None:
    """The declaration of which a program has at most one."""
    return next(iter(all_of(file, kind)), None)


def check_outline(file: t.File, reports: Reports) -> None:
    """Report every declaration that is there too often, and in one message all that are missing."""
    for kind, what in ONCE.items():
        found = all_of(file, kind)
        for other in found[1:]:
            reports.add(MisplacedDeclaration(other.span, what, found[0].span, f"keep one `{what}`"))
    layers, halt = first_of(file, t.Layers), first_of(file, t.Halt)
    if layers is not None and halt is not None:
        before, after = sorted((layers.span, halt.span), key=lambda span: span.start)
        reports.add(HaltAndLayers(after, before))
    missing = [(what, hint) for kinds, what, hint in NEEDED if not any(all_of(file, kind) for kind in kinds)]
    if missing:
        title = first_of(file, t.ProgramName)
        span = title.span if title is not None else Span(file.span.source, 0, 0)
        *most, last = [f"`{what}`" for what, _ in missing]
        names = f"{', '.join(most)} or {last}" if most else last
        reports.add(MissingDeclaration(span, names, "\n".join(hint for _, hint in missing)))
