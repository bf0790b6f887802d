"""The folder of a data set: its manifest, what is finished of it, and what failed (`altac.data.export`).

It is complete from the moment at which the manifest says so. Until then a note for each finished shard says what is
in it, so that a later run makes the others only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from altac.data.rows import Failure
from altac.data.store import Store, open_store
from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import OtherTraces

MANIFEST, FAILURES, PROGRESS = "_manifest.json", "_failures.jsonl", "_progress"

Record = dict[str, Any]  # of a finished shard, as it stands in the manifest


class DataFolder:
    """What stands in the folder beside the shards.

    Args:
        target: a path, or a URL that fsspec knows.
        manifest: what decides the bytes of all shards.

    Attributes:
        complete: whether it was complete once.
        lost: files of a complete folder that are made again: those that are not there, and where that is the list of
            failures, the shards that have some.
    """

    def __init__(self, target: str, manifest: Record) -> None:
        self.target = target
        self.manifest = manifest
        self.store = open_store(target)
        self.complete = False
        self.lost: set[str] = set()

    def begin(self) -> dict[str, Record]:
        """The finished shards, by their file; a new folder gets its manifest.

        Raises:
            AltacError: if the folder holds something else.
        """
        names = self.store.names()
        if not names:
            self._write(MANIFEST, [{**self.manifest, "complete": False}])
            return {}
        try:
            if MANIFEST not in names:
                raise ValueError(f"there is `{names[0]}` in it, and no manifest")
            found = self._read(MANIFEST)
            differing = [name for name, value in self.manifest.items() if found.get(name) != value]
            if differing:
                raise ValueError("other " + ", ".join(f"`{name}`" for name in differing))
            self.store.sweep()
            notes = [name for name in names if name.startswith(f"{PROGRESS}/")]
            self.complete = found["complete"]
            if self.complete:
                self.forget(notes)
                finished = {record["file"]: record for record in found["shards"]}
                self.lost = {FAILURES, *finished}.difference(names)
                if FAILURES in self.lost:
                    self.lost.update(name for name, record in finished.items() if record["failed"])
                return finished
            records = [record for record in map(self._record, notes) if record is not None]
            return {record["file"]: record for record in records if record["file"] in names}
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            damaged = isinstance(error, json.JSONDecodeError) or not isinstance(error, ValueError)
            reason = "its manifest is damaged" if damaged else str(error)
            raise AltacError([OtherTraces(None, self.target, reason)]) from None

    def end(self, shards: list[Record]) -> None:
        """Write the failures, then the manifest, which makes the folder complete; then forget the progress."""
        self.store.sweep()  # after processes that were killed
        if not self.complete or FAILURES in self.lost:
            failing = [note(record) for record in shards if record["failed"]]
            self._write(FAILURES, (failure for name in failing for failure in self._read(name)["failures"]))
        if not self.complete:
            self._write(MANIFEST, [{**self.manifest, "complete": True, **totals(shards), "shards": shards}])
        self.forget(note(record) for record in shards if not self.complete or record["file"] in self.lost)

    def forget(self, notes: Iterable[str]) -> None:
        for name in notes:
            self.store.remove(name)

    def _record(self, name: str) -> Record | None:
        """What a note says of a shard; None if only half of it was written, as where its process was killed."""
        try:
            found = self._read(name)
            return found["shard"] if isinstance(found["failures"], list) else None
        except (KeyError, TypeError, json.JSONDecodeError):
            return None

    def _read(self, name: str) -> Any:
        try:
            return json.loads(self.store.read(name))
        except RecursionError:
            raise json.JSONDecodeError("nested too deeply", "", 0) from None

    def _write(self, name: str, lines: Iterable[Any]) -> None:
        with self.store.write(name) as file:
            for line in lines:
                file.write(as_json(line))


def write_note(store: Store, record: Record, failures: Sequence[Failure]) -> None:
    """Record that a shard is finished."""
    with store.write(note(record)) as file:
        file.write(as_json({"shard": record, "failures": [failure.to_dict() for failure in failures]}))


def note(record: Record) -> str:
    """The file that says that a shard is finished."""
    return f"{PROGRESS}/{record['file']}.json"


def as_json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False) + "\n").encode()


def totals(shards: Iterable[Record]) -> dict[str, int]:
    shards = list(shards)
    return {what: sum(record[what] for record in shards) for what in ("inputs", "rows", "failed")}
