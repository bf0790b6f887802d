"""Which declarations a program has: all that it needs, none twice that may stand only once, and its layers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TypeVar

from altac.check.imports import NAMES
from altac.check.scope import Reports
from altac.diagnostics import Span
from altac.diagnostics.layer_errors import (
    CountBesideLayers,
    HaltBesideLayers,
    HeadBesideLayers,
    RunWithoutLayers,
    StepBesideLayers,
)
from altac.diagnostics.program_errors import HaltAndLayers
from altac.diagnostics.syntax_errors import MisplacedDeclaration, MissingDeclaration, OnlyNames
from altac.syntax import tree as t

T = TypeVar("T", bound=t.Declaration)
ONCE: dict[type[t.Declaration], str] = {
    t.ProgramName: "program",
    t.Input: "input",
    t.Frame: "frame",
    t.Step: "step:",
    t.Layers: "layers",
    t.Halt: "halt",
    t.Run: "run",
    t.Output: "output",
    t.Causal: "causal",
    t.Generate: "generate",
}
NEEDED: dict[str, tuple[type[t.Declaration], ...]] = {
    "program": (t.ProgramName,),
    "input": (t.Input,),
    "step:": (t.Step, t.Layer),
    "halt when": (t.Halt, t.Layers, t.Layer),
    "output": (t.Output,),
}


@dataclass(frozen=True, eq=False)
class LayerText:
    """A layer as it was written, in either form; `name` is that of the `step:` in the short form."""

    name: str
    heads: tuple[t.Head, ...]
    body: tuple[t.Introduce | t.Statement, ...]
    span: Span

    @property
    def introduced(self) -> tuple[t.Introduce, ...]:
        return tuple(item for item in self.body if isinstance(item, t.Introduce))


def all_of(file: t.File, kind: type[T]) -> list[T]:
    """The declarations of a kind, in the order of the text."""
    return [declaration for declaration in file.declarations if isinstance(declaration, kind)]


def first_of(file: t.File, kind: type[T]) -> T | None:
    """The declaration of a kind of which a program has at most one."""
    return next(iter(all_of(file, kind)), None)


def declares_only_names(file: t.File) -> bool:
    """Whether a file has only declarations that others can import, and at least one."""
    return bool(file.declarations) and all(isinstance(one, NAMES) for one in file.declarations)


def is_short(file: t.File) -> bool:
    """Whether a program has one step, and no layers with names."""
    return not all_of(file, t.Layer)


def layers_of(file: t.File) -> list[LayerText]:
    """The layers of a program, in the order of the text; the step of the short form is one."""
    heads = tuple(all_of(file, t.Head))
    if is_short(file):
        step = first_of(file, t.Step)
        return [LayerText("step", heads, () if step is None else step.body, file.span if step is None else step.span)]
    found = []
    for layer in all_of(file, t.Layer):
        inside = tuple(item for item in layer.items if isinstance(item, t.Head))
        body = tuple(item for item in layer.items if not isinstance(item, t.Head))
        found.append(LayerText(layer.name.text, inside, body, layer.span))
    return found


def check_outline(file: t.File, reports: Reports) -> None:
    """Report every declaration that is there too often or does not fit, and in one message all that are missing."""
    for kind, what in ONCE.items():
        found = all_of(file, kind)
        for other in found[1:]:
            reports.add(MisplacedDeclaration(other.span, what, found[0].span))
    layers, halt = first_of(file, t.Layers), first_of(file, t.Halt)
    if is_short(file):
        if layers is not None and halt is not None:
            before, after = sorted((layers.span, halt.span), key=lambda span: span.start)
            reports.add(HaltAndLayers(after, before))
        for run in all_of(file, t.Run):
            reports.add(RunWithoutLayers(run.span))
    else:
        refuse_mixture(file, reports)
    needed = {what: kinds for what, kinds in NEEDED.items() if what != "halt when" or all_of(file, t.Step)}
    missing = tuple(what for what, kinds in needed.items() if not any(all_of(file, kind) for kind in kinds))
    if missing and declares_only_names(file):
        name = PurePath(file.span.source.name).name
        reports.add(OnlyNames(Span(file.span.source, 0, 0), missing, None, name))
    elif missing:
        title = first_of(file, t.ProgramName)
        span = title.span if title is not None else Span(file.span.source, 0, 0)
        score = first_of(file, t.Score)
        reports.add(MissingDeclaration(span, missing, None if score is None else score.name.text))


def refuse_mixture(file: t.File, reports: Reports) -> None:
    """Report declarations of the short form in a program with layers."""
    names = [layer.name.text for layer in all_of(file, t.Layer)]
    whole = names[0] if len(names) == 1 else f"({', '.join(names)})"
    for declaration in file.declarations:
        match declaration:
            case t.Step():
                reports.add(StepBesideLayers(declaration.span))
            case t.Head():
                reports.add(HeadBesideLayers(declaration.name.span, declaration.name.text, names[0]))
            case t.Halt():
                reports.add(HaltBesideLayers(declaration.span, whole, declaration.condition.span.text))
            case t.Layers():
                reports.add(CountBesideLayers(declaration.span, whole, declaration.count.span.text))
