"""Whole files of inputs, for commands whose results are about all of them: a line that is not accepted ends these."""

from __future__ import annotations

import json

from altac.cli.inputs import InputLine, located, read_inputs
from altac.diagnostics import AltacError, Diagnostic
from altac.diagnostics.input_errors import NotAnAnswerRecord
from altac.diagnostics.run_errors import RunFailed
from altac.ir.interface import InputError, Interface


def input_set(path: str, form: str, interface: Interface) -> list[str]:
    """The inputs of a file, or of standard input for `-`.

    Raises:
        AltacError: with every line that is not accepted.
    """
    texts: list[str] = []
    problems: list[Diagnostic] = []
    for line in read_inputs((), path, form):
        error = refusal(line, interface)
        if error is not None:
            problems.append(located(line, error))
        texts.append(line.text)
    if problems:
        raise AltacError(problems)
    return texts


def answer_set(path: str, interface: Interface) -> tuple[list[str], list[str], int]:
    """The inputs of a file and what they should give, in records as `altac run --json` prints them.

    Records whose output is null, as those of failed runs, are left out; the last result is how many these are.

    Raises:
        AltacError: with every line that is not such a record, or whose input is not accepted.
    """
    texts: list[str] = []
    outputs: list[str] = []
    without = 0
    problems: list[Diagnostic] = []
    for line in read_inputs((), path, "text"):
        try:
            record = json.loads(line.text)
            text, output = record["input"], record["output"]
            if not isinstance(text, str) or not isinstance(output, str | None):
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            problems.append(located(line, line.problem or NotAnAnswerRecord(None)))
            continue
        refused = refusal(InputLine(text, place=line.place), interface)
        if refused is not None:
            problems.append(located(line, refused))
        elif output is None:
            without += 1
        else:
            texts.append(text)
            outputs.append(output)
    if problems:
        raise AltacError(problems)
    return texts, outputs, without


def refusal(line: InputLine, interface: Interface) -> RunFailed | None:
    """Why a line is not an input."""
    if line.problem is not None:
        return line.problem
    try:
        interface.parse(line.text)
    except InputError as error:
        return error.problem
    return None
