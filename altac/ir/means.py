"""What a mean can be: the averages of some numbers, repeats allowed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from altac.ir.values import number

MOST_MEANS = 1000  # values that a mean may take without a declared domain


def attainable_means(numbers: Sequence[int | Fraction], most: int) -> list[int | Fraction] | None:
    """Every average of at most `most` of the numbers, repeats allowed; None if there are more than MOST_MEANS."""
    scale = lcm(*(Fraction(value).denominator for value in numbers))
    whole = sorted({int(value * scale) for value in numbers})
    if len(whole) == 1:
        return [numbers[0]]
    if len(whole) > MOST_MEANS:
        return None
    sums = {0}
    means: set[Fraction] = set()
    for count in range(1, most + 1):
        if len(sums) + len(whole) > MOST_MEANS + 1:
            return None  # there are at least as many new sums
        sums = {total + term for total in sums for term in whole}
        if len(sums) > MOST_MEANS:
            return None  # sums of one count differ, and so do their means
        means |= {Fraction(total, count * scale) for total in sums}
        if len(means) > MOST_MEANS:
            return None
    return [number(mean) for mean in means]
