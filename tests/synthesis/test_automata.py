"""Automata from examples, against the functions that the examples are from."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import pytest

from altac.engine.protocol import run_texts
from altac.synthesis.automata import MOST_STATES, automaton_of, automaton_text
from altac.synthesis.candidates import checked
from altac.synthesis.examples import Examples, Shape
from tests.support import nonempty
from tests.synthesis.support import examples_of, found


def go_on() -> bool:
    return False


def lift(text: list[str]) -> list[int]:
    """The floor after each step up or down, of four floors."""
    floor, floors = 0, []
    for step in text:
        floor = min(3, max(0, floor + (1 if step == "u" else -1)))
        floors.append(floor)
    return floors


def remainder(text: list[int]) -> list[str]:
    return ["yes" if int("".join(map(str, text)), 2) % 5 == 0 else "no"]


def follows(text: list[str]) -> list[str]:
    """From the right: the first of `a` and `b` that comes after a `c`, or `-`."""
    return [next((one for one in text[place:] if one != "c"), "-") for place in range(len(text))]


@pytest.mark.parametrize(
    ("function", "alphabet", "shape", "backwards", "states"),
    [
        (lift, ["u", "d"], "each", False, 4),
        (remainder, [0, 1], "one", False, 5),
        (follows, ["a", "b", "c"], "each", True, 3),
    ],
    ids=["lift", "remainder", "follows"],
)
def test_the_smallest_automaton_is_found_and_its_program_holds(
    function: Callable[[list[Any]], list[Any]], alphabet: list[Any], shape: Shape, backwards: bool, states: int
) -> None:
    examples = examples_of(function, alphabet, shape, 250, longest=9)
    automaton = automaton_of(examples, go_on, backwards)
    assert automaton is not None
    assert (len(automaton.moves), automaton.guessed) == (states, 0)
    candidate = checked(automaton_text(automaton, examples, "demo"))
    assert candidate is not None
    assert not candidate.compiled.warnings
    inputs = tuple(text for length in range(1, 6) for text in product(alphabet, repeat=length))
    inputs += tuple(tuple(Random(0).choices(alphabet, k=30)) for _ in range(5))
    wanted = Examples(inputs, tuple(tuple(function(list(text))) for text in inputs), shape)
    assert candidate.score(wanted).perfect, candidate.text
    for text, output in nonempty(list(zip(wanted.inputs, wanted.outputs, strict=True))[:40]):
        (answer,) = run_texts(candidate.compiled.model, [" ".join(map(str, text))])
        assert answer.output == output


def test_one_that_reads_from_the_left_is_not_found_for_what_is_behind() -> None:
    assert automaton_of(examples_of(follows, "abc", number=250, longest=9), go_on) is None


def test_chance_has_no_small_automaton() -> None:
    random = Random(0)
    examples = examples_of(lambda text: [random.choice("xy") for _ in text], "ab", number=250, longest=9)
    assert automaton_of(examples, go_on) is None


def test_more_states_than_there_is_evidence_for_are_none() -> None:
    few = examples_of(remainder, [0, 1], "one", 40, longest=6)
    automaton = automaton_of(few, go_on)
    assert automaton is None or len(automaton.moves) <= len(few) // 16
    count = examples_of(
        lambda text: [min(place + 1, MOST_STATES + 5) for place in range(len(text))], "a", number=20, longest=20
    )
    assert automaton_of(count, go_on) is None


def test_moves_that_no_example_shows_are_counted_and_change_nothing() -> None:
    """An `s` stands at the beginning, and nowhere else."""
    texts = tuple(("s", *text) for length in range(8) for text in product("ab", repeat=length))
    outputs = tuple(tuple({"s": "o", "a": "x", "b": "y"}[one] for one in text) for text in texts)
    automaton = automaton_of(Examples(texts, outputs, "each"), go_on)
    assert automaton is not None
    seen = set[tuple[int, int]]()
    for text in nonempty(texts):
        state = 0
        for symbol in text:
            code = automaton.symbols.index(symbol)
            seen.add((state, code))
            state = automaton.moves[state][code]
    every = {(state, code) for state in range(len(automaton.moves)) for code in range(3)}
    assert automaton.guessed == len(every - seen) > 0
    assert all(automaton.moves[state][code] == state for state, code in nonempty(every - seen))


def test_the_search_says_which_moves_it_has_not_seen() -> None:
    candidate = found(examples_of(lift, "ud", number=200, longest=8))
    assert "layer read_on:" in candidate.text
    assert "run read_on until read" in candidate.text


def test_there_is_none_without_time() -> None:
    assert automaton_of(examples_of(lift, "ud", number=100), lambda: True) is None
