"""The simplest fraction near a number: what weights say where they are off by a little, and how that is written.

Exported models bring this file along, so it imports nothing of altac.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor, inf, isfinite, log10


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


NONE_KNOWN = -400  # digits of what may be anything; no float has more in front of its point


@lru_cache(1 << 16)
def near(number: float, error: float, digits: int | None) -> Fraction | None:
    """What a number stands for that is off by no more than an error; None for infinity and what is no number.

    It is the simplest fraction within the error: p / q is found if the error is less than 1 / (2 q^2), since no other
    one with so small a denominator is near enough. Where that is not known, it is the number to so many digits.
    """
    if not isfinite(number) or error == inf:
        return None
    exact, off = Fraction(number), Fraction(error)
    return simplest(exact - off, exact + off) if digits is None else round(exact, digits)


def said(number: int | Fraction, digits: int | None) -> str:
    """An exact number as a fraction, `1/2`; else as a decimal, with so many digits behind the point."""
    if digits is None:
        return str(number)
    return f"{Decimal(number.numerator) / number.denominator:.{max(0, digits)}f}"


def digits_known(error: float, denominator: int) -> int | None:
    """How many digits behind the point an error leaves; None where numbers of such denominators are told apart.

    So a number is less than one unit of the last digit away from what is said.
    """
    if error == inf:
        return NONE_KNOWN
    if 2 * Fraction(error) * denominator**2 < 1:
        return None
    return floor(-log10(2 * error))
