"""What a trained model is after rounding: finite functions of finite variables, and what they give, in NumPy.

A variable has *values*, and stands in arrays as *codes*, the places of its values among these. Relations and tables are
arrays over all combinations of codes, whether an example has them or not. So a program can be written that says the
same on every input. Positions behind the end of a text hold the code 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from altac.ir.values import Value, value_key
from altac.synthesis.nodes import AFTER, ALL, BEFORE, FROM_HERE, SO_FAR

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]
Aggregate = Literal["first", "last", "closest", "count"]
OWN, OTHERS = "0", "others"  # offsets beside those of a search


@dataclass(frozen=True, eq=False)
class Variable(ABC):
    """A finite value at every position.

    Attributes:
        values: all that it can be, each once.
    """

    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        if len(set(map(value_key, self.values))) < len(self.values):
            raise ValueError(f"two codes of a variable have the same value: {self.values}")

    @property
    @abstractmethod
    def reads(self) -> tuple[Variable, ...]: ...

    def __len__(self) -> int:
        return len(self.values)

    def code(self, value: Value) -> int:
        return [value_key(one) for one in self.values].index(value_key(value))


@dataclass(frozen=True, eq=False)
class Input(Variable):
    name: Literal["token", "position"]

    @property
    def reads(self) -> tuple[Variable, ...]:
        return ()


@dataclass(frozen=True, eq=False)
class Look(Variable):
    """A head: counts the positions that it selects, or brings a value from one of them.

    Attributes:
        key, query: what decides what is selected; None where it does not matter.
        related: whether a query selects a key (codes of the query, codes of the key).
        value: what is brought; None if positions are counted, and a code is their number.
        brings: the code of what is brought, for each code of the value; -1 where it never is.
        default: the code where nothing is selected; None if that cannot be.
    """

    aggregate: Aggregate
    key: Variable | None
    query: Variable | None
    related: Bits
    at: str
    value: Variable | None = None
    brings: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    default: int | None = None

    @property
    def reads(self) -> tuple[Variable, ...]:
        return tuple(one for one in (self.key, self.query, self.value) if one is not None)


@dataclass(frozen=True, eq=False)
class Either(Variable):
    """The first of some values that is not none; the last one never is."""

    options: tuple[Variable, ...]

    @property
    def reads(self) -> tuple[Variable, ...]:
        return self.options


@dataclass(frozen=True, eq=False)
class Table(Variable):
    """A function of at most two variables: the code for each combination of codes."""

    inputs: tuple[Variable, ...]
    cells: Ints

    @property
    def reads(self) -> tuple[Variable, ...]:
        return self.inputs


@dataclass(frozen=True, eq=False)
class Sums:
    """Whole numbers for labels that are added up; the first label with the greatest sum is the answer.

    Attributes:
        labels: in the order of their domain.
        terms: what each variable adds (codes, labels).
    """

    labels: tuple[Value, ...]
    terms: Mapping[Variable, Ints]

    @property
    def reads(self) -> tuple[Variable, ...]:
        return tuple(self.terms)


Answer = Variable | Sums


def walk(answer: Answer) -> Iterator[Variable]:
    """All that an answer needs, each once, what is read before what reads it."""
    seen: set[Variable] = set()

    def visit(one: Variable) -> Iterator[Variable]:
        if one not in seen:
            seen.add(one)
            for read in one.reads:
                yield from visit(read)
            yield one

    if isinstance(answer, Variable):
        yield from visit(answer)
    else:
        for read in answer.reads:
            yield from visit(read)


class Texts:
    """Inputs as arrays of codes (text, position); shorter ones are filled up with 0.

    Args:
        framed: whether a text stands between the first and the last value of the token.
    """

    def __init__(self, token: Variable, rows: Sequence[Sequence[Value]], framed: bool) -> None:
        codes = {value_key(value): code for code, value in enumerate(token.values)}
        coded = [[codes[value_key(value)] for value in row] for row in rows]
        if framed:
            coded = [[0, *row, len(token) - 1] for row in coded]
        self.framed = framed
        self.lengths = np.array([len(row) for row in coded], np.int64)
        self.tokens = np.zeros((len(coded), max(1, int(self.lengths.max(initial=0)))), np.int64)
        for place, row in enumerate(coded):
            self.tokens[place, : len(row)] = row

    @cached_property
    def places(self) -> Ints:
        return np.arange(self.tokens.shape[1])

    @cached_property
    def valid(self) -> Bits:
        return np.asarray(self.places[None, :] < self.lengths[:, None])

    @cached_property
    def told(self) -> Bits:
        """The positions that have an output if each symbol has one: all but those of the frame."""
        if not self.framed:
            return self.valid
        return np.asarray((self.places[None, :] > 0) & (self.places[None, :] < self.lengths[:, None] - 1))

    @cached_property
    def last(self) -> Bits:
        """The last position of each text."""
        return np.asarray(self.places[None, :] == self.lengths[:, None] - 1)

    def take(self, rows: Any) -> Texts:
        """Those at some rows, in this order."""
        found = Texts.__new__(Texts)
        found.framed, found.lengths, found.tokens = self.framed, self.lengths[rows], self.tokens[rows]
        return found


def offsets(size: int) -> dict[str, Bits]:
    """Which keys a query sees at some relative positions (query, key)."""
    apart = np.arange(size)[None, :] - np.arange(size)[:, None]
    return {
        ALL: apart == apart,
        BEFORE: apart < 0,
        SO_FAR: apart <= 0,
        AFTER: apart > 0,
        FROM_HERE: apart >= 0,
        OWN: apart == 0,
        OTHERS: apart != 0,
    }


class Run:
    """What variables are on texts; each is computed once."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.offsets = offsets(texts.tokens.shape[1])
        self._known: dict[Variable, Ints] = {}

    def of(self, variable: Variable) -> Ints:
        """Codes (text, position)."""
        if variable not in self._known:
            found = self._compute(variable)
            self._known[variable] = np.where(self.texts.valid, found, 0)
        return self._known[variable]

    def answers(self, answer: Answer) -> list[list[Value]]:
        """The values at every position of each text."""
        codes, values = (
            (self.of(answer), answer.values) if isinstance(answer, Variable) else (self.best(answer), answer.labels)
        )
        return [
            [values[code] for code in row[:length]]
            for row, length in zip(codes.tolist(), self.texts.lengths.tolist(), strict=True)
        ]

    def best(self, sums: Sums) -> Ints:
        """The places of the labels with the greatest sums."""
        total = np.zeros((*self.texts.tokens.shape, len(sums.labels)), np.int64)
        for variable, weights in sums.terms.items():
            total += weights[self.of(variable)]
        return np.asarray(total.argmax(-1))

    def _compute(self, variable: Variable) -> Ints:
        match variable:
            case Input(name="token"):
                return self.texts.tokens
            case Input():
                return np.broadcast_to(self.texts.places, self.texts.tokens.shape)
            case Table():
                found = tuple(self.of(one) for one in variable.inputs)
                return np.asarray(variable.cells[found]) if found else np.full(self.texts.tokens.shape, variable.cells)
            case Either():
                return self._first_known(variable)
            case Look():
                return self._look(variable)
        raise TypeError(type(variable))

    def _first_known(self, either: Either) -> Ints:
        places = {value_key(value): code for code, value in enumerate(either.values)}
        found = np.full(self.texts.tokens.shape, -1)
        for option in either.options:
            codes = np.array([-1 if value is None else places[value_key(value)] for value in option.values])
            found = np.where(found < 0, codes[self.of(option)], found)
        return found

    def _look(self, look: Look) -> Ints:
        size = self.texts.tokens.shape[1]
        nothing = np.zeros(self.texts.tokens.shape, np.int64)
        key = nothing if look.key is None else self.of(look.key)
        query = nothing if look.query is None else self.of(look.query)
        selected = look.related[query[:, :, None], key[:, None, :]] & self.texts.valid[:, None, :]
        selected &= self.offsets[look.at]
        if look.value is None:
            return np.asarray(selected.sum(-1))
        match look.aggregate:
            case "first":
                place = selected.argmax(-1)
            case "last":
                place = size - 1 - selected[..., ::-1].argmax(-1)
            case "closest":
                apart = 2 * np.abs(self.texts.places[None, :] - self.texts.places[:, None])
                apart += self.texts.places[None, :] > self.texts.places[:, None]  # of two as near, the left one
                place = np.where(selected, apart, 4 * size).argmin(-1)
            case _:
                raise TypeError(look.aggregate)
        found = look.brings[np.take_along_axis(self.of(look.value), place, 1)]
        default = -1 if look.default is None else look.default
        return np.where(selected.any(-1), found, default)
