"""A folder of entries, written one by one as they are ready, and an index when all are there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from altac.diagnostics import Source
from altac.driver import Compiled, compile_with
from altac.system.files import write_together
from altac.system.processes import cores, spread
from altac.zoo.card import overview
from altac.zoo.entry import Entry, Record, Wanted, entry_of
from altac.zoo.resume import INDEX, RECORD, UNFINISHED, begin, clear, digest, finished, maker, recorded, refuse_foreign


@dataclass(frozen=True)
class Task:
    """A program as processes hand it to each other: its name, and that of its file, its text, and what it imports."""

    program: str
    name: str
    text: str
    imports: dict[str, str]

    @staticmethod
    def of(compiled: Compiled) -> Task:
        program = compiled.program
        return Task(program.name, Path(program.source.name).name, program.source.text, dict(program.imports))

    def made_from(self, wanted: Wanted) -> str:
        """A digest of all that decides what is written."""
        return digest(json.dumps([maker(), asdict(self), asdict(wanted)], sort_keys=True).encode())


def work(wanted: Wanted) -> Callable[[Task], Entry]:
    """What a process does."""
    return lambda task: entry_of(compile_with(Source(task.name, task.text), task.imports), wanted)


def write_suite(
    title: str, tasks: Iterable[Task], wanted: Wanted, folder: Path, progress: Callable[[int], None]
) -> list[Record]:
    """Write a folder for each program, `index.json` and `README.md`; what the index says of each.

    A folder is there whole or not at all, and the index only when all folders are. What is there already, from the
    same program, stays.

    Raises:
        AltacError: if something cannot be compiled or written, or stands there that is no part of the suite.
    """
    tasks = list(tasks)
    names = [task.program for task in tasks]
    refuse_foreign(folder, names)
    begin(folder, title, names)
    found: dict[str, Record] = {}
    for task in tasks:
        record = finished(folder / task.program, task.made_from(wanted))
        if record is not None:
            found[task.program] = record
            progress(1)
    missing = [task for task in tasks if task.program not in found]
    for task, entry in zip(missing, spread(partial(work, wanted), missing, cores()), strict=True):
        clear(folder / task.program)
        made = recorded(task.made_from(wanted), entry.files, entry.record)
        write_together(folder / task.program, {RECORD: made, **entry.files})
        found[task.program] = entry.record
        progress(1)
    records = [found[name] for name in names]
    index = json.dumps({"title": title, "programs": records}, ensure_ascii=False, indent=1) + "\n"
    write_together(folder, {INDEX: index.encode(), "README.md": overview(title, records).encode()})
    (folder / UNFINISHED).unlink()
    return records
