"""Files of examples: lines `input -> output`, JSON Lines, tables of two columns, and columns of tokens and labels."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from altac.diagnostics import AltacError, Diagnostic
from altac.diagnostics.example_errors import (
    BadExample,
    BlankInSymbol,
    NoArrow,
    NoExamples,
    NoInputSymbols,
    NoOutput,
    NotAValue,
    NothingFollows,
    NotOneOutput,
    NotTable,
    NotTwoColumns,
    OneColumn,
    OtherLength,
)
from altac.diagnostics.input_errors import JsonTooDeep, NotJson, NotText
from altac.diagnostics.run_errors import CannotRead, RunFailed
from altac.diagnostics.words import counted
from altac.ir.values import Value, is_plain_symbol
from altac.synthesis.examples import Examples, Shape, Symbols, parse_symbol, shape_of
from altac.system.files import open_regular, reason_of

Form = Literal["auto", "lines", "jsonl", "csv", "tsv", "conll"]
Cell = str | list[Any]  # a text, or a list of values
FORM_OF = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv", ".conll": "conll"}
LARGEST = 200_000_000  # bytes of a file
MOST_ERRORS = 20  # that are told of one file
HEADER = ("input", "output")
DOCUMENT = "-DOCSTART-"  # begins the line that CoNLL puts before a document


def read_examples(path: str | Path, form: Form = "auto", shape: Shape | None = None) -> Examples:
    """The examples of a file.

    Args:
        form: how it is written; "auto" goes by the suffix, and takes lines for what has none of its own.
        shape: what outputs are; None to find it from the examples.

    Raises:
        AltacError: if the file cannot be read, or with each line that holds no example.
    """
    name, problems = str(path), list[Diagnostic]()
    rows: list[tuple[int, Cell, Cell]] = []
    for number, found in _rows(Path(path), name, form, shape):
        if isinstance(found, RunFailed):
            problems.append(found.in_line(f"{name}:{number}"))
            if len(problems) == MOST_ERRORS:
                break
        else:
            rows.append((number, *found))
    if problems:
        raise AltacError(problems)
    if not rows:
        raise AltacError([NoExamples(None, name)])
    return _examples(rows, name, shape)


def _rows(
    path: Path, name: str, form: Form, shape: Shape | None
) -> Iterator[tuple[int, tuple[Cell, Cell] | RunFailed]]:
    """The two cells of every line that is not empty, with its number."""
    chosen = FORM_OF.get(path.suffix, "lines") if form == "auto" else form
    lines = text_at(path, name).splitlines(keepends=True)
    if chosen in ("csv", "tsv"):
        yield from _table(lines, "," if chosen == "csv" else "\t")
        return
    if chosen == "conll":
        yield from _columns(lines)
        return
    if shape == "next" and not any(_has_blanks(side) for line in lines for side in line.split("->")):
        lines = [line if "->" in line else " ".join(line.strip()) for line in lines]
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _record(line) if chosen == "jsonl" else _arrow(line, shape)


def text_at(path: Path, name: str) -> str:
    try:
        with open_regular(path) as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise AltacError([CannotRead(None, name, reason)]) from None
    if len(data) > LARGEST:
        raise AltacError([CannotRead(None, name, f"it has more than {LARGEST:,} bytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise AltacError([NotText(None).in_line(f"{name}:{line}")]) from None


def _table(lines: list[str], separator: str) -> Iterator[tuple[int, tuple[Cell, Cell] | RunFailed]]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for row in reader:
            if not row or (reader.line_num == 1 and tuple(row) == HEADER):
                continue
            if len(row) == 2:
                yield reader.line_num, (row[0], row[1])
            else:
                yield reader.line_num, NotTwoColumns(None, len(row))
    except csv.Error as error:
        yield reader.line_num, NotTable(None, str(error))


def _columns(lines: list[str]) -> Iterator[tuple[int, tuple[Cell, Cell] | RunFailed]]:
    """One token a line, its label in the last column, and an empty line between texts."""
    tokens: list[str] = []
    labels: list[str] = []
    first = 0
    for number, line in enumerate([*lines, ""], 1):
        row = line.split()
        if len(row) == 1:
            yield number, OneColumn(None, row[0])
        elif row and row[0] != DOCUMENT:
            first = number if not tokens else first
            tokens.append(row[0])
            labels.append(row[-1])
        elif tokens:
            yield first, (tokens, labels)
            tokens, labels = [], []


def _arrow(line: str, shape: Shape | None) -> tuple[Cell, Cell] | RunFailed:
    left, arrow, right = line.rpartition("->")
    if shape == "next" and not arrow:
        symbols: list[Any] = line.split()
        return symbols[:1], symbols[1:]
    return (left, right) if arrow else NoArrow(None)


def _record(line: str) -> tuple[Cell, Cell] | RunFailed:
    try:
        record = json.loads(line)
    except ValueError as error:
        return NotJson(None, str(error))
    except RecursionError:
        return JsonTooDeep(None)
    if not isinstance(record, dict):
        return NotAValue(None)
    cells = [record.get(name) for name in HEADER]
    found = [[cell] if isinstance(cell, bool | int) else cell for cell in cells]
    if not all(isinstance(cell, str | list) for cell in found):
        return NotAValue(None)
    return found[0], found[1]  # type: ignore[return-value]


def _examples(rows: list[tuple[int, Cell, Cell]], name: str, shape: Shape | None) -> Examples:
    """Symbols, where blanks separate them, and a symbol for each character where there are no blanks at all."""
    inputs = [cell for _, cell, _ in rows]
    outputs = [cell for _, _, cell in rows]
    problems: list[Diagnostic] = []
    in_characters = not any(map(_has_blanks, inputs))
    read = [_symbols(cell, in_characters) for cell in inputs]
    lengths = [len(one) if not isinstance(one, BadExample) else -1 for one in read]
    out_characters = in_characters and not any(map(_has_blanks, outputs)) and _as_long(outputs, lengths, shape)
    written = [_symbols(cell, out_characters) for cell in outputs]
    examples: list[tuple[int, Symbols, Symbols]] = []
    for (number, *_), one, other in zip(rows, read, written, strict=True):
        if isinstance(one, BadExample) or isinstance(other, BadExample):
            problems += [bad.in_line(f"{name}:{number}") for bad in (one, other) if isinstance(bad, BadExample)]
        else:
            examples.append((number, one, other))
    found = shape or shape_of([one for _, one, _ in examples], [other for *_, other in examples])
    for number, one, other in examples:
        wrong = _misfit(one, other, found)
        if wrong is not None:
            problems.append(wrong.in_line(f"{name}:{number}"))
    if problems:
        raise AltacError(problems[:MOST_ERRORS])
    return Examples(tuple(one for _, one, _ in examples), tuple(other for *_, other in examples), found)


def _has_blanks(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell.split()) > 1


def _as_long(outputs: list[Cell], lengths: list[int], shape: Shape | None) -> bool:
    """Whether outputs without blanks are read character by character: they must then be as long as their inputs."""
    if shape == "one":
        return False
    sizes = [len(cell.strip()) if isinstance(cell, str) else len(cell) for cell in outputs]
    return shape in ("list", "next") or sizes == lengths


def _symbols(cell: Cell, in_characters: bool) -> Symbols | BadExample:
    if isinstance(cell, str):
        return tuple(map(parse_symbol, cell.strip() if in_characters else cell.split()))
    symbols: list[Value] = []
    for item in cell:
        if not isinstance(item, str | bool | int):
            return NotAValue(None)
        if isinstance(item, str) and not is_plain_symbol(item):
            return BlankInSymbol(None, item)
        symbols.append(parse_symbol(item) if isinstance(item, str) else item)
    return tuple(symbols)


def _misfit(one: Symbols, other: Symbols, shape: Shape) -> BadExample | None:
    outputs = counted(len(other), "output")
    if shape == "each" and len(one) != len(other):
        return OtherLength(None, counted(len(one), "input symbol"), outputs)
    if shape in ("one", "next") and not one:
        return NoInputSymbols(None)
    if shape == "next" and not other:
        return NothingFollows(None)
    if shape == "one" and len(other) != 1:
        return NotOneOutput(None, outputs) if other else NoOutput(None)
    return None
