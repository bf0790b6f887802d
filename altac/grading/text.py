"""A grade as lines for people, and as a record."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from altac.diagnostics import Diagnostic, diagnostic_record
from altac.diagnostics.grading_errors import OtherForm, WeightsStopped
from altac.diagnostics.words import counted
from altac.engine.protocol import trace_text
from altac.engine.table import render_trace
from altac.engine.trace import MOST_CELLS, Trace
from altac.explain import Explainer, explain
from altac.explain.place import asked
from altac.explain.text import Teller
from altac.grading.exercise import Exercise
from altac.grading.grade import Failure, Grade, declarations
from altac.syntax import tree as t

MOST_TOLD = 100_000  # positions times layers of a trace in a record


def grade_lines(found: Grade, file: str, hints: int, width: int | None = None, colour: bool = False) -> Iterator[str]:
    """What is said of a program; its problems are told as diagnostics, elsewhere.

    Args:
        file: the program, as it is named in commands.
        hints: so many are given.
        width, colour: of the terminal, as for `render_trace`.
    """
    exercise, smallest = found.exercise, found.smallest
    cases = counted(len(exercise.cases), "case")
    if found.passed:
        asked_for = f"; {exercise.form.text}" if exercise.form.text else ""
        yield f"passed {exercise.name}: {cases}{asked_for}"
    elif not found.fits:
        yield f"FAILED {exercise.name}: no case was run, since input or output are not declared as asked"
    elif found.stopped:
        wrong = f"{len(found.failures)} of {cases} are wrong, and " if found.failures else ""
        yield f"FAILED {exercise.name}: {wrong}{len(found.stopped)} {'' if wrong else f'of {cases} '}took too long"
        if smallest is not None:
            yield from failure_lines(smallest, found, file, width, colour)
    elif smallest is None:
        is_form = all(isinstance(one, OtherForm) for one in found.problems)
        no_weights = "takes too long to compile" if isinstance(found.problems[0], WeightsStopped) else "has no weights"
        but = f"the program {'has not the form that is asked for' if is_form else no_weights}"
        yield f"FAILED {exercise.name}: {cases} right, but {but}"
    else:
        yield f"FAILED {exercise.name}: {len(found.failures)} of {cases} are wrong"
        yield from failure_lines(smallest, found, file, width, colour)
    yield from hint_lines(exercise, hints, found.passed)


def hint_lines(exercise: Exercise, hints: int, passed: bool) -> Iterator[str]:
    """The first hints, or how to get one."""
    for number, hint in enumerate(exercise.hints[:hints], 1):
        yield f"hint {number} of {len(exercise.hints)}: {hint}"
    if not passed and hints < len(exercise.hints):
        more = "a hint" if not hints else "one more"
        yield f"For {more}: --hints {hints + 1}"


def failure_lines(failure: Failure, found: Grade, file: str, width: int | None, colour: bool) -> Iterator[str]:
    """The smallest failing input with its trace, and why the first wrong symbol is what it is."""
    yield f'the smallest input that fails: "{failure.case.input}"'
    yield f"  expected: {failure.case.output or '(nothing)'}"
    if failure.result.error is not None:
        yield f"  found:    {failure.result.error.code}, {failure.result.error.reason}"
        yield f"  help:     {failure.result.error.help_text}"
    else:
        yield f"  found:    {failure.found or '(nothing)'}"
    counts = of_other_length(failure, found)
    if counts:
        yield f"  help:     {counts}"
    yield ""
    again = f"{shlex.quote(file)} {shlex.quote(failure.case.input)}"
    if failure.symbols * failure.result.layers > MOST_CELLS:  # so many cells need not be made to know it
        yield f"The trace is long: altac trace {again}"
        return
    trace = trace_text(found.compiled.interpreter, failure.case.input)
    if len(trace.tokens) * (trace.layers + 1) > MOST_CELLS:
        yield f"The trace is long: altac trace {again}"
        return
    names = [name for name in trace.domains if name not in ("token", "position")]
    yield render_trace(trace, names, list(range(len(trace.tokens))), width, colour)
    yield ""
    place = wrong_position(failure, trace, Explainer(found.compiled.program, trace))
    if place is not None:
        yield from why_lines(found, trace, place)
        yield f"More: altac explain {again} --at {place}"
    if found.compiled.program.score is not None and failure.found is not None:
        yield f"More: altac run {again} --scores"


def of_other_length(failure: Failure, found: Grade) -> str:
    """What to do where the number of symbols is wrong; nothing where it is right."""
    if failure.found is None:
        return ""
    given, wanted = len(failure.found.split()), len(failure.case.output.split())
    stub = found.exercise.stub.program.interface
    if given == wanted or stub.writing is not None:
        return ""
    frame = declarations(found.exercise.stub.program).get(t.Frame)
    if frame is not None and not failure.symbols and not given:
        return f"without a frame, nothing is read of an empty input; the exercise has `{frame.text.strip()}`"
    if stub.at == "all":
        return f"{counted(wanted, 'symbol')} asked for, and {given} found: `output NAME` reads all positions"
    return f"{counted(wanted, 'symbol')} asked for, and {given} found: `output NAME at {stub.at}` reads one position"


def wrong_position(failure: Failure, trace: Trace, explainer: Explainer) -> int | None:
    """The position whose value is the first wrong symbol; None if there is none, or a score decides."""
    program = explainer.program
    if failure.found is None or program.score is not None:
        return None
    given, wanted = failure.found.split(), failure.case.output.split()
    wrong = next((place for place, pair in enumerate(zip_longest(given, wanted)) if pair[0] != pair[1]), len(given))
    if program.interface.writing is not None:
        return min(len(trace.tokens) - len(failure.result.steps) + wrong, len(trace.tokens) - 1)
    return explainer.shown[wrong] if wrong < min(len(explainer.shown), len(given), len(wanted)) else None


def why_lines(found: Grade, trace: Trace, position: int) -> Iterator[str]:
    """What gave the output at a position, one step back."""
    explainer = Explainer(found.compiled.program, trace)
    teller = Teller(explainer, explain(explainer, asked(explainer, None, position, None), depth=1))
    lines = list(teller.lines())
    yield from lines[:-2] if teller.is_cut else lines  # the last two say how to see more


def grade_record(exercise: Exercise, found: Grade | None, problems: Sequence[Diagnostic], hints: int) -> dict[str, Any]:
    """The same as plain types.

    Args:
        found: None for a program that does not check; `problems` say why.
    """
    smallest = None if found is None else found.smallest
    return {
        "exercise": exercise.name,
        "passed": found is not None and found.passed,
        "cases": len(exercise.cases),
        "failed": None if found is None or not found.fits else len(found.failures),
        "stopped": 0 if found is None else len(found.stopped),
        "smallest": None if found is None or smallest is None else failure_record(smallest, found),
        "diagnostics": [diagnostic_record(one) for one in problems],
        "hints": list(exercise.hints[:hints]),
    }


def failure_record(failure: Failure, found: Grade) -> dict[str, Any]:
    error = failure.result.error
    is_long = failure.symbols * failure.result.layers > MOST_TOLD
    return {
        "input": failure.case.input,
        "expected": failure.case.output,
        "found": failure.found,
        "error": None if error is None else {"code": error.code, "message": error.reason},
        "trace": None if is_long else trace_text(found.compiled.interpreter, failure.case.input).to_dict(),
    }
