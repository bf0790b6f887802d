"""Properties of inputs mean what the same text means in Python, on any input that has a value."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altac.data.properties import output_value, parse_property
from altac.diagnostics import AltacError
from tests.support import program, small

BITS = program("parity").program.interface
NUMBERS = small("var out: -1..3 = 0\nstep:\n    out := token", domain="-1..3").program.interface


@pytest.mark.parametrize(
    ("text", "word", "value"),
    [
        ("length", "1011", 4),
        ('count("1")', "1011", 3),
        ('count("0", "1")', "1011", 4),
        ('count("1") % 2', "111", 1),
        ("length // 4 * 10", "10110", 10),
        ("first", "10", "1"),
        ("last", "10", "0"),
        ("first", "", None),
        ("first == none", "", True),
        ("last == none", "", True),
        ('first == last and length > 1 or not count("1") < 2', "101", True),
        ('first == last and length > 1 or not count("1") < 2', "100", False),
        ("1 < length <= 3", "111", True),
        ("1 < length <= 3", "1111", False),
        ('first != "1"', "01", True),
        ("-length", "01", -2),
        ("length == 2 == true", "01", False),
        (" length ", "0", 1),
    ],
)
def test_values(text: str, word: str, value: object) -> None:
    found = parse_property(text, BITS)
    assert found.text == text
    assert found(BITS.parse(word)) == value
    assert type(found(BITS.parse(word))) is type(value)


def test_symbols_that_are_numbers_are_numbers() -> None:
    assert parse_property("first + last", NUMBERS)(NUMBERS.parse("3 0 2")) == 5
    assert parse_property("count(-1, 3)", NUMBERS)(NUMBERS.parse("-1 3 0 -1")) == 3
    assert parse_property('count("3")', NUMBERS)(NUMBERS.parse("3 0 3")) == 2
    assert parse_property("first", NUMBERS)(NUMBERS.parse("3 0")) == 3


@pytest.mark.parametrize(
    ("text", "output", "value"),
    [
        ("output", 1, 1),
        ("output + length", 1, 4),
        ("output == none", None, True),
        ("output == 0 or length > 5", 0, True),
    ],
)
def test_the_answer_is_a_property(text: str, output: object, value: object) -> None:
    found = parse_property(text, BITS)
    assert found.reads_output
    assert found(BITS.parse("101"), output) == value  # type: ignore[arg-type]
    assert not parse_property("length", BITS).reads_output


def test_the_value_of_an_answer() -> None:
    everywhere = NUMBERS
    assert [output_value(BITS, values) for values in ((), (1,), (1, 0))] == [None, 1, (1, 0)]
    assert [output_value(everywhere, values) for values in ((), (1,), (1, 0))] == [(), (1,), (1, 0)]


def test_the_symbol_none_is_not_none() -> None:
    words = small("var out: 0..1 = 0\nstep:\n    out := 1", domain='{"none", "0", "true", 1}').program.interface
    first = parse_property("first", words)
    assert [first(words.parse(text)) for text in ("", "none", "true", "1")] == [None, "none", "true", 1]
    assert parse_property("first == none", words)(words.parse("none")) is False


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_numbers_agree_with_python(data: st.DataObject) -> None:
    leaves = st.sampled_from(["length", 'count("1")', "2", "7"])
    texts = st.recursive(
        leaves,
        lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner).map(
            lambda t: f"({' '.join(t)})"
        ),
        max_leaves=8,
    )
    text = f"{data.draw(texts)} < {data.draw(texts)}"
    word = data.draw(st.text("01", max_size=9))
    try:
        expected = eval(text, {"length": len(word), "count": word.count})
    except ZeroDivisionError:
        with pytest.raises(AltacError, match="divides by zero"):
            parse_property(text, BITS)(BITS.parse(word))
        return
    assert parse_property(text, BITS)(BITS.parse(word)) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Python cannot parse it"),
        ("length +", "Python cannot parse it"),
        ("size", "there is nothing called `size`"),
        ("True", "`True` is written `true`"),
        ('count("2")', '`"2"` is not one of the symbols "0" "1"'.replace('"2"', "'2'")),
        ("count(length + 1)", "not one of the symbols"),
        ("count()", "`count()` is not understood"),
        ("len(first)", "`len(first)` is not understood"),
        ("2 ** 9", "`2 ** 9` is not understood"),
        ("first in last", "is not understood"),
        ("__import__('os').getcwd()", "is not understood"),
        ("first.text", "is not understood"),
        ("1.5", "`1.5` is not understood"),
        ("(" * 500 + "1" + ")" * 500, "parse"),
        ("\0", "parse"),
    ],
)
def test_what_is_no_property_is_refused(text: str, reason: str) -> None:
    with pytest.raises(AltacError) as caught:
        parse_property(text, BITS)
    (found,) = caught.value.diagnostics
    assert found.code == "E0609"
    assert reason in found.message
    assert "`length`" in found.help_text


@pytest.mark.parametrize(
    ("text", "word", "reason"),
    [
        ("1 // length", "", '`//` divides by zero, for the input ""'),
        ("first + 1", "1 0", '`+` needs numbers, not "1", for the input "1 0"'),
        ("last < 2", "", "`<` needs numbers, not none"),
        ("not length", "1", "`not` needs conditions, not 1"),
        ("length or true", "1", "`or` needs conditions, not 1"),
        ("-(length > 0)", "1", "`-` needs numbers, not true"),
    ],
)
def test_an_input_without_a_value_is_named(text: str, word: str, reason: str) -> None:
    found = parse_property(text, BITS)
    with pytest.raises(AltacError, match="E0609") as caught:
        found(BITS.parse(word))
    assert reason in caught.value.diagnostics[0].message


def test_conditions_stop_early() -> None:
    found = parse_property("length > 0 and 6 // length > 2", BITS)
    assert [found(BITS.parse(word)) for word in ("", "1", "111")] == [False, True, False]
