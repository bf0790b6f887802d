"""What the compiler knows of numbers without a finite domain, against what they are."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altac.backend.extents import Extents, extents_of
from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.protocol import trace_text
from altac.ir.nearest import digits_known, near, simplest
from altac.ir.numbers import NUMBERS, is_open
from altac.ir.stream import Part
from altac.ir.values import value_text
from tests.fuzz.generator import random_program
from tests.support import compiled, nonempty, program, small

fractions = st.fractions(min_value=-5, max_value=5, max_denominator=60)


@given(fractions, fractions)
def test_no_simpler_fraction_lies_between(one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))
    found = simplest(low, high)
    assert low <= found <= high
    smaller = range(1, found.denominator)
    assert not any(-(-low.numerator * n // low.denominator) <= high * n for n in smaller)


@given(st.fractions(min_value=-50, max_value=50, max_denominator=100), st.floats(-1, 1))
def test_a_fraction_is_found_within_the_error_that_tells_it_apart(one: Fraction, part: float) -> None:
    error = 0.49 / one.denominator**2
    assert digits_known(error, one.denominator) is None
    assert near(float(one) + part * error * 0.999, error, None) == one


@given(st.floats(1e-12, 10), fractions)
def test_digits_are_right(error: float, one: Fraction) -> None:
    digits = digits_known(error, 10**9)
    assert digits is not None
    for off in (-error, 0.0, error):
        found = near(float(one) + off, error, digits)
        assert found is not None
        assert abs(found - one) <= Fraction(10) ** -digits


def test_infinity_and_what_is_no_number_stand_for_nothing() -> None:
    assert [near(one, 0.1, None) for one in (float("inf"), float("nan"))] == [None, None]


def random_numbers() -> Iterator[tuple[Compiled, list[str]]]:
    """Random programs with numbers, and inputs."""
    for seed in range(400):
        text = random_program(seed)
        if ": number" not in text:
            continue
        try:
            one = compiled(text)
            one.stats()
        except AltacError:
            continue
        interface, dice = one.program.interface, Random(seed)
        symbols = [value_text(value) for value in interface.alphabet]
        longest = interface.longest if interface.longest is not None else 5
        yield one, [" ".join(dice.choices(symbols, k=dice.randint(0, longest))) for _ in range(4)]


def test_numbers_lie_where_the_compiler_says_and_weights_are_as_near() -> None:
    """Interval, denominator and error of every number of random programs, at every time."""
    compared = 0
    for one, texts in nonempty(random_numbers()):
        extents = extents_of(one.program)
        for text in texts:
            compared += check(one, extents, text)
    assert compared > 2_000


def check(one: Compiled, extents: Extents, text: str) -> int:
    trace = trace_text(one.interpreter, text)
    compared = 0
    for name, values in (*trace.variables.items(), *trace.heads.items()):
        if not is_open(trace.domains[name]):
            continue
        extent = extents.numbers[name]
        for index in values[values >= 0].flatten().tolist():
            number = Fraction(NUMBERS.values[index])  # type: ignore[arg-type]
            assert extent.low <= number <= extent.high, (name, number)
            assert number.denominator <= extent.denominator or extent.scale >= 10**40, (name, number)
            compared += 1
    parts: dict[str, Part] = {part.owner: part for part in one.model.metadata.stream.parts if part.is_open}
    exact = one.interpreter.layers([one.program.interface.tokens(text)])
    found = one.model.layers_and_residual([one.program.interface.tokens(text)])
    for wanted, (layer, residual) in nonempty(zip(exact, found, strict=True)):
        for name, part in parts.items():
            here = {**wanted.variables, **wanted.kept}.get(name)
            if here is None or not part.stands_after(layer.place):
                continue
            for place, index in enumerate(here[0].tolist() if len(here) else []):
                if index >= 0:
                    off = abs(float(residual[0, place, part.start]) - float(NUMBERS.values[index]))  # type: ignore[arg-type]
                    assert off <= part.error + 1e-12, (name, off, part.error)
                    compared += 1
    return compared


@pytest.mark.parametrize(
    ("bound", "is_strict"), [(Fraction(1, 2), True), (Fraction(1, 3), False), (Fraction(2, 7), True)]
)
def test_no_number_is_nearer_to_a_bound_than_the_gap(bound: Fraction, is_strict: bool) -> None:
    one = small("layer a:\n    head out: number = mean token at ..0\n", domain="0..1", longest="up to 6")
    extent = extents_of(one.program).numbers["out"]
    means = {Fraction(sum(some), len(some)) for n in range(1, 7) for some in product((0, 1), repeat=n)}
    nearest = min(abs(mean - bound) for mean in means if mean != bound)
    assert extent.gap(bound) <= nearest


def test_a_number_that_grows_for_nobody_knows_how_long_is_refused() -> None:
    body = "var out: number = 0\nvar n: 0..3 = 0\nlayer add:\n    head a: number = mean token\n    out := out + {}\n"
    body += "    n := min(n + 1, 3)\nrun add until n == 3\n"
    for added in ("a", "1"):
        with pytest.raises(AltacError, match="E0524"):
            small(body.format(added)).stats()
    settled = body.replace("out := out + {}", "out := 2 * a")
    assert small(settled).stats()["certificate"]


def test_a_comparison_that_an_error_could_turn_is_refused_with_a_length_that_can_be_certified() -> None:
    text = (
        "program test\ninput word: 0..9 up to {}\nlayer look:\n    head a: number = mean token at ..0\n"
        "    head b: number = mean (1 if token == 3 else 0) at ..0\n    var out = a / 9 > b\noutput out\n"
    )
    with pytest.raises(AltacError, match="E0507") as refused:
        compiled(text.format(2000)).stats()
    (told,) = refused.value.diagnostics
    longest = int(str(told.help_text).split("`up to ")[1].split("`")[0])
    assert compiled(text.format(longest)).stats()["max_length"] == longest
    with pytest.raises(AltacError, match="E0507"):
        compiled(text.format(longest + 1)).stats()


def test_sizes_of_what_tracr_compiles_too() -> None:
    """5,300 parameters there; numbers need neither a hidden unit nor a dimension for each value."""
    for name in ("fraction_before", "pair_balance"):
        assert program(name).stats()["parameters"] < 200
        assert program(name).stats()["hidden_units"] == 0


def test_numbers_of_whole_sixteenths_are_exact() -> None:
    one = small("var out: number = token / 16\nlayer a:\n    out := out + 1/8\n")
    assert extents_of(one.program).numbers["out"].error == 0


@pytest.mark.parametrize(
    ("start", "statement", "rounds"),
    [
        ("1000000000000000", "out := out + token", 1),
        ("100000001", "out := out + token / 10", 1),
        ("1", "out := 2 * out + token", 60),
        ("1", "out := 3 * out + a", 1500),  # a float does not hold it
    ],
)
def test_a_number_that_is_not_known_to_one_decimal_is_refused(start: str, statement: str, rounds: int) -> None:
    """It would be written like an exact whole number."""
    body = f"var out: number = {start}\nlayer add:\n    head a: number = mean token\n    {statement}\nrun add * {{}}\n"
    with pytest.raises(AltacError, match="E0507") as refused:
        small(body.format(rounds)).stats()
    (told,) = refused.value.diagnostics
    assert told.span is not None
    assert told.span.text == f"var out: number = {start}"


def test_the_comparison_is_shown_that_an_error_could_turn() -> None:
    text = (
        "program test\ninput word: 0..9 up to 4\nlayer look:\n    head a: number = mean token at ..0\n"
        "layer add:\n    head b: number = mean a at ..0\n    var next = 3 if b > 1/3 else 5\ncausal\n"
        "output next at last\ngenerate up to {}\n"
    )
    assert compiled(text.format(2)).stats()["certificate"]
    with pytest.raises(AltacError, match="E0507") as refused:
        compiled(text.format(40)).stats()
    (told,) = refused.value.diagnostics
    assert told.span is not None
    assert told.span.text == "b > 1/3"
    assert told.message.endswith("with 40 symbols written")
    assert "generate ... up to N" in told.help_text


def test_a_loop_that_repeats_more_often_than_is_followed_is_told_so() -> None:
    body = "var out: number = token\nlayer add:\n    out := out / 3 + 1\nrun add * 20000\n"
    with pytest.raises(AltacError, match="repeats 20,000 times"):
        small(body).stats()
