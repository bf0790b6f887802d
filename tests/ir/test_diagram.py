"""Decision diagrams against tables: every combination of values, one by one."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altac.ir.diagram import Diagrams, TooLarge
from altac.ir.values import Domain
from tests.support import nonempty

SIZES = {"a": 2, "b": 3, "c": 2}
DOMAINS = [(name, Domain.of(range(size))) for name, size in SIZES.items()]
COMBINATIONS = list(product(*(range(size) for size in SIZES.values())))

tables = st.lists(st.integers(0, 3), min_size=len(COMBINATIONS), max_size=len(COMBINATIONS)).map(
    lambda values: dict(zip(COMBINATIONS, values, strict=True))
)


def build(diagrams: Diagrams, table: dict) -> object:
    variables = [diagrams.variable(name) for name in SIZES]
    return diagrams.apply(lambda *values: table[values], *variables)


@given(tables)
def test_paths_are_disjoint_and_cover_everything(table: dict) -> None:
    diagrams = Diagrams(DOMAINS)
    node = build(diagrams, table)
    paths = list(diagrams.paths(node))
    assert len(paths) == diagrams.count_paths(node)
    for combination in COMBINATIONS:
        values = dict(zip(SIZES, combination, strict=True))
        leaves = [leaf for cube, leaf in paths if all(values[name] in allowed for name, allowed in cube.items())]
        assert leaves == [table[combination]]


@given(tables, tables)
def test_equal_functions_are_the_same_node(left: dict, right: dict) -> None:
    diagrams = Diagrams(DOMAINS)
    assert (build(diagrams, left) is build(diagrams, right)) == (left == right)


@given(tables, tables, tables)
def test_choose(condition: dict, then: dict, other: dict) -> None:
    diagrams = Diagrams(DOMAINS)
    holds = {combination: value > 1 for combination, value in condition.items()}
    expected = {one: then[one] if holds[one] else other[one] for one in COMBINATIONS}
    chosen = diagrams.choose(build(diagrams, holds), build(diagrams, then), build(diagrams, other))
    assert chosen is build(diagrams, expected)


@given(tables)
def test_a_witness_leads_to_what_is_wanted(table: dict) -> None:
    diagrams = Diagrams(DOMAINS)
    node = build(diagrams, table)
    witness = diagrams.witness(node, lambda leaf: leaf == 3)
    wanted = [combination for combination in COMBINATIONS if table[combination] == 3]
    if witness is None:
        assert not wanted
        return
    fitting = [
        c for c in COMBINATIONS if all(dict(zip(SIZES, c, strict=True))[name] == v for name, v in witness.items())
    ]
    assert all(table[combination] == 3 for combination in nonempty(fitting))
    assert len(witness) == min(len(cube) for cube, leaf in diagrams.paths(node) if leaf == 3)


@given(tables)
def test_the_support_is_what_the_function_depends_on(table: dict) -> None:
    diagrams = Diagrams(DOMAINS)
    support = set(diagrams.support(build(diagrams, table)))
    for place, name in enumerate(SIZES):
        depends = any(
            table[one] != table[(*one[:place], value, *one[place + 1 :])]
            for one in COMBINATIONS
            for value in range(SIZES[name])
        )
        assert (name in support) == depends


def test_a_limit_on_nodes() -> None:
    wide = [(name, Domain.of(range(50))) for name in "abcd"]
    diagrams = Diagrams(wide, limit=500)
    few = Diagrams(wide, limit=3)
    with pytest.raises(TooLarge):
        [few.variable(name) for name in "abcd"]
    with pytest.raises(TooLarge):
        diagrams.apply(lambda *v: v[0] * v[1] % 7 + v[2] * v[3] % 5, *(diagrams.variable(name) for name in "abcd"))
