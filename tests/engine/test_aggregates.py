"""What heads bring from several positions, against plain Python; the weights have to agree on every state."""

from __future__ import annotations

import random

import pytest

from altac.diagnostics import AltacError
from tests.support import compiled, nonempty, outputs

PROGRAM = """program looks
input numbers: -3..3 up to 9
layer look:
    head found = {brings} where key.token != query.token
output found
"""
INPUTS = [[dice.randint(-3, 3) for _ in range(dice.randint(0, 9))] for dice in [random.Random(7)] for _ in range(60)]


def others(numbers: list[int], place: int) -> list[int]:
    """The positions that a position selects."""
    return [there for there, number in enumerate(numbers) if number != numbers[place]]


EXPECTED = {
    "max token": lambda numbers, places, _: max((numbers[there] for there in places), default=None),
    "min (2 * token)": lambda numbers, places, _: min((2 * numbers[there] for there in places), default=None),
    "closest token": lambda numbers, places, here: next(
        (numbers[there] for there in sorted(places, key=lambda there: (abs(there - here), there))), None
    ),
    "closest position": lambda _, places, here: min(places, key=lambda there: (abs(there - here), there), default=None),
    "sum token": lambda numbers, places, _: sum(numbers[there] for there in places),
    "sum (3 if token == 1 else -2)": lambda numbers, places, _: sum(3 if numbers[p] == 1 else -2 for p in places),
}


@pytest.mark.parametrize("brings", EXPECTED)
def test_what_is_brought(brings: str) -> None:
    texts = [" ".join(map(str, numbers)) for numbers in INPUTS]
    found = outputs(compiled(PROGRAM.format(brings=brings)), *texts)
    for numbers, output in zip(nonempty(INPUTS), found, strict=True):
        values = [EXPECTED[brings](numbers, others(numbers, place), place) for place in range(len(numbers))]
        assert output == " ".join("none" if value is None else str(value) for value in values)


def test_symbols_are_compared_by_their_text() -> None:
    one = compiled(
        'program p\ninput word: {"b", "a", "aa"} up to 5\nlayer look:\n    head greatest = max token\noutput greatest\n'
    )
    assert outputs(one, "a aa b", "a aa a", "") == ["b b b", "aa aa aa", ""]


def test_the_own_position_is_the_closest() -> None:
    one = compiled(
        "program p\ninput bits: 0..1 up to 5\n"
        "layer look:\n    head there = closest position where key.token == 1\noutput there\n"
    )
    assert outputs(one, "1 0 0 0 1", "0 1 0 1 0", "0 0") == ["0 0 0 4 4", "1 1 1 3 3", "none none"]


def test_closest_looks_far_without_a_greatest_length() -> None:
    one = compiled(
        "program p\ninput bits: 0..1\n"
        "layer look:\n    head there = closest token where key.token == 1 else 0\noutput there\n"
    )
    assert outputs(one, " ".join(["0"] * 300 + ["1"])) == [" ".join(["1"] * 301)]


def test_a_name_is_an_aggregate_only_before_a_value() -> None:
    """Programs that call something `sum` or `closest` mean what they meant."""
    one = compiled(
        "program p\ninput bits: 0..1 up to 5\nvar sum: 0..5 = token\nvar closest: 0..5 = 0\n"
        "head left = sum at -1 else 0\nhead most = max(sum, 3) at 0\nhead total: 0..25 = sum sum\n"
        "step:\n    sum := left\n    closest := min(max(most, total), 5)\n"
        "layers 1\noutput closest\n"
    )
    assert outputs(one, "1 1 1 1", "0") == ["4 4 4 4", "3"]


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("max (token if token > 0 else none)", "E0408"),
        ("min (token > 0)", "E0408"),
        ('max (token if token > 0 else "a")', "E0408"),
        ("sum (token / 2)", "E0408"),
        ("sum token else 1", "E0412"),
        ("sum (1000 * token)", "E0409"),
    ],
)
def test_what_cannot_be_brought_is_refused(head: str, code: str) -> None:
    with pytest.raises(AltacError) as caught:
        compiled(f"program p\ninput bits: 0..3 up to 9\nlayer look:\n    head found = {head}\noutput found\n")
    assert [one.code for one in caught.value.diagnostics] == [code]
