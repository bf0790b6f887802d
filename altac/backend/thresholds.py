"""Numbers to one-hot: what counting and averaging heads bring, and what steps ask of numbers.

A number that can take finitely many values falls into buckets, one for each value of a domain. A unit for each border
between neighbouring buckets says whether the number lies above it; a bucket is the difference of two units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, exp, gcd, lcm, log
from typing import assert_never

from altac.diagnostics import InternalError
from altac.ir.heads import Count, Exists, Extreme, Head, Mean, Pick, Real, Select, Sum
from altac.ir.program import Program
from altac.ir.rules import Feature, RuleSet
from altac.ir.values import Domain, kind_of


@dataclass(frozen=True)
class Border:
    """Between two buckets: no attainable number lies strictly between `below` and `above`."""

    below: Fraction
    above: Fraction

    @property
    def middle(self) -> Fraction:
        return (self.below + self.above) / 2

    @property
    def gap(self) -> Fraction:
        return self.above - self.below


@dataclass(frozen=True)
class Buckets:
    """A number's buckets in ascending order: `values[i]` is the domain index of bucket i, `borders[i]` ends it.

    The number is the real dimension of `name`, or with `terms` the sum of weights of values of variables.
    """

    name: str
    values: tuple[int, ...]
    borders: tuple[Border, ...]
    terms: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @property
    def unit_names(self) -> list[str]:
        return [f"{self.name} > {float(border.middle):.6g}" for border in self.borders]


def head_buckets(head: Head) -> Buckets:
    """The buckets of what a counting or averaging head brings."""
    if head.most is None:
        raise InternalError(f"`{head.name}` has no greatest number of positions")
    match head.brings:
        case Count():
            return count_buckets(head, head.most)
        case Mean():
            return mean_buckets(head, head.brings, head.most)
        case Sum():
            return sum_buckets(head, head.brings, head.most)
        case Select() | Pick() | Extreme() | Real() | Exists():
            raise InternalError(f"`{head.name}` brings no number that becomes a value")
        case _:
            assert_never(head.brings)


def count_buckets(head: Head, most: int) -> Buckets:
    """A count n arrives as 1 / (1 + n)."""
    numbers = [(Fraction(1, 1 + n), head.domain.index(n)) for n in range(most, -1, -1)]
    borders = tuple(Border(low, high) for (low, _), (high, _) in pairwise(numbers))
    return Buckets(head.name, tuple(index for _, index in numbers), borders)


def log_weight(head: Head) -> int:
    """The logarithm of how many positions the sink of an adding head counts as.

    With a weight of w, a sum s of n numbers arrives as s / (w + n). The weight is at least four times as great as n and
    the number of steps from 0 to s together, so that s moves by less than a quarter of a step whatever n is.
    """
    assert isinstance(head.brings, Sum)
    assert head.most is not None
    step = gcd(*head.brings.numbers) or 1
    greatest = max(map(abs, head.brings.numbers)) * head.most // step
    return max(1, ceil(log(4 * (greatest + 1) * (head.most + 1))))


def sum_buckets(head: Head, brings: Sum, most: int) -> Buckets:
    """A sum s of n numbers arrives as s / (w + n), see `log_weight`; of all n up to `most`."""
    weight = Fraction(exp(log_weight(head)))
    step = gcd(*brings.numbers) or 1
    sums = range(min(0, *brings.numbers) * most, max(0, *brings.numbers) * most + 1, step)

    def least(total: int) -> Fraction:
        return total / (weight + (most if total > 0 else 0))

    def greatest(total: int) -> Fraction:
        return total / (weight + (most if total < 0 else 0))

    borders = tuple(Border(greatest(low), least(high)) for low, high in pairwise(sums))
    return Buckets(head.name, tuple(map(head.domain.index, sums)), borders)


def mean_buckets(head: Head, brings: Mean, most: int) -> Buckets:
    """A mean arrives as itself; halfway between two values it belongs to the greater.

    So a border lies between the nearest attainable averages on both sides rather than exactly halfway.
    """
    values = [(Fraction(value), index) for index, value in enumerate(head.domain) if kind_of(value) == "number"]  # type: ignore[arg-type]
    borders: list[Border] = []
    for (low, _), (high, _) in pairwise(values):
        half = (low + high) / 2
        below, above = neighbours(brings.numbers, most, half)
        borders.append(Border(max(low, below), min(high, above)))
    indices = [index for _, index in values]
    if brings.default is not None and brings.default not in indices:
        # `none`, or a default that is not a number: a bucket above all averages
        if indices:
            highest = highest_mean(head.domain, brings)
            borders.append(Border(highest, highest + 1))
        indices.append(brings.default)
    return Buckets(head.name, tuple(indices), tuple(borders))


def sink_number(domain: Domain, brings: Mean) -> Fraction:
    """The number that an averaging head brings where nothing is selected: one that falls into its default's bucket."""
    if brings.default is None:
        return Fraction(0)
    value = domain.values[brings.default]
    if kind_of(value) == "number":
        return Fraction(value)  # type: ignore[arg-type]
    return highest_mean(domain, brings) + 1


def highest_mean(domain: Domain, brings: Mean) -> Fraction:
    """No average and no number of an averaging head's domain is greater."""
    numbers = [value for value in domain if kind_of(value) == "number"]
    return max(Fraction(number) for number in (*numbers, *brings.numbers))  # type: ignore[arg-type]


def neighbours(numbers: Sequence[int | Fraction], most: int, half: Fraction) -> tuple[Fraction, Fraction]:
    """The greatest average below `half` and the least at or above it, over averages of up to `most` numbers.

    Averages are s / n with s on the lattice that the numbers span: a superset of the attainable ones, so the gap is
    never too wide. Where one side has none, it is far away.
    """
    scale = lcm(*(Fraction(number).denominator for number in numbers))
    whole = [int(number * scale) for number in numbers]
    low, high = min(whole), max(whole)
    unit = gcd(*(number - low for number in whole))
    below, above = min(Fraction(low, scale), half) - 1, max(Fraction(high, scale), half) + 1
    if most == 0:
        return below, above
    if unit == 0:
        average = Fraction(low, scale)
        return (average, above) if average < half else (below, average)
    # An average is (low + unit * k / n) / scale, with n at most `most` and k / n between 0 and `steps`.
    place, steps = (half * scale - low) / unit, (high - low) // unit
    left, right = farey_neighbours(place, most)
    if place > 0:
        below = (low + unit * min(left, Fraction(steps))) / scale
    if place <= steps:
        above = (low + unit * max(right, Fraction(0))) / scale
    return below, above


def farey_neighbours(number: Fraction, most: int) -> tuple[Fraction, Fraction]:
    """The greatest fraction below a number and the least at or above it, of denominators up to `most`.

    In a logarithmic number of steps: two fractions that follow each other in a Farey sequence have the determinant 1.
    """
    p, q = number.numerator, number.denominator
    if q <= most:
        inverse = pow(p, -1, q) if q > 1 else 0
        denominator = inverse + (most - inverse) // q * q  # the greatest one at which p * denominator = 1 modulo q
        return Fraction((p * denominator - 1) // q, denominator), number
    p0, q0, p1, q1 = 0, 1, 1, 0  # convergents of the continued fraction
    while True:
        whole = p // q
        if q0 + whole * q1 > most:
            break
        p0, q0, p1, q1 = p1, q1, p0 + whole * p1, q0 + whole * q1
        p, q = q, p - whole * q
    count = (most - q0) // q1
    semiconvergent, convergent = Fraction(p0 + count * p1, q0 + count * q1), Fraction(p1, q1)
    return min(semiconvergent, convergent), max(semiconvergent, convergent)


def feature_buckets(name: str, feature: Feature) -> Buckets:
    """The classes of a whole-numbered sum."""
    borders = tuple(Border(Fraction(cut - 1), Fraction(cut)) for cut in feature.cuts)
    return Buckets(name, tuple(range(len(feature.domain))), borders, feature.terms)


def threshold_layers(
    program: Program, layer: int, rules: RuleSet, tests: Sequence[Buckets] = ()
) -> list[list[Buckets]]:
    """What each MLP of a layer before its rules computes: numbers first, then sums of what is one-hot by then.

    Args:
        tests: what the step asks of numbers.
    """
    first = [*number_buckets(program, layer), *tests]
    second: list[Buckets] = []
    for name, feature in rules.features.items():
        (second if is_late(program, layer, feature) else first).append(feature_buckets(name, feature))
    return [buckets for buckets in (first, second) if buckets]


def is_late(program: Program, layer: int, feature: Feature) -> bool:
    """Whether a feature adds up values that only the first MLP of its layer makes one-hot."""
    numbers = {buckets.name for buckets in number_buckets(program, layer)}
    return any(name in numbers for name, _ in feature.terms)


def number_buckets(program: Program, layer: int) -> list[Buckets]:
    """Counting and averaging heads of a layer that bring values."""
    return [head_buckets(head) for head in program.layers[layer].heads if head.is_numeric]
