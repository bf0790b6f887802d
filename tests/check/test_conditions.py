"""Conditions of heads against all pairs of values: what each part and the value meet, read from left to right."""

from __future__ import annotations

from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altac.check import check_file
from altac.diagnostics import AltacError, Source
from altac.ir.heads import Condition, Head
from altac.syntax import parse_source
from altac.syntax import tree as t
from tests.oracle import Fault, Oracle
from tests.support import compiled, outputs

DOMAINS = {"m": "(0..2)?", "n": '0..2 | {"x"}', "b": "bool"}
VALUES = {"m": (0, 1, 2, None), "n": (0, 1, 2, "x"), "b": (False, True)}
GUARDS = [
    *(f"{side}.m != none" for side in ("key", "query")),
    *(f'{side}.n != "x"' for side in ("key", "query")),
    *("key.b", "not query.b", "number(key.m)", "number(query.m)", "key.m == none or key.m > 0"),
    "(true if query.m != none else false)",
    "not (key.m == none or query.m == none)",
    "not (key.m == none or query.b)",
    "(key.n in 0..1 and query.n in 0..1)",
    "both(key.m, query.m)",
    "true",
]
USES = [
    *("key.m < query.m", "key.m + query.m == 2", "query.m > 0", "key.m * 2 > 1", "key.n <= query.n", "key.n + 1 > 1"),
    *("4 // query.m > 1", "key.m < query.n", "(key.n > 1) == query.b", "key.b or query.m > 1"),
    *("0 < key.m <= query.m", "(key.m < query.m if query.m != none else key.m == none)", "ordered(key.m, query.m)"),
    *("key.m", "query.m in key.n", "not (key.m > query.m)"),
]
VALUES_BROUGHT = ["m", "m + 1", "4 // key.m", "[5, 6][m]", "n", "n + 1", "key.n * 2", "1 if m > 0 else 0", "7"]
BEFORE = (
    "program pairs\n"
    "def number(x) = x != none\n"
    "def both(x, y) = number(x) and y != none\n"
    "def ordered(x, y) = number(x) and number(y) and x < y\n"
    'input xs: {"r", "g"}\n'
    + "".join(f"var {name}: {domain} = {'false' if name == 'b' else 0}\n" for name, domain in DOMAINS.items())
)
AFTER = "step:\n    m := m\n    n := n\n    b := b\nlayers 1\noutput m\n"


def checked(text: str) -> Head | set[str]:
    """The head of a program, or the codes of its errors."""
    try:
        return check_file(parse_source(Source("pairs.alta", text)))[0].heads[0]
    except AltacError as error:
        return {diagnostic.code for diagnostic in error.diagnostics}


def pairs() -> list[tuple[dict[str, object], dict[str, object]]]:
    states = [dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]
    return list(product(states, states))


PAIRS = pairs()


def tried(text: str) -> tuple[set[str], list[bool]]:
    """The faults that a head meets on all pairs of a key and a query, and on which of them it selects."""
    oracle = Oracle(text)
    head = oracle.one(t.Head)
    faults: set[str] = set()
    selected = []
    for key, query in PAIRS:
        names = {**oracle.reading(key, "key."), **oracle.reading(query, "query.")}
        holds = False
        try:
            holds = oracle.truth(head.where, names)
            if holds:
                oracle.evaluate(head.value, {**oracle.reading(key), **oracle.reading(key, "key.")})
        except Fault as fault:
            faults.add(fault.code)
        selected.append(holds)
    return faults, selected


def selects(head: Head) -> list[bool]:
    """On which of the pairs all tables of a head hold."""
    order = {name: sorted(values, key=lambda value: (value is None, str(value))) for name, values in VALUES.items()}

    def holds(condition: Condition, key: dict[str, object], query: dict[str, object]) -> bool:
        row = 0 if condition.key is None else order[condition.key].index(key[condition.key])
        column = 0 if condition.query is None else order[condition.query].index(query[condition.query])
        return condition.holds[row][column]

    return [all(holds(condition, key, query) for condition in head.conditions) for key, query in PAIRS]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(GUARDS), max_size=4),
    st.lists(st.sampled_from(USES), min_size=1, max_size=2),
    st.sampled_from(VALUES_BROUGHT),
    st.randoms(use_true_random=False),
)
def test_a_condition_is_refused_exactly_where_some_pair_of_values_goes_wrong(guards, uses, value, random) -> None:  # type: ignore[no-untyped-def]
    parts = guards + uses
    if random.random() < 0.3:
        random.shuffle(parts)
    text = f"{BEFORE}head h = {value} where {' and '.join(f'({part})' for part in parts)} else 0\n{AFTER}"
    found = checked(text)
    if isinstance(found, set) and found & {"E0403", "E0203"}:
        return  # refused before it was proved
    faults, selected = tried(text)
    if not any(selected) and not faults:
        return  # a head that never selects is told so, whatever it would bring
    if isinstance(found, set):
        assert found <= faults, text  # the value is proved only under a condition that is right
    else:
        assert faults == set(), text
        assert selects(found) == selected, text


GUARD = "key.m != none and query.m != none and key.m < query.m"


@pytest.mark.parametrize(
    "condition",
    [
        GUARD,
        "query.m != none and key.m != none and key.m < query.m",
        "key.m != none and (query.m != none and key.m < query.m)",
        "(key.m != none and query.m != none) and key.m < query.m",
        "number(key.m) and number(query.m) and key.m < query.m",
        "both(key.m, query.m) and key.m < query.m",
        "ordered(key.m, query.m)",
        "key.m < query.m if key.m != none and query.m != none else false",
        "(key.m < query.m if query.m != none else false) if key.m != none else false",
        "not (key.m == none or query.m == none) and key.m < query.m",
        "not (key.m == none or query.m == none or key.m >= query.m)",
        "key.m != none and key.b == query.b and query.m != none and key.m < query.m and query.n == 0",
        'key.n != "x" and query.n != "x" and key.n < query.n',
    ],
)
def test_a_guard_on_each_side_counts_for_what_stands_to_its_right(condition: str) -> None:
    head = checked(f"{BEFORE}head h = exists where {condition}\n{AFTER}")
    assert isinstance(head, Head)
    relating = [table for table in head.conditions if table.key == table.query and table.key in ("m", "n")]
    assert [sum(map(sum, table.holds)) for table in relating] == [3]  # 0 < 1, 0 < 2 and 1 < 2
    assert len(head.conditions) == (3 if "key.b" in condition else 1), "all parts about one variable are one table"


@pytest.mark.parametrize("order", list(permutations(["key.m != none", "query.m != none", "key.m < query.m"])))
def test_a_guard_counts_only_to_its_right(order: tuple[str, ...]) -> None:
    found = checked(f"{BEFORE}head h = exists where {' and '.join(order)}\n{AFTER}")
    assert isinstance(found, Head) == (order[-1] == "key.m < query.m")
    assert isinstance(found, Head) or found == {"E0302"}


def test_guards_through_other_variables_count() -> None:
    """`4 // key.m` meets no zero: where `key.m` is 0, `query.n` would have to be 0 and 1."""
    condition = "key.m != none and (key.m > 0 or query.n == 0) and (key.b or query.n == 1) and not key.b"
    assert isinstance(checked(f"{BEFORE}head h = 4 // key.m where {condition} else 0\n{AFTER}"), Head)
    assert checked(f"{BEFORE}head h = 4 // key.m where {condition.replace(' and not key.b', '')} else 0\n{AFTER}") == {
        "E0303"
    }


def test_guarded_conditions_mean_the_same_in_weights() -> None:
    """How many positions hold a smaller number; `none` is no number."""
    program = compiled(
        'program smaller\ninput word: {"0", "1", "2", "-"} up to 6\n'
        'var m: (0..2)? = {"0": 0, "1": 1, "2": 2, "-": none}[token]\n'
        f"var out: 0..6 = 0\nhead smaller = count where {GUARD}\n"
        "step:\n    out := smaller\nlayers 1\noutput out\n"
    )
    assert outputs(program, "0 1 2", "- 2 0 - 1", "2 2 1", "") == ["0 1 2", "0 2 0 0 1", "1 1 0", ""]
