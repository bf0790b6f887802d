"""Programs that write, against the task and an independent way to do it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from tests.programs.harness import Symbols, Task, check_answers, check_files, check_weights


def followed(text: Symbols) -> list[str]:
    """What an induction head writes: what followed the last earlier occurrence, eight times at most."""
    read, written = list(text), list[str]()
    while read and len(written) < 8:
        earlier = [place for place in range(len(read) - 1) if read[place] == read[-1]]
        if not earlier:
            break
        written.append(read[earlier[-1] + 1])
        read.append(written[-1])
    return written


def worked(text: Symbols) -> list[str]:
    """The digits of a sum from the right, each with its carry, and the sum."""
    left, right = "".join(text).split("+")
    total = str(int(left or 0) + int(right or 0))
    written: list[str] = []
    for place, digit in enumerate(reversed(total)):
        below = 10 ** (place + 1)
        carries = int(left or 0) % below + int(right or 0) % below >= below
        written += [digit, "c1" if carries else "c0"]
    # numbers with zeros in front are as long as they are written
    for place in range(len(total), max(len(left), len(right))):
        written += ["0", f"c{int(place < 0)}"]
    return [*written, ";", *reversed(written[::2])]


def configurations(text: Symbols) -> list[str]:
    """The configurations of a machine that adds one, simulated on a tape with a head."""
    tape, state, head = ["_", *text, "_"], "go", 1
    written: list[str] = []
    while state != "done":
        if state == "go":
            state, move = ("carry", -1) if tape[head] == "_" else ("go", 1)
        elif tape[head] == "1":
            tape[head], move = "0", -1
        else:
            tape[head], state, move = "1", "done", 0
        head += move
        written += [*tape[:head], state, *tape[head:], "|"]
    return written


def shown_sum(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """Two numbers, often of nines."""
    digits = random.choice(["0123456789", "09", "9", "019"])
    sizes = [random.randint(1, 8) for _ in range(2)]
    return [*random.choices(digits, k=sizes[0]), "+", *random.choices(digits, k=sizes[1])]


def any_bits(random: Random, alphabet: Symbols, length: int) -> list[str]:
    return random.choices(alphabet, k=min(length, 5))


def letters(text: Symbols) -> Sequence[str]:
    return text


TASKS = [
    Task("copy", letters, 16, lambda text: 4, drawn=1000, compared=20),
    Task("induction_lm", followed, 24, None, drawn=1000, compared=20),
    Task("addition_scratchpad", worked, 17, lambda text: 5, shown_sum, arbitrary=False, drawn=1000, compared=8),
    Task("turing_cot", configurations, 5, lambda text: 5, any_bits, drawn=100, compared=8),
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
