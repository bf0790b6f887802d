"""Files of inputs, one a line, as text or JSON Lines; and large ones in pieces, without reading them whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

from altac.diagnostics.input_errors import JsonTooDeep, NoInput, NotAnInputRecord, NotJson, NotText


@dataclass(frozen=True)
class Piece:
    """Some consecutive lines of a file: `lines` of them, the first is line `first`, counted from 0.

    `offset` and `size` are their place in bytes, `digest` is their SHA-256.
    """

    number: int
    first: int
    lines: int
    offset: int
    size: int
    digest: str


def holds_json(path: str) -> bool:
    """Whether a file's name says that each line is a JSON record."""
    return path.endswith((".jsonl", ".ndjson"))


def parse_line(data: bytes, as_json: bool, first: bool) -> tuple[str, NoInput | None]:
    """The input on a line, and what is wrong if there is none.

    Args:
        data: the line with or without its end.
        as_json: whether it is a JSON record, a text or an object with `input`.
        first: whether it is the first line of its file, which may begin with a byte order mark.
    """
    try:
        text = data.rstrip(b"\n").rstrip(b"\r").decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError as error:
        return "", NotText(None, column=error.start + 1)
    if not as_json:
        return text, None
    try:
        record = json.loads(text)
    except ValueError as error:
        return text, NotJson(None, str(error))
    except RecursionError:
        return "", JsonTooDeep(None)
    if isinstance(record, dict):
        record = record.get("input")
    if not isinstance(record, str):
        return text, NotAnInputRecord(None)
    return record, None


def cut(file: IO[bytes], lines: int) -> Iterator[Piece]:
    """A file in pieces of so many lines; only one piece is in memory at a time."""
    first = offset = number = 0
    while chunk := list(islice(file, lines)):
        size = sum(map(len, chunk))
        yield Piece(number, first, len(chunk), offset, size, _digest(b"".join(chunk)))
        first, offset, number = first + len(chunk), offset + size, number + 1


def read_piece(file: IO[bytes], piece: Piece, as_json: bool) -> list[tuple[str, NoInput | None]] | None:
    """The inputs of a piece as from `parse_line`; None if the file has changed since it was cut."""
    file.seek(piece.offset)
    data = file.read(piece.size)
    if _digest(data) != piece.digest:
        return None
    lines = data.removesuffix(b"\n").split(b"\n")
    return [parse_line(line, as_json, piece.first + place == 0) for place, line in enumerate(lines)]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
