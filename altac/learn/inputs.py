"""The inputs of a run: from files, or drawn."""

from __future__ import annotations

import re
from pathlib import Path

from altac.data.properties import parse_property
from altac.data.sample import EVERYTHING, Request, draw_sets
from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import RunFailed
from altac.driver import Compiled
from altac.ir.interface import InputError, Interface
from altac.ir.trace import RunError
from altac.learn.config import FAR, NEAR, TrainingConfig, refused


def run_inputs(compiled: Compiled, config: TrainingConfig) -> tuple[list[str], list[str]]:
    """Training inputs, at least one, and test inputs; none of these where only the others come from a file.

    What is drawn is all different, also between the two sets, and has a result in the program.

    Raises:
        AltacError: if inputs cannot be read or drawn, or are not accepted by the program.
    """
    train, test = read_texts(compiled, config.input), read_texts(compiled, config.test)
    if config.input:
        if not train:
            raise refused("input", f"`{config.input}` is empty", "write one input a line")
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
    train, *others = (one.texts for one in drawn)
    return train, others[0] if others else test


def lengths(name: str, text: str) -> tuple[int, int]:
    """The least and the greatest of `0..20`.

    Raises:
        AltacError: if the text is none such.
    """
    match = re.fullmatch(r"(\d{1,9})\.\.(\d{1,9})", text)
    if match is None or int(match[1]) > int(match[2]):
        raise refused(name, f"`{text}` is no range of lengths", "write the least and the greatest, as `0..20`")
    return int(match[1]), int(match[2])


def as_far_as_accepted(text: str, interface: Interface) -> tuple[int, int]:
    least, most = lengths("length", text)
    return least, most if interface.longest is None else min(most, interface.longest)


def read_texts(compiled: Compiled, name: str) -> list[str]:
    """The lines of a file, each an input; none without a name.

    Raises:
        AltacError: if the file cannot be read, or the program does not accept a line.
    """
    if not name:
        return []
    try:
        texts = Path(name).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise refused(name, (error.strerror or str(error)).lower(), "name a file with one input a line") from None
    except UnicodeDecodeError:
        raise refused(name, "it is not UTF-8 text", "name a file with one input a line") from None
    for number, text in enumerate(texts, 1):
        try:
            compiled.program.interface.parse(text)
        except InputError as error:
            where = f"{name}:{number}:{error.column}: " if error.column else f"{name}:{number}: "
            raise AltacError([RunFailed.of(RunError(error.code, str(error), error.help), where)]) from None
    return texts
