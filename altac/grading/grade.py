"""How a program fares in an exercise: its interface, its form, and the cases that fail."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from altac.diagnostics import AltacError, Diagnostic, Span
from altac.diagnostics.grading_errors import (
    CasesStopped,
    DoesNotWrite,
    HasLoop,
    InputsTooLong,
    IsNotCausal,
    NeverSaid,
    SymbolsMissing,
    TooManyHeads,
    TooManyLayers,
    UnfitInterface,
    WeightsStopped,
)
from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.engine.trace import Result
from altac.grading.exercise import Case, Exercise, Form
from altac.ir.program import Program
from altac.syntax import parse_source
from altac.syntax import tree as t
from altac.system.alarm import TimeUp, stopped_after

MOST_NAMED = 8  # symbols in a message
LEAST = 0.01  # of the time has to be left for a case to be begun


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
        stopped: the cases that took too long, and those that were not run after them.
    """

    exercise: Exercise
    compiled: Compiled
    problems: tuple[Diagnostic, ...]
    failures: tuple[Failure, ...]
    stopped: tuple[Case, ...] = ()

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


def grade(exercise: Exercise, compiled: Compiled, limit: float | None = None) -> Grade:
    """Check interface and form of a program, and run it on all cases.

    A program that gives all right answers also has to have weights, which the compiler may refuse.

    Args:
        limit: seconds that the cases may take together, and the weights again; None for as long as they need.
    """
    unfit = tuple(interface_problems(exercise, compiled.program))
    if unfit:
        return Grade(exercise, compiled, unfit, ())
    problems = tuple(form_problems(exercise.form, compiled.program))
    results, stopped = run_cases(compiled, exercise.cases, limit)
    failures = tuple(failing(compiled, results))
    if stopped:
        problems += (CasesStopped(None, limit or 0, len(stopped), len(exercise.cases), stopped[0].input),)
    elif not problems and not failures:
        try:
            with nullcontext() if limit is None else stopped_after(limit):
                compiled.blocks  # noqa: B018 - made when first asked for
        except AltacError as error:
            problems = error.diagnostics
        except TimeUp:
            problems = (WeightsStopped(None, limit or 0, compiled.program.name),)
    return Grade(exercise, compiled, problems, failures, stopped)


Run = tuple[Case, Result]


def run_cases(
    compiled: Compiled, cases: Sequence[Case], limit: float | None
) -> tuple[tuple[Run, ...], tuple[Case, ...]]:
    """The results of cases, and the cases that were stopped, each in their order.

    All together are fast. Where they take more than half of the time, they are run one by one, and each may take half
    of what is left, so that the others have their results where few take long.
    """
    if limit is None:
        return tuple(results(compiled, cases)), ()
    end = time.monotonic() + limit

    def tried(some: Sequence[Case]) -> list[Run] | None:
        left = end - time.monotonic()
        if left < limit * LEAST:
            return None
        try:
            with stopped_after(left / 2):
                return results(compiled, some)
        except TimeUp:
            return None

    if (together := tried(cases)) is not None:
        return tuple(together), ()
    found = [(case, tried([case])) for case in cases]
    return tuple(run for _, runs in found for run in runs or ()), tuple(case for case, runs in found if runs is None)


def results(compiled: Compiled, cases: Sequence[Case]) -> list[Run]:
    return list(zip(cases, run_texts(compiled.interpreter, [case.input for case in cases]), strict=True))


def failing(compiled: Compiled, runs: Iterable[Run]) -> Iterator[Failure]:
    interface = compiled.program.interface
    for case, result in runs:
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
