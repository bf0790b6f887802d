"""Answers become shorter, and stay right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from altac.synthesis.engine import Settings
from altac.synthesis.nodes import (
    SO_FAR,
    Choice,
    Compare,
    Condition,
    Constant,
    Head,
    Input,
    Logic,
    Member,
    Node,
    Sum,
    negated,
)
from altac.synthesis.sample import Sample
from altac.synthesis.search import Search
from altac.synthesis.shortening import is_right, shortened, size
from altac.synthesis.writing import Answer, program_text
from tests.synthesis.support import examples_of


def go_on() -> bool:
    return False


def number(value: int) -> Constant:
    return Constant(value, "number")


def equal(node: Node, value: int) -> Node:
    return Compare(node, "==", number(value))


def same(at: str = "") -> Head:
    token = Input("token", "symbol")
    return Head("count", None, Condition(None, token, "==", token), at)


def table_of_counts() -> Node:
    """1 where there is one, 2 where there are two, and so on: the count itself."""
    count = same()
    return Choice(tuple((equal(count, value), number(value)) for value in range(1, 7)), number(7), "number")


def one_more() -> Node:
    count = same()
    return Choice(tuple((equal(count, value), number(value + 1)) for value in range(1, 7)), number(8), "number")


def with_needless_parts() -> Node:
    token, position = Input("token", "symbol"), Input("position", "number")
    always = Compare(position, ">", number(-1))
    flag = Logic("and", (always, negated(negated(Member(token, frozenset((10_000,)))))))
    count = Head("count", None, Condition(flag=flag))
    return Choice(((equal(position, 99), number(5)),), Sum(((1, count),)), "number")


def twice_the_same() -> Node:
    return Sum(((1, same()), (1, same())))


def texts(node: Node, function: Callable[[list[Any]], list[Any]]) -> tuple[Answer, Answer, Search]:
    search = Search(examples_of(function, "abc", number=80, longest=6), Settings())
    sample = Sample(search.examples, search.codes)
    before = Answer(node)
    assert is_right(before, sample)
    return before, shortened(before, sample, go_on), search


@pytest.mark.parametrize(
    ("node", "function", "wanted"),
    [
        (table_of_counts(), lambda text: [text.count(one) for one in text], "output same"),
        (one_more(), lambda text: [text.count(one) + 1 for one in text], "var answer = same + 1"),
        (with_needless_parts(), lambda text: [text.count("a")] * len(text), 'count where key.token == "a"'),
        (twice_the_same(), lambda text: [2 * text.count(one) for one in text], "var answer = same + same"),
    ],
    ids=["table", "one_more", "needless", "twice"],
)
def test_what_is_not_needed_goes(node: Node, function: Callable[[list[Any]], list[Any]], wanted: str) -> None:
    before, after, search = texts(node, function)
    assert size(after) < size(before)
    assert is_right(after, Sample(search.examples, search.codes))
    text = program_text(after, search.examples, search.codes, "demo", 12)
    assert wanted in text
    assert text.count("head ") == 1


def test_what_the_examples_need_stays() -> None:
    before, after, _ = texts(same(SO_FAR), lambda text: [text[: at + 1].count(one) for at, one in enumerate(text)])
    assert after is before


def test_a_wrong_step_is_not_taken() -> None:
    search = Search(examples_of(lambda text: [text.count(one) for one in text], "abc", number=80), Settings())
    assert not is_right(Answer(one_more()), Sample(search.examples, search.codes))


def test_nothing_is_done_without_time() -> None:
    search = Search(examples_of(lambda text: [text.count(one) for one in text], "abc", number=40), Settings())
    answer = Answer(table_of_counts())
    assert shortened(answer, Sample(search.examples, search.codes), lambda: True) is answer
