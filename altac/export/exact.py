"""For which lengths the unrolled form is exact in float32: its scores have terms that compiled weights do not have.

docs/exactness.md has the lemmas. What a stock Transformer adds to them:

* Scores read the number of a position and its square, or a table of positions. All parts of a score are whole multiples
  of a power of two, which is read off the weights; a score is exact if the sum of the sizes of its parts is at most
  2^24 of these (A2). So L1 holds, for the same differences between scores.
* What a head brings is written as its difference from what it brings where nothing is selected. Among several
  positions, two dimensions are off by the bound of L2 instead of one, so a unit has to bear twice as much (L5).
* A unit that reads what is inexact is clamped by a second one, so it is exactly 0 or 1 where the program's unit is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from altac.backend.assemble import all_thresholds
from altac.backend.certify import Analysis
from altac.backend.floats import FLOAT32
from altac.backend.lemmas import conjunction_holds, sum_holds
from altac.driver import Compiled
from altac.export.unrolled import Unrolled, UnrolledHead
from altac.ir.arrays import Array
from altac.ir.rules import Feature


def obstacle(unrolled: Unrolled, compiled: Compiled) -> str | None:
    """The first head, or value, that float32 could get wrong, with the reason; None if it is exact throughout."""
    bits = Bits(unrolled)
    for head in bits.heads():
        reason = bits.of(head)
        if reason is not None:
            return f"`{head.name}`: {reason}"
    return selection_errors(compiled, unrolled.longest)


def selection_errors(compiled: Compiled, positions: int) -> str | None:
    """L5, where what a head brings from several positions is off in two dimensions."""
    program, rules = compiled.program, compiled.rules
    analysis = Analysis(program, rules, all_thresholds(program, rules))
    for number, layer in enumerate(program.layers):
        errors = {head.name: 2 * analysis.head_error(head, FLOAT32, positions) for head in layer.heads}
        for shape in analysis.shapes[number]:
            if not conjunction_holds(shape.size, [errors[name] for name in shape.heads], FLOAT32):
                name = (*shape.heads, program.name)[0]
                return f"`{name}`: a rule with {shape.size} conditions adds up to more than its slack"
        features: dict[str, Feature] = dict(rules.layers[number].features)
        for feature in features.values():
            if not sum_holds(feature, errors, FLOAT32):
                return f"`{feature.terms[0][0]}`: a sum of its values needs more bits"
    return None


@dataclass(frozen=True)
class Bits:
    """What float32 has to hold for scores."""

    unrolled: Unrolled

    def heads(self) -> Iterator[UnrolledHead]:
        """Those of every layer once: other rounds have the same numbers."""
        seen: set[tuple[str, str]] = set()
        for block in self.unrolled.blocks:
            for head in block.heads:
                layer = block.run.rpartition(" ")[0]
                if (layer, head.name) not in seen:
                    seen.add((layer, head.name))
                    yield head

    def of(self, head: UnrolledHead) -> str | None:
        """Why the scores of a head are not exact."""
        queries, keys = self._most(head.query, head.query_bias), self._most(head.key, head.key_bias)
        asked, answered = grain(head.query, head.query_bias), grain(head.key, head.key_bias)
        used = (queries > 0) & (keys > 0)
        if (queries > 2**FLOAT32.bits * asked)[used].any() or (keys > 2**FLOAT32.bits * answered)[used].any():
            return "a query or a key needs more bits than float32 has"
        grains = (asked * answered)[used]
        if not len(grains) or float((queries * keys)[used].sum()) <= 2**FLOAT32.bits * grains.min():
            return None
        return "its scores need more bits than float32 has"

    def _most(self, weight: Array, bias: Array) -> Array:
        """The greatest size of each dimension of queries or keys, and of all its partial sums."""
        sizes = np.abs(weight) * self._greatest
        grouped: Array = np.maximum.reduceat(sizes, self._starts, axis=1)
        most: Array = np.abs(bias) + grouped.sum(axis=1)
        return most

    @cached_property
    def _greatest(self) -> Array:
        """The greatest size of what stands in each dimension where scores read it."""
        last, places = self.unrolled.longest - 1, self.unrolled.places
        greatest: Array = np.maximum(1.0, np.abs(self.unrolled.tokens).max(axis=0))
        if places.padding is not None:
            greatest[places.padding] = 0  # its scores need not be exact: they are far below all others
        if places.number is not None:
            greatest[places.number] = last
        if places.square is not None:
            greatest[places.square] = last**2
        return greatest

    @cached_property
    def _starts(self) -> list[int]:
        """Where groups of dimensions begin of which one holds something: values of a part, positions."""
        grouped = [one.place for one in self.unrolled.standing if not one.part.is_number]
        if self.unrolled.places.one_hot:
            grouped.append(range(self.unrolled.places.one_hot[0], self.unrolled.places.one_hot[-1] + 1))
        inner = {dimension for place in grouped for dimension in place[1:]}
        return [dimension for dimension in range(self.unrolled.width) if dimension not in inner]


def grain(weight: Array, bias: Array) -> Array:
    """For each row the greatest power of two of which all its weights are multiples; infinite for zeros."""
    whole = np.concatenate([weight, bias[:, None]], axis=1)
    mantissas, exponents = np.frexp(whole)
    digits = (mantissas * 2.0**53).astype(np.int64)
    lowest = np.ldexp((digits & -digits).astype(np.float64), exponents - 53)
    grains: Array = np.where(whole == 0, np.inf, lowest).min(axis=1)
    return grains
