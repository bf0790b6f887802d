"""What a model is like before it is trained: which parts it has, and what these can choose from.

Two models. In the *published* one (Friedman, Wettig and Chen, 2023, *Learning Transformer Programs*), each value of
what a head asks with selects one value of what it asks for; the head brings what stands at the closest such position,
its own last, and at the first position where there is none. Counts are read by tables and by the readout only. The
*free* one has any relation between the two values; brings from the first, the last or the closest position, all around
or on one side; and its counts are variables like all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from altac.synthesis.gradient.discrete import Bits
from altac.synthesis.nodes import AFTER, ALL, BEFORE, FROM_HERE, SO_FAR

Model = Literal["free", "published"]
ORDERS = ("first", "last", "closest")
SIDES = (ALL, BEFORE, SO_FAR, AFTER, FROM_HERE)
SIDES_BACKWARDS = (BEFORE, SO_FAR)
HIDDEN = 64  # hidden units that a table of the published model comes from


@dataclass(frozen=True)
class Sizes:
    """How many layers there are, and what each has."""

    model: Model
    layers: int
    lookers: int
    counters: int
    tables: int

    @property
    def parts(self) -> int:
        """How many heads and tables there are."""
        return self.layers * (self.lookers + self.counters + self.tables)

    def __str__(self) -> str:
        parts = f"{self.lookers} + {self.counters} heads and {self.tables} tables"
        return f"{self.model}, {self.layers} layer{'s' if self.layers > 1 else ''} of {parts}"


@dataclass(frozen=True)
class Spec:
    """Sizes, and what follows from the examples.

    Attributes:
        symbols: how many symbols inputs have.
        longest: the most symbols of an input.
        labels: how many symbols outputs have.
        backwards: whether no position depends on later ones.
    """

    sizes: Sizes
    symbols: int
    longest: int
    labels: int
    backwards: bool

    @property
    def framed(self) -> bool:
        """Whether the text stands between two symbols: somewhere the published heads must look."""
        return self.sizes.model == "published"

    @property
    def positions(self) -> int:
        return self.longest + 2 * self.framed

    @property
    def width(self) -> int:
        """How many values a variable has: one number for all, as computations of all parts are one."""
        return max(self.symbols + 1 + self.framed, self.positions + 1)

    @property
    def sides(self) -> tuple[str, ...]:
        return SIDES_BACKWARDS if self.backwards else SIDES

    @property
    def each(self) -> int:
        """How many variables a layer adds."""
        return self.sizes.lookers + self.sizes.counters + self.sizes.tables

    def before(self, layer: int) -> int:
        """How many variables there are before a layer (from 0)."""
        return 2 + layer * self.each

    @property
    def is_count(self) -> Bits:
        """Which of all variables are counts."""
        sizes = self.sizes
        one = [False] * sizes.lookers + [True] * sizes.counters + [False] * sizes.tables
        return np.array([False, False, *(one * sizes.layers)])

    def readable(self, layer: int) -> tuple[Bits, Bits]:
        """What heads (variables,) and each table (tables, variables with those of this layer's heads) can read."""
        known, with_heads = self.before(layer), self.before(layer) + self.sizes.lookers + self.sizes.counters
        counts = self.is_count
        if self.sizes.model == "free":
            return np.ones(known, bool), np.ones((self.sizes.tables, with_heads), bool)
        of_counts = np.arange(self.sizes.tables) >= (self.sizes.tables + 1) // 2
        return ~counts[:known], counts[None, :with_heads] == of_counts[:, None]
