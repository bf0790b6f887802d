"""The inputs of a run: from files, or drawn."""

from __future__ import annotations

import re
from pathlib import Path

from altac.data.inputs import holds_json, parse_line
from altac.data.properties import parse_property
from altac.data.sample import EVERYTHING, Request, draw_sets
from altac.diagnostics import AltacError
from altac.diagnostics.training_errors import LengthsTooGreat, NoInputs, NotLengths, UnreadableInputs
from altac.driver import Compiled
from altac.ir.interface import LONGEST, InputError, Interface
from altac.learn.settings import FAR, NEAR, TrainingConfig
from altac.system.files import open_regular


def run_inputs(compiled: Compiled, config: TrainingConfig) -> tuple[list[str], list[str]]:
    """Training inputs, at least one, and test inputs; none of these where only the others come from a file.

    What is drawn is all different, also between the two sets, and has a result in the program.

    Raises:
        AltacError: if inputs cannot be read or drawn, or are not accepted by the program.
    """
    train, test = read_texts(compiled, config.input), read_texts(compiled, config.test)
    if config.input:
        if not train:
            raise AltacError([NoInputs(None, config.input)])
        return train, test
    interface = compiled.program.interface
    near = lengths("length", config.length) if config.length else as_far_as_accepted(NEAR, interface)
    far = lengths("test_length", config.test_length) if config.test_length else as_far_as_accepted(FAR, interface)
    requests = [Request(config.examples, *near, " for training")]
    if config.test_examples and not config.test:
        requests.append(Request(config.test_examples, *far, " for testing"))
    balance = parse_property(config.balance, interface) if config.balance else EVERYTHING
    remedy = "give inputs of your own: `--input`"
    drawn, _ = draw_sets(interface, requests, balance, config.data_seed, compiled.interpreter, remedy=remedy)
    train, *others = (chosen.texts for chosen in drawn)
    return train, others[0] if others else test


def lengths(name: str, text: str) -> tuple[int, int]:
    """The least and the greatest of `0..20`, or of `5`.

    Raises:
        AltacError: if the text is not such a range.
    """
    match = re.fullmatch(r"(\d{1,9})(?:\.\.(\d{1,9}))?", text, re.ASCII)
    least, most = (0, -1) if match is None else (int(match[1]), int(match[2] or match[1]))
    if least > most:
        raise AltacError([NotLengths(None, name, text)])
    if most > LONGEST:
        raise AltacError([LengthsTooGreat(None, name, text, LONGEST)])
    return least, most


def as_far_as_accepted(text: str, interface: Interface) -> tuple[int, int]:
    least, most = lengths("length", text)
    return least, most if interface.longest is None else min(most, interface.longest)


def read_texts(compiled: Compiled, name: str) -> list[str]:
    """The inputs of a file, as all commands read them: a text or a JSON record a line; none without a name.

    Raises:
        AltacError: if the file cannot be read, or the program does not accept a line.
    """
    if not name:
        return []
    try:
        with open_regular(Path(name)) as file:
            lines = [parse_line(line, holds_json(name), number == 0) for number, line in enumerate(file)]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise AltacError([UnreadableInputs(None, name, reason)]) from None
    for number, (text, problem) in enumerate(lines, 1):
        try:
            if problem is not None:
                raise InputError(problem)
            compiled.program.interface.parse(text)
        except InputError as error:
            raise AltacError([error.problem.in_line(f"{name}:{number}")]) from None
    return [text for text, _ in lines]
