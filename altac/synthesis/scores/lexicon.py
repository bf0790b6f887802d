"""Words, and what is known of a word by itself: its attributes.

Ensures that the marks for what is no known word are none: a text in which one of them stands is read like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

WORD = "word"
MOST_SHARED = 500
LETTERS = 3  # of a beginning or an ending
SHAPES = ((str.isdigit, "d"), (str.isupper, "X"), (str.islower, "x"))


def beginning(word: str) -> str:
    """The first letters, without their case."""
    return word.lower()[:LETTERS]


def ending(word: str) -> str:
    """The last letters, without their case."""
    return word.lower()[-LETTERS:]


def shape(word: str) -> str:
    """What kinds of characters are in a word, neighbours of one kind as one: `Xx` for `Rome`, `d-x` for `1950-ish`."""
    kinds = [next((kind for holds, kind in SHAPES if holds(one)), one) for one in word]
    return "".join(kind for at, kind in enumerate(kinds) if at == 0 or kinds[at - 1] != kind)[:4]


ATTRIBUTES = {"beginning": beginning, "ending": ending, "shape": shape}


def mark(name: str, words: Iterable[str]) -> str:
    """A symbol that is no word."""
    known, found = set(words), f"<{name}>"
    while found in known:
        found = f"<{found}>"
    return found


@dataclass(frozen=True)
class Lexicon:
    """The words of a program, which reads all others as one.

    Attributes:
        classes: further attributes, by their names: tables from words to classes.
        unknown: what stands for every other word, and for each attribute of it.
        other: what stands for values that one feature does not tell apart.
        edge: what is beside the text.
    """

    words: frozenset[str]
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

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
            self._values[name] = frozenset(self.attribute(name, word) for word in (*self.words, self.unknown))
        return self._values[name]

    def is_shared(self, name: str) -> bool:
        """Whether an attribute has so few values that one variable keeps it for all who read it."""
        return name != WORD and len(self.values(name)) <= MOST_SHARED

    def read(self, symbol: str) -> str:
        """A symbol as the program reads it."""
        return symbol if symbol in self.words else self.unknown

    def attribute(self, name: str, word: str) -> str:
        """An attribute of a word as it was read."""
        if name == WORD or word == self.unknown:
            return word
        table = self.classes.get(name)
        return _attribute(name, word) if table is None else table.get(word, self.unknown)


@cache
def _attribute(name: str, word: str) -> str:
    return ATTRIBUTES[name](word)
