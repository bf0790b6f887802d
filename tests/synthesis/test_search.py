"""What the search engine finds, and that it finds it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

import altac.synthesis.search as search_module
from altac.synthesis.engine import Settings
from altac.synthesis.examples import Examples, Shape, parse_symbol
from altac.synthesis.search import Search, looks_back
from experiments.transformer_programs.tasks import TASKS, examples
from tests.synthesis.support import examples_of, found


def distinct(text: list[Any]) -> list[Any]:
    return [symbol for place, symbol in enumerate(text) if symbol not in text[:place]]


@pytest.mark.parametrize(
    ("function", "alphabet", "shape"),
    [
        (sorted, "abcd", "each"),
        (lambda text: text[::-1], "abcd", "each"),
        (lambda text: [Counter(text)[symbol] for symbol in text], "abcd", "each"),
        (lambda text: ["x", *text[:-1]], "abcd", "each"),
        (lambda text: [{"a": "b", "b": "c", "c": "a"}[symbol] for symbol in text], "abc", "each"),
        (lambda text: [sum(text[: place + 1]) for place in range(len(text))], [0, 1, 2], "each"),
        (lambda text: [symbol == text[0] for symbol in text], "abc", "each"),
        (lambda text: [max(text)], list(range(10)), "one"),
        (lambda text: [sum(text) % 2], [0, 1], "one"),
        (lambda text: ["yes" if text.count("a") > text.count("b") else "no"], "ab", "one"),
        (lambda text: [symbol for symbol in text if symbol in "ab"], "abcd", "list"),
        (distinct, "abcd", "list"),
    ],
    ids=[
        "sort",
        "reverse",
        "hist",
        "shift",
        "swap",
        "sums",
        "first",
        "max",
        "parity",
        "majority",
        "filter",
        "distinct",
    ],
)
def test_small_tasks_are_found_and_hold_for_longer_inputs(
    function: Callable[[list[Any]], list[Any]], alphabet: list[Any], shape: Shape
) -> None:
    small = 60 if len(alphabet) > 2 else 40
    candidate = found(examples_of(function, alphabet, shape, small, longest=6))
    longer = examples_of(function, alphabet, shape, 100, longest=10, seed=1)
    assert candidate.score(longer).perfect, candidate.text
    assert not candidate.compiled.warnings


def test_the_program_is_the_one_that_a_person_would_write() -> None:
    assert found(examples_of(sorted, "abcd", number=60)).text == (
        """program found

input text: "a".."d" up to 16

layer tally:
    head smaller     = count where key.token < query.token
    head same_before = count where key.token == query.token at ..-1
    var place = smaller + same_before

layer fetch:
    head fetched = token where key.place == query.position

output fetched
"""
    )


def test_the_same_seed_gives_the_same_program() -> None:
    task = examples_of(lambda text: [sum(text) % 2], [0, 1], "one", 40)
    assert found(task, seed=3).text == found(task, seed=3).text


def test_examples_that_refute_a_program_join_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the sample, the output is the token; only a few texts outside show that a second `a` is another matter."""
    monkeypatch.setattr(search_module, "MOST_SYMBOLS", 30)
    usual = [("a",) if number % 2 else ("b", "c")[: 1 + number % 3] for number in range(96)]
    inputs = [*usual, ("a", "a"), ("a", "b", "a"), ("a", "c", "a", "a")]
    outputs = [
        tuple("x" if "a" in text[:at] and text[at] == "a" else text[at] for at in range(len(text))) for text in inputs
    ]
    search = Search(Examples(tuple(inputs), tuple(outputs), "each"), Settings())
    first = search._first_sample()
    assert not first & {96, 97, 98}
    *_, last = search.run()
    assert last.score is not None
    assert last.score.perfect
    assert search.places > first
    assert search.places & {96, 97, 98}


@pytest.mark.parametrize(("task", "backwards"), [("dyck1", True), ("dyck2", True), ("sort", False), ("hist", False)])
def test_tasks_that_look_back_only_are_recognised(task: str, backwards: bool) -> None:
    assert looks_back(of_task(task, 200)) == backwards


def of_task(task: str, number: int, start: int = 0) -> Examples:
    rows = list(islice(examples(task), start, start + number))
    inputs, outputs = (tuple(tuple(map(parse_symbol, row[side])) for row in rows) for side in (0, 1))
    return Examples(inputs, outputs, "each")


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_transformer_programs_are_found_from_200_examples(task: str) -> None:
    candidate = found(of_task(task, 200), seconds=300)
    assert candidate.score(of_task(task, 1000, start=200)).perfect, candidate.text
    assert len(candidate.text.splitlines()) <= 30
