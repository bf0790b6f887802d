"""Counts and means at the greatest length for which weights are certified: every border is met, none is off by one."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from tests.support import nonempty, small

COUNT = "var out: 0..{n} = 0\nhead h = count where key.token == 1 at ..0\nstep:\n    out := h"
SUM = "var out: 0..{n} = 0\nhead h = sum (1 if token == 1 else 0) at ..0\nstep:\n    out := h"
MEAN = (
    "const STEPS = {{n / 16 for n in 0..16}}\nvar out: STEPS = 0\n"
    "head h: STEPS = mean (1 if token == 1 else 0) at ..0\nstep:\n    out := h"
)


def certified(body: str, asked: int) -> tuple[int, Compiled]:
    """The greatest length that the refusal of a greater one names, and the program for it."""
    with pytest.raises(AltacError) as caught:
        small(body.format(n=asked), domain="0..1", longest=f"up to {asked}").blocks  # noqa: B018
    assert [one.code for one in caught.value.diagnostics] == ["E0507"]
    found = re.search(r"`up to (\d+)`", str(caught.value))
    assert found is not None
    longest = int(found[1])
    with pytest.raises(AltacError):
        small(body.format(n=longest + 1), domain="0..1", longest=f"up to {longest + 1}").blocks  # noqa: B018
    return longest, small(body.format(n=longest), domain="0..1", longest=f"up to {longest}")


def texts(longest: int) -> list[str]:
    """Of full length: all counts and, in one of them, all averages that lie near a sixteenth."""
    words = [[1] * longest, [0] * longest, [n % 2 for n in range(longest)], [int(n % 16 < 3) for n in range(longest)]]
    return [" ".join(map(str, word)) for word in words]


def test_one_value_of_as_many_positions_as_can_be_told_apart() -> None:
    """Without a greatest length: thousands that agree are one value, and one among them that differs is an error."""
    one = small("var out: 0..2 = 0\nhead h = token\nstep:\n    out := h", domain="0..1", longest="")
    longest = one.model.interface.longest
    assert longest is not None
    assert longest > 1000
    agree, differ = ["1"] * longest, ["1"] * (longest - 1) + ["0"]
    for engine in (one.interpreter, one.model):
        fine, wrong = run_texts(engine, [" ".join(agree), " ".join(differ)])
        assert fine.output == (1,) * longest
        assert wrong.error is not None
        assert wrong.error.code == "E0603"


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        pytest.param(COUNT, 2400, id="count", marks=pytest.mark.slow),
        pytest.param(SUM, 2400, id="sum", marks=pytest.mark.slow),
        pytest.param(MEAN, 3200, id="mean"),
    ],
)
def test_at_the_greatest_length(body: str, asked: int) -> None:
    longest, one = certified(body, asked)
    assert longest > 100
    for text, result in zip(nonempty(texts(longest)), run_texts(one.interpreter, texts(longest)), strict=True):
        seen, expected = 0, []
        for number, symbol in enumerate(text.split(), 1):
            seen += int(symbol)
            average = Fraction(16 * seen, number)
            expected.append(seen if body in (COUNT, SUM) else Fraction(int(average + Fraction(1, 2)), 16))
        assert result.output == tuple(expected)
    assert compare_engines(one.interpreter, one.model, texts(longest)) is None
