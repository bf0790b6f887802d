"""The fifteen tasks of Delétang et al. (2023), Neural Networks and the Chomsky Hierarchy, at small sizes: unseen ones.

python -m experiments.transformer_programs.hierarchy               # all, into build/hierarchy
python -m experiments.transformer_programs.hierarchy odds_first --seed 1

Texts are drawn as the published code of the paper draws them, but their length is drawn, too. An output that is longer
than its input gets room: blanks `_` behind the input. What stands behind the end of an output is `0`, as there; here it
counts as an answer, too.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from math import isqrt
from pathlib import Path
from random import Random

from altac.cli.main import run
from altac.synthesis import read_examples
from altac.synthesis.candidates import Candidate
from altac.synthesis.examples import Shape
from experiments.transformer_programs.__main__ import LEARNED, UNSEEN, write
from experiments.transformer_programs.tasks import Text

Example = tuple[Text, Text]
MODULUS = 5


def bits(random: Random, length: int) -> Text:
    return random.choices("01", k=length)


def number(digits: Text) -> int:
    """What binary digits mean, the lowest first."""
    return sum(2**place for place, digit in enumerate(digits) if digit == "1")


def digits_of(value: int) -> Text:
    """Binary digits, the lowest first, without zeros at the end."""
    return list(f"{value:b}"[::-1])


def filled(output: Text, length: int) -> Text:
    """An output with a mark at its end, in a text of a fixed length."""
    return [*output, "end", *["0"] * (length - len(output) - 1)]


def even_pairs(random: Random, length: int) -> Example:
    """Whether `01` and `10` together occur an even number of times."""
    text = bits(random, length)
    pairs = sum(left != right for left, right in pairwise(text))
    return text, [str(pairs % 2)]


def parity_check(random: Random, length: int) -> Example:
    text = bits(random, length)
    return text, [str(text.count("1") % 2)]


def cycle_navigation(random: Random, length: int) -> Example:
    text = random.choices(["stay", "right", "left"], k=length)
    return text, [str((text.count("right") - text.count("left")) % MODULUS)]


def modular_arithmetic_simple(random: Random, length: int) -> Example:
    """Numbers between `+`, `-` and `*`, which binds first; always an odd number of symbols."""
    text = [random.choice("01234")]
    total, term = 0, int(text[0])
    for _ in range((length - 1) // 2):
        operator, digit = random.choice("+-*"), random.randrange(MODULUS)
        text += [operator, str(digit)]
        if operator == "*":
            term *= digit
        else:
            total, term = total + term, digit if operator == "+" else -digit
    return text, [str((total + term) % MODULUS)]


def expression(random: Random, length: int) -> tuple[Text, int]:
    """A sum or difference in brackets, and what it is."""
    if length < 5:
        digit = random.randrange(MODULUS)
        forms = {1: [str(digit)], 2: ["-", str(digit)], 3: ["(", str(digit), ")"], 4: ["(", "-", str(digit), ")"]}
        return forms[length], digit if length % 2 else -digit
    size = random.randint(1, length - 4)
    (left, first), (right, second) = expression(random, size), expression(random, length - 3 - size)
    operator = random.choice("+-")
    return ["(", *left, operator, *right, ")"], first + second if operator == "+" else first - second


def modular_arithmetic(random: Random, length: int) -> Example:
    text, value = expression(random, length)
    return text, [str(value % MODULUS)]


def solve_equation(random: Random, length: int) -> Example:
    """An equation in which one number is hidden."""
    text, value = expression(random, max(1, length - 2))
    begin = random.randrange(len(text))
    places = [*range(begin, len(text)), *range(begin)]
    place = next(place for place in places if text[place].isdigit())
    return [*text[:place], "x", *text[place + 1 :], "=", str(value % MODULUS)], [text[place]]


def reverse_string(random: Random, length: int) -> Example:
    text = bits(random, length)
    return text, text[::-1]


def stack_manipulation(random: Random, length: int) -> Example:
    """A stack from bottom to top, and what is done to it; the stack that is left, from top to bottom."""
    size = random.randint(1, max(1, length - 1))
    stack, actions = bits(random, size), random.choices(["pop", "push0", "push1"], k=length - size)
    left = list(stack)
    for action in actions:
        if action != "pop":
            left.append(action[-1])
        elif left:
            left.pop()
    text = [*stack, *actions, "_"]
    return text, filled(left[::-1], len(text))


def duplicate_string(random: Random, length: int) -> Example:
    text = bits(random, length)
    return [*text, *["_"] * length], text + text


def missing_duplicate(random: Random, length: int) -> Example:
    """A text twice, in which one symbol is hidden."""
    text = bits(random, max(1, length // 2)) * 2
    place = random.randrange(len(text))
    return [*text[:place], "?", *text[place + 1 :]], [text[place]]


def odds_first(random: Random, length: int) -> Example:
    text = bits(random, length)
    return text, text[1::2] + text[::2]


def two_numbers(random: Random, length: int, sign: str) -> tuple[Text, int, int]:
    """Two numbers above zero, in as many symbols as there are, but for the sign."""
    size = random.randint(1, max(1, length - 2))
    sizes = size, max(1, length - 1 - size)
    first, second = (random.randint(1, 2**size - 1) for size in sizes)
    texts = (digits_of(value) for value in (first, second))
    left, right = ([*text, *["0"] * (size - len(text))] for text, size in zip(texts, sizes, strict=True))
    return [*left, sign, *right], first, second


def binary_addition(random: Random, length: int) -> Example:
    text, first, second = two_numbers(random, length, "+")
    text = [*text, "_"]
    return text, filled(digits_of(first + second), len(text))


def binary_multiplication(random: Random, length: int) -> Example:
    text, first, second = two_numbers(random, length, "*")
    return text, filled(digits_of(first * second), len(text))


def compute_sqrt(random: Random, length: int) -> Example:
    """The root of a number, rounded down, the highest digit first; half as many digits, in front of blanks."""
    value = random.randint(1, 2**length - 1)
    root = f"{isqrt(value):b}".zfill((length + 1) // 2)
    return list(f"{value:b}".zfill(length)), [*root, *["_"] * (length - len(root))]


def bucket_sort(random: Random, length: int) -> Example:
    text = random.choices("12345", k=length)
    return text, sorted(text)


TASKS: dict[str, tuple[Callable[[Random, int], Example], int]] = {
    "even_pairs": (even_pairs, 12),
    "parity_check": (parity_check, 12),
    "cycle_navigation": (cycle_navigation, 10),
    "modular_arithmetic_simple": (modular_arithmetic_simple, 9),
    "modular_arithmetic": (modular_arithmetic, 11),
    "solve_equation": (solve_equation, 11),
    "reverse_string": (reverse_string, 12),
    "stack_manipulation": (stack_manipulation, 8),
    "duplicate_string": (duplicate_string, 12),
    "missing_duplicate": (missing_duplicate, 16),
    "odds_first": (odds_first, 12),
    "binary_addition": (binary_addition, 9),
    "binary_multiplication": (binary_multiplication, 9),
    "compute_sqrt": (compute_sqrt, 12),
    "bucket_sort": (bucket_sort, 6),
}

DRAWN = sorted(set(TASKS) - {"reverse_string", "bucket_sort"})  # but for those that are among the seven tasks
LOT = Random(20261128).sample(DRAWN, 3)  # drawn on 28 November 2026; the search was not changed after this
ONE = {name for name, (draw, _) in TASKS.items() if len(draw(Random(0), 6)[1]) == 1}  # with one output for a text


def examples(task: str, shortest: int, longest: int, seed: int) -> Iterator[Example]:
    """Different inputs with their outputs, without end."""
    draw, _ = TASKS[task]
    random, seen = Random(f"{task} {longest} {seed}"), set[str]()
    while True:
        text, output = draw(random, random.randint(shortest, longest))
        if " ".join(text) not in seen:
            seen.add(" ".join(text))
            yield text, output


def measured(task: str, folder: Path, seed: int, limit: str) -> str:
    """Learn a task from a file of examples; a row of the table of results."""
    _, longest = TASKS[task]
    shape: Shape = "one" if task in ONE else "each"
    data, unseen, longer = (folder / f"{task}{suffix}.txt" for suffix in ("", "_unseen", "_longer"))
    rows = list(islice(examples(task, 1, longest, seed), LEARNED + UNSEEN))
    write(data, rows[:LEARNED])
    write(unseen, rows[LEARNED:])
    write(longer, list(islice(examples(task, longest + 1, 2 * longest, seed), UNSEEN)))
    program = folder / f"{task}.alta"
    program.unlink(missing_ok=True)
    begin = time.process_time()
    options = ["--shape", shape, "--seed", str(seed), "--time", limit, "--engine", "search"]
    code = run(["learn", str(data), "-o", str(program), *options])
    seconds = time.process_time() - begin
    name = f"{task} (by lot)" if task in LOT else task
    if not program.exists():
        return f"| {name} | nothing | {seconds:.0f} | | | |"
    text = program.read_text(encoding="utf-8")
    scores = [Candidate(text).score(read_examples(path, shape=shape)) for path in (unseen, longer)]
    shares = " | ".join(f"{100 * score.right / score.examples:.1f}" for score in scores)
    lines = len(text.split('"""\n', 1)[1].splitlines())  # without the docstring
    return f"| {name} | {'no' if code else 'yes'} | {seconds:.0f} | {lines} | {shares} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="all, if none is named")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time", default="10m")
    parser.add_argument("--folder", type=Path, default=Path("build/hierarchy"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    sys.stdout.write("| task | found | CPU seconds | lines | right unseen, % | right longer, % |\n")
    sys.stdout.write("| --- | --- | ---: | ---: | ---: | ---: |\n")
    for task in arguments.tasks or TASKS:
        sys.stdout.write(f"{measured(task, arguments.folder, arguments.seed, arguments.time)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
