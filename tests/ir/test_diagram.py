"""Decision diagrams against tables: every combination of values, one by one."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altac.check.proofs import follow
from altac.diagnostics import Source, Span
from altac.ir.diagram import LOOKUPS, Diagrams, Fault, TooLarge
from altac.ir.expr import Apply, Constant, Read
from altac.ir.operations import Problem, operate
from altac.ir.values import Domain, Table, Value, value_key
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


NOWHERE = Span(Source("", ""), 0, 0)
VALUES = [0, 1, 2, True, False, "a", "b", None]
values = st.sampled_from(VALUES)
collections = st.one_of(
    st.dictionaries(st.sampled_from(range(len(VALUES))), values).map(
        lambda found: Table((VALUES[at], value) for at, value in found.items())
    ),
    st.lists(values, max_size=8).map(tuple),
    st.sampled_from([frozenset({0, 2, "a"}), frozenset({True, "b", None}), frozenset()]),
)


@given(collections, st.lists(values, min_size=len(VALUES), max_size=len(VALUES)), st.sampled_from(LOOKUPS))
def test_lookups_by_keys_are_what_the_operator_does_to_each_value(collection: Value, results: list, op: str) -> None:
    """Also of a function of the variable that has no value somewhere."""
    diagrams = Diagrams([("x", Domain.of(VALUES))])
    inner = Table(zip(VALUES[:-1], results[:-1], strict=True))  # the last value is missing
    key = Apply("index", (Constant(inner, NOWHERE), Read("x", Domain.of(VALUES), NOWHERE)), NOWHERE)
    constant = Constant(collection, NOWHERE)
    node = diagrams.of(Apply(op, (constant, key) if op == "index" else (key, constant), NOWHERE))
    for value in nonempty(Domain.of(VALUES).values):
        found = follow(diagrams, node, {"x": value})
        if value not in inner:
            assert isinstance(found, Fault)
            assert found.expr is key
            continue
        wanted = operate(op, (collection, inner[value]) if op == "index" else (inner[value], collection))
        assert (found.problem if isinstance(found, Fault) else value_key(found)) == (
            wanted if isinstance(wanted, Problem) else value_key(wanted)
        )
