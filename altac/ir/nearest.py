"""The simplest fraction near a number: what weights say where they are off by a little."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import floor, inf, isfinite


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the least denominator between two numbers, both included, and nearest to 0 of several.

    By the continued fractions of both, as far as they agree.
    """
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest(-high, -low)
    whole = floor(low)
    if whole == low:
        return Fraction(whole)
    if whole + 1 <= high:
        return Fraction(whole + 1)
    return whole + 1 / simplest(1 / (high - whole), 1 / (low - whole))


@lru_cache(1 << 16)
def near(number: float, error: float) -> Fraction | None:
    """The simplest fraction that is no farther from a number than an error; None for infinity and what is no number.

    A fraction p / q that the number stands for is found if the error is less than 1 / (2 q^2): no other one with so
    small a denominator is near enough.
    """
    if not isfinite(number) or error == inf:
        return None
    exact, off = Fraction(number), Fraction(error)
    return simplest(exact - off, exact + off)
