"""Sums of numbers in exact fractions, each different one calculated once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from altac.engine.trace import PADDING, Indices
from altac.ir.numbers import NUMBERS, Terms, Test


def sums(terms: Terms, columns: list[Indices], amounts: Indices) -> tuple[list[Fraction], Indices]:
    """The different sums of terms and amounts, and which of them each row has.

    Args:
        columns: of each term the indices of numbers, (rows,); `amounts` are such indices, too.
    """
    codes = np.stack([*columns, amounts], axis=-1)
    unique, places = np.unique(codes, axis=0, return_inverse=True)
    factors = [*(factor for _, factor in terms), Fraction(1)]
    numbers: Any = NUMBERS.values
    found = [
        sum((factor * numbers[index] for factor, index in zip(factors, row, strict=True)), Fraction(0))
        for row in unique.tolist()
    ]
    return found, places.reshape(-1)


def combined(terms: Terms, columns: Mapping[str, Indices], rows: Indices, amounts: Indices) -> Indices:
    """The number that each row becomes, as an index.

    Args:
        columns: the state, flattened; `rows` are those that count.
        amounts: what is added, (rows,).
    """
    found, places = sums(terms, [columns[name][rows] for name, _ in terms], amounts)
    return np.array([NUMBERS.index(one) for one in found], np.int64)[places]


def tested(tests: Iterable[Test], state: Mapping[str, Indices], lengths: Indices) -> dict[str, Indices]:
    """What a step asks of numbers, by the names of the tests: value indices of booleans, (sequences, positions)."""
    answers: dict[str, Indices] = {}
    for test in tests:
        shape = next(iter(state.values())).shape
        rows = np.flatnonzero((np.arange(shape[1]) < lengths[:, None]).reshape(-1))
        columns = [state[name].reshape(-1)[rows] for name, _ in test.terms]
        found, places = sums(test.terms, columns, np.full(len(rows), NUMBERS.index(0)))
        passed = [sum(cut.passed_by(one) for cut in test.cuts) for one in found]  # `true` is at index 1
        answer = np.full(shape[0] * shape[1], PADDING, np.int64)
        answer[rows] = np.array(passed, np.int64)[places]
        answers[test.name] = answer.reshape(shape)
    return answers
