"""SCAN written action by action, and ELIZA; the answers are those of independent references."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from altac.driver import compile_source
from altac.engine.protocol import run_texts
from altac.syntax import read_source
from tests.programs.eliza_reference import Doctor, Script, converse, dialogue, last_reply
from tests.programs.harness import Symbols, Task, check_answers, check_files, check_weights
from tests.programs.scan_reference import actions, all_commands
from tests.support import PROGRAMS, nonempty, program

WRITTEN = 20  # words that ELIZA writes at most
SCRIPT = Script()
COMMANDS = all_commands()

# Pieces that could overlap, gaps of every kind, and a keyword that may have no rule that fits.
PARROT = """
const EXCHANGE   = {"a": "b", "b": "a", "<other>": "d"}
const ALIKE      = {"g": "a"}
const PLAIN      = {"c", "d", "e"}
const RULES      = [
    ["a", [["c", "b"], ["b", "c"]], 1, [["one", "...", "two"], ["..."]]],
    ["a", [["d", "e"], ["e"]], 2, [["...", "three"]]],
    ["f", [["d"], ["d"]], 0, [["four", "..."], ["five"], ["six", "...", "seven"]]],
    ["f", [], 0, [["eight", "..."]]]
]
const REMEMBERED = "f"
const MEMORIES   = [["nine", "..."], ["..."]]
const NOTHING    = [["..."], ["ten", "..."]]
"""


def command(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """A command of the grammar, of the greatest length where that is asked for."""
    while True:
        words = random.choice(COMMANDS).split()
        if length < 9 or len(words) == 9:
            return words


def talk(random: Random, alphabet: Symbols, length: int) -> list[str]:
    return dialogue(random, SCRIPT, length)


TASKS = [
    Task("scan_writer", lambda words: actions(" ".join(words)), 9, None, command, arbitrary=False, compared=20),
    Task("eliza", lambda words: last_reply(words, SCRIPT)[:WRITTEN], 32, None, talk, compared=10),
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


def test_scan_means_the_same_where_it_is_written() -> None:
    """Outside the grammar, too: with at most one conjunction, the slots of `scan` have what `scan_writer` writes."""
    slots, writer = program("scan", 1), program("scan_writer", 1)
    random = Random("any words")
    words = [str(word) for word in slots.program.interface.alphabet]
    texts = []
    while len(texts) < 500:
        text = [random.choice(words) for _ in range(random.randint(0, 6))]
        if sum(word in ("and", "after") for word in text) <= 1:
            texts.append(" ".join(text))
    found, expected = run_texts(writer.interpreter, texts), run_texts(slots.interpreter, texts)
    for text, one, other in zip(nonempty(texts), found, expected, strict=True):
        assert (one.error is None) == (other.error is None), text
        if one.error is None:
            assert one.text(writer.program.interface) == other.text(slots.program.interface), text
    assert sum(one.error is None for one in found) >= 100


def test_dialogues_reach_all_answers() -> None:
    random = Random("answers")
    doctors = [Doctor(SCRIPT) for _ in range(3000)]
    for doctor in doctors:
        converse(talk(random, [], 32), doctor)
    last = Counter(doctor.said[-1] for doctor in doctors)
    lists = [*(answers for *_, answers in SCRIPT.rules), SCRIPT.constants["MEMORIES"], SCRIPT.constants["NOTHING"]]
    unsaid = [answer for answers in lists for answer in answers if not last[answer]]
    assert not unsaid


def test_another_script_makes_another_doctor(tmp_path: Path) -> None:
    folder = tmp_path / "eliza"
    folder.mkdir()
    (folder / "doctor.alta").write_text(PARROT, encoding="utf-8")
    (tmp_path / "eliza.alta").write_bytes((PROGRAMS / "eliza.alta").read_bytes())
    parrot = compile_source(read_source(tmp_path / "eliza.alta"), 1, {"N": 16})
    script = Script(folder / "doctor.alta")
    random = Random("parrot")
    dialogues = []
    while len(dialogues) < 1000:
        some = random.choices([*script.words, "<user>", "<eliza>", "unheard", "one"], k=random.randint(1, 6))
        dialogues.append([random.choice(some) for _ in range(random.randint(0, 16))])
    results = run_texts(parrot.interpreter, [" ".join(words) for words in dialogues])
    for words, result in zip(nonempty(dialogues), results, strict=True):
        assert result.error is None, words
        assert result.text(parrot.program.interface).split() == last_reply(words, script)[:WRITTEN], words
