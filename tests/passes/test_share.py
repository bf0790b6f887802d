"""Each pass on pairs of texts, and on random steps: the meaning stays."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altac.ir.rules import Change, Rule, RuleSet
from altac.ir.values import Domain
from altac.passes.rule_text import parse_layer, parse_rules, print_json, print_layer, print_rules
from altac.passes.share import merge_cubes, share_antecedents
from tests.support import nonempty

HEAD = 'variable x: 0..3\nvariable y: bool\nhead h: {"a", "b", "c"}?\n'

MERGED = [
    (
        'if x = 0 and h = "a" then y: false -> true\nif x = 0 and h = "b" then y: false -> true\n',
        'if x = 0 and h in {"a", "b"} then y: false -> true\n',
    ),
    (
        "if x = 0 and y = false then x: 0 -> 1\nif x = 0 and y = true then x: 0 -> 1\n",
        "if x = 0 then x: 0 -> 1\n",
    ),
    (
        'if y = true and h = "a" then x: -> 1\nif y = true and h = "b" then x: -> 2\n',
        'if y = true and h = "a" then x: -> 1\nif y = true and h = "b" then x: -> 2\n',
    ),
    (
        'if x = 1 and h in {"a", "b"} then y: ->  true\nif x = 2 and h in {"a", "b"} then y: -> true\n'
        'if x in {1, 2} and h = "c" then y: -> true\n',
        'if x in {1, 2} and h in {"a", "b", "c"} then y: -> true\n',
    ),
]


@pytest.mark.parametrize(("before", "after"), MERGED)
def test_merging(before: str, after: str) -> None:
    assert merge_cubes(parse_layer(HEAD + before)) == parse_layer(HEAD + after)


def test_sharing() -> None:
    before = 'if x = 0 and h = "a" then y: false -> true\nif x = 0 and h = "a" then x: 0 -> 2\n'
    after = 'if x = 0 and h = "a" then x: 0 -> 2; y: false -> true\n'
    assert share_antecedents(parse_layer(HEAD + before)) == parse_layer(HEAD + after)


def test_text_and_json() -> None:
    text = HEAD + "if x in {0, 3} and h = none then x: -> 1; y: false ->\nalways x: 0 -> 1\n"
    rules = parse_rules(text)
    assert parse_rules(print_rules(rules)) == rules
    assert print_json(rules).splitlines()[0] == (
        '{"rule": 0, "if": {"x": [0, 3], "h": [null]}, '
        '"then": [{"variable": "x", "new": 1}, {"variable": "y", "old": false}]}'
    )


def test_ranges_are_read_where_sets_and_values_are() -> None:
    text = (
        'variable s: {{}, 1..3, {"x", "y"}, "a".."c" | {"x"}}\n'
        'head h: ("a".."p" | {"+"})?\n'
        'if s in {{}, 1..3} and h in "c".."e" | {"a"} then s: 1..3 -> "a".."c" | {"x"}\n'
        'if h in {"b"} then s: -> {}\n'
    )
    rules = parse_layer(text)
    assert len(rules.heads["h"]) == 18
    assert rules.variables["s"].values[2] == {1, 2, 3}
    assert rules.rules[0].changes[0].new == rules.variables["s"].index(frozenset("abcx"))
    assert print_layer(rules).splitlines()[2] == text.splitlines()[2]
    assert parse_layer(print_layer(rules)) == rules


@pytest.mark.parametrize(
    "line", ["if x = 7 then x: 0 -> 1", "if z = 1 then x: 0 -> 1", "x: 0 -> 1", "if x = 1 then x 0"]
)
def test_what_is_no_rule_is_named_by_its_line(line: str) -> None:
    with pytest.raises(ValueError, match="line 4"):
        parse_layer(HEAD + line)


SIZES = {"x": 3, "y": 2, "h": 3}
COMBINATIONS = list(product(*(range(size) for size in SIZES.values())))
steps = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=18, max_size=18).map(
    lambda values: dict(zip(COMBINATIONS, values, strict=True))
)


def plain(step: dict) -> RuleSet:
    """One rule for every combination and variable that changes."""
    rules = []
    for (x, y, h), (new_x, new_y) in step.items():
        antecedent = (("x", (x,)), ("y", (y,)), ("h", (h,)))
        rules += [Rule(antecedent, (Change("x", x, new_x),))] if x != new_x else []
        rules += [Rule(antecedent, (Change("y", y, new_y),))] if y != new_y else []
    return RuleSet({"x": Domain.of(range(3)), "y": Domain.of(range(2))}, {"h": Domain.of(range(3))}, {}, tuple(rules))


@given(steps)
def test_passes_keep_the_meaning_and_never_add_rules(step: dict) -> None:
    rules = plain(step)
    merged = merge_cubes(rules)
    shared = share_antecedents(merged)
    assert len(shared.rules) <= len(merged.rules) <= len(rules.rules)
    for (x, y, h), (new_x, new_y) in nonempty(step.items()):
        for one in (rules, merged, shared):
            assert one.after({"x": x, "y": y, "h": h}) == {"x": new_x, "y": new_y}


def test_every_round_may_make_room_for_the_next() -> None:
    before = (
        'if x = 0 and y = false and h = "a" then x: 0 -> 1\nif x = 0 and y = true and h in {"a", "b"} then x: 0 -> 1\n'
        'if x = 0 and y = false and h = "b" then x: 0 -> 1\n'
    )
    after = 'if x = 0 and h in {"a", "b"} then x: 0 -> 1\n'
    assert merge_cubes(parse_layer(HEAD + before)) == parse_layer(HEAD + after)
