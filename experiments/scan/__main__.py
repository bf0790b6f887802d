"""Rule coverage of two splits of SCAN, and what minimal programs answer: `python -m experiments.scan`.

Writes `results.json` and `results.md`, and for each program and split the unseen rules as `PROGRAM-SPLIT.csv`.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from altac.analysis.report import Against, CoverageReport, report
from altac.analysis.text import percent
from altac.driver import Compiled, compile_source
from altac.engine.protocol import run_texts
from altac.ir.values import source_text
from altac.syntax import read_source
from altac.system.files import write_whole
from altac.version import __version__
from experiments.scan.commands import Split, all_commands, jump_split, length_split

HERE = Path(__file__).parent
PROGRAMS = {"scan": HERE.parents[1] / "programs" / "scan.alta", "stepwise": HERE / "stepwise.alta"}
COLUMNS = ("program", "split", "train", "test", "rules", "fired", "needed", "unseen", "inputs with unseen",
           "right", "wrong", "no answer", "accuracy", "symbols")  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("python -m experiments.scan", description="Rule coverage of two splits of SCAN.")
    parser.add_argument("--output", type=Path, default=HERE / "results", help="the folder to write to")
    parser.add_argument("--every", type=int, default=1, help="take every n-th command only, to see that it runs")
    options = parser.parse_args(arguments)
    begin = perf_counter()
    programs = {name: compile_source(read_source(path)) for name, path in PROGRAMS.items()}
    rows, details = [], []
    for split in splits(programs["scan"], all_commands()[:: options.every]):
        for name, compiled in programs.items():
            start = perf_counter()
            found = report(compiled.interpreter, ("train", split.train), ("test", split.test))
            against = found.against
            assert against is not None
            rows.append(row(name, split, found, against))
            details.append({**dict(zip(COLUMNS, rows[-1], strict=True)), **groups(found, against)})
            write_whole(options.output / f"{name}-{split.name.replace(' ', '-')}.csv", unseen_table(found, against))
            say(f"{name}, {split.name}: {perf_counter() - start:.0f} s")
    machine = {"altac": __version__, "python": platform.python_version(), "seconds": round(perf_counter() - begin)}
    write_whole(options.output / "results.json", json.dumps({"results": details, "run": machine}, indent=1).encode())
    write_whole(options.output / "results.md", markdown(rows).encode())
    say(markdown(rows))


def splits(compiled: Compiled, commands: list[str]) -> list[Split]:
    results = run_texts(compiled.interpreter, commands)
    lengths = {one.input: len(one.output or ()) for one in results}
    return [length_split(lengths), jump_split(commands)]


def row(name: str, split: Split, found: CoverageReport, against: Against) -> tuple[Any, ...]:
    """What the table says of one program on one split."""
    minimal = against.minimal
    return (
        name,
        split.name,
        len(split.train),
        len(split.test),
        found.coverage.plain.total,
        len(found.coverage.fires),
        len(against.coverage.fires),
        len(against.unseen),
        len(against.coverage.beyond),
        minimal.right,
        minimal.wrong,
        minimal.none,
        minimal.accuracy,
        minimal.place_accuracy,
    )


def groups(found: CoverageReport, against: Against) -> dict[str, Any]:
    """How many unseen rules change each variable, and which values all of them read."""
    by_variable: dict[str, list[int]] = {}
    for number in against.unseen:
        by_variable.setdefault(found.coverage.plain[number].changes[0].variable, []).append(number)
    return {"unseen by variable": {name: described(found, numbers) for name, numbers in by_variable.items()}}


def described(found: CoverageReport, numbers: Sequence[int]) -> dict[str, Any]:
    """Some rules that change one variable: their number, and what is the same in all of them."""
    domains = found.coverage.program.domains
    conditions = [dict(found.coverage.plain[number].antecedent) for number in numbers]
    shared = {
        name: source_text(domains[name].values[values[0]])
        for name, values in conditions[0].items()
        if all(one.get(name) == values for one in conditions)
    }
    return {"rules": len(numbers), "all read": shared}


def unseen_table(found: CoverageReport, against: Against) -> bytes:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("inputs", "fires", "rule"))
    for number in against.unseen:
        table.writerow((against.coverage.inputs_of[number], against.coverage.fires[number], found.rule(number)))
    return text.getvalue().encode()


def markdown(rows: Sequence[tuple[Any, ...]]) -> str:
    lines = ["| " + " | ".join(COLUMNS) + " |", "| --- | --- |" + " ---: |" * (len(COLUMNS) - 2)]
    for one in rows:
        cells = [
            percent(cell) if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else cell for cell in one
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
