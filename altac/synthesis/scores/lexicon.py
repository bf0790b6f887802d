"""Words, and what is known of a word by itself: its attributes.

Ensures that the marks for what is no known word are none: a text in which one of them stands is read like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cache, cached_property

from altac.ir.unknown import shape

WORD, SHAPE = "word", "shape"
LETTERS = 3  # of a beginning or an ending


def beginning(word: str) -> str:
    """The first letters, without their case."""
    return word.lower()[:LETTERS]


def ending(word: str) -> str:
    """The last letters, without their case."""
    return word.lower()[-LETTERS:]


ATTRIBUTES = {"beginning": beginning, "ending": ending, SHAPE: shape}


def mark(name: str, words: Set[str]) -> str:
    """A symbol that is no word."""
    found = f"<{name}>"
    while found in words:
        found = f"<{found}>"
    return found


@dataclass(frozen=True)
class Lexicon:
    """The words of a program, which reads all others by their shape, or as one.

    Attributes:
        classes: further attributes, by their names: tables from words to classes.
        shapes: of other words, those that are told apart.
        unknown: what stands for every other word, and for what is not known of one.
        other: what stands for values that one feature does not tell apart.
        edge: what is beside the text.
    """

    words: frozenset[str]
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shapes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        taken = {*self.words, *(one for table in self.classes.values() for one in table.values())}
        for name in ("unknown", "other", "edge"):
            object.__setattr__(self, name, mark({"unknown": "unk"}.get(name, name), taken))

    unknown: str = field(init=False)
    other: str = field(init=False)
    edge: str = field(init=False)

    _values: dict[str, frozenset[str]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def values(self, name: str) -> frozenset[str]:
        """All values of an attribute."""
        if name not in self._values:
            words = (*self.words, *self._shape_of, self.unknown)
            self._values[name] = frozenset(self.attribute(name, word) for word in words)
        return self._values[name]

    @cached_property
    def unknowns(self) -> Mapping[str, str]:
        """What stands for other words, by their shapes."""
        taken, found = set(self.words), {}
        for one in sorted(self.shapes):
            found[one] = mark(one, taken)
            taken.add(found[one])
        return found

    @cached_property
    def _shape_of(self) -> Mapping[str, str]:
        return {symbol: one for one, symbol in self.unknowns.items()}

    def read(self, symbol: str) -> str:
        """A symbol as the program reads it."""
        if symbol in self.words or symbol in self._shape_of:
            return symbol
        return self.unknowns.get(shape(symbol), self.unknown)

    def attribute(self, name: str, word: str) -> str:
        """An attribute of a word as it was read."""
        if name == WORD or word == self.unknown:
            return word
        if word in self._shape_of:
            return self._shape_of[word] if name == SHAPE else self.unknown
        table = self.classes.get(name)
        return _attribute(name, word) if table is None else table.get(word, self.unknown)


@cache
def _attribute(name: str, word: str) -> str:
    return ATTRIBUTES[name](word)
