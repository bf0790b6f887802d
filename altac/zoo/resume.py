"""What of a suite is there already: a folder that was written whole, from the same program, by the same altac.

Each folder has `record.json`, which takes its place last: what it was made from, a digest of each of its files, and
what the index says of it. While a suite is written, `unfinished.json` stands in its folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from altac.diagnostics import AltacError
from altac.diagnostics.suite_errors import NotEmpty
from altac.system.files import write_whole

RECORD, UNFINISHED, INDEX = "record.json", "unfinished.json", "index.json"
OWN = frozenset((UNFINISHED, INDEX, "README.md"))  # files of a suite beside the folders of its programs

Record = dict[str, Any]


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


@cache
def maker() -> str:
    """A digest of all that altac is made of here: another one may write other files."""
    root = Path(__file__).parents[1]
    files = sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return digest("\n".join(f"{path.relative_to(root)} {digest(path.read_bytes())}" for path in files).encode())


def refuse_foreign(folder: Path, names: Iterable[str] | None = None) -> None:
    """Make sure that a folder is empty, or a suite, with no other programs if their names are given.

    Raises:
        AltacError: if there is something else in it.
    """
    if not folder.is_dir():
        return
    found = {path.name for path in folder.iterdir()}
    is_suite = any(is_of_suite(folder / name) for name in (UNFINISHED, INDEX))
    others = set() if names is None else found - {*names} - OWN
    if found and (not is_suite or any(not name.startswith(".") for name in others)):
        raise AltacError([NotEmpty(None, str(folder))])


def is_of_suite(path: Path) -> bool:
    found = read(path)
    return found is not None and "title" in found and "programs" in found


def read(path: Path) -> Record | None:
    """An object of a file of JSON; None if there is none."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def begin(folder: Path, title: str, names: Iterable[str]) -> None:
    """Say that a suite is being written; what was written before is none until it is whole.

    Raises:
        AltacError: if that cannot be written.
    """
    text = json.dumps({"title": title, "programs": list(names)}, ensure_ascii=False, indent=1)
    write_whole(folder / UNFINISHED, text.encode())
    (folder / INDEX).unlink(missing_ok=True)


def recorded(made_from: str, files: Mapping[str, bytes], record: Record) -> bytes:
    """The text of `record.json`."""
    digests = {name: digest(data) for name, data in files.items()}
    text = json.dumps({"made_from": made_from, "files": digests, "record": record}, ensure_ascii=False)
    return f"{text}\n".encode()


def finished(folder: Path, made_from: str) -> Record | None:
    """What the index says of a program whose folder is there, whole and as it would be written; None otherwise."""
    found = read(folder / RECORD)
    if found is None or found.get("made_from") != made_from:
        return None
    try:
        whole = all(digest((folder / name).read_bytes()) == one for name, one in found["files"].items())
        record: Record = found["record"]
    except (OSError, KeyError, AttributeError):
        return None
    return record if whole else None


def clear(folder: Path) -> None:
    """Remove what an earlier call has written, so that nothing of it stays: the record first, then its files."""
    found = read(folder / RECORD)
    if found is None:
        return
    (folder / RECORD).unlink()
    for name, one in found.get("files", {}).items():
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file() and digest(path.read_bytes()) == one:
            path.unlink()
    for place in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(place.iterdir()):
            place.rmdir()
