"""What is right in each exercise, in Python, and the cases that follow from it.

All inputs are there up to a length at which there are a few hundred, and then random ones up to the greatest length.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, product

MOST_SHORT = 400  # inputs that are listed exhaustively
RANDOM = 60
LONGEST = 24  # of random inputs where the exercise has no greatest length
Symbols = Sequence[str]


@dataclass(frozen=True)
class Task:
    """The symbols of inputs, the greatest length (None: any), and the answer."""

    alphabet: str | tuple[str, ...]
    longest: int | None
    answer: Callable[[Symbols], Sequence[object]]


def spoken(values: Sequence[object]) -> str:
    """Values as alta writes them."""
    return " ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def inputs(name: str, task: Task) -> Iterator[tuple[str, ...]]:
    """All short inputs, and then random ones, the shorter first."""
    listed, length = 0, 0
    while listed + len(task.alphabet) ** length <= MOST_SHORT:
        yield from product(task.alphabet, repeat=length)
        listed += len(task.alphabet) ** length
        length += 1
    chance, longest = random.Random(name), task.longest or LONGEST
    lengths = sorted(chance.randint(length, longest) for _ in range(RANDOM - 1))
    for size in [*lengths, longest]:
        some = chance.sample(task.alphabet, chance.randint(1, len(task.alphabet)))  # also texts with few symbols
        yield tuple(chance.choice(some) for _ in range(size))


def cases(name: str) -> str:
    """The text of `cases.jsonl`."""
    task = TASKS[name]
    records = dict.fromkeys(
        json.dumps({"input": " ".join(text), "output": spoken(task.answer(text))}) for text in inputs(name, task)
    )
    return "".join(f"{record}\n" for record in records)


def for_the_whole(answer: Callable[[Symbols], object]) -> Callable[[Symbols], list[object]]:
    """One answer, read at the last position: there is none where nothing is read."""
    return lambda text: [answer(text)] if text else []


def majority(text: Symbols) -> str:
    number = Counter(text)
    return "tie" if number["a"] == number["b"] else max("a", "b", key=number.__getitem__)


def mood(text: Symbols) -> str:
    total = 0
    for before, word in zip(["", *text][: len(text)], text, strict=True):
        says = {"great": 1, "dull": -1}.get(word, 0)
        total += -says if before == "not" else says
    return "good" if total > 0 else "bad"


def balanced(text: Symbols) -> bool:
    left = "".join(text)
    while "()" in left:
        left = left.replace("()", "")
    return not left


def columns(text: Symbols) -> str:
    """The sum of the two numbers, as numbers; the digits that do not fit are dropped."""
    total = sum(int(column) << place for place, column in enumerate(reversed(text)))
    return format(total % (1 << len(text)), f"0{len(text)}b") if text else ""


def followed(text: Symbols) -> Iterator[str]:
    for here, letter in enumerate(text):
        earlier = [place for place in range(here) if text[place] == letter]
        yield text[earlier[-1] + 1] if earlier else "-"


FOUR = "abcd"
TASKS = {
    "copy": Task(FOUR, 12, list),
    "next_letter": Task(FOUR, 12, lambda text: "".join(text).translate(str.maketrans("abcd", "bcda"))),
    "first_letter": Task(FOUR, 12, lambda text: [text[0]] * len(text) if text else []),
    "previous": Task(FOUR, 12, lambda text: ["-", *text][: len(text)]),
    "count_a": Task(FOUR, 12, for_the_whole(lambda text: text.count("a"))),
    "repeated": Task(FOUR, 12, lambda text: [letter in text[:place] for place, letter in enumerate(text)]),
    "histogram": Task(FOUR, 12, lambda text: [text.count(letter) for letter in text]),
    "running_ones": Task("01", 20, lambda text: list(accumulate(map(int, text)))),
    "majority": Task("ab", 15, for_the_whole(majority)),
    "reverse": Task(FOUR, 12, lambda text: text[::-1]),
    "palindrome": Task("ab", 12, for_the_whole(lambda text: text == text[::-1])),
    "mood": Task(("great", "dull", "not", "song"), 8, for_the_whole(mood)),
    "sort": Task("01234", 12, sorted),
    "brackets": Task("()", 12, for_the_whole(balanced)),
    "parity": Task("01", None, lambda text: [text.count("1") % 2]),
    "longest_run": Task("ab", 15, for_the_whole(lambda text: max(len(list(run)) for _, run in groupby(text)))),
    "carry": Task("012", None, columns),
    "induction": Task(FOUR, 15, lambda text: list(followed(text))),
    "alphabet": Task("abcdef", 6, lambda text: "abcdef".partition(text[-1])[2] if text else ""),
    "write_backwards": Task("abc", 8, lambda text: text[::-1]),
}
