"""What is made for a goal meets it, and what a goal says of inner nodes is true of every way to meet it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, islice, pairwise
from random import Random
from typing import Any

import numpy as np
import pytest

from altac.synthesis.closure import add_expressions
from altac.synthesis.engine import Settings
from altac.synthesis.examples import Examples
from altac.synthesis.fetching import fetched_by_number
from altac.synthesis.gathering import Gatherer
from altac.synthesis.goals import Goal, goal_of, kept
from altac.synthesis.heads import Builder
from altac.synthesis.nodes import ALL, Node
from altac.synthesis.numbers import rounds
from altac.synthesis.pool import Pool
from altac.synthesis.sample import Codes, Sample
from altac.synthesis.search import Search, first_plans
from tests.support import nonempty
from tests.synthesis.support import examples_of

Function = Callable[[list[Any]], list[Any]]


def posed(function: Function, alphabet: list[Any], shape: Any = "one") -> tuple[Search, Pool, Goal]:
    """What one layer can have, and the goal of a function."""
    search = Search(examples_of(function, alphabet, shape, 60, longest=7), Settings())
    grammar, sample = search.grammar(False), Sample(search.examples, search.codes)
    pool = Pool(sample)
    pool.add(search.token, pool.flat(sample.tokens))
    pool.add(search.position, pool.flat(np.broadcast_to(sample.places, sample.shape)))
    builder = Builder(pool, grammar)
    for plan in first_plans(grammar, sample):
        builder.build(plan)
    add_expressions(pool, search.token)
    return search, pool, goal_of(sample, sample.padded_outputs(), search.kind)


def gathered(which: str) -> Callable[[Search, Pool, Goal], Iterator[Node]]:
    return lambda search, pool, goal: getattr(Gatherer(pool, goal, ALL), which)()


def by_number(search: Search, pool: Pool, goal: Goal) -> Iterator[Node]:
    return fetched_by_number(pool, goal, search.token, ALL)


def around(search: Search, pool: Pool, goal: Goal) -> Iterator[Node]:
    return (node for node, _ in rounds(pool, goal))


def together(text: list[str]) -> int:
    return sum(one == "a" and other == "b" for one, other in pairwise(text))


@pytest.mark.parametrize(
    ("made", "function", "alphabet", "shape"),
    [
        (gathered("flags"), lambda text: [len(set(text)) < len(text)], ["a", "b", "c", "d"], "one"),
        (gathered("flags"), lambda text: [max(text[1:], default=0) > 3], [0, 1, 2, 3, 4], "one"),
        (gathered("joint_flags"), lambda text: [together(text) > 0], ["a", "b"], "one"),
        (gathered("numbers"), lambda text: [max(map(text.count, text))], ["a", "b", "c"], "one"),
        (gathered("numbers"), lambda text: [sum(text) + 1], [0, 1, 2], "one"),
        (gathered("numbers"), lambda text: [max(map(text.count, text))] * len(text), ["a", "b", "c"], "each"),
        (gathered("joint_counts"), lambda text: [together(text)], ["a", "b", "c"], "one"),
        (by_number, lambda text: [sorted(text)[0]], ["a", "b", "c"], "one"),
        (by_number, lambda text: [sorted(text)[len(text) // 2]], ["a", "b", "c"], "one"),
        (around, lambda text: [(place + 2) % len(text) for place in range(len(text))], ["a", "b"], "each"),
    ],
)
def test_what_is_made_for_a_goal_meets_it(made: Any, function: Function, alphabet: list[Any], shape: Any) -> None:
    search, pool, goal = posed(function, alphabet, shape)
    for node in nonempty(list(islice(made(search, pool, goal), 60))):
        assert (pool.sample.of(node) == goal.wanted)[goal.mask].all()


@pytest.mark.parametrize("made", [gathered(name) for name in ("flags", "joint_flags")] + [by_number])
def test_nothing_is_made_for_chance(made: Any) -> None:
    random = Random(0)
    search, pool, goal = posed(lambda _: [random.random() < 0.5], ["a", "b", "c"])
    assert not list(made(search, pool, goal))


def embeddings(text: tuple[Any, ...], output: tuple[Any, ...]) -> list[set[int]]:
    places = combinations(range(len(text)), len(output))
    return [set(chosen) for chosen in places if tuple(text[place] for place in chosen) == output]


def test_what_is_kept_is_what_all_ways_to_keep_it_agree_on() -> None:
    random = Random(1)
    inputs = tuple(tuple(random.choices("abc", k=random.randint(1, 7))) for _ in range(80))
    outputs = tuple(tuple(one for one in text if random.random() < 0.5) for text in inputs)
    examples = Examples(inputs, outputs, "list")
    goal = kept(Sample(examples, Codes(examples)))
    assert goal is not None
    for row, (text, output) in nonempty(list(enumerate(zip(inputs, outputs, strict=True)))):
        ways = embeddings(text, output)
        assert ways
        for place in range(len(text)):
            surely, never = (all(place in way for way in ways), all(place not in way for way in ways))
            assert goal.mask[row, place] == (surely or never), (text, output, place)
            assert not goal.mask[row, place] or bool(goal.wanted[row, place]) == surely


def test_lists_of_other_symbols_are_not_kept() -> None:
    examples = Examples((("a", "b"), ("b", "a")), (("b",), ("a", "b")), "list")
    assert kept(Sample(examples, Codes(examples))) is None
