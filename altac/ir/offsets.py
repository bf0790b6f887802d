"""Relative positions that a head may look at."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Offsets:
    """Which relative positions a head may look at: a union of intervals; None is unbounded."""

    intervals: tuple[tuple[int | None, int | None], ...]

    def __contains__(self, offset: int) -> bool:
        return any((low is None or low <= offset) and (high is None or offset <= high) for low, high in self.intervals)

    @property
    def reach(self) -> int:
        """The greatest distance that is named: beyond it, only the sign of a distance matters."""
        return max((abs(end) for pair in self.intervals for end in pair if end is not None), default=0)

    def most(self, positions: int | None) -> int | None:
        """The greatest number of positions that one query can select, among `positions` (None: any number)."""
        if positions is None:
            if any(end is None for pair in self.intervals for end in pair):
                return None
            positions = 2 * self.reach + 1
        last = positions - 1
        if last < 0:
            return 0
        spans = self._merged(-last, last)
        starts = [low for low, _ in spans]
        before = [0, *accumulate(high - low + 1 for low, high in spans)]

        def up_to(distance: int) -> int:
            """How many distances are at most this one."""
            place = bisect_right(starts, distance)
            return before[place] - max(0, spans[place - 1][1] - distance) if place else 0

        # how many keys a query sees is linear between the places where the end of a span meets the first or last key
        places = {0, last, *(q for low, high in spans for q in (-low, -high - 1, last - high, last + 1 - low))}
        return max(up_to(last - q) - up_to(-q - 1) for q in places if 0 <= q <= last)

    def reached(self, last: int) -> int:
        """The distances from -last to last, as bits."""
        spans = self._merged(-last, last)
        return sum((1 << high + 1 + last) - (1 << low + last) for low, high in spans)

    def _merged(self, least: int, greatest: int) -> list[tuple[int, int]]:
        """The intervals between two distances, without overlap."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted(
            (least if low is None else max(low, least), greatest if high is None else min(high, greatest))
            for low, high in self.intervals
        ):
            if merged and low <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(high, merged[-1][1])
            elif low <= high:
                merged.append((low, high))
        return merged

    def __str__(self) -> str:
        return ", ".join(
            str(low) if low == high else f"{'' if low is None else low}..{'' if high is None else high}"
            for low, high in self.intervals
        )


EVERYWHERE = Offsets(((None, None),))
