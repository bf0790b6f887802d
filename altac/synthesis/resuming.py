"""The state of a search in a file, from which another run goes on.

Assumes nothing about a file. Ensures that what is read is a state of the same search: of the same examples, settings
and version. It holds numbers and the text of a program, which runs as any other does, and never anything to execute.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from altac.diagnostics import AltacError
from altac.diagnostics.example_errors import DamagedState, NoState, OtherSearch, OtherVersion
from altac.ir.values import value_key
from altac.synthesis.candidates import checked
from altac.synthesis.engine import Settings, State
from altac.synthesis.examples import Examples
from altac.system.files import open_regular, reason_of
from altac.version import __version__

SUFFIX = ".search.json"
LARGEST = 50_000_000  # bytes
FIELDS = {"altac": str, "search": str, "stage": int, "rounds": int, "sample": list, "best": str | None}


def place_of(program: Path) -> Path:
    """The file of the state, beside that of the program."""
    return program.with_name(program.name + SUFFIX)


def fingerprint(examples: Examples, settings: Settings) -> str:
    """What must be the same, so that a search goes the same way."""
    data = (examples.shape, value_key(examples.inputs), value_key(examples.outputs))
    return hashlib.sha256(repr((data, settings.name, settings.seed)).encode()).hexdigest()


def written(state: State, search: str) -> bytes:
    record = {"altac": __version__, "search": search, **vars(state)}
    return f"{json.dumps(record)}\n".encode()


def read_state(path: Path, search: str, size: int) -> State:
    """The state in a file.

    Args:
        search: the fingerprint of the search that is to go on.
        size: how many examples it has.

    Raises:
        AltacError: if there is none, it is damaged, or it is that of another search.
    """
    record = _record(path)
    problem = next((name for name, kind in FIELDS.items() if not _is_a(record.get(name), kind)), None)
    if problem is not None:
        raise AltacError([DamagedState(None, str(path), f"`{problem}` is missing, or not what it must be")])
    if record["altac"] != __version__:
        raise AltacError([OtherVersion(None, str(path), record["altac"], __version__)])
    if record["search"] != search:
        raise AltacError([OtherSearch(None, str(path))])
    sample = record["sample"]
    known = all(_is_a(place, int) and place < size for place in sample) and len(set(sample)) == len(sample)
    if not known:
        raise AltacError([DamagedState(None, str(path), "`sample` has places where no examples are")])
    if record["best"] is not None and checked(record["best"]) is None:
        raise AltacError([DamagedState(None, str(path), "`best` is no program")])
    return State(record["stage"], record["rounds"], tuple(sample), record["best"])


def _record(path: Path) -> dict[str, Any]:
    try:
        with open_regular(path) as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise AltacError([NoState(None, str(path), reason)]) from None
    try:
        record = json.loads(data) if len(data) <= LARGEST else None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise AltacError([DamagedState(None, str(path), "it is not a JSON object, or cut off")])
    return record


def _is_a(value: Any, kind: Any) -> bool:
    """Whether a value is of a kind; numbers must be whole and not negative."""
    return isinstance(value, kind) and not isinstance(value, bool) and (not isinstance(value, int) or value >= 0)
