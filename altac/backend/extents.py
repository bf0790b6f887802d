"""How large numbers without a finite domain get, how near to each other they come, and how far off weights have them.

A number is followed through the schedule, round by round: its least and greatest value, its denominator, and a bound on
the error that docs/exactness.md derives (L9). So a bound holds for every number of rounds, or there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import zip_longest
from math import inf, lcm, prod
from operator import itemgetter

from altac.backend.floats import FLOAT32, Format
from altac.backend.thresholds import Border, Buckets
from altac.diagnostics import AltacError
from altac.diagnostics.number_errors import NumberGrowsLong, NumberGrowsUntil
from altac.ir.heads import Condition, Head, Real
from altac.ir.numbers import Combination, Cut, Terms, is_open
from altac.ir.offsets import Offsets
from altac.ir.program import Program

MOST_ROUNDS = 2_000  # that are followed one by one, where bounds still change
LARGEST_SCALE = 10**40  # greater denominators tell nothing apart in any format
FARTHEST = Fraction(1, LARGEST_SCALE)


Selection = tuple[int, tuple[Condition, ...], Offsets]  # what a head selects, by its layer: the same for some heads
Counts = tuple[tuple[Selection | None, int], ...]


def known(counts: Counts) -> Iterator[tuple[Selection | None, int]]:
    """The counts of known selections, each once."""
    greatest: dict[Selection, int] = {}
    for selection, count in counts:
        if selection is not None:
            greatest[selection] = max(count, greatest.get(selection, 1))
    yield from sorted(greatest.items(), key=repr)


def product_of(counts: Counts) -> int:
    return prod(count for _, count in counts)


@dataclass(frozen=True)
class Extent:
    """What is known of a number.

    Attributes:
        low, high: the number lies between them.
        scale, counts: it is a whole multiple of 1 / (scale * n * m * ...), with an n up to each of the counts. Those
            with the same selection are the same number; of those without one, nothing is known.
        error: how far the weights have it off, at most.
    """

    low: Fraction
    high: Fraction
    scale: int
    counts: Counts = ()
    error: float = 0.0

    @property
    def size(self) -> float:
        """The greatest absolute value."""
        return as_float(max(abs(self.low), abs(self.high)))

    @property
    def denominator(self) -> int:
        """No denominator is greater."""
        return self.scale * product_of(self.counts)

    def is_exact(self, form: Format) -> bool:
        """Whether all such numbers are numbers of the format, and exact."""
        return not self.error and not self.counts and held(self.scale, self.size, form)

    def with_error(self, error: float) -> Extent:
        return replace(self, error=error)

    def joined(self, other: Extent) -> Extent:
        """What holds for either."""
        unknown = [[count for selection, count in one.counts if selection is None] for one in (self, other)]
        counts = (
            *((None, max(pair)) for pair in zip_longest(*unknown, fillvalue=1)),
            *known(self.counts + other.counts),
        )
        low, high = min(self.low, other.low), max(self.high, other.high)
        return Extent(low, high, limited(lcm(self.scale, other.scale)), counts, max(self.error, other.error))

    def gap(self, bound: Fraction) -> Fraction:
        """How far such a number is from a bound that it is not."""
        return Fraction(1, lcm(self.scale, bound.denominator) * product_of(self.counts))

    def elsewhere(self, layer: int | None = None) -> Extent:
        """The same number at another position, or before a layer selects anew: its counts are not those made there."""
        counts = ((None if layer is None or (key and key[0] == layer) else key, count) for key, count in self.counts)
        return replace(self, counts=tuple(sorted(counts, key=repr)))


def as_float(size: Fraction) -> float:
    """Infinity, where a float is too small to hold it."""
    try:
        return float(size)
    except OverflowError:
        return inf


def held(scale: int, size: float, form: Format) -> bool:
    """Whether multiples of 1 / scale up to a size are exact, and so are their sums up to there."""
    return scale & (scale - 1) == 0 and form.holds_exactly(size * scale, 1 / scale)


def limited(scale: int) -> int:
    return min(scale, LARGEST_SCALE)


def constant(numbers: Iterable[int | Fraction], form: Format) -> Extent:
    """Some numbers that weights hold, each rounded once."""
    values = list(map(Fraction, numbers))
    found = Extent(min(values), max(values), limited(lcm(*(value.denominator for value in values))))
    return found if found.is_exact(form) else found.with_error(found.size * form.unit)


def total(terms: Iterable[tuple[Fraction, Extent]], standing: float, form: Format) -> Extent:
    """A sum of numbers times factors.

    Args:
        standing: the size of what stood there, and is taken away in the same sum.
    """
    found, size, scale, error, exact = (Fraction(0), Fraction(0)), standing, 1, 0.0, True
    counts: Counts = ()
    number = 0
    for factor, one in terms:
        ends = sorted((factor * one.low, factor * one.high))
        found = (found[0] + ends[0], found[1] + ends[1])
        size += as_float(abs(factor)) * one.size
        scale = limited(lcm(scale, one.scale * factor.denominator))
        counts += one.counts
        error += as_float(abs(factor)) * one.error
        exact = exact and one.is_exact(form)
        number += 1
    unknown = tuple(sorted((pair for pair in counts if pair[0] is None), key=itemgetter(1), reverse=True))
    result = Extent(*found, scale, (*unknown, *known(counts)))
    if exact and held(scale, size, form):
        return result
    return result.with_error(error * (1 + form.grown(number + 6)) + size * form.grown(number + 6))


@dataclass
class Extents:
    """What is known of all numbers of a program, at the end of every layer, and of what its steps compare.

    Attributes:
        numbers: of each number whatever it is at any time.
        forms: of each sum that a layer compares, by the layer and the terms.
    """

    numbers: dict[str, Extent] = field(default_factory=dict)
    forms: dict[tuple[int, Terms], Extent] = field(default_factory=dict)


def extents_of(program: Program, form: Format = FLOAT32, selected: Callable[[Head], int] | None = None) -> Extents:
    """The extents of a program's numbers.

    Args:
        selected: how many positions a head selects at most; what it says itself if not given.

    Raises:
        AltacError: if nothing bounds a number.
    """
    return Follower(program, form, selected or (lambda head: head.most or 1)).follow()


class Follower:
    """Follows numbers through the schedule."""

    def __init__(self, program: Program, form: Format, selected: Callable[[Head], int]) -> None:
        self.program = program
        self.form = form
        self.selected = selected
        self.found = Extents()
        self.now = {
            variable.name: constant(variable.beginning, form)
            for variable in program.variables
            if is_open(variable.domain)
        }

    def follow(self) -> Extents:
        self.enter(self.now)
        for entry in self.program.schedule:
            if not any(self.has_numbers(layer) for layer in entry.layers):
                continue
            most = MOST_ROUNDS if entry.times is None else min(entry.times, MOST_ROUNDS)
            for _ in range(most or 1):
                before = dict(self.now)
                for layer in entry.layers:
                    self.layer(layer)
                if most == 0:  # it never runs, and has weights like others
                    self.now = before
                if entry.times is None:  # there may be no further round, nor this one
                    self.now = {name: one.joined(before.get(name, one)) for name, one in self.now.items()}
                if self.now == before:
                    break
            else:
                if entry.times is None or entry.times > MOST_ROUNDS:
                    growing = next(name for name, one in self.now.items() if before.get(name) != one)
                    if entry.times is None:
                        raise AltacError([NumberGrowsUntil(entry.span, growing)])
                    raise AltacError([NumberGrowsLong(entry.span, growing, entry.times, MOST_ROUNDS)])
        return self.found

    def has_numbers(self, number: int) -> bool:
        layer = self.program.layers[number]
        return bool(layer.numbers or layer.tests or any(is_open(head.domain) for head in layer.heads))

    def enter(self, numbers: Mapping[str, Extent]) -> None:
        for name, one in numbers.items():
            self.found.numbers[name] = one.joined(self.found.numbers.get(name, one))

    def layer(self, number: int) -> None:
        layer, old = self.program.layers[number], {name: one.elsewhere(number) for name, one in self.now.items()}
        self.now = dict(old)
        for head in layer.heads:
            if isinstance(head.brings, Real):
                self.now[head.name] = self.brought(number, head, head.brings, old)
        for test in layer.tests:
            one = total(((factor, self.now[name]) for name, factor in test.terms), 1.0, self.form)
            self.found.forms[number, test.terms] = one.joined(self.found.forms.get((number, test.terms), one))
        made = {one.name: self.combined(one, old.get(one.name)) for one in layer.numbers}
        self.now |= made
        self.enter({**{head.name: self.now[head.name] for head in layer.heads if is_open(head.domain)}, **made})

    def combined(self, one: Combination, old: Extent | None) -> Extent:
        """What a number becomes."""
        terms = [(factor, self.now[name]) for name, factor in one.terms]
        amounts = constant([*one.amounts.values, 0], self.form)  # type: ignore[list-item]
        if one.amounts.values != (0,):
            terms.append((Fraction(1), amounts))
        if dict(one.terms) == {one.name: 1} and old is not None:
            if len(terms) == 1:  # it stays what it is
                return old
            return total(terms, 0.0, self.form)
        return total(terms, max(1.0, 0.0 if old is None else old.size), self.form)

    def brought(self, layer: int, head: Head, brings: Real, old: Mapping[str, Extent]) -> Extent:
        """What a head brings."""
        if brings.variable is not None and not brings.numbers:
            source = old[brings.variable].elsewhere()
        else:
            source = constant(brings.numbers, self.form)
        if brings.default is not None:
            source = source.joined(constant([brings.default], self.form))
        standing = max(1.0, source.size)
        selected = self.selected(head)
        if brings.which != "mean" or selected <= 1:
            return total([(Fraction(1), source)], standing, self.form)
        scale = limited(source.scale * prod(up_to(count) for _, count in source.counts))
        error = standing * (self.form.grown(selected + 4) + 3.3 * self.form.unit)
        counts = (((layer, head.conditions, head.offsets), selected),)
        return Extent(source.low, source.high, scale, counts, source.error + error)


def up_to(count: int) -> int:
    """The least number that all numbers up to a count divide, or more than is of any use."""
    found = 1
    for number in range(2, count + 1):
        found = lcm(found, number)
        if found > LARGEST_SCALE:
            return LARGEST_SCALE
    return found


# What is asked of numbers ----------------------------------------------------------------------------------------


def border_of(cut: Cut, extent: Extent) -> Border:
    """Between the numbers that do not pass a cut and those that do."""
    gap = max(extent.gap(cut.bound), FARTHEST)
    return Border(cut.bound, cut.bound + gap) if cut.is_strict else Border(cut.bound - gap, cut.bound)


def test_buckets(program: Program, layer: int, extents: Extents) -> list[Buckets]:
    """The borders of what a layer asks of each sum."""
    return [
        Buckets(
            test.name,
            tuple(range(len(test.cuts) + 1)),
            tuple(border_of(cut, extents.forms[layer, test.terms]) for cut in test.cuts),
        )
        for test in program.layers[layer].tests
    ]
