"""Attention heads of the typed program: which positions each selects, and what it brings from them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, assert_never

from altac.diagnostics import Span
from altac.ir.offsets import Offsets
from altac.ir.values import Domain


@dataclass(frozen=True)
class Condition:
    """One conjunct of a selection: `holds[k][q]` for the value index of the key's and of the query's variable.

    A side that reads no variable is None and has one row or column.
    """

    key: str | None
    query: str | None
    holds: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True)
class Select:
    """The value at the selected position; where several are selected, they must agree.

    `values[i]` is the index in the head's domain of what value index i of `variable` brings; without a variable,
    `values[0]` is what every position brings. `default` is the index of the result where nothing is selected, None if
    that never happens.
    """

    variable: str | None
    values: tuple[int, ...]
    default: int | None


@dataclass(frozen=True)
class Pick:
    """The value at the selected position that is `first`, `last` or `closest`; fields as those of `Select`.

    The own position is the closest; of two as close, the one before it.
    """

    which: Literal["first", "last", "closest"]
    variable: str | None
    values: tuple[int, ...]
    default: int | None


@dataclass(frozen=True)
class Extreme:
    """The greatest or least value at the selected positions; fields as those of `Select`.

    Values are in ascending order in the head's domain.
    """

    which: Literal["max", "min"]
    variable: str | None
    values: tuple[int, ...]
    default: int | None


@dataclass(frozen=True)
class Mean:
    """The average of numbers over the selected positions, rounded to the nearest number of the head's domain.

    `numbers[i]` is what value index i of `variable` counts; without a variable, `numbers[0]` is what every position
    counts. `default` is as that of `Select`. `derived` says that no domain was declared: it follows from the numbers
    and from how many positions can be selected.
    """

    variable: str | None
    numbers: tuple[int | Fraction, ...]
    default: int | None
    derived: bool


@dataclass(frozen=True)
class Sum:
    """The sum of whole numbers over the selected positions; 0 where nothing is selected.

    `numbers[i]` is what value index i of `variable` counts; without a variable, `numbers[0]` is what every position
    counts. `derived` is as that of `Mean`.
    """

    variable: str | None
    numbers: tuple[int, ...]
    derived: bool


@dataclass(frozen=True)
class Real:
    """A number: the average over the selected positions, or that of the one that `which` says.

    `numbers[i]` is what value index i of `variable` counts; without a variable, `numbers[0]` is what every position
    counts; without numbers, the variable is a number and counts as it is. `default` is the number where nothing is
    selected, None if that never happens. Of `one`, no more than one position is ever selected.
    """

    which: Literal["mean", "one", "first", "last", "closest"]
    variable: str | None
    numbers: tuple[int | Fraction, ...]
    default: int | Fraction | None


@dataclass(frozen=True)
class Count:
    """How many positions are selected."""


@dataclass(frozen=True)
class Exists:
    """Whether a position is selected: indices of the two answers in the head's domain."""

    yes: int
    no: int


Aggregate = Select | Pick | Extreme | Mean | Real | Sum | Count | Exists


@dataclass(frozen=True)
class Head:
    """An attention head: which positions it selects, and what it brings from them.

    `domain` is that of the result, with the default or `none` in it. `most` is the greatest number of positions that
    one query can select, None for any number.
    """

    name: str
    domain: Domain
    brings: Aggregate
    conditions: tuple[Condition, ...]
    offsets: Offsets
    most: int | None
    span: Span

    @property
    def is_numeric(self) -> bool:
        """Whether attention brings a real number, which thresholds turn into a value."""
        match self.brings:
            case Mean() | Sum() | Count():
                return True
            case Select() | Pick() | Extreme() | Real() | Exists():
                return False
            case _:
                assert_never(self.brings)

    @property
    def is_exact(self) -> bool:
        """Whether what it brings can be kept as it is, which an average of zeros and ones over several cannot."""
        match self.brings:
            case Mean() | Real() | Sum() | Count() | Pick():
                return True
            case Select() | Extreme() | Exists():
                return self.most is not None and self.most <= 1
            case _:
                assert_never(self.brings)

    @property
    def variable(self) -> str | None:
        """What is read at the selected positions; None if their values do not matter."""
        match self.brings:
            case Select() | Pick() | Extreme() | Mean() | Real() | Sum():
                return self.brings.variable
            case Count() | Exists():
                return None
            case _:
                assert_never(self.brings)

    @property
    def reads(self) -> tuple[str, ...]:
        sides = [self.variable]
        for condition in self.conditions:
            sides += [condition.key, condition.query]
        return tuple(dict.fromkeys(name for name in sides if name is not None))
