"""What decides an output that is a score: sums at every position, and the answers and probabilities that they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from altac.ir.arrays import Array, Indices, Mask
from altac.ir.scores import Row, Score, Scoring
from altac.ir.values import Domain, Value, number

if TYPE_CHECKING:  # shapes stand in the types; they are for readers
    from jaxtyping import Bool, Float64, Int64, Num

    Sums = Array | Indices  # whole numbers, unless somebody changed the weights


UNCLEAR_SUM = -(2**40)  # less than any sum: weights that somebody changed say no whole number


class Told(NamedTuple):
    """The output at every position: the index of its value, or a negative marker; and the sums, if it is a score.

    Of a pooled score, one position has both: the first that is shown.
    """

    values: Int64[Indices, "batch length"]
    sums: Int64[Indices, "batch length labels"] | None = None

    def of(self, rows: Bool[Mask, "batch"]) -> Told:
        """Those of some sequences."""
        return Told(self.values[rows], None if self.sums is None else self.sums[rows])


def table_of(rows: Sequence[Row], labels: int) -> Int64[Indices, "rows labels"]:
    """Rows with the zeros that they leave out."""
    table = np.zeros((len(rows), labels), np.int64)
    for place, row in enumerate(rows):
        table[place, list(row.keys())] = list(row.values())
    return table


class Adder:
    """Adds up a score from the states of positions."""

    def __init__(self, score: Score) -> None:
        self.constant = table_of([score.constant], len(score.labels))[0]
        self.tables = {term.name: table_of(term.rows, len(score.labels)) for term in score.terms}

    def __call__(
        self, state: Mapping[str, Int64[Indices, "batch length"]], shape: tuple[int, ...]
    ) -> Int64[Indices, "batch length labels"]:
        """The sums at every position; at padding they mean nothing.

        Args:
            state: value indices of variables, of what layers introduce and of heads; padding is below zero.
            shape: that of each of them.
        """
        sums = np.broadcast_to(self.constant, (*shape, len(self.constant))).copy()
        for name, table in self.tables.items():
            sums += table[state[name].clip(0)]
        return sums


def pooled_sums(
    sums: Float64[Array, "shown labels"], shown: Bool[Mask, "batch length"]
) -> Float64[Array, "pooled labels"]:
    """The sums of each sequence over the positions where it is shown, for those that have any."""
    counts = shown.sum(axis=1)
    starts = (counts.cumsum() - counts)[counts > 0]
    result: Array = np.add.reduceat(sums, starts) if len(starts) else sums[:0]
    return result


def decide(
    sums: Int64[Indices, "batch length labels"], shown: Bool[Mask, "batch length"], scoring: Scoring, nowhere: int
) -> Told:
    """The label with the greatest sum, the first of several, where it is shown; elsewhere `nowhere`."""
    if scoring.pooled:
        total = np.where(shown[..., None], sums, 0).sum(axis=1)
        shown = shown & (shown.cumsum(axis=1) == 1)
        sums = np.broadcast_to(total[:, None], sums.shape)
    return Told(np.where(shown, sums.argmax(axis=-1), nowhere), sums)


@dataclass(frozen=True, eq=False)
class Evidence:
    """The sums of each symbol of an output."""

    sums: Num[Sums, "outputs labels"]
    labels: Domain
    scoring: Scoring

    @property
    def scores(self) -> tuple[dict[Value, float | Fraction], ...]:
        """For each symbol of the output the score of every label: the numbers that the program adds up.

        A score is a float only where somebody changed the weights, and it is infinite or no number.
        """

        def score(one: float) -> float | Fraction:
            return number(Fraction(one) / self.scoring.denominator) if isfinite(one) else one

        return tuple(dict(zip(self.labels, map(score, row), strict=True)) for row in self.sums.tolist())

    @property
    def probabilities(self) -> tuple[dict[Value, float], ...]:
        """For each symbol of the output the probability of every label."""
        return tuple(dict(zip(self.labels, row, strict=True)) for row in self._softmax().tolist())

    def drawn(self, dice: np.random.Generator) -> tuple[Value, ...]:
        """An output, each symbol drawn with its probability."""
        return tuple(self.labels.values[int(dice.choice(len(row), p=row))] for row in self._softmax())

    def _softmax(self) -> Float64[Array, "outputs labels"]:
        """Of the scores, divided by the temperature."""
        above = self.sums - self.sums.max(axis=-1, keepdims=True)
        weights = np.exp(above / float(self.scoring.denominator * self.scoring.temperature))
        probabilities: Array = weights / weights.sum(axis=-1, keepdims=True)
        return probabilities
