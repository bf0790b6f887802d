"""Scores: outputs decided by evidence. Tables give numbers to labels, and the label with the greatest sum wins.

Sums are whole numbers: fractions are brought to one denominator, so that nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from altac.diagnostics import Span
from altac.ir.values import Domain

Row = Mapping[int, int]  # what is added to labels, by their indices; nothing to all others


@dataclass(frozen=True)
class Scoring:
    """How sums become an output and probabilities; it travels with the weights.

    Attributes:
        reads: the variables and heads that the sums depend on.
        denominator: sums are so many times the scores.
        temperature: scores are divided by it before the softmax.
        pooled: whether the sums of all positions where the output is shown are added up, for one output.
    """

    reads: tuple[str, ...]
    denominator: int
    temperature: Fraction
    pooled: bool


@dataclass(frozen=True, eq=False)
class Term:
    """What one variable or head adds: `rows[i]` where it has value index i."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, eq=False)
class Score:
    """A sum of terms, and of a constant row."""

    name: str
    labels: Domain
    terms: tuple[Term, ...]
    constant: Row
    scoring: Scoring
    span: Span

    @property
    def greatest(self) -> int:
        """A bound of all sums, also of some of the terms."""
        tables = [(self.constant,), *(term.rows for term in self.terms)]
        return sum(max((abs(one) for row in rows for one in row.values()), default=0) for rows in tables)
