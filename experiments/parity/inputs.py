"""Bit strings with equally many of each number of ones, in files that all runs share.

A quarter of all strings is held out: training inputs are from the others, and the rest of the inputs from that quarter,
as far as they are no longer than training inputs. So no test input was trained on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

TRAIN, TEST = 20, 40  # greatest lengths
TRIES = 20  # for a string of one length


def draw(longest: int, for_each: int, seed: int, wanted: Callable[[str], bool]) -> list[str]:
    """`for_each` strings for every number of ones up to `longest`; the length is drawn evenly from those that fit.

    Where hardly any string of a length is wanted, another length is drawn.
    """
    generator = random.Random(seed)
    texts: list[str] = []
    for ones in range(longest + 1):
        while len(texts) < (ones + 1) * for_each:
            length = generator.randint(ones, longest)
            drawn = (string(ones, length, generator) for _ in range(TRIES))
            texts += [text for text in drawn if wanted(text)][:1]
    generator.shuffle(texts)
    return texts


def string(ones: int, length: int, generator: random.Random) -> str:
    bits = ["1"] * ones + ["0"] * (length - ones)
    generator.shuffle(bits)
    return " ".join(bits)


def trained_on(text: str) -> bool:
    """Whether a string may be a training input. The only one of 20 ones is; otherwise there would be none of them."""
    length = len(text.split())
    if length > TRAIN:
        return False
    return text.count("1") == TRAIN or blake2b(text.encode(), digest_size=1).digest()[0] >= 64


def tested_on(text: str) -> bool:
    return not trained_on(text)


def write_inputs(folder: Path) -> None:
    """Training inputs, test inputs for use during training, and those of the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, texts in (
        ("train.txt", draw(TRAIN, 480, 1, trained_on)),
        ("test.txt", draw(TEST, 20, 2, tested_on)),
        ("figures.txt", draw(TEST, 100, 3, tested_on)),
    ):
        (folder / name).write_text("\n".join(texts) + "\n", encoding="utf-8")
