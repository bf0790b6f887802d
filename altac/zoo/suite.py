"""A folder of entries, written one by one as they are ready, and an index when all are there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from altac.diagnostics import AltacError, Source
from altac.diagnostics.suite_errors import NotEmpty
from altac.driver import Compiled, compile_with
from altac.system.files import write_together
from altac.system.processes import cores, spread
from altac.zoo.card import overview
from altac.zoo.entry import Entry, Wanted, entry_of


@dataclass(frozen=True)
class Task:
    """A program as processes hand it to each other: its text, and the files that it imports."""

    name: str
    text: str
    imports: dict[str, str]

    @staticmethod
    def of(compiled: Compiled) -> Task:
        program = compiled.program
        return Task(Path(program.source.name).name, program.source.text, dict(program.imports))


def work(wanted: Wanted) -> Callable[[Task], Entry]:
    """What a process does."""
    return lambda task: entry_of(compile_with(Source(task.name, task.text), task.imports), wanted)


def refuse_full(folder: Path) -> None:
    """Make sure that a suite gets a folder of its own.

    Raises:
        AltacError: if there is something in it.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise AltacError([NotEmpty(None, str(folder))])


def write_suite(
    title: str, tasks: Iterable[Task], wanted: Wanted, folder: Path, progress: Callable[[int], None]
) -> list[Entry]:
    """Write a folder for each program, `index.json` and `README.md`; the entries, without their files.

    A folder is there whole or not at all, and the index only when all folders are.

    Raises:
        AltacError: if something cannot be compiled or written.
    """
    entries = []
    for entry in spread(partial(work, wanted), tasks, cores()):
        write_together(folder / entry.name, entry.files)
        entries.append(Entry(entry.name, {}, entry.record))
        progress(1)
    records = [entry.record for entry in entries]
    index = json.dumps({"title": title, "programs": records}, ensure_ascii=False, indent=1) + "\n"
    write_together(folder, {"index.json": index.encode(), "README.md": overview(title, records).encode()})
    return entries
