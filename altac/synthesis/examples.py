"""Examples of what a program is to do, out of files, and parts of them.

Assumes nothing about a file. Ensures that every input is a row of symbols, and that outputs have one of three shapes:
"each" has an output for each position, "one" a single one for the whole text, "list" any number of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from altac.diagnostics import AltacError
from altac.diagnostics.example_errors import ContradictingExamples, NoExamples, OneClass, TooFewExamples, UnseenSymbol
from altac.ir.values import Domain, Value, value_key, value_text

Shape = Literal["each", "one", "list"]
Symbols = tuple[Value, ...]
WHOLE = re.compile(r"0|-?[1-9]\d{0,8}", re.ASCII)
MOSTLY = 0.9  # of the outputs have the shape of all
HELD_OUT = 10  # one in so many examples is for validation, and as many for the test


@dataclass(frozen=True)
class Examples:
    """Inputs with their outputs; a symbol is a whole number, a boolean or a text without blanks.

    Attributes:
        outputs: as many as inputs; each of one symbol if the shape is "one", of as many as its input if "each".
    """

    inputs: tuple[Symbols, ...]
    outputs: tuple[Symbols, ...]
    shape: Shape

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, places: Sequence[int]) -> Examples:
        """Those at some places, in this order."""
        inputs, outputs = self.inputs, self.outputs
        return Examples(tuple(inputs[at] for at in places), tuple(outputs[at] for at in places), self.shape)

    def as_words(self) -> Examples:
        """The same with all symbols as texts, also `1` and `true`."""
        inputs, outputs = (tuple(tuple(map(value_text, one)) for one in some) for some in (self.inputs, self.outputs))
        return Examples(inputs, outputs, self.shape)

    def __add__(self, other: Examples) -> Examples:
        return Examples(self.inputs + other.inputs, self.outputs + other.outputs, self.shape)

    @cached_property
    def alphabet(self) -> Domain:
        """All symbols of inputs."""
        return Domain.of(symbol for text in self.inputs for symbol in text)

    @cached_property
    def answers(self) -> Domain:
        """All symbols of outputs."""
        return Domain.of(symbol for text in self.outputs for symbol in text)

    @property
    def longest(self) -> int:
        """The length of the longest input."""
        return max(map(len, self.inputs), default=0)


def parse_symbol(text: str) -> Value:
    """The value that a text stands for: a whole number, a boolean, or a symbol."""
    if WHOLE.fullmatch(text):
        return int(text)
    return {"true": True, "false": False}.get(text, text)


def text_of(symbols: Symbols) -> str:
    """Symbols as they stand in a line."""
    return " ".join(map(value_text, symbols))


def shape_of(inputs: Sequence[Symbols], outputs: Sequence[Symbols]) -> Shape:
    """What most outputs are: one that is not is more likely a mistake than a reason for lists."""
    alike = sum(len(text) == len(output) for text, output in zip(inputs, outputs, strict=True))
    single = sum(len(output) == 1 for output in outputs)
    if max(alike, single) < MOSTLY * len(inputs):
        return "list"
    return "each" if alike >= single else "one"


def split(examples: Examples, seed: int = 0) -> tuple[Examples, Examples, Examples]:
    """Examples to learn from, to choose by (a tenth) and to measure with (a tenth), drawn by the seed.

    Equal inputs come into the same part.
    """
    groups: dict[object, list[int]] = {}
    for place, text in enumerate(examples.inputs):
        groups.setdefault(value_key(text), []).append(place)
    drawn = list(groups.values())
    random.Random(seed).shuffle(drawn)
    held = len(drawn) // HELD_OUT
    parts = drawn[2 * held :], drawn[:held], drawn[held : 2 * held]
    train, validation, test = (examples.take(sorted(place for group in part for place in group)) for part in parts)
    return train, validation, test


def refuse_useless(examples: Examples, path: str, least: int) -> None:
    """Make sure that there is something to learn.

    Raises:
        AltacError: if there are fewer examples than `least`, no symbols, or the same output everywhere.
    """
    if not examples.alphabet.values:
        raise AltacError([NoExamples(None, path)])
    if len(examples) < least:
        raise AltacError([TooFewExamples(None, path, len(examples), least)])
    if len(examples.answers) < 2 and examples.shape != "list":
        raise AltacError([OneClass(None, path, text_of(examples.answers.values))])


def refuse_contradictions(examples: Examples) -> None:
    """Make sure that no input has two outputs.

    Raises:
        AltacError: with the first that has.
    """
    first: dict[object, int] = {}
    found: dict[object, int] = {}
    for place, (text, output) in enumerate(zip(examples.inputs, examples.outputs, strict=True)):
        key = value_key(text)
        if value_key(examples.outputs[first.setdefault(key, place)]) != value_key(output):
            found.setdefault(key, place)
    for key, place in found.items():
        one, other = examples.outputs[first[key]], examples.outputs[place]
        shown = text_of(examples.inputs[place]), text_of(one), text_of(other)
        raise AltacError([ContradictingExamples(None, *shown, len(found) - 1)])


def refuse_unseen(train: Examples, test: Examples) -> None:
    """Make sure that a test asks for no symbol that nothing can be learned about.

    Raises:
        AltacError: with every symbol that only the test has.
    """
    asked = (("inputs", train.alphabet, test.alphabet), ("outputs", train.answers, test.answers))
    unseen = [
        UnseenSymbol(None, value_text(symbol), where)
        for where, known, needed in asked
        for symbol in needed
        if symbol not in known
    ]
    if unseen:
        raise AltacError(unseen)
