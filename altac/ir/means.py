"""What a mean can be: the averages of some numbers, repeats allowed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from altac.ir.values import number

MOST_MEANS = 1000  # values that a mean may take without a declared domain


def attainable_means(numbers: Sequence[int | Fraction], most: int) -> list[int | Fraction] | None:
    """Every average of at most `most` of the numbers, repeats allowed; None if there are more than MOST_MEANS."""
    scale = lcm(*(Fraction(one).denominator for one in numbers))
    whole = sorted({int(one * scale) for one in numbers})
    if len(whole) == 1:
        return [numbers[0]]
    if len(whole) > MOST_MEANS:
        return None
    sums = {0}
    means: set[Fraction] = set()
    for count in range(1, most + 1):
        if len(sums) + len(whole) > MOST_MEANS + 1:
            return None  # there are at least as many new sums
        sums = {one + another for one in sums for another in whole}
        if len(sums) > MOST_MEANS:
            return None  # sums of one count differ, and so do their means
        means |= {Fraction(one, count * scale) for one in sums}
        if len(means) > MOST_MEANS:
            return None
    return [number(one) for one in means]
