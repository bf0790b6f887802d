"""What is right in each exercise, in Python, and the cases that follow from it.

All inputs are there up to a length at which there are a few hundred, and then longer ones up to the greatest length:
random ones, and others that random ones seldom are, on which a program fails that looks only so far or counts so much.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, product

MOST_SHORT = 400  # inputs that are listed exhaustively
RANDOM = 60
LONGEST = 24  # of random inputs where the exercise has no greatest length
LONG = (25, 40, 64, 100, 150, 300)  # further lengths there
Symbols = Sequence[str]


@dataclass(frozen=True)
class Task:
    """The symbols of inputs, the greatest length (None: any), the answer, and inputs of a length that tell much."""

    alphabet: str | tuple[str, ...]
    longest: int | None
    answer: Callable[[Symbols], Sequence[object]]
    telling: Callable[[random.Random, int], Iterable[Symbols]] = lambda _chance, _size: ()

    @property
    def greatest(self) -> int:
        """The length of the longest input."""
        return self.longest or LONG[-1]


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
    sizes = [*(chance.randint(length, longest) for _ in range(RANDOM - 1)), longest]
    found: list[Symbols] = []
    for size in sizes:
        some = chance.sample(task.alphabet, chance.randint(1, len(task.alphabet)))  # also texts with few symbols
        found.append([chance.choice(some) for _ in range(size)])
    for size in (*range(length, longest + 1), *(() if task.longest else LONG)):
        found += [*patterns(chance, task.alphabet, size), *task.telling(chance, size)]
    yield from sorted(map(tuple, found), key=len)


def patterns(chance: random.Random, alphabet: Sequence[str], size: int) -> Iterator[Symbols]:
    """Texts of two symbols or more: one only at both ends, two runs, a tie, and mirrors, one of them broken."""
    one, other = chance.sample(alphabet, 2)
    rest = [symbol for symbol in alphabet if symbol != one]
    yield [one, *chance.choices(rest, k=size - 2), one]
    yield [one] * (cut := chance.randint(0, size)) + [other] * (size - cut)
    tie = ([one, other] * size)[:size]
    yield chance.sample(tie, size)
    half = chance.choices(alphabet, k=size // 2)
    mirrored = [*half, *chance.choices(alphabet, k=size % 2), *reversed(half)]
    yield mirrored
    place = chance.randrange(size)
    yield [*mirrored[:place], other if mirrored[place] == one else one, *mirrored[place + 1 :]]


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


def closed(chance: random.Random, pairs: int) -> str:
    """A text that is balanced."""
    text, depth, left = "", 0, pairs
    while left or depth:
        opens = left > 0 and (depth == 0 or chance.random() < 0.5)
        text, depth, left = text + ("(" if opens else ")"), depth + (1 if opens else -1), left - opens
    return text


def nearly_balanced(chance: random.Random, size: int) -> Iterator[str]:
    """Texts that are balanced, and others that are up to their end or from some place on."""
    pairs = size // 2
    yield "()" * pairs
    yield "(" * pairs + ")" * pairs
    for _ in range(2):
        yield closed(chance, pairs)
    yield closed(chance, pairs - 1) + ")("
    yield ")" + closed(chance, pairs - 1) + "("
    part = chance.randrange(pairs)
    yield closed(chance, part) + ")" + closed(chance, pairs - 1 - part) + "("
    if size % 2:
        yield closed(chance, pairs) + ")"


def chains(chance: random.Random, size: int) -> Iterator[str]:
    """Sums in which a carry goes far."""
    yield "0" + "1" * (size - 2) + "2"
    cut = chance.randint(1, size - 1)
    yield "1" * (cut - 1) + "2" + "1" * (size - cut - 1) + "2"
    yield "0" + "2" * (size - 1)


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
    "brackets": Task("()", 40, for_the_whole(balanced), nearly_balanced),
    "parity": Task("01", None, lambda text: [text.count("1") % 2]),
    "longest_run": Task("ab", 15, for_the_whole(lambda text: max(len(list(run)) for _, run in groupby(text)))),
    "carry": Task("012", None, columns, chains),
    "induction": Task(FOUR, 15, lambda text: list(followed(text))),
    "alphabet": Task("abcdef", 6, lambda text: "abcdef".partition(text[-1])[2] if text else ""),
    "write_backwards": Task("abc", 8, lambda text: text[::-1]),
}
