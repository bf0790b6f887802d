"""How many positions a head can select, against trying all inputs and all values of what a step assigns."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altac.check import check_file
from altac.diagnostics import AltacError, Source
from altac.ir.heads import Head
from altac.ir.values import Domain
from altac.syntax import parse_source
from altac.syntax import tree as t
from tests.oracle import Oracle, Position
from tests.support import compiled, outputs

LONGEST = 3
MOVING = {"m": (0, 1)}  # what the step assigns
BEFORE = f"""program bounds
input word: {{"a", "b", "c"}} up to {LONGEST}
var kind: {{"open", "close", "mark"}} = {{"a": "open", "b": "close"}}[token] if token in {{"a", "b"}} else "mark"
var even: bool = position % 2 == 0
var place: 0..9 = min(position, 2)
var m: 0..1 = 0
"""
AFTER = "step:\n    m := 1 - m\nlayers 1\noutput m\n"
FRAMES = [
    *("", 'frame "<s>" word', 'frame word "." * 3', 'frame "." "a" word "."'),
    *('frame "<s>" "b" word', 'frame "<s>" word "." "a" "." "b"'),
]
PARTS = [
    *('key.token == "a"', 'key.token in {"a", "b"}', "key.token == query.token", 'key.token != "c"', "key.even"),
    *('key.kind == "mark"', "key.kind == query.kind", 'key.kind == "open" or query.m == 1', "key.even == query.even"),
    *(
        "key.place == query.place",
        "key.position < 2",
        "key.position <= query.position",
        "key.m == 1",
        "key.m == query.m",
    ),
    *('query.token == "a"', "query.m == 0", 'key.place == 2 and key.kind == "mark"', "key.place > query.m"),
    *(
        "key.token != query.token",
        "key.position > 2",
        'key.token not in {"a", "b"}',
        "not query.even",
        "key.position != 1",
    ),
    *("key.even == (query.place == 1)", "key.kind != query.kind", "query.position < 2"),
]
OFFSETS = ["", "", "at -1", "at ..0", "at {-2, 0, 1}", "at 1..", "at -1..1"]


def head_of(text: str) -> Head:
    return check_file(parse_source(Source("bounds.alta", text)))[0].heads[0]


def most_tried(text: str) -> int:
    """The greatest number of positions that the head selects for any query of any input."""
    oracle = Oracle(text)
    head = oracle.one(t.Head)
    known: dict[tuple[object, ...], bool] = {}

    def selected(key: Position, own: Position) -> bool:
        pair = (*key.values(), *own.values())
        if pair not in known:
            known[pair] = selects(oracle, head, key, own)
        return known[pair]

    most = 0
    for length in range(LONGEST + 1):
        for word in product("abc", repeat=length):
            tokens = oracle.framed(word)
            states = [versions(oracle, place, token) for place, token in enumerate(tokens)]
            for query, looking in enumerate(states):
                near = [place for place in range(len(states)) if oracle.in_reach(head.at, place - query)]
                for own in looking:
                    keys = [[own] if place == query else states[place] for place in near]
                    most = max(most, sum(any(selected(key, own) for key in possible) for possible in keys))
    return most


def versions(oracle: Oracle, place: int, token: str) -> list[Position]:
    """The states of a position: what the step assigns has any of its values."""
    state: Position = {"token": token, "position": place}
    known = oracle.reading(state)
    state |= {var.name.text: oracle.evaluate(var.initial, known) for var in oracle.all(t.Var)}
    return [{**state, **dict(zip(MOVING, values, strict=True))} for values in product(*MOVING.values())]


def selects(oracle: Oracle, head: t.Head, key: Position, query: Position) -> bool:
    return head.where is None or oracle.truth(
        head.where, {**oracle.reading(key, "key."), **oracle.reading(query, "query.")}
    )


def counting(frame: str, parts: list[str], offsets: str) -> str:
    where = f"where {' and '.join(f'({part})' for part in parts)}" if parts else ""
    return f"{BEFORE}{frame}\nhead n = count {where} {offsets}\n{AFTER}"


COUNTING = st.builds(
    counting, st.sampled_from(FRAMES), st.lists(st.sampled_from(PARTS), max_size=4), st.sampled_from(OFFSETS)
)


@settings(max_examples=150, deadline=None)
@given(COUNTING)
def test_no_query_selects_more(text: str) -> None:
    """The bound is reached, except where keys have a value that a step assigns."""
    head = head_of(text)
    most = most_tried(text)
    assert head.most is not None
    assert most <= head.most, text
    assert head.domain == Domain.of(range(head.most + 1))
    if "key.m" not in text:
        assert most == head.most, text


@settings(max_examples=80, deadline=None)
@given(COUNTING, st.sampled_from([0, 3, 30]))
def test_no_query_selects_more_where_too_much_would_have_to_be_tried(text: str, tried: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("altac.ir.selection.MOST_TRIED", tried)
        patch.setattr("altac.ir.selection.MOST_KINDS", tried)
        most = head_of(text).most
    exact = head_of(text).most
    assert most is not None
    assert exact is not None
    assert most_tried(text) <= exact <= most, text


@pytest.mark.parametrize(
    ("frame", "head", "most"),
    [
        ("", "count", 3),
        ('frame "<s>" word "." * 6', "count", 10),
        ('frame "<s>" word "." * 6', 'count where key.token in {"a", "b", "c"}', 3),
        ('frame "<s>" word "." * 6', 'count where key.token == "."', 6),
        ('frame "<s>" word "." * 6', 'count where key.token == "." at -2..2', 5),
        ('frame "<s>" word "." * 6', 'count where key.token != "."', 4),
        ('frame "<s>" word "." * 6', "count where key.token == query.token", 6),
        ('frame "a" word "." * 2', 'count where key.token == "a"', 4),
        ('frame "<s>" word "." * 6', 'count where key.kind == "mark"', 10),
        ('frame "<s>" word "." * 6', 'count where key.kind == "mark" and key.token in {"a", "b", "<s>"}', 1),
        ('frame "<s>" word "." * 6', 'count where key.kind == query.kind and key.token != "."', 4),
        ('frame "<s>" word "." * 6', "count where key.position < 2", 2),
        ('frame "<s>" word "." * 6', "count where key.even", 5),
        ('frame "<s>" word "." * 6', "count where key.place == query.place", 8),
        ('frame "<s>" word "." * 6', 'count where key.token == "a" and key.position < 3', 2),
        ('frame "<s>" word "." * 6', 'count where key.token in {"<s>", "a"} and key.position > 1', 2),
        ('frame "<s>" word "." * 6', 'count where key.token == "." and key.even', 3),
        ('frame "<s>" word "." * 6', 'count where key.token == "a" and key.position > 3', 0),
        ('frame "<s>" word "." * 6', 'count where key.token == "a" and query.token == "." at -2..', 2),
        ('frame "<s>" word "." * 6', 'count where key.token in {"a", "b"} and query.token == "a"', 3),
        ('frame "<s>" word "." * 6', 'count where key.token == "b" and query.token == "a"', 2),
        ("", "count where key.token != query.token", 2),
        ('frame "<s>" word "." * 6', "count where key.m == 0", 10),
        ('frame "<s>" word "." * 6', 'count where key.m == 0 and key.token == "<s>"', 1),
    ],
)
def test_the_frame_and_the_condition_bound_a_count(frame: str, head: str, most: int) -> None:
    assert head_of(f"{BEFORE}{frame}\nhead n = {head}\n{AFTER}").most == most


def test_the_means_of_few_positions_are_few() -> None:
    """Three letters at the most, of numbers 0 and 1: no fourths."""
    head = head_of(
        f'{BEFORE}frame "<s>" word "." * 6\n'
        f'head share = mean (1 if token == "a" else 0) where key.token in {{"a", "b", "c"}} else 0\n{AFTER}'
    )
    assert [str(value) for value in head.domain] == ["0", "1/3", "1/2", "2/3", "1"]


@pytest.mark.parametrize("longest", [10, 100, 1000, 9000])
def test_many_positions_are_bounded_jointly(longest: int) -> None:
    text = BEFORE.replace(f"up to {LONGEST}", f"up to {longest}")
    head = head_of(
        f'{text}frame "<s>" word "." * 6\nhead n = count where key.token == "a" and key.position < 6\n{AFTER}'
    )
    assert head.most == 5


def test_a_count_and_a_mean_of_nothing_have_weights() -> None:
    program = compiled(
        'program nothing\ninput word: {"a", "b"} up to 3\nframe word "." * 2\nvar out: 0..9 = 0\n'
        'head n = count where key.token == "a" and key.position > 2\n'
        'head share = mean (1 if token == "a" else 0) where key.token == "a" and key.position > 2 else 7\n'
        "step:\n    out := n + share\nlayers 1\noutput out\n"
    )
    assert [program.program.head(name).most for name in ("n", "share")] == [0, 0]
    assert outputs(program, "", "a b", "a a a") == ["7 7", "7 7 7 7", "7 7 7 7 7"]


UNBOUNDED = """program unbounded
input word: {"a", "b"}
frame "<s>" "<s>" word "."
var out: 0..9 = 0
head n = count where CONDITION
step:
    out := n
layers 1
output out at last
"""


def test_frame_tokens_can_be_counted_in_inputs_of_any_length() -> None:
    program = compiled(UNBOUNDED.replace("CONDITION", 'key.token == "<s>" or key.token == "." and query.token == "a"'))
    assert program.program.heads[0].most == 3
    assert outputs(program, "", "a b a a b b a a b") == ["2", "2"]


@pytest.mark.parametrize("condition", ['key.token != "a"', "key.token == query.token", "key.out == 1"])
def test_letters_of_inputs_of_any_length_are_unbounded(condition: str) -> None:
    with pytest.raises(AltacError) as caught:
        head_of(UNBOUNDED.replace("CONDITION", condition))
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["E0410"]


def test_counts_of_a_frame_agree_in_weights() -> None:
    program = compiled(
        'program letters\ninput word: {"a", "b"} up to 6\nframe "<s>" word "." * 6\n'
        'var out: 0..6 = 0\nhead n = count where key.token in {"a", "b"}\n'
        'head r = count where key.token == "." at 1..\n'
        "step:\n    out := max(n, r)\nlayers 1\noutput out\n"
    )
    assert outputs(program, "", "a b", "a b a b a b") == [
        "6 5 4 3 2 1 0", "6 6 6 5 4 3 2 2 2", "6 6 6 6 6 6 6 6 6 6 6 6 6",
    ]  # fmt: skip


def test_a_refusal_names_a_length_also_where_the_frame_bounds_a_count() -> None:
    program = compiled(
        'program shares\ninput bits: {"0", "1"} up to 3000\nframe bits "." * 6\n'
        "var share: {n / 100 for n in 0..100} = 0\nvar dots: 0..6 = 0\n"
        'head ones: {n / 100 for n in 0..100} = mean (1 if token == "1" else 0) else 0\n'
        'head ends = count where key.token == "."\n'
        "step:\n    share := ones\n    dots := ends\nlayers 1\noutput share at first where dots > 0\n"
    )
    with pytest.raises(AltacError) as caught:
        _ = program.blocks
    (error,) = caught.value.diagnostics
    assert error.code == "E0507"
    assert "bound the input by `up to" in error.help_text
