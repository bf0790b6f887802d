"""Readouts that are fitted after rounding, and what is left of an answer that says things twice."""

from __future__ import annotations

from itertools import product

import numpy as np

from altac.synthesis.gradient.discrete import Input, Ints, Look, Run, Sums, Table, Texts, walk
from altac.synthesis.gradient.program import better_values
from altac.synthesis.gradient.readout import Fitter
from altac.synthesis.gradient.rounding import Column
from altac.synthesis.gradient.simplify import simplified
from altac.synthesis.gradient.training import Data

TOKEN = Input(("a", "b", "c"), "token")
EQUAL = np.eye(3, dtype=bool)
ROWS = [row for size in range(1, 5) for row in product("abc", repeat=size)]
TEXTS = Texts(TOKEN, ROWS, framed=False)


def same() -> Look:
    return Look(tuple(range(5)), "count", TOKEN, TOKEN, EQUAL, "")


def column(variable: Input | Look | Table) -> Column:
    return Column(variable, np.arange(len(variable)))


def fitter(labels: Ints, values: tuple[object, ...], *variables: Input | Look | Table) -> Fitter:
    data = Data(TEXTS, TEXTS.valid, labels[TEXTS.valid])
    return Fitter([column(one) for one in variables], values, data, data)  # type: ignore[arg-type]


def zeros(fitted: Fitter) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    width = max(len(one.variable) for one in fitted.columns)
    return np.zeros((len(fitted.columns), width, len(fitted.labels)), np.float32)


def test_a_table_that_is_an_input_where_texts_show_it_is_that_input() -> None:
    count = same()
    fitted = fitter(Run(TEXTS).of(count) - 1, (1, 2, 3, 4), TOKEN, count)
    answer, right = fitted.answer(fitted.best(zeros(fitted))[0])
    assert right == 1
    assert isinstance(answer, Table)
    assert answer.inputs == (count,)
    assert answer.values == (0, 1, 2, 3, 4)  # also for 0, which no text shows


def test_sums_of_three_variables_are_whole_numbers_of_those_that_are_needed() -> None:
    count, position = same(), Input((0, 1, 2, 3), "position")
    run = Run(TEXTS)
    votes = np.stack([run.of(TOKEN) == 1, run.of(count) >= 2, run.of(position) >= 2])
    labels = (votes.sum(0) >= 2).astype(np.int64)
    twice = Table((0, 1, 2, 3, 4), (count,), np.arange(5))
    fitted = fitter(labels, (False, True), TOKEN, count, position, twice)
    weights, right = fitted.best(zeros(fitted))
    assert right == 1
    answer, right = fitted.answer(weights)
    assert right == 1
    assert isinstance(answer, Sums)
    assert set(answer.terms) == {TOKEN, count, position}
    assert (run.best(answer) == labels)[TEXTS.valid].all()


def test_what_is_alike_is_one_and_what_says_the_same_is_read_through() -> None:
    one, other = same(), same()
    table = Table((0, 1, 2), (one, other), np.minimum.outer(np.arange(5), np.arange(5)) // 2)
    final = Table((False, True), (table, TOKEN), np.array([[0, 0, 0], [1, 1, 1], [1, 1, 1]]))
    small = simplified(final, better_values)
    assert [type(node) for node in walk(small)] == [Input, Look, Table]
    assert Run(TEXTS).answers(small) == Run(TEXTS).answers(final)


def test_values_that_nobody_tells_apart_become_one() -> None:
    table = Table((0, 1, 2, 3), (same(), TOKEN), np.arange(15).reshape(5, 3) % 4)
    head = Look((0, 1, 2, 3), "first", None, None, np.ones((1, 1), bool), "", table, np.arange(4))
    final = Table(("x", "y"), (head,), np.array([0, 1, 0, 1]))
    small = simplified(final, better_values)
    (left,) = [node for node in walk(small) if isinstance(node, Table) and node is not small]
    assert left.values == (False, True)
    assert Run(TEXTS).answers(small) == Run(TEXTS).answers(final)
