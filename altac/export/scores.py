"""Attention scores without a bias by distance: positions become dimensions of the stream, and the sink a position.

Softmax sees differences alone, so what a query adds to all of its scores is taken off the score of the sink instead.
How a head depends on distance decides what it needs:

* the same at all distances, or a slope: the number of the position, if that;
* one distance `o`: the score `-c (k - q - o)^2` in its parts, which needs the number of the position and its square;
* anything else: one-hot positions, and a table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, log2
from typing import TYPE_CHECKING, Literal

import numpy as np

from altac.ir.arrays import Array
from altac.model.parameters import HeadParameters

if TYPE_CHECKING:
    from jaxtyping import Float64

FAR = 2.0**60  # below every score, and every sum that a unit reads
GAP = 1024.0  # between what is selected and what is not: softmax gives exact zeros


@dataclass(frozen=True)
class Places:
    """Dimensions of the unrolled stream that say where a position is; None or empty where no head needs them.

    `padding` says that it is none: heads do not look there, and units are off. Nothing looks ahead in a causal model,
    which has no such dimension.
    """

    sink: int
    padding: int | None
    number: int | None
    square: int | None
    one_hot: tuple[int, ...]


@dataclass(frozen=True)
class ByDistance:
    """What distance adds to the scores of a head, among so many positions.

    Attributes:
        kind: "linear" is `level + slope * distance`, "one" is `level` at `offset` alone, "never" selects nothing.
        table: for "table" the score of every distance from 1 - positions on, -inf where it does not look.
        greatest: size of the greatest finite score.
    """

    kind: Literal["linear", "one", "table", "never"]
    level: float
    slope: float
    offset: int
    table: tuple[float, ...]
    greatest: float

    @property
    def needs_number(self) -> bool:
        return self.kind == "one" or self.slope != 0

    @property
    def selects_one(self) -> bool:
        """Whether two positions never share the weight, whatever the queries and keys."""
        return self.kind in ("one", "never") or self.slope != 0


def by_distance(head: HeadParameters, positions: int, causal: bool) -> ByDistance:
    """The least that says how a head depends on distance.

    Args:
        causal: whether later positions are never seen, whatever the scores.
    """
    distances = np.arange(1 - positions, 1 if causal else positions, dtype=np.float64)
    scores = head.at(distances)
    inside = np.isfinite(scores)
    if not inside.any():
        return ByDistance("never", 0.0, 0.0, 0, (), 0.0)
    level, greatest = float(scores[inside].max()), float(np.abs(scores[inside]).max())
    if inside.all():
        steps = np.unique(np.diff(scores))
        if len(steps) <= 1:
            slope = float(steps[0]) if len(steps) else 0.0
            return ByDistance("linear", float(scores[positions - 1]), slope, 0, (), greatest)
    if inside.sum() == 1:
        return ByDistance("one", level, 0.0, int(distances[inside][0]), (), greatest)
    slope = float(head.slope)  # of the table, so that two positions never score the same
    return ByDistance("table", level, slope, 0, tuple(scores.tolist()), greatest)


def power_above(number: float) -> float:
    """The least power of two that is not below a number."""
    return 2.0 ** ceil(log2(max(number, 1.0)))


@dataclass
class Rows:
    """Dimensions of queries and keys, which grow one by one."""

    width: int
    queries: list[Float64[Array, "d_model"]] = field(default_factory=list)
    keys: list[Float64[Array, "d_model"]] = field(default_factory=list)
    query_biases: list[float] = field(default_factory=list)
    key_biases: list[float] = field(default_factory=list)

    def add(
        self, query_bias: float = 0.0, key_bias: float = 0.0
    ) -> tuple[Float64[Array, "d_model"], Float64[Array, "d_model"]]:
        """A dimension that reads nothing yet."""
        self.queries.append(np.zeros(self.width))
        self.keys.append(np.zeros(self.width))
        self.query_biases.append(query_bias)
        self.key_biases.append(key_bias)
        return self.queries[-1], self.keys[-1]


def leave_out_padding(rows: Rows, padding: int) -> None:
    """Put the scores of padding far below all others, by a dimension of queries that is always 1, a new one or not."""
    constant = (
        key
        for query, key, bias in zip(rows.queries, rows.keys, rows.query_biases, strict=True)
        if bias == 1 and not query.any()
    )
    found = next(constant, None)
    key = rows.add(query_bias=1.0)[1] if found is None else found
    key[padding] = -FAR


def add_distance(
    rows: Rows, how: ByDistance, sink_score: float, bound: float, places: Places, positions: int, causal: bool
) -> None:
    """The dimensions for distance and for the sink, whose key is zero in all others.

    Args:
        bound: of the score of queries and keys by themselves.
    """
    enough = power_above(bound + how.greatest + abs(sink_score) + GAP)  # what puts any score below that of the sink
    sink_bias, ahead, sink = sink_score - how.level, 0.0, len(rows.queries)
    query, key = rows.add()
    key[places.sink] = 1.0
    match how.kind:
        case "never":
            sink_bias = sink_score + enough
        case "one":
            assert places.number is not None
            assert places.square is not None
            own, seen = rows.add(query_bias=1.0)
            seen[places.square] = -enough
            own, seen = rows.add(query_bias=float(how.offset))
            own[places.number] = 1.0
            seen[places.number] = 2 * enough
            query[places.square], query[places.number] = enough, 2 * enough * how.offset
            ahead = enough * how.offset**2
            sink_bias += ahead
        case "linear":
            if how.slope:
                assert places.number is not None
                own, seen = rows.add(query_bias=1.0)
                seen[places.number] = how.slope
                query[places.number] = how.slope
                ahead = abs(how.slope) * positions
        case "table":
            reach, level = positions - 1, 0.0 if how.slope or len({*how.table} - {-np.inf}) > 1 else how.level
            sink_bias = sink_score - level
            table = np.array(how.table)
            table = np.where(np.isfinite(table), table - level, -enough)
            one_hot = np.array(places.one_hot)
            for place in range(positions):
                own, seen = rows.add()
                seen[one_hot[place]] = 1.0
                first = place if causal else 0
                own[one_hot[first:]] = table[place - np.arange(first, positions) + reach]
    rows.query_biases[sink] = sink_bias
    if not causal:  # the sink sees itself alone
        query[places.sink] = power_above(4 * (enough + ahead + abs(sink_bias)))
