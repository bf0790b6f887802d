"""What a head brings, exactly, in whole numbers: no weights, no softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, assert_never

import numpy as np

from altac.diagnostics.run_errors import HeadDisagrees, RunFailed
from altac.engine.trace import Indices
from altac.ir.heads import Count, Exists, Extreme, Head, Mean, Pick, Real, Select, Sum
from altac.ir.numbers import NUMBERS, common
from altac.ir.values import Domain, kind_of, source_text

FEW = 4  # up to so many relative positions are looked at one by one rather than among all positions
NO_DEFAULT = -1  # stands at padding alone: where there is no default, something is selected
DIGIT = 40  # bits of a number that are added up at a time: millions of them fit 64 bits


def attend(
    head: Head, state: dict[str, Indices], lengths: Indices, numbers: Indices, name: str
) -> tuple[Indices, dict[int, RunFailed]]:
    """The head's result at every position, and the sequences in which its selection disagrees.

    Args:
        state: (sequences, positions) value indices of every variable; padding is ignored.
        lengths: (sequences,) the number of positions that are not padding.
        numbers: (sequences,) how many layers each has run, with this one; `name` is that of the layer, for messages.
    """
    count, positions = next(iter(state.values())).shape
    if positions == 0:  # a batch of empty inputs without a frame: there is nothing to look at
        return np.zeros((count, 0), np.int64), {}
    keys, selected = selection(head, state, lengths)
    number = selected.sum(axis=2)
    brings = head.brings
    match brings:
        case Count():
            table = np.array([head.domain.index(n) for n in range(positions + 1) if n in head.domain])
            return table[np.minimum(number, len(table) - 1)], {}
        case Exists():
            return np.where(number > 0, brings.yes, brings.no), {}
        case Mean():
            default = NO_DEFAULT if brings.default is None else brings.default
            if not number.any():  # its domain may hold no number at all
                return np.full_like(number, default), {}
            averages = mean(brings.variable, brings.numbers, state, keys, selected, number)
            return np.where(number > 0, averages.mapped(lambda one: nearest(head.domain, one)), default), {}
        case Real():
            if brings.which != "mean":  # one position
                place = place_of("first" if brings.which == "one" else brings.which, selected, keys)
                selected = selected & (np.arange(selected.shape[2]) == place[:, :, None])
                number = selected.sum(axis=2)
            averages = mean(*counting(brings, state), keys, selected, number)
            missing = NO_DEFAULT if brings.default is None else NUMBERS.index(brings.default)
            return np.where(number > 0, averages.mapped(NUMBERS.index), missing), {}
        case Select():
            brought = fetched(brings, state, keys, selected)
            chosen = picked(brought, selected.argmax(axis=2))
            errors = disagreements(head, selected, brought, chosen, keys, numbers, name)
        case Pick():
            chosen, errors = picked(fetched(brings, state, keys, selected), place_of(brings.which, selected, keys)), {}
        case Extreme():
            brought = fetched(brings, state, keys, selected)
            extreme = np.where(selected, brought, -1).max(axis=2, initial=-1)
            if brings.which == "min":
                extreme = np.where(selected, brought, len(head.domain)).min(axis=2, initial=len(head.domain))
            chosen, errors = extreme, {}
        case Sum():
            sums: list[Any] = list(head.domain)
            table = np.zeros(1 + 2 * max(map(abs, sums)), np.int64)
            table[sums] = range(len(sums))  # those below zero stand at the end
            numbers = np.array(brings.numbers, np.int64)
            if brings.variable is None:
                return table[number * numbers[0]], {}
            return table[np.where(selected, numbers[state[brings.variable]][:, keys], 0).sum(axis=2)], {}
        case _:
            assert_never(brings)
    return np.where(number > 0, chosen, NO_DEFAULT if brings.default is None else brings.default), errors


def selection(head: Head, state: Mapping[str, Indices], lengths: Indices) -> tuple[Indices, Any]:
    """The candidates of every query, as `candidates`, and which of them it selects: (sequences, query, candidate).

    Args:
        state, lengths: as those of `attend`; there is at least one position.
    """
    positions = next(iter(state.values())).shape[1]
    keys, reachable = candidates(head, positions)
    valid = np.arange(positions) < lengths[:, None]
    selected = reachable[None] & valid[:, keys] & valid[:, :, None]
    for condition in head.conditions:
        holds = np.array(condition.holds)
        key = state[condition.key][:, keys] if condition.key else np.zeros((1, 1, 1), np.int64)
        query = state[condition.query][:, :, None] if condition.query else np.zeros((1, 1, 1), np.int64)
        selected &= holds[key, query]
    return keys, selected


def counting(
    brings: Real, state: dict[str, Indices]
) -> tuple[str | None, tuple[int | Fraction, ...], dict[str, Indices]]:
    """A variable, the number of each of its values, and the state of it: of a number those that occur."""
    if brings.variable is None or brings.numbers:
        return brings.variable, brings.numbers, state
    here = state[brings.variable]
    occurring, places = np.unique(here.clip(0), return_inverse=True)
    numbers = tuple(NUMBERS.values[index] for index in occurring.tolist()) if here.size else (0,)
    return brings.variable, numbers, {brings.variable: places.reshape(here.shape)}


def place_of(which: Literal["first", "last", "closest"], selected: Any, keys: Indices) -> Indices:
    """Which candidate is picked, (sequences, query), where there is one."""
    if not selected.size:
        return np.zeros(selected.shape[:2], np.int64)
    match which:
        case "first":
            return np.asarray(selected.argmax(axis=2))
        case "last":
            return np.asarray(selected.shape[2] - 1 - selected[:, :, ::-1].argmax(axis=2))
        case "closest":
            distance = keys - np.arange(selected.shape[1])[:, None]
            order = 2 * np.abs(distance) + (distance > 0)  # of two as close, the one before
            return np.asarray(np.where(selected, order, 2 * order.max(initial=0) + 2).argmin(axis=2))
        case _:
            assert_never(which)


def fetched(brings: Select | Pick | Extreme, state: dict[str, Indices], keys: Indices, selected: Any) -> Indices:
    """What each candidate would bring: (sequences, query, candidate)."""
    if brings.variable is None:
        return np.full(selected.shape, brings.values[0], np.int64)
    values = np.array(brings.values, np.int64)[state[brings.variable]][:, keys]
    return np.broadcast_to(values, selected.shape)


def picked(brought: Indices, place: Indices) -> Indices:
    """What the candidate at a place brings: (sequences, query)."""
    return np.take_along_axis(brought, place[:, :, None], axis=2)[:, :, 0]


def candidates(head: Head, positions: int) -> tuple[Indices, Any]:
    """Positions that each query may look at, in ascending order, and which of them lie inside and in reach.

    Where all queries look at the same positions, there is one row for all of them.
    """
    query = np.arange(positions)[:, None]
    ends = [end for pair in head.offsets.intervals for end in pair]
    if None not in ends:
        distances = [d for d in range(min(ends), max(ends) + 1) if d in head.offsets]  # type: ignore[type-var, arg-type, operator]
        if len(distances) <= FEW:
            keys = query + np.array(distances)[None, :]
            return np.clip(keys, 0, max(positions - 1, 0)), (keys >= 0) & (keys < positions)
    keys = np.arange(positions)[None, :]
    allowed = np.array([d in head.offsets for d in range(-positions, positions + 1)])
    return keys, allowed[keys - query + positions]


@dataclass(frozen=True)
class Averages:
    """Averages at every position: the different ones, and which of them, (sequences, query)."""

    different: list[Fraction]
    places: Indices

    def mapped(self, index: Callable[[Fraction], int]) -> Indices:
        """What a function makes of them."""
        return np.array([index(one) for one in self.different], np.int64)[self.places]


def mean(
    variable: str | None,
    numbers: Sequence[int | Fraction],
    state: dict[str, Indices],
    keys: Indices,
    selected: Any,
    number: Indices,
) -> Averages:
    """The exact averages; where nothing is selected, they mean nothing.

    Args:
        numbers: what each value of the variable counts.
        number: how many positions are selected.
    """
    scale, whole = common(numbers)
    parts = digits(whole)
    if variable is None:
        sums = [number * part[0] for part in parts]
    else:
        values = state[variable]
        sums = [np.where(selected, part[values][:, keys], 0).sum(axis=2) for part in parts]
    codes = np.stack([*sums, np.maximum(number, 1)], axis=-1).reshape(-1, len(sums) + 1)
    unique, places = np.unique(codes, axis=0, return_inverse=True)
    totals = [(sum(digit << (DIGIT * place) for place, digit in enumerate(row)), n) for *row, n in unique.tolist()]
    return Averages([Fraction(total, n * scale) for total, n in totals], places.reshape(number.shape))


def digits(numbers: list[int]) -> list[Indices]:
    """Whole numbers of any size as digits of DIGIT bits, the lowest first, which add up in 64 bits without overflow.

    The last digit has the sign. Numbers that are small enough, as most are, have only that one.
    """
    found: list[Indices] = []
    while any(abs(number) >> DIGIT for number in numbers):
        found.append(np.array([number & ((1 << DIGIT) - 1) for number in numbers], np.int64))
        numbers = [number >> DIGIT for number in numbers]
    return [*found, np.array(numbers, np.int64)]


def nearest(domain: Domain, average: Fraction) -> int:
    """The index of the number of a domain that is nearest to an average; of two as near, the greater."""
    numbers: list[Any] = [value for value in domain if kind_of(value) == "number"]
    return domain.index(min(numbers, key=lambda number: (abs(number - average), -number)))


def disagreements(
    head: Head, selected: Any, brought: Indices, chosen: Indices, keys: Indices, numbers: Indices, name: str
) -> dict[int, RunFailed]:
    """For every sequence in which selected positions bring different values: where first, and which."""
    wrong = selected & (brought != chosen[:, :, None])
    keys = np.broadcast_to(keys, selected.shape[1:])
    errors: dict[int, RunFailed] = {}
    for sequence in np.flatnonzero(wrong.any(axis=(1, 2))).tolist():
        query = int(np.flatnonzero(wrong[sequence].any(axis=1))[0])
        second = int(wrong[sequence, query].argmax())
        first = int(selected[sequence, query].argmax())
        found = [
            (source_text(head.domain.values[brought[sequence, query, candidate]]), int(keys[query, candidate]))
            for candidate in (first, second)
        ]
        errors[sequence] = HeadDisagrees(None, head.name, int(numbers[sequence]), query, tuple(found), name=name)
    return errors
