"""Borders between averages: against the definition, by enumeration."""

from fractions import Fraction
from math import gcd

from hypothesis import given
from hypothesis import strategies as st

from altac.backend.thresholds import farey_neighbours, neighbours

fractions = st.fractions(-3, 3, max_denominator=40)


@given(fractions, st.integers(1, 25))
def test_the_neighbours_of_a_number_among_fractions(number: Fraction, most: int) -> None:
    known = {Fraction(p, q) for q in range(1, most + 1) for p in range(-4 * q, 4 * q + 1)}
    expected = max(one for one in known if one < number), min(one for one in known if one >= number)
    assert farey_neighbours(number, most) == expected


@given(st.lists(st.integers(-6, 6), min_size=2, max_size=4, unique=True), st.integers(1, 12), fractions)
def test_the_averages_beside_a_number(whole: list[int], most: int, half: Fraction) -> None:
    numbers = [Fraction(one, 3) for one in whole]
    low, unit = min(whole), gcd(*(one - min(whole) for one in whole))
    sums = {n: range(n * low, n * max(whole) + 1, unit) for n in range(1, most + 1)}
    averages = {Fraction(total, 3 * n) for n, totals in sums.items() for total in totals}
    below, above = neighbours(numbers, most, half)
    smaller, greater = [one for one in averages if one < half], [one for one in averages if one >= half]
    assert below == max(smaller) if smaller else below < min(numbers)
    assert above == min(greater) if greater else above > max(numbers)
