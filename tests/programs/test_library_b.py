"""Machines, languages, numbers and graphs against their tasks; answers are written from the definitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from random import Random

import pytest

from altac.driver import compile_source
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from altac.syntax import read_source
from tests.programs.harness import Symbols, Task, check_answers, check_files, check_weights
from tests.programs.scan_reference import VERB, actions, all_commands
from tests.support import PROGRAMS, nonempty, program

# SCAN ---------------------------------------------------------------------------------------------------------

COMMANDS = all_commands()


def command(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """A command of the grammar, of the greatest length where that is asked for."""
    while True:
        words = random.choice(COMMANDS).split()
        if length < 9 or len(words) == 9:
            return words


def loose_actions(words: Symbols) -> list[str] | None:
    """What any nine words ask for; None where a clause, or the order of clauses, is ambiguous."""
    if {"and", "after"} <= set(words):  # the places before all words see both
        return None
    clauses: dict[bool, list[str]] = {False: [], True: []}
    for place, word in enumerate(words):
        before, behind = (
            {other for other in side if other in ("and", "after")} for side in (words[:place], words[place + 1 :])
        )
        clauses[before == {"and"} or behind == {"after"}].append(word)
    result = []
    for clause in clauses.values():
        kinds = [
            {word for word in clause if word in kind}
            for kind in (VERB, ("opposite", "around"), ("left", "right"), ("twice", "thrice"))
        ]
        if any(len(kind) > 1 for kind in kinds):
            return None
        verb, manner, direction, times = ("".join(kind) for kind in kinds)
        if not verb:
            continue
        if direction:
            result += actions(" ".join(f"{verb} {manner} {direction} {times}".split()))
        else:
            once = VERB[verb] * (4 if manner == "around" else 1)
            result += once * {"": 1, "twice": 2, "thrice": 3}[times]
    return result


# Machines -----------------------------------------------------------------------------------------------------


def subleq(text: Symbols, most: int = 16) -> tuple[list[int], int] | None:
    """The memory at the end and the number of instructions; None for a machine that never halts."""
    memory = [int(word) for word in text]
    pc, done = 0, 0
    seen = set()
    while pc >= 0 and pc + 2 < len(memory):
        if (pc, *memory) in seen:
            return None
        seen.add((pc, *memory))
        a, b = memory[pc : pc + 2]
        result = 0
        if 0 <= b < len(memory):
            result = memory[b] - (memory[a] if 0 <= a < len(memory) else 0)
            result = memory[b] = max(-most, min(most, result))
        pc = memory[pc + 2] if result <= 0 else pc + 3
        done += 1
    return memory, done


def subleq_program(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """Words that halt, mostly instructions on words and to places that exist, or all small."""
    while True:
        places = [*range(max(length, 1)), -1]
        words = [random.choice(places) if random.random() < 0.8 else random.randint(-16, 16) for _ in range(length)]
        text = [str(word) for word in words]
        if subleq(text) is not None:
            return text


BEAVER = {"A0": "1RB", "A1": "1LB", "B0": "1LA", "B1": "0LC", "C0": "1RH", "C1": "1LD", "D0": "1RD", "D1": "0RA"}


def turing(text: Symbols) -> tuple[list[str], int] | None:
    """The tape and the number of steps; None for a machine that never halts."""
    tape = [*"0" * 12, *text, *"0" * 12]
    place, state, steps = 12, "A", 0
    seen = set()
    while state != "H" and 0 <= place < len(tape):
        if (place, state, *tape) in seen:
            return None
        seen.add((place, state, *tape))
        tape[place], move, state = list(BEAVER[state + tape[place]])
        place += 1 if move == "R" else -1
        steps += 1
    return tape, steps


def halting_tape(random: Random, alphabet: Symbols, length: int) -> list[str]:
    while True:
        tape = [random.choice(alphabet) for _ in range(length)]
        if turing(tape) is not None:
            return tape


def rule110(text: Symbols) -> str:
    row = "".join(text)
    for _ in range(10):
        padded = f"0{row}0"
        row = "".join("0" if padded[i : i + 3] in ("000", "100", "111") else "1" for i in range(len(row)))
    return row


def either(result: tuple[list[str], int] | tuple[list[int], int] | None) -> tuple[Sequence[object], int]:
    assert result is not None
    return result


# Languages, numbers -------------------------------------------------------------------------------------------


def multiple_of_three(text: Symbols) -> list[str]:
    return ["no" if int("".join(text) or "0", 2) % 3 else "yes"]


def product(text: Symbols) -> str:
    whole = "".join(text)
    left, right = whole.split("*")[0], whole.split("*")[-1]
    if not whole:
        return ""
    return str(int(left or "0") * int(right or "0") % 10 ** len(whole))


def two_numbers(random: Random, alphabet: Symbols, length: int) -> list[str]:
    left = length // 2 if length == 13 else random.randint(max(0, length - 7), min(6, max(length - 1, 0)))
    digits = random.choice(["0123456789", "0123456789", "9", "01", "89"])
    symbols = [random.choice(digits) for _ in range(max(length, 1))]
    symbols[left] = "*"
    return symbols


def digits(random: Random, alphabet: Symbols, length: int) -> list[str]:
    numbers = [random.choice(alphabet) for _ in range(length)]
    return random.choice([numbers, sorted(numbers), sorted(numbers, reverse=True)])


# Graphs -------------------------------------------------------------------------------------------------------

Edge = tuple[str, int, str]


def read_graph(text: Symbols, links: str) -> tuple[list[Edge], set[str], list[str]]:
    """Edges with their lengths, sources, and goals in order."""
    edges = [
        (begin, int(link) if link.isdigit() else 1, end)
        for (begin, link), (_, end) in pairwise(pairwise(text))
        if begin.isalpha() and link in links and end.isalpha()
    ]
    sources = {one for one, mark in pairwise(text) if mark == "?" and one.isalpha()}
    return edges, sources, [one for mark, one in pairwise(text) if mark == "?" and one.isalpha()]


def distances(edges: list[Edge], sources: set[str]) -> dict[str, int]:
    """Dijkstra's algorithm."""
    found: dict[str, int] = {}
    waiting = [(0, source) for source in sources]
    while waiting:
        distance, node = heappop(waiting)
        if node not in found:
            found[node] = distance
            for begin, length, end in edges:
                if begin == node:
                    heappush(waiting, (distance + length, end))
    return found


def reachable(text: Symbols) -> list[str]:
    edges, sources, goals = read_graph(text, ">")
    found = distances(edges, sources)
    return ["yes" if goal in found else "no" for goal in goals]


def shortest(text: Symbols) -> list[object]:
    edges, sources, goals = read_graph(text, "123456789")
    found = distances(edges, sources)
    return [found.get(goal, "unreachable") for goal in goals]


def graph(links: Sequence[str], most: int) -> Callable[[Random, Symbols, int], list[str]]:
    """Random edges among some nodes, in pieces of paths, or one long way, with a question somewhere."""

    def draw(random: Random, alphabet: Symbols, length: int) -> list[str]:
        nodes = random.sample("abcdefghijkl", random.randint(2, 12))
        pieces = []
        if random.random() < 0.3:
            pieces += [f"{one}{random.choice(links)}{other}" for one, other in pairwise(nodes)]
        while sum(map(len, pieces)) < min(length, most) - 6:
            piece = random.choice(nodes)
            for _ in range(random.choice([1, 1, 1, 2, 3])):
                piece += random.choice(links) + random.choice(nodes)
            pieces.append(piece)
        random.shuffle(pieces)
        for _ in range(random.choice([1, 1, 1, 2])):
            pieces.insert(random.randint(0, len(pieces)), f"{random.choice(nodes)}?{random.choice(nodes)}")
        return list("".join(pieces))

    return draw


# ---------------------------------------------------------------------------------------------------------------

TASKS = [
    Task("scan", lambda text: actions(" ".join(text)), 9, lambda text: 2, command, arbitrary=False),
    Task("subleq", lambda text: either(subleq(text))[0], 16, lambda text: 3 * either(subleq(text))[1] + 1,
         subleq_program, arbitrary=False),
    Task("turing", lambda text: either(turing(text))[0], 16, lambda text: either(turing(text))[1],
         halting_tape, arbitrary=False),
    Task("rule110", rule110, None, lambda text: 10),
    Task("regular", multiple_of_three, 64, lambda text: max(len(text) - 1, 0).bit_length() + 1),
    Task("multiplication", product, 13, None, two_numbers, compared=25),
    Task("bubble_sort", sorted, 40, None, digits),
    Task("reachability", reachable, None, None, graph(">", 60)),
    Task("shortest_path", shortest, None, None, graph("123456789", 60), compared=25),
]  # fmt: skip

BY_NAME = {task.name: task for task in TASKS}
tasks = pytest.mark.parametrize("task", TASKS, ids=list(BY_NAME))


@tasks
def test_answers(task: Task) -> None:
    check_answers(task)


@tasks
def test_weights(task: Task) -> None:
    check_weights(task)


@tasks
def test_files(task: Task) -> None:
    check_files(task)


def test_all_commands_of_scan_are_known() -> None:
    assert len(set(COMMANDS)) == len(COMMANDS) == 20_910
    assert max(len(actions(command)) for command in COMMANDS) == 48


def test_scan_reads_any_words() -> None:
    """Outside the grammar, a command has the meaning that the program's header gives it, or is an error."""
    compiled = program("scan", 1)
    random = Random("any words")
    alphabet = [str(word) for word in compiled.program.interface.alphabet]
    commands: list[list[str]] = [[], *([word] for word in alphabet)]
    for _ in range(1000):
        some = random.sample(alphabet, random.randint(1, 5))
        commands.append([random.choice(some) for _ in range(random.randint(1, 9))])
    texts = [" ".join(words) for words in commands]
    for words, result in zip(nonempty(commands), run_texts(compiled.interpreter, texts), strict=True):
        expected = loose_actions(words)
        if expected is None:
            assert result.error is not None, words
            assert result.error.code == "E0603", words
        else:
            assert result.text(compiled.program.interface) == " ".join(expected), words
    assert sum(loose_actions(words) is None for words in commands) > 100
    assert compare_engines(compiled.interpreter, compiled.model, texts[:60]) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [("subleq", "3 3 0 0"), ("subleq", "0 0 0"), ("subleq", "6 6 3 7 7 0 1 1")],
)
def test_a_machine_that_never_halts(name: str, text: str) -> None:
    compiled = program(name, 1)
    (result,) = run_texts(compiled.interpreter, [text])
    assert result.error is not None
    assert result.error.code == "E0604"
    assert compare_engines(compiled.interpreter, compiled.model, [text]) is None


def test_the_busy_beaver() -> None:
    """On an empty tape: 107 steps, 13 ones."""
    (result,) = run_texts(program("turing", 1).interpreter, [""])
    assert result.output is not None
    assert (result.layers, sum(map(int, result.output))) == (107, 13)  # type: ignore[arg-type]


def test_sizes_of_subleq_are_a_parameter() -> None:
    """A machine of another size, with other limits of its words."""
    compiled = compile_source(read_source(PROGRAMS / "subleq.alta"), 1, {"N": 20})
    random = Random("twenty words")
    texts: list[list[str]] = []
    while len(texts) < 200:
        text = [str(random.choice([*range(20), -1, random.randint(-20, 20)])) for _ in range(20)]
        if subleq(text, 20) is not None:
            texts.append(text)
    results = run_texts(compiled.interpreter, [" ".join(text) for text in texts])
    for text, result in zip(nonempty(texts), results, strict=True):
        assert result.output is not None, text
        assert list(result.output) == either(subleq(text, 20))[0], text
    assert compare_engines(compiled.interpreter, compiled.model, [" ".join(text) for text in texts[:20]]) is None


def test_layers_of_loops() -> None:
    """The loops whose number of layers the headers bound, or give for some inputs only."""
    task = BY_NAME["bubble_sort"]
    inputs = task.inputs()
    results = run_texts(task.compiled.interpreter, list(map(" ".join, inputs)))
    for text, result in zip(nonempty(inputs), results, strict=True):
        assert result.layers <= len(text) + 1
        assert (result.layers == 1) is (text == sorted(text)) or not text

    task = BY_NAME["shortest_path"]
    inputs = task.inputs()
    results = run_texts(task.compiled.interpreter, list(map(" ".join, inputs)))
    for text, result in zip(nonempty(inputs), results, strict=True):
        answers = shortest(text)
        if answers and "unreachable" not in answers:
            assert result.layers == max(int(str(one)) for one in answers) + 2, text
