"""Witnesses: what outputs say about nodes inside."""

from __future__ import annotations

from typing import Any

import numpy as np

from altac.synthesis.examples import Examples
from altac.synthesis.goals import Goal, fetched_by_key, fetched_by_query, fetches, goal_of, increments, risings
from altac.synthesis.sample import Codes, Sample


def posed(rows: list[tuple[str, list[Any]]], kind: Any) -> tuple[Sample, Goal]:
    inputs = tuple(tuple(text) for text, _ in rows)
    examples = Examples(inputs, tuple(tuple(output) for _, output in rows), "each")
    sample = Sample(examples, Codes(examples))
    return sample, goal_of(sample, sample.padded_outputs(), kind)


def test_a_flag_that_stays_up_says_where_it_rises() -> None:
    sample, goal = posed([("abab", [0, 1, 1, 1]), ("aa", [0, 0])], "boolean")
    inner = risings(goal, sample, forwards=True)
    assert inner is not None
    assert inner.mask.tolist() == [[True, True, False, False], [True, True, False, False]]
    assert inner.wanted.tolist() == [[0, 1, 0, 0], [0, 0, 0, 0]]
    assert risings(goal, sample, forwards=False) is None


def test_a_number_that_counts_says_what_it_counts() -> None:
    sample, goal = posed([("abab", [0, 1, 1, 2]), ("b", [1])], "number")
    inner = increments(goal, sample)
    assert inner is not None
    assert inner.wanted.tolist() == [[0, 1, 0, 1], [1, 0, 0, 0]]
    sample, goal = posed([("abab", [0, 1, 3, 4])], "number")
    assert increments(goal, sample) is None


def test_a_fetched_output_says_from_where() -> None:
    sample, goal = posed([("cab", ["a", "b", "c"]), ("aba", ["a", "a", "b"])], "symbol")
    asked = fetched_by_query(goal, sample)
    assert asked is not None
    assert asked.places.mask.tolist() == [[True] * 3, [False, False, True]]
    assert asked.places.wanted[0].tolist() == [1, 2, 0]
    ((_, by_key),) = fetched_by_key(goal, sample, iter([sample.valid]))
    assert by_key.default is None
    assert by_key.places.wanted[0].tolist() == [2, 0, 1]
    assert by_key.places.mask[1].tolist() == [False, True, False]
    right, wrong = np.array([[2, 0, 1], [0, 2, 1]]), np.array([[2, 0, 1], [0, 2, 0]])
    assert fetches(by_key, goal, sample, right)
    assert fetches(by_key, goal, sample, np.array([[2, 0, 1], [1, 2, 0]]))  # equal symbols may change places
    assert not fetches(by_key, goal, sample, wrong)


def test_what_nothing_fetches_is_the_default() -> None:
    sample, goal = posed([("aba", ["b", "a", "."]), ("bb", ["b", "."])], "symbol")
    first = np.array([[True, True, False], [True, False, False]])
    ((number, fetch),) = fetched_by_key(goal, sample, iter([sample.valid, first]))
    assert number == 1
    assert fetch.default == sample.codes.code(".")
    assert fetches(fetch, goal, sample, np.array([[1, 0, 9], [0, 9, 0]]))
    assert not fetches(fetch, goal, sample, np.array([[2, 0, 9], [0, 9, 0]]))
