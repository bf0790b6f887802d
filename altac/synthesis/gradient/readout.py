"""The readout, fitted anew after rounding: a table of two variables if that is as good, else sums of whole numbers.

Everything is fitted on examples to learn from, and chosen by others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import itemgetter

import numpy as np

from altac.ir.values import Value
from altac.synthesis.gradient.discrete import Answer, Bits, Ints, Run, Sums, Table, Variable
from altac.synthesis.gradient.relations import Read, arithmetic
from altac.synthesis.gradient.rounding import Column
from altac.synthesis.gradient.training import Data
from altac.synthesis.scores.fitting import plainest
from altac.synthesis.scores.regression import Bags, Floats, regress

MOST_ROWS = 8_000  # on which a readout is fitted
PENALTY = 0.5
TRIED = 2  # variables that may be left out next
LOSS = 0.001  # the share of right answers that may be lost for a readout of fewer variables
SCALES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Rows:
    """What all variables are (variables, rows) where an output is told, and the labels there (rows,)."""

    codes: Ints
    labels: Ints

    @staticmethod
    def of(columns: Sequence[Column], data: Data, most: int | None = None) -> Rows:
        texts = slice(None) if most is None else slice(int((data.told.sum(1).cumsum() <= most).sum()))
        run, told = Run(data.texts.take(texts)), data.told[texts]
        codes = np.stack([run.of(column.variable)[told] for column in columns])
        return Rows(codes, data.labels[: codes.shape[1]])

    def right(self, answers: Ints) -> float:
        return float((answers == self.labels).mean()) if len(self.labels) else 0.0


class Fitter:
    """Readouts of the variables of one restart."""

    def __init__(self, columns: Sequence[Column], labels: Sequence[Value], train: Data, validation: Data) -> None:
        self.columns, self.labels = columns, tuple(labels)
        self.train, self.validation = Rows.of(columns, train, MOST_ROWS), Rows.of(columns, validation)
        self.starts = np.cumsum([0, *(len(column.variable) for column in columns)])

    def trained(self, readout: np.ndarray[tuple[int, int, int], np.dtype[np.float32]]) -> Floats:
        """The readout of the model, for each code of each variable (codes, labels)."""
        parts = [rows[column.indices] for column, rows in zip(self.columns, readout, strict=True)]
        return np.concatenate(parts).astype(np.float64)

    def fitted(self, kept: Sequence[int], start: Floats) -> Floats:
        """Weights (codes, labels) of some variables, fitted to the training rows; 0 for the others."""
        size = len(self.train.labels)
        columns = (self.train.codes[kept] + self.starts[:-1][kept, None]).T.reshape(-1)
        weights = np.zeros_like(start)
        for variable in kept:
            part = slice(self.starts[variable], self.starts[variable + 1])
            weights[part] = start[part]
        bags = Bags(np.repeat(np.arange(size), len(kept)), columns, size, len(start))
        return regress(bags, self.train.labels, PENALTY, weights)

    def sums(self, weights: Floats | Ints, rows: Rows) -> Floats | Ints:
        """The sums (rows, labels) of all variables."""
        found = weights[rows.codes[0]]
        for start, codes in zip(self.starts[1:-1], rows.codes[1:], strict=True):
            found = found + weights[codes + start]
        return np.asarray(found)

    def right(self, weights: Floats | Ints) -> float:
        """The share of validation rows that some weights answer."""
        return self.validation.right(self.sums(weights, self.validation).argmax(1))

    def best(self, readout: np.ndarray[tuple[int, int, int], np.dtype[np.float32]]) -> tuple[Floats, float]:
        """The trained readout or one that is fitted anew, whichever answers more."""
        trained = self.trained(readout)
        anew = self.fitted(self.different(), trained)
        return max(((one, self.right(one)) for one in (anew, trained)), key=itemgetter(1))

    def different(self) -> list[int]:
        """Variables of which no two say the same; the first of those that do."""
        rows = np.concatenate([self.train.codes, self.validation.codes], axis=1)
        first: dict[bytes, int] = {}
        for place, row in enumerate(rows):
            names = np.unique(row, return_inverse=True)[1]
            order = np.unique(names, return_index=True)[1].argsort().argsort()  # by which comes first
            first.setdefault(order[names].astype(np.int16).tobytes(), place)
        return list(first.values())

    def answer(self, weights: Floats) -> tuple[Answer, float]:
        """The smallest answer that is about as right as these weights."""
        right = self.right(weights)
        table, of_table = self.table(weights)
        if of_table >= right - LOSS:
            return table, of_table
        return self.fewest(weights, right)

    def table(self, weights: Floats) -> tuple[Answer, float]:
        """The table of at most two variables that answers most; what no row shows, the weights decide."""
        sums = self.sums(weights, self.train)
        best: tuple[float, tuple[int, ...]] = (-1.0, ())
        singles = [(place,) for place in range(len(self.columns))]
        for places in [*singles, *combinations(range(len(self.columns)), 2)]:
            cells, _ = self.majority(places)
            right = self.validation.right(cells[tuple(self.validation.codes[list(places)])])
            if right > best[0] + (LOSS if len(places) > len(best[1]) else 0):
                best = right, places
        right, places = best
        cells, seen = self.majority(places)
        mean = sums.mean(0)
        total = np.zeros((*cells.shape, len(self.labels)))
        for axis, place in enumerate(places):
            part = weights[self.starts[place] : self.starts[place + 1]]
            shape = [1] * len(places)
            shape[axis] = len(part)
            own = part[self.train.codes[place]].mean(0)
            total += (part - own).reshape(*shape, -1)
        inputs = tuple(self.variable(place) for place in places)
        computed = self.computed(inputs, cells, seen)
        if computed is not None:
            return computed, right
        return Table(self.labels, inputs, np.where(seen, cells, (total + mean).argmax(-1))), right

    def computed(self, inputs: tuple[Variable, ...], cells: Ints, seen: Bits) -> Table | None:
        """What is equal to the table where rows show something, if it is an input or arithmetic."""
        if not all(type(label) is int for label in self.labels):
            return None
        wanted = np.array(self.labels, np.int64)[cells]
        reads = [Read(name, one.values) for name, one in zip("ab", inputs, strict=False)]
        if len(reads) == 1:
            found = [np.array(reads[0].values, np.int64)] if reads[0].is_number else []
        else:
            found = [numbers for _, numbers in arithmetic(*reads)]
        for numbers in found:
            if (numbers == wanted)[seen].all():
                values, codes = np.unique(numbers, return_inverse=True)
                return Table(tuple(values.tolist()), inputs, codes.reshape(numbers.shape))
        return None

    def majority(self, places: tuple[int, ...]) -> tuple[Ints, Bits]:
        """The most frequent label for each combination of codes, and which of them occur."""
        shape = tuple(len(self.variable(place)) for place in places)
        cell = np.ravel_multi_index(tuple(self.train.codes[list(places)]), shape)
        labels = len(self.labels)
        counts = np.bincount(cell * labels + self.train.labels, minlength=int(np.prod(shape)) * labels)
        counts = counts.reshape(*shape, labels)
        return counts.argmax(-1), np.asarray(counts.any(-1))

    def variable(self, place: int) -> Variable:
        return self.columns[place].variable

    def fewest(self, weights: Floats, right: float) -> tuple[Answer, float]:
        """Sums of as few variables, and of as small whole numbers, as answer about as much."""
        kept = self.different()
        if len(kept) < len(self.columns):
            weights = self.fitted(kept, weights)
        while len(kept) > 1:
            tried = []
            for without in self.least_needed(weights, kept)[:TRIED]:
                fewer = [place for place in kept if place != without]
                found = self.fitted(fewer, weights)
                tried.append((self.right(found), fewer, found))
                if tried[-1][0] >= right:
                    break
            best = max(tried, key=itemgetter(0))
            if best[0] < right - LOSS:
                break
            right, (_, kept, weights) = max(right, best[0]), best
        whole = np.zeros(weights.shape, np.int64)
        for scale in SCALES:
            whole = np.round(weights * scale).astype(np.int64)
            if self.right(whole) >= self.right(weights) - LOSS / 10:
                break
        terms = {}
        for place in kept:
            rows = whole[self.starts[place] : self.starts[place + 1]]
            terms[self.variable(place)] = np.array([plainest(row) for row in rows.tolist()])
        return Sums(self.labels, terms), self.right(whole)

    def least_needed(self, weights: Floats, kept: Sequence[int]) -> list[int]:
        """Variables, those first whose mean says most of what they say themselves."""
        sums = self.sums(weights, self.train)

        def without(place: int) -> float:
            part = weights[self.starts[place] + self.train.codes[place]]
            return self.train.right((sums - part + part.mean(0)).argmax(1))

        return sorted(kept, key=without, reverse=True)
