"""Borders between what numbers can be, against all averages one by one."""

from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altac.backend.thresholds import head_buckets, neighbours
from altac.diagnostics import AltacError
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from tests.support import nonempty, outputs, small


@given(
    st.lists(st.integers(-4, 6) | st.fractions(-2, 2, max_denominator=3), min_size=1, max_size=3, unique=True),
    st.integers(1, 4),
    st.fractions(-6, 8, max_denominator=4),
)
def test_neighbours_of_a_half_way(numbers, most: int, half: Fraction) -> None:
    averages = [
        Fraction(sum(chosen)) / n for n in range(1, most + 1) for chosen in combinations_with_replacement(numbers, n)
    ]
    below, above = neighbours(numbers, most, half)
    assert below < half <= above
    assert all(average <= below or average >= above for average in nonempty(averages))
    if len(numbers) == 2:  # then every sum on the lattice is attained
        assert below == max([a for a in averages if a < half], default=below)
        assert above == min([a for a in averages if a >= half], default=above)


@pytest.mark.parametrize("domain", ["-5..5", "{-9, 0, 1/2, 1, 40}", "0..1"])
def test_a_domain_wider_than_what_is_averaged(domain: str) -> None:
    one = small(
        f"var out: ({domain})? = none\nhead h: ({domain})? = mean (token % 2) at {{-1, +1}}\nstep:\n    out := h"
    )
    (head,) = one.program.heads
    assert all(border.gap > 0 for border in nonempty(head_buckets(head).borders))
    middle = "1/2" if "1/2" in domain else "1"
    assert outputs(one, "1 0 2 4", "3") == [f"0 {middle} 0 0", "none"]


def test_a_mean_that_selects_nothing() -> None:
    one = small(
        "var out: (-1..1)? = 0\nhead h: (-1..1)? = mean token - 4 where key.token == 3 and query.token != query.token\n"
        "step:\n    out := h"
    )
    assert outputs(one, "3 1") == ["none none"]


def test_what_float32_cannot_separate_is_refused_with_the_length_that_can() -> None:
    body = "var out: 0..3000 = 0\nhead h = count\nstep:\n    out := h"
    with pytest.raises(AltacError, match="E0507") as caught:
        small(body, longest="up to 3000").blocks  # noqa: B018
    possible = int(str(caught.value).split("`up to ")[1].split("`")[0])
    assert 1000 < possible < 3000
    small(body, longest=f"up to {possible}").blocks  # noqa: B018
    with pytest.raises(AltacError, match="E0507"):
        small(body, longest=f"up to {possible + 1}").blocks  # noqa: B018


BOUNDED = {  # programs that float32 is exact for up to some length, and a length that is too great
    "mean": (
        "var out: bool = false\nhead h = mean (100000 if token == 1 else 100001)\nstep:\n    out := h == 100000",
        6,
    ),
    "mean-long": ("var out: 0..2 = 0\nhead h = mean (100000 if token == 1 else 100001)\nstep:\n    out := 1", 40),
    "mean-with-default": (
        "var out: 0..2 = 0\nhead h = mean (1000 if token == 1 else 1001) where key.token != 2 else -1\n"
        "step:\n    out := 1 if h > 1000 else 0",
        40,
    ),
    "mean-of-none": (
        "var out: 0..2 = 0\nhead h = mean (10000 if token == 1 else 10001) at ..-1\n"
        "step:\n    out := 1 if h == none else 0",
        40,
    ),
    "mean-of-positions": (
        "const HALVES = {0, 1/2, 1, 3/2, 2, 1000}\nvar out: HALVES = 0\n"
        "head h: HALVES = mean position where key.token == 1 else 0\nstep:\n    out := h",
        400,
    ),
    "sum-of-counts": (
        "var out: bool = false\nhead n = count where key.token == 1\nhead m = count where key.token == 0\n"
        "step:\n    out := 300000 * n > 299999 * m",
        30,
    ),
    "sum-with-position": (
        "var out: bool = false\nhead n = count where key.token == 1\nstep:\n    out := 300000 * n > 299999 * position",
        30,
    ),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_the_length_that_a_refusal_names_is_the_greatest_that_compiles(name: str) -> None:
    body, asked = BOUNDED[name]
    with pytest.raises(AltacError, match="E0507") as caught:
        small(body, domain="0..2", longest=f"up to {asked}").blocks  # noqa: B018
    possible = int(str(caught.value).split("`up to ")[1].split("`")[0])
    small(body, domain="0..2", longest=f"up to {possible}").blocks  # noqa: B018
    with pytest.raises(AltacError, match="E0507"):
        small(body, domain="0..2", longest=f"up to {possible + 1}").blocks  # noqa: B018


@pytest.mark.parametrize(
    "body",
    [
        "const NEAR = {0, 1/100000000}\nvar out: NEAR = 0\n"
        "head h: NEAR = mean (1/100000000 if token == 1 else 0)\nstep:\n    out := h",
        "var out: bool = false\nhead h = mean (10000000 if token == 1 else 10000001)\nstep:\n    out := h > 10000000",
    ],
)
@pytest.mark.parametrize("asked", [1, 5])
def test_where_no_length_will_do_the_refusal_says_so(body: str, asked: int) -> None:
    with pytest.raises(AltacError, match="E0507") as caught:
        small(body, domain="0..2", longest=f"up to {asked}").blocks  # noqa: B018
    assert "no length will do: use numbers that are smaller, fewer, or farther apart" in str(caught.value)
    assert "up to 0" not in str(caught.value)


def test_counts_and_means_are_exact_at_the_greatest_certified_length() -> None:
    """Every count from 0 to the length, and means that lie as near to a border as they can."""
    length = 640
    body = (
        f"var out: 0..{length} = 0\nhead n = count where key.token == 1 at ..0\n"
        "head half: {0, 1} = mean (1 if token == 1 else 0) at ..0\nvar majority: {0, 1} = 0\n"
        "step:\n    out := n\n    majority := half\nlayers 2"
    )
    one = small(body, domain="0..1", longest=f"up to {length}")
    texts = ["1 " * length, "0 1 " * (length // 2), "1 1 0 " * (length // 3), "0 " * length]
    assert compare_engines(one.interpreter, one.model, texts) is None


def test_weights_accept_only_what_they_are_exact_for() -> None:
    """Without a greatest length `last` needs a slope that is steep at every distance, which float32 bounds."""
    body = "var out: (0..1)? = none\nhead h = last token where key.token == 1\nstep:\n    out := h"
    one = small(body, domain="0..1", longest="")
    assert one.program.interface.longest is None
    longest = one.model.interface.longest
    assert longest is not None
    assert longest > 60_000
    text = "1" + " 0" * 1999
    (result,) = run_texts(one.model, [text])
    assert result.output == (1,) * 2000
    (result,) = run_texts(one.model, ["1" * (longest + 1)])
    assert result.error is not None
    assert result.error.code == "E0602"


def test_a_mean_over_positions_that_are_never_there() -> None:
    one = small("var out: (0..9)? = 0\nhead h: (0..9)? = mean token at 5..6\nstep:\n    out := h", longest="up to 3")
    assert outputs(one, "1 2 3") == ["none none none"]
