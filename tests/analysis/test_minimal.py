"""Programs with some of their rules."""

from __future__ import annotations

from random import Random

import pytest

from altac.analysis.coverage import cover
from altac.analysis.minimal import MinimalInterpreter, minimal_rules
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from altac.passes import PlainRules
from altac.passes.rule_text import print_rules
from tests.analysis.test_coverage import LAYERS, drawn
from tests.programs.scan_reference import all_commands
from tests.support import PROGRAMS, compiled, program

SMALL = ["addition", "bubble_sort", "dyck2", "reverse", "scan", "sort", "subleq", "turing"]


def minimal(name: str, train: list[str]) -> MinimalInterpreter:
    interpreter = program(name).interpreter
    coverage = cover(interpreter, train)
    return MinimalInterpreter(coverage.plain, coverage.fires)


@pytest.mark.parametrize("name", SMALL)
def test_on_its_own_set_it_is_the_program(name: str) -> None:
    """In every state, and not only in its answers."""
    texts = (PROGRAMS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert compare_engines(program(name).interpreter, minimal(name, texts), texts) is None


@pytest.mark.parametrize(("name", "size"), [("parity", 0), ("addition", 15), ("dyck2", 5), ("scan", 300)])
def test_inputs_without_an_unseen_rule_run_as_in_the_program(name: str, size: int) -> None:
    """And all others do not: some variable keeps its value where the program changes it."""
    one = program(name)
    texts = all_commands() if name == "scan" else list(dict.fromkeys(drawn(one, 60, 6)))
    Random(name).shuffle(texts)
    train, test = texts[:size] or ["1 0"], texts[size : size + 40]
    known = cover(one.interpreter, train).fires
    beyond = cover(one.interpreter, test, known).beyond
    engine = MinimalInterpreter(PlainRules(one.program), known)
    differ = [n for n, text in enumerate(test) if compare_engines(one.interpreter, engine, [text]) is not None]
    assert differ == list(beyond)
    assert 0 < len(differ) < len(test)


def test_parity_of_at_most_one_1() -> None:
    """Without the rule 1 -> 0 the parity stays 1 from the first 1 on."""
    engine = minimal("parity", ["1", "0 1", "1 0"])
    answers = {text: run_texts(engine, [text])[0].output for text in ("", "0", "1 0", "1 1", "1 1 0 1", "0 1 1")}
    assert answers == {"": (0,), "0": (0,), "1 0": (1,), "1 1": (1,), "1 1 0 1": (1,), "0 1 1": (1,)}


def test_without_a_rule_that_it_needs_to_halt_a_run_never_halts() -> None:
    """The empty input needs no rule at all, so its program does nothing."""
    engine = minimal("parity", [""])
    assert [one.error and one.error.code for one in run_texts(engine, ["", "1", "0 1"])] == [None, "E0604", "E0604"]


def test_without_a_rule_that_gives_a_first_value_there_is_none() -> None:
    """What a layer introduces has no old value to keep, so a run ends where its rule is missing."""
    one = compiled(LAYERS)
    coverage = cover(one.interpreter, ["0 0", "1"])
    engine = MinimalInterpreter(coverage.plain, coverage.fires)
    assert run_texts(engine, ["0 0", "1"]) == run_texts(one.interpreter, ["0 0", "1"])
    found = run_texts(engine, ["0", "2", "0 1", "1 0"])
    assert [(one.output, one.layers, one.error and one.error.code) for one in found] == [
        ((False,), 5, None),
        (None, 1, "E0605"),  # 0 + 2
        ((False, False), 5, None),
        (None, 1, "E0605"),  # 1 + 0
    ]


def test_without_a_rule_a_head_can_meet_positions_that_disagree() -> None:
    """`x` becomes 5 everywhere; without the rule for 1, it stays 1 there."""
    text = (
        "program agree\ninput word: 0..3 up to 4\nvar x: 0..5 = token\nvar out: 0..5 = 0\n"
        "layer set:\n    x := 5\nlayer ask:\n    head other = x else 0\n    out := other\noutput out\n"
    )
    one = compiled(text)
    engine = MinimalInterpreter(PlainRules(one.program), cover(one.interpreter, ["3"]).fires)
    texts = ["3 3", "3 1"]
    assert [result.output for result in run_texts(one.interpreter, texts)] == [(5, 5), (5, 5)]
    assert [result.output for result in run_texts(engine, texts)] == [(5, 5), None]
    (failed,) = run_texts(engine, texts[1:])
    assert failed.error is not None
    assert (failed.error.code, failed.layers) == ("E0603", 2)


def test_the_rules_of_each_layer_as_text() -> None:
    """With copies of what a head brings inexactly, which are no rules of the program."""
    one = compiled(LAYERS.replace("at -1 else", "where key.out == query.out else").replace("both == 0", "left == 0"))
    coverage = cover(one.interpreter, ["0 0"])
    text = print_rules(minimal_rules(coverage.plain, coverage.fires))
    rules = [line for line in text.splitlines() if line.startswith(("layer ", "if ", "always "))]
    assert rules == [
        "layer look",
        "if token = 0 and left = 0 then both: -> 0",
        *(f"if left = {value} then left: -> {value}" for value in range(4)),
        "layer turn",
        "layer end",
        "if out = 0 then large: -> false",
        "if out = 0 and left = 0 then out: 0 -> 3",
    ]


def test_the_rules_as_text() -> None:
    plain = PlainRules(program("parity").program)
    assert print_rules(minimal_rules(plain, {2, 0})).splitlines()[4:] == [
        "if parity = 0 and done = false and parity_left = 1 and done_left = true then parity: 0 -> 1",
        "if done = false and done_left = true then done: false -> true",
        "halt if done = true",
    ]
