"""Learn the tasks by gradient, from as many examples as their authors, and measure the programs.

python -m experiments.transformer_programs.trained                          # all tasks, the free model
python -m experiments.transformer_programs.trained sort --model published --seed 1
python -m experiments.transformer_programs.trained --table                  # the figures that are there

Writes the program and the figures of each to `results/gradient`.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from altac.synthesis.candidates import Candidate, Score
from altac.synthesis.engine import Settings, engines
from altac.synthesis.examples import Examples, parse_symbol
from altac.synthesis.learning import Task, learn, learned
from altac.system.files import write_together
from altac.version import __version__
from experiments.transformer_programs.tasks import TASKS, Text, examples, longer

DRAWS, MOST = 100_000, 20_000  # strings that are drawn, and different ones that are taken
LONGER = 1_000
SEARCHED = Path(__file__).parent / "results"
RESULTS = SEARCHED / "gradient"


def examples_of(rows: Sequence[tuple[Text, Text]]) -> Examples:
    inputs, outputs = (tuple(tuple(map(parse_symbol, row[side])) for row in rows) for side in (0, 1))
    return Examples(inputs, outputs, "each")


def task_of(task: str, seed: int) -> Task:
    """Strings of a task: a tenth is the test, another tenth decides between models."""
    rows = list(islice(examples(task, seed, DRAWS), MOST))
    Random(seed).shuffle(rows)  # the shortest are drawn first, as there are few
    tenth = len(rows) // 10
    test, validation, known = (examples_of(part) for part in (rows[:tenth], rows[tenth : 2 * tenth], rows[2 * tenth :]))
    return Task(f"experiments.transformer_programs.trained {task}", known, validation, test)


def train(task: str, settings: Settings, limit: str) -> tuple[str, dict[str, Any]]:
    """The program of a task, and how right it is."""
    parts = task_of(task, settings.seed)
    begin, used = time.perf_counter(), time.process_time()
    for step in learn(parts, engines()["gradient"], settings):
        sys.stderr.write(f"\r{task}: {step.trying:<90}")
    assert step.best is not None
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    found = learned(step.best, parts, "gradient", settings, limit)
    beyond = Candidate(found.text).score(examples_of(list(islice(longer(task, settings.seed), LONGER))))
    stats = step.best.compiled.stats()
    figures = {
        "task": task,
        "model": settings.model,
        "seed": settings.seed,
        "strings": len(parts.learned_from) + len(parts.test),
        "held out": share(found.held_out),
        "validation": share(step.score) if step.score is not None else {},
        "longer": share(beyond),
        "chosen": dict(step.best.notes)["model"],
        "lines": len(step.best.text.splitlines()),
        "hidden units": stats["hidden_units"],
        "heads": stats["heads"],
        "seconds": round(seconds),
        "seconds of processor": round(used),
        "limit": limit,
        "machine": f"{platform.machine()}, one core of two that others use, too",
        "altac": __version__,
    }
    return found.text, figures


def share(score: Score) -> dict[str, float]:
    """Percentages of right symbols and of right strings."""
    return {
        "symbols": round(100 * score.right_symbols / max(1, score.symbols), 2),
        "strings": round(100 * score.right / max(1, score.examples), 2),
    }


PUBLISHED = {
    "reverse": "99.79",
    "hist": "100",
    "double_hist": "98.40",
    "sort": "99.83",
    "most_freq": "75.69",
    "dyck1": "99.30",
    "dyck2": "99.09",
}
HEADER = (
    *("task", "published, %", "search, %", "model", "seeds", "right symbols, %", "best by validation"),
    *("right strings, %", "longer, %", "lines", "units", "seconds"),
)
MEASURES = (("held out", "strings"), ("longer", "symbols"))


def table(folder: Path) -> str:
    """A row for each task and model: medians over the seeds, with the least and the greatest.

    The column of the search is its program's share of right symbols on the test strings of seed 0.
    """
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    text = row(HEADER) + row(["---"] * 5 + ["---:"] * 7)
    for task in TASKS:
        searched = Candidate((SEARCHED / f"{task}.alta").read_text(encoding="utf-8")).score(task_of(task, 0).test)
        for model in ("free", "published"):
            found = [one for one in runs if (one["task"], one["model"]) == (task, model)]
            if not found:
                continue
            best = max(found, key=lambda one: one["validation"]["symbols"])
            cells = [task, PUBLISHED[task], f"{share(searched)['symbols']:.2f}", model]
            cells.append(", ".join(str(one["seed"]) for one in sorted(found, key=lambda one: one["seed"])))
            cells += [spread([one["held out"]["symbols"] for one in found]), f"{best['held out']['symbols']:.2f}"]
            cells += [spread([one[where][what] for one in found]) for where, what in MEASURES]
            cells += [
                spread([one[name] for one in found]) for name in ("lines", "hidden units", "seconds of processor")
            ]
            text += row(cells)
    return text


def row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def spread(numbers: Sequence[float]) -> str:
    """The median, and the least and the greatest if they are apart."""
    digits = ".2f" if any(isinstance(number, float) for number in numbers) else ".0f"
    median, least, greatest = (
        f"{number:{digits}}" for number in (statistics.median(numbers), min(numbers), max(numbers))
    )
    return median if least == greatest else f"{median} ({least} to {greatest})"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="all, if none is named")
    parser.add_argument("--model", choices=["free", "published", "both"], default="free")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=10.0, help="of the processor, for each task")
    parser.add_argument("--folder", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the figures that are there, and learn nothing")
    options = parser.parse_args(arguments)
    if options.table:
        sys.stdout.write(table(options.folder))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    for task in options.tasks or TASKS:
        name = f"{task}_{options.model}_{options.seed}"
        settings = Settings(
            name=name, seconds=60 * options.minutes, clock=time.process_time, seed=options.seed, model=options.model
        )
        text, figures = train(task, settings, f"{options.minutes:g}m")
        files = {f"{name}.alta": text, f"{name}.json": json.dumps(figures, indent=2) + "\n"}
        write_together(options.folder, {file: content.encode() for file, content in files.items()})
        sys.stderr.write("\n")
        sys.stdout.write(f"{task} {figures['held out']} longer {figures['longer']}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
