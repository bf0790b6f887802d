"""Coordinates of vectors of which only products are known: whole numbers from -1 to 1, in some orthonormal basis.

Where values of two variables are always read and written together, no sum of vectors is a direction of the basis; but
their products say which of them have directions in common. Vectors get their coordinates one after the other: those in
directions that are known by then follow from products, and what is missing in length are new directions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import TYPE_CHECKING

import numpy as np

from altac.decompile.vectors import Vectors, connected, different
from altac.ir.arrays import Array, Mask

if TYPE_CHECKING:
    from jaxtyping import Bool, Int

MOST_STEPS = 3000  # of a search
MOST_WAYS = 20  # of giving a part coordinates
MOST_OPEN = 3  # directions that are turned so that vectors have few coordinates
MOST_SQUARE = 200  # of a length

Table = np.ndarray[tuple[int, int], np.dtype[np.int64]]


def assigned(rest: Vectors, found: Array, is_open: bool) -> Iterator[Array]:
    """Directions of a part of the vectors that have whole coordinates, each way that is found.

    Args:
        found: the directions that are known, to which all vectors are orthogonal.
        is_open: whether coordinates leave some of the directions open.

    Returns:
        New directions (new, d_model). Open ones lie where no vector does, if there is room.
    """
    usable = rest.is_small & rest.is_whole & (rest.lengths**2 < MOST_SQUARE)
    rows, positive = rest.rows[usable], different(rest.rows[usable & rest.is_positive], signed=True)
    for part in sorted(connected(different(rows)), key=len):
        inside = positive[np.abs(positive @ part.T).max(axis=1, initial=0) > 0.5]
        others = np.array([row for row in part if np.abs(np.abs(inside @ row) - row @ row).min(initial=9) > 0.1])
        every = np.concatenate([inside, others.reshape(-1, part.shape[1])])
        products = every @ every.T
        table = products.round().astype(np.int64)
        if np.abs(products - table).max() > 0.1:
            continue
        beside = beyond(rest.rows, every)
        unused = beyond(np.eye(part.shape[1]), np.concatenate([found, every, beside]))
        room = len(spanned(every)) + len(beside) + len(unused)
        search = Search(table, np.arange(len(every)) < len(inside), room)
        ways = []
        for coordinates in islice(search.run(), MOST_WAYS):
            if (np.linalg.matrix_rank(coordinates) < coordinates.shape[1]) == is_open:
                ways += placed(coordinates, every, beside, unused, rest)
        yield from sorted(ways, key=lambda way: odd_ones(way, rest))


def odd_ones(way: Array, rest: Vectors) -> int:
    """How many coordinates are not whole, of vectors that may have whole ones."""
    values = different(rest.rows[rest.is_small | rest.is_whole]) @ way.T
    return int((np.abs(values - values.round()) > 1e-2).any(axis=1).sum())


def placed(coordinates: Table, rows: Array, beside: Array, unused: Array, rest: Vectors) -> list[Array]:
    """Orthonormal directions in which some rows have some coordinates, in several ways where these leave some open.

    Args:
        beside: directions of what is left of vectors beside these rows, to which they are orthogonal.
        unused: directions that are orthogonal to all.
        rest: vectors that may have whole coordinates there.
    """
    known = np.linalg.pinv(coordinates, rcond=1e-6) @ rows
    left, sizes, _ = np.linalg.svd(coordinates.T.astype(float), full_matrices=True)
    open_ones = left[:, int((sizes > 1e-6).sum()) :]
    count = open_ones.shape[1]
    free = np.concatenate([unused, beside])
    ways = [known + open_ones @ free[:count]] if count <= len(free) else []
    axes = spanned(rows)
    others = different(rest.rows[~rest.is_small | ~rest.is_whole])
    for row in others if 0 < count <= MOST_OPEN else ():
        outside = row - row @ axes.T @ axes
        ways += [known + open_ones @ side for side in sides(known @ row, open_ones, outside, unused)]
    if count == 1:
        outsides = rest.whole - rest.whole @ axes.T @ axes
        outsides = different(outsides[np.linalg.norm(outsides, axis=1) > 1e-2])
        ways += [known + sign * open_ones @ side[None] for side in unit(outsides) for sign in (1, -1)]
    return ways


def sides(at: Array, open_ones: Array, outside: Array, unused: Array) -> Iterator[Array]:
    """How open directions may lie so that a vector has few coordinates besides zeros, and none beyond.

    Args:
        at: its coordinates where open directions have no part in it.
        open_ones: of each direction the parts of open ones, (directions, open).
        outside: what of it is not spanned by vectors whose coordinates are known.
    """
    count = open_ones.shape[1]
    length = np.linalg.norm(outside)
    if length < 1e-2 or len(unused) < count - 1:
        return
    for chosen in combinations(np.flatnonzero(np.abs(at) > 1e-3).tolist(), count):
        square = open_ones[list(chosen)]
        if abs(np.linalg.det(square)) < 1e-3:
            continue
        parts = np.linalg.solve(square, -at[list(chosen)])
        if abs(np.linalg.norm(parts) - length) < 1e-3 * length:
            others = np.linalg.svd(parts[None])[2][1:]
            yield np.outer(parts / length, outside / length) + others.T @ unused[: count - 1]


def unit(rows: Array) -> Array:
    result: Array = rows / np.linalg.norm(rows, axis=1)[:, None]
    return result


def beyond(rows: Array, known: Array) -> Array:
    """Orthonormal directions of what is left of some rows beside others."""
    axes = spanned(known)
    return spanned(rows - rows @ axes.T @ axes)


def spanned(rows: Array) -> Array:
    values, axes = np.linalg.svd(rows, full_matrices=False)[1:]
    result: Array = axes[values > 3e-3]
    return result


@dataclass(eq=False)
class Search:
    """A search for coordinates.

    Attributes:
        products: of all vectors.
        positive: which of them have no coordinate below zero.
        room: the greatest number of directions.
    """

    products: Table
    positive: Bool[Mask, "vectors"]
    room: int
    steps: int = field(default=0)

    def run(self) -> Iterator[Table]:
        """Coordinates (vectors, directions), each way that is found."""
        seen = set()
        for order, table in self.extend([], np.zeros((0, 0), np.int64)):
            result = np.zeros_like(table)
            result[order] = table
            columns = tuple(sorted(map(tuple, result.T.tolist())))
            if columns not in seen:
                seen.add(columns)
                yield result

    def extend(self, order: list[int], table: Table) -> Iterator[tuple[list[int], Table]]:
        """Coordinates of all vectors from those of some."""
        if len(order) == len(self.products):
            yield order, table
            return
        self.steps += 1
        if self.steps > MOST_STEPS:
            return
        one = self.next(order, table)
        for row in self.candidates(one, order, table):
            new = len(row) - table.shape[1]
            wider = np.concatenate([np.pad(table, ((0, 0), (0, new))), row[None]])
            yield from self.extend([*order, one], wider)
            if self.steps > MOST_STEPS:
                return

    def next(self, order: list[int], table: Table) -> int:
        """The vector whose coordinates leave least open."""
        left = sorted(set(range(len(self.products))) - set(order), key=lambda one: self.products[one, one])
        if not order:
            return min(left, key=lambda one: (not self.positive[one], self.products[one, one]))
        best, least = left[0], int(self.products.max()) + 2 * len(table.T) + 1
        for one in left:
            if not self.products[one, order].any():
                continue
            limits = self.limits(one, order, table)
            if limits is None:
                return one
            low, high = limits
            count = int((low < high).sum() + self.products[one, one] - ((low > 0) | (high < 0)).sum())
            if count < least:
                best, least = one, count
            if count == 0:
                break
        return best

    def limits(
        self, one: int, order: list[int], table: Table
    ) -> tuple[Int[Array, "directions"], Int[Array, "directions"]] | None:
        """Between which numbers the coordinates of a vector lie; None if there are none."""
        count = table.shape[1]
        low = np.full(count, 0 if self.positive[one] else -1)
        return self.narrowed(one, order, table, low, np.ones(count, np.int64))

    def narrowed(
        self, one: int, order: list[int], table: Table, low: Int[Array, "directions"], high: Int[Array, "directions"]
    ) -> tuple[Int[Array, "directions"], Int[Array, "directions"]] | None:
        """Limits by those of all others and the products; None if they exclude each other."""
        wanted, square = self.products[one, order], self.products[one, one]
        up, down = table == 1, table == -1
        while True:
            most, least = np.maximum(table * low, table * high), np.minimum(table * low, table * high)
            above, below = wanted - least.sum(axis=1), most.sum(axis=1) - wanted
            if (above < 0).any() or (below < 0).any() or ((low > 0) | (high < 0)).sum() > square:
                return None
            at_most, at_least = least + above[:, None], most - below[:, None]
            far = 2
            new_high = np.minimum(high, np.where(up, at_most, far).min(axis=0, initial=far))
            new_high = np.minimum(new_high, np.where(down, -at_least, far).min(axis=0, initial=far))
            new_low = np.maximum(low, np.where(up, at_least, -far).max(axis=0, initial=-far))
            new_low = np.maximum(new_low, np.where(down, -at_most, -far).max(axis=0, initial=-far))
            if (new_low > new_high).any():
                return None
            if (new_low == low).all() and (new_high == high).all():
                return low, high
            low, high = new_low, new_high

    def candidates(self, one: int, order: list[int], table: Table) -> Iterator[Int[Array, "directions"]]:
        """Coordinates that fit the products; those that need no new directions, and those that add up to 0, first."""
        limits = self.limits(one, order, table)
        if limits is None:
            return
        square = int(self.products[one, one])
        kinds = [tuple(column) for column in table.T.tolist()]
        for known in self.choices(one, order, table, *limits, kinds):
            new = square - int((known**2).sum())
            if new < 0 or len(known) + new > self.room:
                continue
            if self.positive[one]:
                yield np.concatenate([known, np.ones(new, np.int64)])
                continue
            for minus in sorted(range(new + 1), key=lambda minus: abs(int(known.sum()) + new - 2 * minus)):
                yield np.concatenate([known, np.full(minus, -1), np.ones(new - minus, np.int64)])

    def choices(
        self,
        one: int,
        order: list[int],
        table: Table,
        low: Int[Array, "directions"],
        high: Int[Array, "directions"],
        kinds: list[tuple[int, ...]],
    ) -> Iterator[Int[Array, "directions"]]:
        """All coordinates in known directions; of those that nothing tells apart, the first come first."""
        undecided = np.flatnonzero(low < high)
        if not len(undecided):
            yield low
            return
        place = int(undecided[0])
        alike = [other for other in range(place) if kinds[other] == kinds[place]]
        most = min([int(high[place]), *(int(low[other]) for other in alike)])
        for value in range(most, int(low[place]) - 1, -1):
            lower, upper = low.copy(), high.copy()
            lower[place] = upper[place] = value
            limits = self.narrowed(one, order, table, lower, upper)
            if limits is not None:
                yield from self.choices(one, order, table, *limits, kinds)
