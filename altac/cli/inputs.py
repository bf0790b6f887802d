"""Inputs from arguments, text files, JSON Lines and standard input, each with the place it came from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import click

from altac.data.inputs import holds_json, parse_line
from altac.diagnostics.input_errors import EmptyFile, LineTooLong, NoInput
from altac.diagnostics.run_errors import RunFailed
from altac.system.files import reason_of

MOST_LINES, MOST_CHARACTERS = 4096, 1 << 22  # of a chunk
LONGEST_LINE = 4_000_000  # bytes


@dataclass(frozen=True)
class InputLine:
    """One input text; `place` is `file:line`, or empty for an argument. `problem` if the line holds none."""

    text: str
    problem: NoInput | None = None
    place: str = ""


def read_inputs(arguments: tuple[str, ...], path: str | None, form: str) -> Iterator[InputLine]:
    """All inputs, in order.

    Args:
        arguments: inputs of the command line; with none and no path, standard input is read.
        path: a file, or `-` for standard input.
        form: "text", "jsonl", or "auto" for what the file's suffix says.

    Raises:
        click.UsageError: if there is nothing to read from, or both arguments and a path.
    """
    if arguments and path is not None:
        raise click.UsageError("Give inputs as arguments or with --input, not both.")
    if arguments:
        return (InputLine(text) for text in arguments)
    if path is None and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("Give inputs as arguments, with --input PATH, or on standard input.")
    if path is None or path == "-":
        return _lines(standard_input(), "<stdin>", form == "jsonl")
    as_json = form == "jsonl" or (form == "auto" and holds_json(path))
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - closed when its lines are read
    except OSError as error:
        raise click.FileError(path, reason_of(error)) from None
    return _lines(file, path, as_json)


def standard_input() -> BinaryIO:
    """Standard input.

    Raises:
        click.FileError: if it is closed.
    """
    if sys.stdin is None:
        raise click.FileError("<stdin>", "it is closed")
    return sys.stdin.buffer


def chunks(lines: Iterator[InputLine]) -> Iterator[list[InputLine]]:
    """Inputs that are run together: few enough to fit into the memory, whatever the length of the file."""
    chunk: list[InputLine] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line.text)
        if len(chunk) == MOST_LINES or size >= MOST_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def located(line: InputLine, error: RunFailed) -> RunFailed:
    """An error with the place of the input."""
    return error.in_line(line.place) if line.place else error.of_input(line.text)


def _lines(file: IO[bytes], name: str, as_json: bool) -> Iterator[InputLine]:
    number = 0
    with file:
        while data := file.readline(LONGEST_LINE + 2):
            number += 1
            place = f"{name}:{number}"
            if len(data.rstrip(b"\r\n")) > LONGEST_LINE:
                yield InputLine("", LineTooLong(None, LONGEST_LINE), place)
                return
            yield InputLine(*parse_line(data, as_json, first=number == 1), place)
    if number == 0:
        yield InputLine("", EmptyFile(None), name)
