"""The next symbol, where it can be known: what followed the last time when the symbol at the end occurred.

python -m experiments.transformer_programs.induction               # into build/transformer_programs
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from altac.cli.main import run
from altac.synthesis import read_examples
from altac.synthesis.candidates import Candidate
from experiments.transformer_programs.__main__ import LEARNED, UNSEEN, write
from experiments.transformer_programs.tasks import LETTERS, Text

LONGEST = 10


def texts(longest: int, seed: int) -> Iterator[tuple[Text, Text]]:
    """Different texts that end with a symbol that they have before, and what comes next."""
    random, seen = Random(f"induction {longest} {seed}"), set[str]()
    while True:
        text = random.choices(LETTERS, k=random.randint(2, longest))
        before = [place for place, symbol in enumerate(text[:-1]) if symbol == text[-1]]
        if before and "".join(text) not in seen:
            seen.add("".join(text))
            yield text, [text[before[-1] + 1]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("build/transformer_programs"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    data, unseen, longer, program = (
        arguments.folder / f"induction{suffix}" for suffix in (".txt", "_unseen.txt", "_longer.txt", ".alta")
    )
    rows = list(islice(texts(LONGEST, arguments.seed), LEARNED + UNSEEN))
    write(data, rows[:LEARNED])
    write(unseen, rows[LEARNED:])
    write(longer, list(islice(texts(2 * LONGEST, arguments.seed), UNSEEN)))
    begin = time.process_time()
    run(["learn", str(data), "-o", str(program), "--shape", "next", "--seed", str(arguments.seed)])
    seconds = time.process_time() - begin
    candidate = Candidate(program.read_text(encoding="utf-8"))
    scores = [candidate.score(read_examples(path, shape="next")) for path in (unseen, longer)]
    shares = " | ".join(f"{100 * score.right / score.examples:.2f}" for score in scores)
    sys.stdout.write(
        "| seed | CPU seconds | right unseen, % | right of twice the length, % |\n| --- | ---: | ---: | ---: |\n"
    )
    sys.stdout.write(f"| {arguments.seed} | {seconds:.0f} | {shares} |\n")


if __name__ == "__main__":
    main()
