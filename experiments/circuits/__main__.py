"""Grades methods that find circuits: `python -m experiments.circuits`; the same figures again on every machine.

Writes `results.json`, `results.md` and the picture `methods.svg`.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from time import perf_counter

import click
import torch

from altac.driver import Compiled
from altac.system.files import write_whole
from altac.verification.verify import one_thread
from altac.version import __version__
from experiments.circuits.figures import markdown, picture
from experiments.circuits.grading import Record, grade
from experiments.circuits.subjects import LeftOut, drawn, library, subject

HERE = Path(__file__).parent


@click.command()
@click.option("--programs", "count", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@click.option("--only", multiple=True, help="Take these of the library, and none that are drawn.")
@click.option("--figures", is_flag=True, help="Grade nothing: draw what is there.")
@click.option("--output", type=click.Path(path_type=Path), default=HERE / "results", help="The folder to write to.")
def main(count: int, only: tuple[str, ...], figures: bool, output: Path) -> None:
    """Grade methods that find circuits, on programs whose circuits are known."""
    path = output / "results.json"
    if not figures:
        begin, some = perf_counter(), library(only) if only else chain(library(), drawn(count))
        with one_thread():
            for records, left in graded(some, count):
                data = {"programs": records, "left out": left, "run": machine(perf_counter() - begin)}
                write_whole(path, (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode())
    found = json.loads(path.read_text(encoding="utf-8"))
    write_whole(output / "results.md", markdown(found).encode())
    write_whole(output / "methods.svg", picture(found["programs"]))
    click.echo(markdown(found))


def machine(seconds: float) -> dict[str, str | int]:
    """What it ran on, and how long."""
    return {
        "altac": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seconds": round(seconds),
    }


def graded(some: Iterator[Compiled], count: int) -> Iterator[tuple[list[Record], dict[str, str]]]:
    """So many programs, in the order in which they come, and why some were left out on the way; after each program."""
    records: list[Record] = []
    left: dict[str, str] = {}
    for compiled in some:
        begin, found = perf_counter(), subject(compiled)
        if isinstance(found, LeftOut):
            left[found.name] = found.reason
        else:
            records.append(grade(found))
        yield records, left
        what = left.get(compiled.program.name, f"{perf_counter() - begin:.0f} s")
        click.echo(f"{len(records)} {compiled.program.name}: {what}", err=True)
        if len(records) == count:
            break


if __name__ == "__main__":
    main()
