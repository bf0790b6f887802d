"""Outputs that are brought from where one number equals another one at the query, such as a rank and a place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from altac.synthesis.goals import Goal
from altac.synthesis.nodes import Condition, Head, Node, Sum
from altac.synthesis.pool import Pool

MOST_KEYS, MOST_QUERIES = 3_000, 100  # the cheapest numbers
PROBED = 24  # queries that are looked at first
CONSTANTS = (0, 1, -1)


def fetched_by_number(pool: Pool, goal: Goal, value: Node, at: str) -> Iterator[Node]:
    """Heads that bring a value from where a number is as wanted; all keys that they select agree."""
    sample, shelf = pool.sample, pool.shelves["number"]
    order = shelf.cheapest(MOST_KEYS)
    texts, queries = np.nonzero(goal.mask)
    if not len(order) or not len(texts):
        return
    few = np.linspace(0, len(texts) - 1, min(PROBED, len(texts))).astype(np.intp)
    texts, queries = texts[few], queries[few]
    squares = np.stack([pool.square(shelf.rows[place]) for place in order])
    seen = sample.valid[texts] & sample.offsets[at][queries]
    wrong = seen & (sample.of(value)[texts] != goal.wanted[texts, queries][:, None])
    keys = squares[:, texts]  # (number, asked, key)
    for place in range(min(MOST_QUERIES, len(order))):
        for constant in CONSTANTS:
            asked = squares[place, texts, queries] + constant
            selected = keys == asked[:, None]
            fits = (selected & seen).any(2).all(1) & ~(selected & wrong).any((1, 2))
            query = shelf.nodes[order[place]]
            for number in np.flatnonzero(fits):
                there = Sum(((1, query),), constant) if constant else query
                head = Head("value", value, Condition(None, shelf.nodes[order[number]], "==", there), at)
                if _brings(head, goal, pool):
                    yield head


def _brings(head: Head, goal: Goal, pool: Pool) -> bool:
    """Whether every query selects something, and nothing else than what is wanted."""
    assert head.value is not None
    sample = pool.sample
    selected = sample.selected(head.condition) & sample.offsets[head.at] & goal.mask[:, :, None]
    right = sample.of(head.value)[:, None, :] == goal.wanted[:, :, None]
    return bool((selected.any(2) == goal.mask).all()) and not (selected & ~right).any()
