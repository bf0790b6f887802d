"""From the JSON of a request to a task; everything in it is checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from altac.diagnostics import AltacError
from altac.diagnostics.play_errors import NotAsked
from altac.play.document import Check, Complete, Document, Hover, Question, Run, Task


def read_task(kind: str, body: bytes, folders: Mapping[str, Path]) -> Task | Question:
    """The task that a request asks for.

    Args:
        kind: what the address names.
        folders: where the programs lie that the page was given, by their names.

    Raises:
        AltacError: for what the page would not send.
    """
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        raise refused("it is not JSON") from None
    if not isinstance(record, dict):
        raise refused("it is no object")
    document = read_document(record, folders)
    match kind:
        case "check":
            return Check(document)
        case "run":
            engine = text_of(record, "engine")
            if engine not in ("interpreter", "weights"):
                raise refused(f"there is no engine `{engine}`")
            return Run(document, text_of(record, "input"), "weights" if engine == "weights" else "interpreter")
        case "complete":
            return Complete(document, place_of(record, document))
        case "hover":
            return Hover(document, place_of(record, document))
        case _:
            raise refused(f"there is no task `{kind}`")


def read_document(record: dict[str, Any], folders: Mapping[str, Path]) -> Document:
    files = record.get("files", {})
    if not isinstance(files, dict) or not all(isinstance(one, str) for one in files.values()):
        raise refused("`files` are no texts")
    name, origin = text_of(record, "name"), text_of(record, "origin")
    if Path(name).name != name or "\0" in name:
        raise refused("`name` is no name of a file")
    if origin and origin not in folders:
        raise refused(f"there is no program `{origin}`")
    return Document(name, text_of(record, "text"), files, folders.get(origin))


def place_of(record: dict[str, Any], document: Document) -> int:
    place = record.get("place")
    if type(place) is not int or not 0 <= place <= len(document.text):
        raise refused("`place` is no place of the text")
    return place


def text_of(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        raise refused(f"`{name}` is no text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refused(f"`{name}` holds half of a character") from None
    return value


def refused(reason: str) -> AltacError:
    return AltacError([NotAsked(None, reason)])
