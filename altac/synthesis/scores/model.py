"""What was learned: whole numbers for labels, and the learner's own reading of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from altac.ir.values import value_text
from altac.synthesis.examples import Examples, Symbols
from altac.synthesis.scores.features import Feature, Key
from altac.synthesis.scores.lexicon import Lexicon

SCALE = 16  # numbers are logarithms in steps of 1/16
Row = tuple[int, ...]  # what is added to each label
Rows = Mapping[Key, Row]


def texts_of(rows: Iterable[Symbols]) -> list[list[str]]:
    """Symbols as they are written, which is how a program of words reads them."""
    return [list(map(value_text, symbols)) for symbols in rows]


@dataclass(frozen=True)
class ScoreModel:
    """Sums of rows, by the values of features; the first of the greatest sums is the answer.

    Attributes:
        labels: in the order in which a program compares them.
        is_pooled: whether the sums of all positions give one answer.
    """

    lexicon: Lexicon
    labels: tuple[str, ...]
    features: Mapping[Feature, Rows]
    is_pooled: bool

    @property
    def size(self) -> int:
        """How many rows there are."""
        return sum(map(len, self.features.values()))

    def answer(self, symbols: Sequence[str]) -> list[str]:
        """The labels of a text: one for each position, or one for all, and none for the empty text."""
        words = [self.lexicon.read(symbol) for symbol in symbols]
        sums = [[0] * len(self.labels) for _ in words]
        for feature, rows in self.features.items():
            for at, key in enumerate(feature.keys(self.lexicon, words)):
                if key in rows:
                    sums[at] = [one + more for one, more in zip(sums[at], rows[key], strict=True)]
        if self.is_pooled and sums:
            sums = [[sum(column) for column in zip(*sums, strict=True)]]
        return [self.labels[max(range(len(one)), key=one.__getitem__)] for one in sums]

    def right(self, examples: Examples) -> tuple[int, int]:
        """How many labels are right, of how many."""
        pairs = [
            (label, wanted)
            for text, output in zip(texts_of(examples.inputs), texts_of(examples.outputs), strict=True)
            for label, wanted in zip(self.answer(text) or [""], output or [""], strict=True)
        ]
        return sum(label == wanted for label, wanted in pairs), len(pairs)
