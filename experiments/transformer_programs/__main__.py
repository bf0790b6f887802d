"""Learn the seven tasks, and say how right the programs are on strings that they were not learned from.

python -m experiments.transformer_programs                     # all tasks, into build/transformer_programs
python -m experiments.transformer_programs sort --seed 1
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import islice
from pathlib import Path

from altac.cli.main import run
from altac.synthesis import read_examples
from altac.synthesis.candidates import Candidate
from experiments.transformer_programs.tasks import TASKS, Text, examples

LEARNED, UNSEEN = 200, 1000


def write(path: Path, rows: list[tuple[Text, Text]]) -> None:
    path.write_text("".join(f"{' '.join(text)} -> {' '.join(output)}\n" for text, output in rows), encoding="utf-8")


def learn(task: str, folder: Path, seed: int, limit: str, engine: str = "search") -> str:
    """Learn a task from a file of examples; a row of the table of results."""
    rows = list(islice(examples(task, seed), LEARNED + UNSEEN))
    data, unseen, program = (folder / f"{task}{suffix}" for suffix in (".txt", "_unseen.txt", ".alta"))
    write(data, rows[:LEARNED])
    write(unseen, rows[LEARNED:])
    begin = time.process_time()
    run(["learn", str(data), "-o", str(program), "--seed", str(seed), "--time", limit, "--engine", engine])
    seconds = time.process_time() - begin
    text = program.read_text(encoding="utf-8")
    score = Candidate(text).score(read_examples(unseen))
    symbols = 100 * score.right_symbols / score.symbols
    lines = len(text.split('"""\n', 1)[1].splitlines())  # without the docstring
    return f"| {task} | {seconds:.0f} | {lines} | {symbols:.2f} | {100 * score.right / score.examples:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="all, if none is named")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time", default="2m")
    parser.add_argument("--engine", default="search")
    parser.add_argument("--folder", type=Path, default=Path("build/transformer_programs"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rows = [
        learn(task, arguments.folder, arguments.seed, arguments.time, arguments.engine)
        for task in arguments.tasks or TASKS
    ]
    header = [
        "| task | CPU seconds | lines | right symbols, % | right strings, % |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    sys.stdout.write("".join(f"{row}\n" for row in header + rows))


if __name__ == "__main__":
    main()
