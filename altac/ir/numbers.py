"""Numbers without a finite domain: exact fractions in the interpreter, one real dimension in the weights.

What can be done with them is linear: they are averaged, added, multiplied by constants, and compared with constants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from threading import Lock
from typing import Any, TypeGuard

from altac.diagnostics import InternalError, Span
from altac.ir.expr import Expr
from altac.ir.nearest import said
from altac.ir.values import BOOL, Domain, Value, number, source_text, value_text

Terms = tuple[tuple[str, Fraction], ...]  # numbers by their names, and their factors, none of which is 0


class Pool:
    """The numbers that have occurred in this process, each with an index. It is thread-safe, and only grows."""

    def __init__(self) -> None:
        self.values: list[int | Fraction] = []
        self.places: dict[int | Fraction, int] = {}
        self.lock = Lock()

    def index(self, value: int | Fraction) -> int:
        found = self.places.get(value)
        if found is None:
            with self.lock:
                found = self.places.setdefault(number(value), len(self.places))
                if found == len(self.values):
                    self.values.append(number(value))
        return found


POOL = Pool()


class Numbers(Domain):
    """The domain `number`: all numbers. It has an index for each that has occurred in this process.

    So traces hold indices everywhere. An index means nothing in another process, and nothing that is kept has one.

    Attributes:
        digits: behind the point, as far as weights know a number; None where it is exact.
    """

    digits: int | None

    def __init__(self, digits: int | None = None) -> None:
        object.__setattr__(self, "values", POOL.values)
        object.__setattr__(self, "digits", digits)

    @property
    def tolerance(self) -> Fraction:
        """How far a number is from what weights say at most."""
        return Fraction(0) if self.digits is None else Fraction(10) ** -self.digits

    def index(self, value: Value) -> int:
        assert isinstance(value, int | Fraction)
        return POOL.index(value)

    def __contains__(self, value: Value) -> bool:
        return isinstance(value, int | Fraction) and not isinstance(value, bool)

    def __iter__(self) -> Iterator[Value]:
        raise InternalError("numbers have no list of values")

    def __len__(self) -> int:
        raise InternalError("numbers have no list of values")

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numbers)

    def __hash__(self) -> int:
        return hash(Numbers)

    def __reduce__(self) -> tuple[Any, ...]:
        return Numbers, (self.digits,)

    def __repr__(self) -> str:
        return f"Numbers({self.digits})"

    def text(self, value: Value) -> str:
        """An exact number as a fraction; else as a decimal, as far as it is known."""
        return said(value, self.digits) if isinstance(value, int | Fraction) else value_text(value)

    def __str__(self) -> str:
        return "number"


NUMBERS = Numbers()


def is_open(domain: Domain | None) -> TypeGuard[Numbers]:
    """Whether a domain is `number`, whose values cannot be listed."""
    return isinstance(domain, Numbers)


@dataclass(frozen=True, eq=False)
class Linear:
    """A sum of numbers times factors, and of what an expression over finite domains gives."""

    terms: Terms
    rest: Expr
    span: Span


@dataclass(frozen=True, order=True)
class Cut:
    """Whether a number is greater than a bound, or also equal to it; in ascending order. `span` asks it first."""

    bound: Fraction
    is_strict: bool
    span: Span | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{'>' if self.is_strict else '>='} {number_text(self.bound)}"

    def passed_by(self, one: Fraction) -> bool:
        return one > self.bound if self.is_strict else one >= self.bound


@dataclass(frozen=True)
class Test:
    """What a step asks of a sum of numbers: which of some cuts, in ascending order, it passes.

    `layer` is the name of its layer where an earlier layer has a test of the same name.
    """

    terms: Terms
    cuts: tuple[Cut, ...]
    layer: str = ""

    __test__ = False  # not one of pytest's

    @property
    def name(self) -> str:
        """A name that no program can write."""
        cuts = str(self.cuts[0]) if len(self.cuts) == 1 else f"among {len(self.cuts)} bounds"
        return f"({terms_text(self.terms)} {cuts}{self.layer and f' in {self.layer}'})"

    @property
    def domain(self) -> Domain:
        """A boolean, or of several cuts how many are passed."""
        return BOOL if len(self.cuts) == 1 else Domain(tuple(range(len(self.cuts) + 1)))


@dataclass(frozen=True)
class Combination:
    """What a layer makes of a number: a sum of numbers that the layer finds or brings, and an amount.

    The amount is what the step assigns, 0 where it assigns nothing. `amounts` are all that it can be.
    """

    name: str
    terms: Terms
    amounts: Domain


def common(values: Sequence[int | Fraction]) -> tuple[int, list[int]]:
    """Numbers over their least common denominator: that, and the numerators."""
    scale = lcm(*(Fraction(value).denominator for value in values))
    return scale, [int(value * scale) for value in values]


def added(left: Terms, right: Terms, factor: Fraction = Fraction(1)) -> Terms:
    """The terms of a sum; of the right side, times a factor."""
    total: dict[str, Fraction] = dict(left)
    for name, one in right:
        total[name] = total.get(name, Fraction(0)) + one * factor
    return tuple((name, one) for name, one in total.items() if one)


def number_text(one: int | Fraction) -> str:
    """A number as a program would write it."""
    return source_text(number(one))


def terms_text(terms: Terms) -> str:
    """`2 * a - b`."""
    text = ""
    for name, factor in terms:
        size = number_text(abs(factor))
        text += (" - " if factor < 0 else " + ") if text else ("-" if factor < 0 else "")
        text += name if abs(factor) == 1 else f"{size} * {name}"
    return text


def names_of(terms: Iterable[Terms]) -> set[str]:
    """The numbers that sums read."""
    return {name for one in terms for name, _ in one}
