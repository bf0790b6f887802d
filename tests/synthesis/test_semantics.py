"""What nodes are on a sample, in NumPy, is what the interpreter says of the program that is written for them."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from altac.ir.values import value_key
from altac.synthesis.candidates import Candidate
from altac.synthesis.closure import add_expressions
from altac.synthesis.engine import Settings
from altac.synthesis.examples import Examples
from altac.synthesis.heads import Builder, Extent, next_plans
from altac.synthesis.nodes import Constant, Head, Member, Node
from altac.synthesis.pool import Pool
from altac.synthesis.sample import Sample
from altac.synthesis.search import Search, first_plans
from altac.synthesis.writing import Answer, program_text
from tests.support import nonempty
from tests.synthesis.support import examples_of

EXTENT = Extent(numbers=40, compared=20, flags=12, joined_flags=6, joined_numbers=10, symbols=6)
MOST_PLANS = 1200


def pool_of(examples: Examples) -> tuple[Search, Pool]:
    """What two layers can have, in a small extent."""
    search = Search(examples, Settings())
    grammar, sample = search.grammar(False), Sample(examples, search.codes)
    pool = Pool(sample)
    pool.add(search.token, pool.flat(sample.tokens))
    pool.add(search.position, pool.flat(np.broadcast_to(sample.places, sample.shape)))
    builder = Builder(pool, grammar)
    for plan in first_plans(grammar, sample):
        builder.build(plan)
    add_expressions(pool, search.token)
    plans = list(next_plans(grammar, pool, EXTENT))
    for plan in Random(0).sample(plans, min(len(plans), MOST_PLANS)):
        builder.build(plan)
    return search, pool


def differs(node: Node, search: Search, pool: Pool) -> str | None:
    """The program of a node, if it says something else than the sample; None if both agree."""
    examples, row = search.examples, pool.sample.of(node)
    text = program_text(Answer(node), examples, search.codes, "demo", examples.longest)
    for place, output in enumerate(Candidate(text).answers(examples.inputs)):
        codes = row[place, : len(examples.inputs[place])]
        wanted = tuple(search.codes.value(int(code), node.kind) for code in codes)
        if output is None or value_key(output) != value_key(wanted):
            return f"{text}\n{examples.inputs[place]}: {output}, and not {wanted}"
    return None


@pytest.mark.parametrize("alphabet", [["a", "b", "c"], [0, 1, 2, 3]], ids=["symbols", "numbers"])
def test_nodes_mean_what_their_programs_do(alphabet: list[Any]) -> None:
    search, pool = pool_of(examples_of(lambda text: text, alphabet, number=40))
    random = Random(1)
    for shelf in nonempty(pool.shelves.values()):
        heads = [node for node in shelf.nodes if isinstance(node, Head) and node.aggregate != "value"]
        others = [node for node in shelf.nodes if not isinstance(node, Head)]
        chosen = random.sample(heads, min(len(heads), 25)) + random.sample(others, min(len(others), 15))
        for node in nonempty(chosen):
            assert differs(node, search, pool) is None


def test_the_comparison_would_notice() -> None:
    search, pool = pool_of(examples_of(lambda text: text, ["a", "b", "c"], number=40))
    flag = Member(search.token, frozenset((search.codes.code("a"),)))
    pool.sample._known[flag] = (pool.sample.tokens == search.codes.code("b")).astype(np.int16)
    assert differs(flag, search, pool) is not None


def test_one_node_stands_for_each_behaviour() -> None:
    _, pool = pool_of(examples_of(lambda text: text, ["a", "b"], number=30))
    for kind, shelf in nonempty(pool.shelves.items()):
        rows = {row.tobytes() for row in shelf.rows}
        assert len(rows) == len(shelf), kind
    before = len(pool)
    token = pool.shelves["symbol"].nodes[0]
    assert not pool.add(token, pool.shelves["symbol"].rows[0])
    assert not pool.add(Constant(1, "number"), np.ones(pool.width))
    assert len(pool) == before
