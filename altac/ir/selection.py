"""How many positions a head can select: what relative positions, the frame and the condition leave.

Ensures a bound that holds whatever values a step assigns. The variables that no step assigns are known from the
beginning: the value of each is given by the token, or by the place, so it is known how many positions can have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from math import inf
from typing import Literal

from altac.ir.interface import Interface
from altac.ir.program import Condition, Offsets, Variable

Keys = tuple[int, ...]  # a row for each of some conditions
MOST_TOGETHER = 20_000  # pairs of a key's and a query's values up to which conditions are counted together


@dataclass(frozen=True)
class Census:
    """How many positions can be alike; `fixed` are the variables that no step assigns, by name."""

    interface: Interface
    fixed: Mapping[str, Variable]

    def most_selected(self, conditions: Sequence[Condition], offsets: Offsets, positions: int | None) -> int | None:
        """An upper bound on how many positions a query selects; None if there is none.

        Args:
            positions: how many there are, with the frame; None for any number.
        """
        bounds = [_or_infinite(offsets.most(positions))]
        for query in dict.fromkeys((None, *(condition.query for condition in conditions))):
            for source in ("token", "position"):
                known = [
                    condition
                    for condition in conditions
                    if condition.query in (None, query) and self._from(condition.key, source)
                ]
                if any(condition.query == query and condition.key is not None for condition in known):
                    bounds.append(self._most(known, source, positions))
        least = min(bounds)
        return None if least == inf else int(least)

    def _from(self, key: str | None, source: str) -> bool:
        return key is None or (key in self.fixed and self.fixed[key].initial_by == source)

    def _most(
        self, conditions: Sequence[Condition], source: Literal["token", "position"], positions: int | None
    ) -> float:
        """The greatest number of positions on which conditions hold together, for one value of the query's variable."""
        alike: dict[frozenset[Keys], float] = {}
        for number, indices in self._positions(source, positions):
            possible = frozenset(tuple(self._key(condition, index) for condition in conditions) for index in indices)
            alike[possible] = alike.get(possible, 0) + number
        width = max(len(condition.holds[0]) for condition in conditions)
        if len(conditions) > 1 and sum(map(len, alike)) * width > MOST_TOGETHER:
            return min(self._most([condition], source, positions) for condition in conditions)
        rows = [_joined(any, [_row(conditions, keys, width) for keys in possible], width) for possible in alike]
        return max((sum(compress(alike.values(), column)) for column in zip(*rows, strict=True)), default=0)

    def _key(self, condition: Condition, index: int) -> int:
        """The row of a condition for the keys whose token, or place, has an index."""
        return 0 if condition.key is None else self.fixed[condition.key].initial[index]

    def _positions(self, source: str, positions: int | None) -> Iterator[tuple[float, Sequence[int]]]:
        """How many positions there are, and the indices of the tokens that each can have, or of its place."""
        if source == "position":
            assert positions is not None  # else no variable has a value for every place
            yield from ((1, [place]) for place in range(positions))
            return
        frame = (*self.interface.before, *self.interface.after)
        yield from ((1, [token]) for token in frame)
        symbols = [self.interface.vocabulary.index(symbol) for symbol in self.interface.alphabet]
        yield inf if positions is None else max(0, positions - len(frame)), symbols


def _row(conditions: Sequence[Condition], keys: Keys, width: int) -> Sequence[bool]:
    """For which values of the query's variable all conditions hold."""
    return _joined(all, [condition.holds[key] for condition, key in zip(conditions, keys, strict=True)], width)


def _joined(how: Callable[[Iterable[bool]], bool], rows: Sequence[Sequence[bool]], width: int) -> Sequence[bool]:
    """Rows joined column by column; a row of one value is that of a condition that reads nothing of the query."""
    if len(rows) == 1:
        return rows[0] if len(rows[0]) == width else tuple(rows[0]) * width
    wide = [row if len(row) == width else tuple(row) * width for row in rows]
    return [how(held) for held in zip(*wide, strict=True)]


def _or_infinite(number: int | None) -> float:
    return inf if number is None else number
