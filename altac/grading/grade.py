"""How a program fares in an exercise: its interface, its form, and the cases that fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from altac.diagnostics import AltacError, Diagnostic, Span
from altac.diagnostics.grading_errors import (
    DoesNotWrite,
    HasLoop,
    InputsTooLong,
    IsNotCausal,
    NeverSaid,
    SymbolsMissing,
    TooManyHeads,
    TooManyLayers,
    UnfitInterface,
)
from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.engine.trace import Result
from altac.grading.exercise import Case, Exercise, Form
from altac.ir.program import Program
from altac.syntax import parse_source
from altac.syntax import tree as t

MOST_NAMED = 8  # symbols in a message


@dataclass(frozen=True)
class Failure:
    """A case, and what the program gives instead: `found` is its output as text, None after an error."""

    case: Case
    result: Result
    found: str | None

    @property
    def symbols(self) -> int:
        """The size of its input."""
        return len(self.case.input.split())


@dataclass(frozen=True, eq=False)
class Grade:
    """How a program fares.

    Attributes:
        problems: why its interface or its form is not what is asked for, or why it has no weights.
        failures: the cases that fail, in their order; none are run where the interface does not fit.
    """

    exercise: Exercise
    compiled: Compiled
    problems: tuple[Diagnostic, ...]
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        return not self.problems and not self.failures

    @property
    def fits(self) -> bool:
        """Whether the interface is what is asked for, so that cases can be run."""
        return not any(isinstance(one, UnfitInterface) for one in self.problems)

    @property
    def smallest(self) -> Failure | None:
        """The failing case with the shortest input, the first of several."""
        return min(self.failures, key=lambda failure: failure.symbols, default=None)


def grade(exercise: Exercise, compiled: Compiled) -> Grade:
    """Check interface and form of a program, and run it on all cases.

    A program that gives all right answers also has to have weights, which the compiler may refuse.
    """
    unfit = tuple(interface_problems(exercise, compiled.program))
    if unfit:
        return Grade(exercise, compiled, unfit, ())
    problems = tuple(form_problems(exercise.form, compiled.program))
    failures = tuple(failing(exercise, compiled))
    if not problems and not failures:
        try:
            compiled.blocks  # noqa: B018 - made when first asked for
        except AltacError as error:
            problems = error.diagnostics
    return Grade(exercise, compiled, problems, failures)


def failing(exercise: Exercise, compiled: Compiled) -> Iterator[Failure]:
    interface = compiled.program.interface
    results = run_texts(compiled.interpreter, [case.input for case in exercise.cases])
    for case, result in zip(exercise.cases, results, strict=True):
        if result.output is None:
            yield Failure(case, result, None)
        elif not interface.agrees(result.output, case.output):
            yield Failure(case, result, interface.render(result.output))


def interface_problems(exercise: Exercise, program: Program) -> Iterator[Diagnostic]:
    """Why the program cannot answer the cases at all."""
    asked, found = exercise.stub.program.interface, program.interface
    places, wanted = declarations(program), declarations(exercise.stub.program)

    def words(kind: type[t.Node]) -> str:
        return " ".join(wanted[kind].text.split())

    missing = [text for text in asked.indices if text not in found.indices]
    if missing:
        yield SymbolsMissing(places.get(t.Input), words(t.Input), program.name, tuple(missing[:MOST_NAMED]))
    if found.longest is not None and (asked.longest is None or asked.longest > found.longest):
        yield InputsTooLong(places.get(t.Input), words(t.Input), program.name, found.longest, asked.longest)
    answers = list(dict.fromkeys(piece for case in exercise.cases for piece in case.output.split()))
    if answers and not any(map(found.can_say, answers)):
        shown = (*answers[:MOST_NAMED], *(["..."] if len(answers) > MOST_NAMED else []))
        yield NeverSaid(places.get(t.Output), words(t.Output), found.variable, shown)
    if asked.writing is not None and found.writing is None:
        yield DoesNotWrite(places.get(t.Output), words(t.Generate), program.name)


def declarations(program: Program) -> dict[type[t.Node], Span]:
    """Where a program declares what, the last of each kind."""
    return {type(one): one.span for one in parse_source(program.source).declarations}


def form_problems(form: Form, program: Program) -> Iterator[Diagnostic]:
    """Why the program has another form than what is asked for."""
    name, heads, runs = program.name, program.heads, program.fixed_layers
    if form.heads is not None and len(heads) > form.heads:
        yield TooManyHeads(heads[form.heads].span, name, len(heads), form.heads)
    loops = [entry for entry in program.schedule if entry.times != 1]
    if not form.loop and loops:
        yield HasLoop(loops[0].span, name)
    if form.layers is not None:
        if runs is None:
            if form.loop:
                yield HasLoop(loops[0].span, name)
        elif runs > form.layers:
            beyond = [layer for entry in program.schedule for layer in entry.layers][form.layers :]
            place = program.layers[beyond[0]] if beyond else loops[0]
            yield TooManyLayers(place.span, name, runs, form.layers)
    if form.causal and not program.is_causal:
        yield IsNotCausal(declarations(program).get(t.ProgramName), name)
