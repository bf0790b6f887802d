"""The lemmas of docs/exactness.md about hidden units, by their names: when rounding cannot change what a unit says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import exp, floor

from altac.backend.floats import Format
from altac.backend.thresholds import Border, log_weight, neighbours, sink_number
from altac.ir.heads import Head, Mean, Real, Sum
from altac.ir.rules import Feature
from altac.ir.values import Domain


def conjunction_holds(size: int, errors: Sequence[float], form: Format) -> bool:
    """L5: a unit over `size` variables is exactly one or zero."""
    if not any(errors) and form.holds_exactly(4 * size + 4):
        return True
    return 2 * sum(errors) + form.grown(size + 3) * (4 * size + 2) < 0.5


def sum_holds(feature: Feature, errors: Mapping[str, float], form: Format) -> bool:
    """L5 for sums: the weights are whole numbers, and so is each cut."""
    largest = [max(abs(weight) for weight in weights) for _, weights in feature.terms]
    size = sum(largest) + max((abs(cut) for cut in feature.cuts), default=0) + 1
    moved = sum(weight * errors.get(name, 0.0) for weight, (name, _) in zip(largest, feature.terms, strict=True))
    if not moved and form.holds_exactly(4 * size):
        return True
    return 2 * moved + form.grown(len(feature.terms) + 4) * 2 * size < 0.5


def count_neighbours(selected: int) -> Callable[[Border], list[Fraction]]:
    """The numbers 1 / (1 + n), n up to `selected`, that are next to a border."""

    def near(border: Border) -> list[Fraction]:
        above = floor(1 / border.middle - 1)
        found = [Fraction(1, 1 + min(above, selected))]
        return [*found, Fraction(1, 2 + above)] if above < selected else found

    return near


def mean_neighbours(domain: Domain, brings: Mean, selected: int) -> Callable[[Border], list[Fraction]]:
    """The averages that are next to a border, and what the sink brings."""
    default = [] if brings.default is None else [sink_number(domain, brings)]

    def near(border: Border) -> list[Fraction]:
        # where there is no average on one side, `neighbours` gives a number that may lie between the ends of a border
        numbers = [*neighbours(brings.numbers, selected, border.middle), *default]
        return [number for number in numbers if not border.below < number < border.above]

    return near


def count_error(form: Format) -> Callable[[float], float]:
    """L4: how far 1 / (1 + n) can be off; what the last layer left, at most one, is cleared in the same sum."""
    return lambda size: form.unit * (1.05 + 3.2 * size)


def mean_error(domain: Domain, brings: Mean, selected: int, form: Format) -> Callable[[float], float]:
    """L4: how far an average can be off, of numbers up to the largest in size."""
    largest = max(1.0, *averaged_sizes(domain, brings))
    return lambda _: largest * (form.grown(selected + 4) + 3.3 * form.unit)


def sum_neighbours(border: Border) -> list[Fraction]:
    """The numbers s / (w + n) that are next to a border."""
    return [border.below, border.above]


def sum_error(head: Head, brings: Sum, selected: int, form: Format) -> Callable[[float], float]:
    """L4: how far s / (w + n) can be off, of n numbers; what the last layer left is cleared in the same sum."""
    total = max(map(abs, brings.numbers)) * selected / exp(log_weight(head))
    return lambda size: form.unit * (1.05 + 3.2 * size) + total * form.grown(selected + 12)


def averaged_sizes(domain: Domain, brings: Mean | Real) -> list[float]:
    """The sizes of the numbers that a head averages, and of what its sink brings; none of numbers that it finds."""
    if isinstance(brings, Real):
        return [abs(float(number)) for number in (*brings.numbers, brings.default or 0)]
    sink = [] if brings.default is None else [sink_number(domain, brings)]
    return [abs(float(number)) for number in (*brings.numbers, *sink)]
