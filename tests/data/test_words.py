"""The numbering of inputs by length and property, against a list of all inputs."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altac.data.properties import parse_property
from altac.data.words import arrangements, cells, compositions
from altac.diagnostics import AltacError
from altac.ir.values import value_key
from tests.support import nonempty, program, small

BITS = program("parity").program.interface
LETTERS = small("var out: 0..9 = 0\nstep:\n    out := 1", domain='{"a", "b", "c"} | 1..2').program.interface


@pytest.mark.parametrize(
    "text",
    [
        "length",
        'count("a")',
        'count("a") - count("b", "c")',
        'count("a", "b") * 10 + count("b", "c")',
        "first",
        "last",
        "first == last",
        'first == 1 and count("a") > 1',
        "first == none or last != 2 and count(2) == 1",
    ],
)
@pytest.mark.parametrize("length", [0, 1, 2, 4])
def test_cells_are_all_inputs_by_their_value(text: str, length: int) -> None:
    found = parse_property(text, LETTERS)
    expected: dict[object, set[tuple[object, ...]]] = {}
    for word in product(LETTERS.alphabet, repeat=length):
        expected.setdefault(value_key(found(word)), set()).add(word)
    listed = cells(LETTERS, found, length)
    assert [cell.length for cell in listed] == [length] * len(expected)
    for cell in nonempty(listed):
        words = [cell.word(number) for number in range(cell.size)]
        assert len(set(words)) == len(words)
        assert set(words) == expected.pop(value_key(cell.value))
    assert not expected


def test_inputs_too_many_to_list_are_counted() -> None:
    found = parse_property('count("1")', BITS)
    by_value = {cell.value: cell for cell in cells(BITS, found, 60)}
    assert by_value[0].size == by_value[60].size == 1
    assert by_value[0].word(0) == ("0",) * 60
    assert by_value[2].size == 60 * 59 // 2
    assert sum(cell.size for cell in by_value.values()) == 2**60
    last = by_value[30].word(by_value[30].size - 1)
    assert (len(last), last.count("1")) == (60, 30)


def test_a_property_that_tells_too_much_apart_is_refused() -> None:
    many = small("var out: 0..9 = 0\nstep:\n    out := 1", domain="0..9", longest="").program.interface
    text = " + ".join(f"{10**place} * count({place})" for place in range(9))
    with pytest.raises(AltacError, match="kinds of inputs of length 40") as caught:
        cells(many, parse_property(text, many), 40)
    assert caught.value.diagnostics[0].code == "E0609"


@given(st.integers(0, 7), st.integers(1, 4))
def test_compositions(total: int, parts: int) -> None:
    expected = [one for one in product(range(total + 1), repeat=parts) if sum(one) == total]
    assert list(compositions(total, parts)) == expected


@given(st.lists(st.integers(0, 3), min_size=1, max_size=3))
def test_arrangements(counts: list[int]) -> None:
    orders = set(product(range(len(counts)), repeat=sum(counts)))
    assert arrangements(counts) == sum([one.count(k) for k in range(len(counts))] == counts for one in orders)
