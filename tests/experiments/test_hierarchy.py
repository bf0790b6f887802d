"""The tasks of the Chomsky hierarchy are what they say: answers are worked out anew from the texts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from experiments.transformer_programs.hierarchy import LOT, TASKS, Text, examples, measured
from tests.support import nonempty


def little_endian(digits: Text) -> int:
    return int("".join(reversed(digits)) or "0", 2)


def shown(value: int, length: int) -> Text:
    """Digits from the lowest, the mark of the end, and zeros."""
    digits = []
    while value:
        value, digit = divmod(value, 2)
        digits.append(str(digit))
    return (digits + ["end"] + ["0"] * length)[:length]


def calculated(text: Text) -> int:
    return int(eval("".join(text), {"__builtins__": {}})) % 5


def stack_left(text: Text) -> Text:
    stack = ""
    for symbol in text[:-1]:
        stack = stack[:-1] if symbol == "pop" else stack + symbol[-1]
    return ([*reversed(stack), "end"] + ["0"] * len(text))[: len(text)]


def hidden(text: Text) -> list[str]:
    half = len(text) // 2
    place = text.index("?")
    assert text[:half].count("?") + text[half:].count("?") == 1
    return [text[(place + half) % len(text)]]


def solutions(text: Text) -> list[str]:
    left, right = "".join(text).split("=")
    return [one for one in "01234" if eval(left.replace("x", one), {"__builtins__": {}}) % 5 == int(right)]


def operands(text: Text, sign: str) -> tuple[int, int]:
    left, right = "".join(text).rstrip("_").split(sign)
    return little_endian(list(left)), little_endian(list(right))


ANSWERS: dict[str, Callable[[Text], Text]] = {
    "even_pairs": lambda text: ["0" if text[0] == text[-1] else "1"],
    "parity_check": lambda text: [str(sum(map(int, text)) % 2)],
    "cycle_navigation": lambda text: [str(sum({"stay": 0, "right": 1, "left": 4}[move] for move in text) % 5)],
    "modular_arithmetic_simple": lambda text: [str(calculated(text))],
    "modular_arithmetic": lambda text: [str(calculated(text))],
    "solve_equation": solutions,
    "reverse_string": lambda text: list(reversed(text)),
    "stack_manipulation": stack_left,
    "duplicate_string": lambda text: [one for one in text if one != "_"] * 2,
    "missing_duplicate": hidden,
    "odds_first": lambda text: [*text[1::2], *text[0::2]],
    "binary_addition": lambda text: shown(sum(operands(text, "+")), len(text)),
    "binary_multiplication": lambda text: shown(math.prod(operands(text, "*")), len(text)),
    "compute_sqrt": lambda text: list(
        f"{math.isqrt(int(''.join(text), 2)):0{(len(text) + 1) // 2}b}".ljust(len(text), "_")
    ),
    "bucket_sort": sorted,
}


@pytest.mark.parametrize("task", TASKS)
def test_answers(task: str) -> None:
    _, longest = TASKS[task]
    drawn = [*islice(examples(task, 1, longest, 0), 400), *islice(examples(task, longest + 1, 2 * longest, 0), 100)]
    for text, output in nonempty(drawn):
        assert output == ANSWERS[task](text), text


def test_three_were_drawn() -> None:
    assert LOT == ["modular_arithmetic", "binary_multiplication", "solve_equation"]


def test_a_row_of_the_table(tmp_path: Path) -> None:
    row = measured("even_pairs", tmp_path, 0, "1m")
    assert re.fullmatch(r"\| even_pairs \| yes \| \d+ \| 12 \| 100\.0 \| 100\.0 \|", row)
