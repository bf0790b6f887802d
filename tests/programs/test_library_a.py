"""The programs on sequences, brackets and numbers against their tasks; answers are written from the definitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from random import Random

import pytest

from tests.programs.harness import Symbols, Task, check_answers, check_files, check_weights

# Answers ------------------------------------------------------------------------------------------------------


def by_frequency(text: Symbols) -> list[str]:
    return [symbol for symbol, _ in Counter(text).most_common()]  # as frequent: in the order of first appearance


def histogram(text: Symbols) -> list[int]:
    return [text.count(symbol) for symbol in text]


def double_histogram(text: Symbols) -> list[int]:
    times = Counter(text)
    classes = Counter(times.values())
    return [classes[times[symbol]] for symbol in text]


def nested(text: Symbols) -> list[str]:
    """Properly nested brackets of any kinds, by a stack."""
    stack: list[str] = []
    failed, result = False, []
    for symbol in text:
        if symbol in "([":
            stack.append(symbol)
        elif not stack or stack.pop() + symbol not in ("()", "[]"):
            failed = True
        result.append("F" if failed else "P" if stack else "T")
    return result


def shuffled(text: Symbols) -> list[str]:
    """Brackets whose kinds are balanced each by itself."""
    kinds = [
        nested([symbol for symbol in text[:end] if symbol in kind])
        for end in range(1, len(text) + 1)
        for kind in ("()", "[]")
    ]
    pairs = zip(kinds[::2], kinds[1::2], strict=True)
    lasts = [{*one[-1:], *other[-1:]} for one, other in pairs]
    return ["F" if "F" in last else "P" if "P" in last else "T" for last in lasts]


def induction(text: Symbols) -> list[str]:
    if not text:
        return []
    for place in range(len(text) - 2, -1, -1):
        if text[place] == text[-1]:
            return [text[place + 1]]
    return ["?"]


def fractions(weights: Sequence[int]) -> list[Fraction]:
    return [Fraction(total, number) for number, total in enumerate(accumulate(weights), 1)]


def count_less(text: Symbols) -> list[int]:
    return [sum(int(other) < int(symbol) for other in text) for symbol in text]


def ends_abc(text: Symbols) -> list[str]:
    return [str(list(text[: end + 1][-3:]) == ["a", "b", "c"]).lower() for end in range(len(text))]


def increment(text: Symbols) -> str:
    return format(int("".join(text) or "0", 2) + 1, "b").rjust(len(text), "0")


def caesar(text: Symbols) -> list[str]:
    return [chr((ord(symbol) - ord("a") + 3) % 26 + ord("a")) for symbol in text]


def is_palindrome(text: Symbols) -> list[str]:
    return [str(list(text) == list(text)[::-1]).lower()]


def parity(text: Symbols) -> list[int]:
    return [text.count("1") % 2]


def added(text: Symbols) -> str:
    left, right = "".join(text).split("+")
    return str(int(left or "0") + int(right or "0"))


def added_ahead(text: Symbols) -> str:
    """The same for all texts: without a `+` there is one number, and the second of several is a zero."""
    whole = "".join(text)
    left, _, right = whole.partition("+") if "+" in whole else ("", "+", whole)
    return str(int(left or "0") + int(right.replace("+", "0") or "0")) if whole else ""


# Inputs -------------------------------------------------------------------------------------------------------


def brackets(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """Balanced, or nearly so: closed as often as opened, now and then the wrong kind or one too many."""
    pairs = {opening: closing for opening, closing in ("()", "[]") if opening in alphabet}
    fault = random.choice([0, 0, 0.02])
    stack: list[str] = []
    result = []
    while len(result) < length:
        if random.random() < fault:
            result.append(random.choice(alphabet))
        elif stack and (len(stack) >= length - len(result) or random.random() < 0.5):
            result.append(stack.pop() if random.random() > fault else random.choice(list(pairs.values())))
        else:
            opening = random.choice(list(pairs))
            stack.append(pairs[opening])
            result.append(opening)
    return result


def shuffled_brackets(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """Two strings of brackets in each other, their own orders kept."""
    places = set(random.sample(range(length), random.randint(0, length)))
    round_ = iter(brackets(random, "()", len(places)))
    square = iter(brackets(random, "()", length - len(places)))
    table = {"(": "[", ")": "]"}
    return [next(round_) if place in places else table[next(square)] for place in range(length)]


def mirrored(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """A palindrome, in half of all cases with another symbol at one place."""
    text = random.choices(alphabet, k=length)
    text[(length + 1) // 2 :] = text[: length // 2][::-1]
    if text and random.random() < 0.5:
        text[random.randrange(length)] = random.choice(alphabet)
    return text


def ones(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """A number that ends with many ones."""
    end = random.randint(0, length)
    return random.choices(alphabet, k=length - end) + ["1"] * end


def two_numbers(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """Digits, a plus, digits; often nines, for long carries; each number has at most 40 digits."""
    digits = random.choice(["0123456789", "09", "9", "019"])
    length = max(length, 1)
    left = random.randint(max(0, length - 41), min(40, length - 1))
    return [*random.choices(digits, k=left), "+", *random.choices(digits, k=length - 1 - left)]


def above_mean(text: Symbols) -> list[Fraction]:
    numbers = list(map(int, text))
    return [number - Fraction(sum(numbers[: place + 1]), place + 1) for place, number in enumerate(numbers)]


def smoothed(numbers: Sequence[Fraction | int]) -> list[Fraction]:
    windows = [numbers[max(0, place - 1) : place + 2] for place in range(len(numbers))]
    return [Fraction(sum(window)) / len(window) for window in windows]


def grade(text: Symbols) -> list[Fraction]:
    """0.0588 L - 0.296 S - 15.8, with L letters and S sentences per hundred words."""
    if not text:
        return []
    lengths = [int(symbol) for symbol in text if symbol != "."]
    ended = sum(one != "." and other == "." for one, other in pairwise(text))
    letters, sentences = (Fraction(100 * one, len(lengths) or 1) for one in (sum(lengths), ended))
    return [Fraction("0.0588") * letters - Fraction("0.296") * sentences - Fraction("15.8")]


# Tasks --------------------------------------------------------------------------------------------------------

TASKS = [
    Task("sort", sorted, 32, lambda text: 2),
    Task("sort_unique", lambda text: sorted(set(text)), 32, lambda text: 2),
    Task("sort_by_frequency", by_frequency, 32, lambda text: 3),
    Task("most_frequent", lambda text: by_frequency(text)[:1], 32, lambda text: 2),
    Task("histogram", histogram, 32, lambda text: 1),
    Task("double_histogram", double_histogram, 32, lambda text: 2),
    Task("reverse", lambda text: list(reversed(text)), 32, lambda text: 2),
    Task("dyck1", nested, 64, lambda text: 2, brackets),
    Task("dyck2", nested, 32, lambda text: 3, brackets),
    Task("shuffle_dyck", shuffled, 64, lambda text: 2, shuffled_brackets),
    Task("induction", induction, 32, lambda text: 2),
    Task("fraction_before", lambda text: fractions([symbol == "x" for symbol in text]), 32, lambda text: 1),
    Task("count_less", count_less, 32, lambda text: 1),
    Task("detect_pattern", ends_abc, None, lambda text: 1),
    Task("pair_balance", lambda text: fractions([(s == "(") - (s == ")") for s in text]), 32, lambda text: 1, brackets),
    Task("running_mean", above_mean, 32, lambda text: 1),
    Task("moving_average", lambda text: smoothed(smoothed(list(map(int, text)))), None, lambda text: 2),
    Task("linear_model", grade, 64, lambda text: 2),
    Task("running_max", lambda text: list(accumulate(map(int, text), max)), 32, lambda text: 2),
    Task("binary_increment", increment, None, lambda text: 1, ones),
    Task("caesar", caesar, None, lambda text: 1),
    Task("palindrome", is_palindrome, 32, lambda text: 3, mirrored),
    Task("parity", parity, None, len, compared=6),
    Task("parity_absolute", parity, 50, len, drawn=300, compared=6),
    Task("parity_sum", parity, 100, lambda text: 1),
    Task("addition", added, 81, None, two_numbers, arbitrary=False, drawn=200, compared=8),
    Task("rasp_add", added_ahead, 41, lambda text: 3, two_numbers),
]

every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


@every_task
def test_answers(task: Task) -> None:
    check_answers(task)


@every_task
def test_weights(task: Task) -> None:
    check_weights(task)


@every_task
def test_files(task: Task) -> None:
    check_files(task)


def test_shapes_reach_both_answers() -> None:
    """The drawn inputs are not all of one kind."""
    for name in ("dyck1", "dyck2", "shuffle_dyck", "palindrome", "binary_increment"):
        task = next(task for task in TASKS if task.name == name)
        long = [text for text in task.inputs() if len(text) >= 8]
        ends = Counter(str(list(task.answer(text))[-1]) for text in long)
        assert len(ends) >= 2, name
        assert min(ends.values()) >= 20, (name, ends)
