"""Values: booleans are not numbers, domains have one order, and encodings come back."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from altac.check.elaborate import Elaborator
from altac.check.places import Place
from altac.check.scope import Scope
from altac.diagnostics import Source
from altac.diagnostics.kind_errors import Wanted
from altac.ir.encode import decode_domain, decode_value, encode_value
from altac.ir.offsets import Offsets
from altac.ir.operations import (
    BadOperand,
    Collision,
    ItemMissing,
    KeyMissing,
    Problem,
    RangeBackwards,
    RangeOfKinds,
    RangeOfWords,
    RangeTooLong,
    TooManyDigits,
    ZeroDivisor,
    operate,
)
from altac.ir.values import Domain, Table, same, source_text, value_text
from altac.syntax import parse_source
from altac.syntax.tree import Const
from tests.support import nonempty

scalars = st.one_of(
    st.booleans(),
    st.integers(-5, 20),
    st.fractions(-3, 3, max_denominator=7).map(lambda f: f.numerator if f.denominator == 1 else f),
    st.text(max_size=4),
    st.none(),
)
values = scalars | st.frozensets(st.text(max_size=3), max_size=3)


@given(values)
def test_encoding_comes_back(value) -> None:
    assert same(decode_value(encode_value(value)), value)


@given(st.lists(values, min_size=1))
def test_a_domain_is_a_set_in_one_order(items) -> None:
    domain = Domain.of(items)
    assert domain == Domain.of(reversed(items))
    assert all(item in domain for item in nonempty(items))
    assert [domain.index(value) for value in domain] == list(range(len(domain)))
    assert decode_domain([encode_value(value) for value in domain]) == domain


@pytest.mark.parametrize(
    ("value", "source", "text"),
    [
        ((1, ("a", None)), '[1, ["a", none]]', '[1,["a",none]]'),
        (frozenset({2, 3, 4, "b"}), '2..4 | {"b"}', '2..4|{"b"}'),
        (frozenset("abcx"), '"a".."c" | {"x"}', '"a".."c"|{"x"}'),
        (frozenset("ab"), '{"a", "b"}', '{"a","b"}'),
        (frozenset({"a", "b", "cc", "d"}), '{"a", "b", "cc", "d"}', '{"a","b","cc","d"}'),
        (Table([("a", 1), (True, None)]), '{"a": 1, true: none}', '{"a": 1, true: none}'),
        (Fraction(-1, 2), "-1/2", "-1/2"),
        ('say "no"', '"say \\"no\\""', 'say "no"'),
    ],
)
def test_values_as_source_and_as_text(value, source: str, text: str) -> None:
    assert source_text(value) == source
    assert value_text(value) == text


@given(st.sets(st.sampled_from("abcdefxyz019 +é") | st.integers(0, 12) | st.sampled_from(["aa", "b0"]), min_size=1))
def test_a_set_is_written_as_a_program_can_read_it(items: set[object]) -> None:
    text = source_text(frozenset(items))
    expr = parse_source(Source("set.alta", f"const found = {text}")).declarations[0]
    assert isinstance(expr, Const)
    assert Elaborator(Scope(), Place.CONSTANT).constant(expr.value) == frozenset(items)


def test_a_range_of_symbols_has_all_characters_between() -> None:
    assert operate("..", ("a", "e")) == frozenset("abcde")
    assert operate("..", ("Z", "a")) == frozenset("Z[\\]^_`a")
    assert operate("..", ("é", "é")) == frozenset("é")
    assert operate("..", ("\ud7ff", "\ue000")) == {"\ud7ff", "\ue000"}  # what is between is half a character


@pytest.mark.parametrize(
    ("ends", "kind"),
    [
        (("b", "a"), RangeBackwards),
        (("", "a"), RangeOfWords),
        (("a", "bc"), RangeOfWords),
        (("e\u0301", "z"), RangeOfWords),
        (("a", 1), RangeOfKinds),
        ((1, "a"), RangeOfKinds),
        ((True, "a"), BadOperand),
    ],
)
def test_wrong_ends_of_a_range(ends: tuple[object, object], kind: type[Problem]) -> None:
    assert type(operate("..", ends)) is kind  # type: ignore[arg-type]


def test_equal_domains_are_one_key() -> None:
    assert len({Domain.of((1, 2)), Domain.of((2, 1)), Domain.of((True, 2))}) == 2


def test_true_is_not_one() -> None:
    domain = Domain.of((True, 1, False, 0))
    assert len(domain) == 4
    assert not same(True, 1)
    assert operate("==", (True, 1)) is False
    assert operate("in", (True, frozenset({1}))) is False


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0..9", range(10)),
        ('0..9 | {"+"}', [*range(10), "+"]),
        ("bool", (True, False)),
        ('{"a", "b"}', "ab"),
        ("bool?", (True, False, None)),
        ("(0..3 | {9})?", [0, 1, 2, 3, 9, None]),
        ("{1/3, 1/2}", [Fraction(1, 2), Fraction(1, 3)]),
    ],
)
def test_domains_print_as_they_are_written(text: str, values) -> None:
    assert str(Domain.of(values)) == text


@pytest.mark.parametrize(
    ("op", "arguments", "result"),
    [
        ("//", (-7, 2), -4),
        ("%", (-7, 2), 1),
        ("/", (3, 2), Fraction(3, 2)),
        ("/", (4, 2), 2),
        ("^", (5, 3), 6),
        ("^", (True, True), False),
        ("|", (frozenset("ab"), frozenset("c")), frozenset("abc")),
        ("<", ("a", "b"), True),
        ("min", (2, Fraction(1, 2)), Fraction(1, 2)),
        ("index", ((7, 8), 1), 8),
        ("negative", (3,), -3),
        ("..", (1, 3), frozenset({1, 2, 3})),
    ],
)
def test_operators(op: str, arguments, result) -> None:
    assert same(operate(op, arguments), result)


@pytest.mark.parametrize(
    ("op", "arguments", "problem"),
    [
        ("+", (1, None), BadOperand("+", Wanted.NUMBERS, "none", "none", 1)),
        ("+", (True, 1), BadOperand("+", Wanted.NUMBERS, "boolean", "true", 0)),
        ("//", (1, 0), ZeroDivisor("//")),
        ("%", (1, 0), ZeroDivisor("%")),
        ("*", (10**20, 10**20), TooManyDigits("*")),
        ("index", ((1,), 1), ItemMissing(1, 1)),
        ("index", ((1,), -1), ItemMissing(1, -1)),
        ("index", (Table([("a", 1)]), "b"), KeyMissing('"b"')),
        ("index", ("a", -1), BadOperand("index", Wanted.INDEXED, "symbol", '"a"', 0)),
        ("<", (1, "a"), BadOperand("<", Wanted.NUMBERS_OR_SYMBOLS, "symbol", '"a"', 1)),
        ("<", (True, 1), BadOperand("<", Wanted.NUMBERS_OR_SYMBOLS, "boolean", "true", 0)),
        ("not", (1,), BadOperand("not", Wanted.BOOLEAN, "number", "1", 0)),
        ("in", (1, 2), BadOperand("in", Wanted.RIGHT_COLLECTION, "number", "2", 1)),
        ("^", (True, 1), BadOperand("^", Wanted.NUMBERS_OR_BOOLEANS, "boolean", "true", 0)),
        ("|", (frozenset((1,)), frozenset((True,))), Collision()),
        ("|", (frozenset((1,)), 1), BadOperand("|", Wanted.SETS, "number", "1", 1)),
        ("..", (0, 10**6), RangeTooLong("0", "1000000")),
    ],
)
def test_operators_without_a_value(op: str, arguments, problem: Problem) -> None:
    assert operate(op, arguments) == problem


@given(
    st.lists(st.tuples(st.none() | st.integers(-4, 4), st.none() | st.integers(-4, 4)), min_size=1, max_size=2),
    st.integers(1, 7),
)
def test_the_most_that_offsets_select(intervals, positions: int) -> None:
    offsets = Offsets(tuple(intervals))
    counts = [sum(key - query in offsets for key in range(positions)) for query in range(positions)]
    assert offsets.most(positions) == max(counts)


@given(scalars)
def test_values_are_written_as_source(value) -> None:
    from altac.check.elaborate import Elaborator, Place
    from altac.check.scope import Scope
    from altac.diagnostics import Source
    from altac.syntax import parse_source

    assume(not isinstance(value, str) or value.isprintable())
    file = parse_source(Source("x", f"const x = {source_text(value)}\n"))
    assert same(Elaborator(Scope(), Place.CONSTANT).constant(file.declarations[0].value), value)
