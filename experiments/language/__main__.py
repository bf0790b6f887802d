"""Learns a program of scores from a data set, and measures it: `python -m experiments.language trec --data FOLDER`.

Writes the program to `build/language`, and the figures to `results/NAME.json`.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from altac.synthesis.engine import Settings
from altac.synthesis.learning import Task, learned
from altac.synthesis.scores import scores
from altac.synthesis.scores.model import texts_of
from altac.system.files import write_together, write_whole
from altac.version import __version__
from experiments.language.data import SETS
from experiments.language.entities import f1
from experiments.language.vectors import read_vectors

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "language"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("python -m experiments.language", description="Learns programs from language.")
    parser.add_argument("set", choices=SETS, help="the data set")
    parser.add_argument("--data", type=Path, required=True, help="the folder with its files")
    parser.add_argument("--vectors", type=Path, help="a folder of word vectors, for classes of words")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=3600.0, help="of the processor, for what is tried")
    parser.add_argument("--programs", type=Path, default=BUILD, help="the folder for the program")
    parser.add_argument("--output", type=Path, default=HERE / "results", help="the folder for the figures")
    options = parser.parse_args(arguments)
    data = SETS[options.set](options.data, options.seed)
    start = perf_counter()
    words = read_vectors(options.vectors) if options.vectors else None
    name = f"{options.set}_classes" if words else options.set
    task = Task(f"experiments.language {options.set}", data.train, data.validation, data.test)
    settings = Settings(name=name, seconds=options.seconds, clock=time.process_time, seed=options.seed, words=words)
    for step in scores(task.train, task.validation, settings):
        say(step.trying)
    assert step.best is not None
    found = learned(step.best, task, "scores", settings, f"{options.seconds:.0f}s")
    seconds = perf_counter() - start
    files = {f"{name}.alta": found.text, **found.files}
    write_together(options.programs, {name: text.encode() for name, text in files.items()})
    stats = step.best.compiled.stats()
    figures = {
        "seed": options.seed,
        "learned from": len(task.learned_from),
        "test": len(task.test),
        "labels": found.held_out.symbols,
        "right": found.held_out.right_symbols,
        "accuracy": round(100 * found.held_out.right_symbols / found.held_out.symbols, 2),
        "notes": dict(step.best.notes),
        "words": found.files[f"{name}.tables/words.txt"].count("\n"),
        "heads": stats["heads"],
        "hidden units": stats["hidden_units"],
        "width": stats["d_model"],
        "seconds": round(seconds),
        "python": platform.python_version(),
        "altac": __version__,
    }
    if data.test.shape == "each":
        answers = step.best.answers(data.test.inputs)
        pairs = zip(texts_of(one or () for one in answers), texts_of(data.test.outputs), strict=True)
        figures["f1"] = round(100 * f1(pairs), 2)
    write_whole(options.output / f"{name}.json", json.dumps(figures, indent=1).encode() + b"\n")
    say(json.dumps(figures))


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
