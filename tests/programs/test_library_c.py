"""SCAN by a parser, the tasks of the Chomsky hierarchy, and evidence; answers are written from their definitions."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from math import isqrt, log
from random import Random

import pytest

from altac.engine.protocol import run_texts
from experiments.evidence.texts import SUBJECTS, WORDS
from tests.programs.harness import Symbols, Task, check_answers, check_files, check_weights
from tests.programs.scan_reference import actions, all_commands
from tests.support import nonempty, program

# SCAN ---------------------------------------------------------------------------------------------------------

COMMANDS = all_commands()


def command(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """A command of the grammar, of the greatest length where that is asked for."""
    while True:
        words = random.choice(COMMANDS).split()
        if length < 9 or len(words) == 9:
            return words


def parser_layers(words: Symbols) -> int:
    """Two for each word, node of several words, and step of the longest way down; two to begin and to write."""
    nodes, ways = 0, []
    for clause in re.split(" and | after ", " ".join(words)):
        verb, *more = clause.split()
        manner = bool({"opposite", "around"} & set(more))
        turned = bool({"left", "right"} & set(more))
        repeated = bool({"twice", "thrice"} & set(more))
        nodes += turned + repeated
        moves = turned and (manner or verb != "turn")  # `turn left` is its own start
        ways.append(moves + repeated + 1)
    joined = len(ways) - 1
    return 2 * (len(words) + nodes + joined + max(ways) + joined) + 2


def test_a_command_outside_of_the_grammar_is_an_error() -> None:
    random = Random("words")
    compiled = program("scan_parser", 2)
    words = [str(word) for word in compiled.program.interface.alphabet]
    texts = [" ".join(some) for length in (1, 2) for some in product(words, repeat=length)]
    for one in random.sample(COMMANDS, 150):
        some = one.split()
        some[random.randrange(len(some))] = random.choice(words)
        texts.append(" ".join(some))
    right = set(COMMANDS)
    results = run_texts(compiled.interpreter, texts)
    for text, result in zip(nonempty(texts), results, strict=True):
        assert (result.error is None) == (text in right), text
    assert sum(text in right for text in texts) >= 20


# Regular languages --------------------------------------------------------------------------------------------


def even_pairs(text: Symbols) -> list[str]:
    word = "".join(text)
    pairs = sum(word[place : place + 2] in ("ab", "ba") for place in range(len(word)))
    return [str(pairs % 2 == 0).lower()]


def navigated(text: Symbols) -> list[int]:
    place = 0
    for move in text:
        place = {"-1": (place + 4) % 5, "0": place, "1": (place + 1) % 5}[move]
    return [place]


# Expressions --------------------------------------------------------------------------------------------------


def is_expression(text: Symbols) -> bool:
    """Whether Python takes it for an expression of numbers, and neither for a call nor for an empty tuple."""
    try:
        tree = ast.parse(" ".join(text), mode="eval")
    except SyntaxError:
        return False
    return not any(isinstance(node, ast.Call | ast.Tuple) for node in ast.walk(tree))


def value(text: Symbols) -> int:
    return int(eval(" ".join(text))) % 5


def solution(text: Symbols) -> Sequence[object]:
    """All numbers in the place of `x` are tried."""
    place = text.index("=")
    left, right = (" ".join(side) for side in (text[:place], text[place + 1 :]))
    found = [x for x in range(5) if (eval(left, {"x": x}) - eval(right, {"x": x})) % 5 == 0]
    assert len(found) in (0, 1, 5)
    return ["never"] if not found else found if len(found) == 1 else ["always"]


def expression(random: Random, alphabet: Symbols, length: int) -> list[str]:
    if length < 2:
        return [random.choice("01234")]
    if length == 2 or random.random() < 0.15:
        return ["-", *expression(random, alphabet, length - 1)]
    if random.random() < 0.4:
        return ["(", *expression(random, alphabet, length - 2), ")"]
    left = random.randint(1, length - 2)
    parts = (expression(random, alphabet, size) for size in (left, length - 1 - left))
    return [*next(parts), random.choice("+-*"), *next(parts)]


def equation(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """An `x` on one side, or one on each."""
    left = random.randint(1, max(length - 2, 1))
    sides = [expression(random, alphabet, size) for size in (left, length - 1 - left)]
    for side in random.choice([sides, sides[:1], sides[1:]]):
        numbers = [place for place, symbol in enumerate(side) if symbol.isdigit()]
        side[random.choice(numbers)] = "x"
    return [*sides[0], "=", *sides[1]]


def test_only_an_expression_has_a_single_value() -> None:
    engine = program("modular_arithmetic_brackets", 1).interpreter
    texts = [some for length in range(1, 6) for some in product("2-*()", repeat=length)]
    results = run_texts(engine, [" ".join(text) for text in texts])
    for text, result in zip(nonempty(texts), results, strict=True):
        found = None if result.error else result.text(engine.interface).split()
        if is_expression(text):
            assert found == [str(value(text))], text
        else:
            assert found is None or len(found) > 1, text
    assert sum(map(is_expression, texts)) >= 20


# A stack, brackets --------------------------------------------------------------------------------------------


def stacked(text: Symbols) -> list[str]:
    stack: list[str] = []
    for symbol in text:
        if symbol in "ab":
            stack.append(symbol)
        elif symbol == "POP" and stack:
            stack.pop()
    return stack


def cancellations(text: Symbols) -> int:
    """How often all pairs of a letter and a `POP` behind it, and a `POP` in front, can be struck out."""
    word, rounds = "".join(text).replace("PUSH", "").replace("POP", "!"), 0
    while "!" in word:
        word, rounds = re.sub("[ab]!|^!", "", word), rounds + 1
    return rounds


def many_letters(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """A stack, then actions: letters are put on it about as often as taken off."""
    text = random.choices("ab", k=random.randint(0, length))
    while len(text) < length:
        text += random.choice([["POP"], ["PUSH", random.choice("ab")]])
    return text[:length]


PAIRS = {")": "(", "]": "[", "}": "{"}


def nested(text: Symbols) -> Iterator[str]:
    stack: list[str] = []
    failed = False
    for symbol in text:
        if symbol not in PAIRS:
            stack.append(symbol)
        elif not stack or stack.pop() != PAIRS[symbol]:
            failed = True
        yield "F" if failed else "P" if stack else "T"


def brackets(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """Balanced, or with one bracket that is another."""
    stack: list[str] = []
    text: list[str] = []
    while len(text) < length:
        if stack and (len(stack) >= length - len(text) or random.random() < 0.5):
            text.append(stack.pop())
        else:
            closing = random.choice(list(PAIRS))
            stack.append(closing)
            text.append(PAIRS[closing])
    if text and random.random() < 0.5:
        text[random.randrange(length)] = random.choice(alphabet)
    return text


# Copies -------------------------------------------------------------------------------------------------------


def missing(text: Symbols) -> list[str]:
    half = len(text) // 2
    twins = zip(text, [*text[half:], *text[:half]], strict=True)
    return [twin for symbol, twin in twins if symbol == "?"]


def with_gap(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """A string twice, mostly with one letter missing."""
    text = random.choices("abcd", k=max(length // 2, 1)) * 2
    for _ in range(random.choice([1, 1, 1, 2])):
        text[random.randrange(len(text))] = "?"
    return text


# Binary numbers -----------------------------------------------------------------------------------------------


def number(bits: str) -> int:
    return int(bits or "0", 2)


def multiplied(text: Symbols) -> str:
    left, right = "".join(text).split("*")
    return format(number(left) * number(right), "b")


def multiplication_layers(text: Symbols) -> int:
    """One more for the slide than bits on the right, one to part, one to trim; and those that add, on whole numbers."""
    left, right = "".join(text).split("*")
    multiplicand, multiplier, total, carry, rounds = number(left), number(right), 0, 0, 0
    while multiplier or carry:
        terms = (total, multiplicand if multiplier % 2 else 0, carry)
        total = terms[0] ^ terms[1] ^ terms[2]
        carry = 2 * (terms[0] & terms[1] | terms[0] & terms[2] | terms[1] & terms[2])
        multiplicand, multiplier, rounds = 2 * multiplicand, multiplier // 2, rounds + 1
    return len(right) + 1 + rounds + 2


def two_numbers(random: Random, alphabet: Symbols, length: int) -> list[str]:
    bits = random.choice(["01", "1", "0001"])
    left = random.randint(0, max(length - 1, 0))
    return [*random.choices(bits, k=left), "*", *random.choices(bits, k=max(length - 1 - left, 0))]


def rooted(text: Symbols) -> str:
    return format(isqrt(number("".join(text))), "b") if text else ""


def near_square(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """A square, or one less: there the root changes."""
    root = random.randrange(2 ** (length // 2))
    return [*format(max(root * root - random.randint(0, 1), 0), "b").zfill(length)][:length]


# Tasks --------------------------------------------------------------------------------------------------------

# Evidence -----------------------------------------------------------------------------------------------------


def in_steps(share: float) -> int:
    return round(20 * log(share))


def next_letter(text: Symbols) -> list[str]:
    last = text[-1] if text else "^"
    words = [f"^{word}." for word in WORDS["english"].split()]
    counts = [sum(word.count(last + letter) for word in words) + 1 for letter in ".abcdefghijklmnopqrstuvwxyz"]
    numbers = [in_steps(count / sum(counts)) for count in counts]
    return [".abcdefghijklmnopqrstuvwxyz"[numbers.index(max(numbers))]]


def told(thing: str, texts: dict[str, list[str]]) -> dict[str, int]:
    """What one thing, of which texts consist, says for each of them."""
    shares = {name: (text.count(thing) + 1) / (len(text) + 1) for name, text in texts.items()}
    average = sum(shares.values()) / len(shares)
    return {name: in_steps(share / average) for name, share in shares.items()}


LETTER_PAIRS = {
    name: [f"^{word}"[place : place + 2] for word in text.split() for place in range(len(word))]
    for name, text in WORDS.items()
}
COUNTS = Counter(pair for text in LETTER_PAIRS.values() for pair in text)
SAID = {pair: told(pair, LETTER_PAIRS) for pair in sorted(COUNTS) if COUNTS[pair] > 2}


def language(text: Symbols) -> list[str]:
    word = "^" + "".join(text)
    sums = Counter(dict.fromkeys(sorted(WORDS), 0))
    for place in range(len(text)):
        sums.update(SAID.get(word[place : place + 2], {}))
    return [max(sorted(sums), key=lambda name: sums[name])]


def subject(text: Symbols) -> list[str]:
    texts = {name: written.split() for name, written in sorted(SUBJECTS.items())}
    known = [word for word in text if any(word in written for written in texts.values())]
    sums = {name: sum(told(word, texts)[name] for word in known) for name in texts}
    return [max(sums, key=lambda name: sums[name])] if text else []


TASKS = [
    Task("bigram", next_letter, 20, lambda text: 1),
    Task("language_id", language, 20, lambda text: 1),
    Task("naive_bayes", subject, 40, lambda text: 1),
    Task(
        "scan_parser",
        lambda words: actions(" ".join(words)),
        9,
        parser_layers,
        command,
        arbitrary=False,
        drawn=200,
        compared=6,
        level=2,
    ),
    Task("even_pairs", even_pairs, None, lambda text: 1),
    Task("cycle_navigation", navigated, 50, lambda text: 1),
    Task("modular_arithmetic_brackets", lambda text: [value(text)], None, None, expression, arbitrary=False),
    Task("solve_equation", solution, None, None, equation, arbitrary=False, compared=20),
    Task("stack_manipulation", stacked, None, cancellations, many_letters),
    Task("dyck3", lambda text: list(nested(text)), 32, lambda text: 3, brackets),
    Task("duplicate_string", lambda text: [*text, *text], 20, lambda text: 2),
    Task("missing_duplicate", missing, 32, lambda text: 2, with_gap, arbitrary=False),
    Task("odds_first", lambda text: [*text[::2], *text[1::2]], 32, lambda text: 2),
    Task("bucket_sort", sorted, 32, lambda text: 2),
    Task("square_root", rooted, 32, lambda text: 2 + (len(text) + 1) // 2 * 2, near_square, compared=20),
    Task("binary_multiplication", multiplied, None, multiplication_layers, two_numbers, arbitrary=False, compared=20),
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


def test_shapes_reach_all_answers() -> None:
    """The drawn inputs are not all of one kind."""
    kinds = {"even_pairs": 2, "dyck3": 3, "solve_equation": 7, "modular_arithmetic_brackets": 5, "cycle_navigation": 5}
    for name, kind in nonempty(kinds.items()):
        task = next(task for task in TASKS if task.name == name)
        ends = Counter(str(list(task.answer(text))[-1]) for text in task.inputs() if len(text) >= 8)
        assert len(ends) == kind, (name, ends)
        assert min(ends.values()) >= 20, (name, ends)
