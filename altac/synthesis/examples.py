"""Examples of what a program is to do, out of files, and parts of them.

Assumes nothing about a file. Ensures that every input is a row of symbols, and that outputs have one of four shapes:
"each" has an output for each position, "one" a single one for the whole text, "list" any number of them, and "next"
says how a text goes on.
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

Shape = Literal["each", "one", "list", "next"]
Symbols = tuple[Value, ...]
WHOLE = re.compile(r"0|-?[1-9]\d{0,8}", re.ASCII)
MOSTLY = 0.9  # of the outputs have the shape of all
HELD_OUT = 10  # one in so many examples is for validation, and as many for the test


@dataclass(frozen=True)
class Examples:
    """Inputs with their outputs; a symbol is a whole number, a boolean or a text without blanks.

    Attributes:
        outputs: as many as inputs; each of one symbol if the shape is "one", of as many as its input if "each", and of
            at least one if "next".
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

    def without(self, known: Examples) -> Examples:
        """Those whose inputs are new."""
        inputs = set(map(value_key, known.inputs))
        return self.take([place for place, text in enumerate(self.inputs) if value_key(text) not in inputs])

    @property
    def at_last(self) -> bool:
        """Whether the answer stands at the last position."""
        return self.shape in ("one", "next")

    def by_symbol(self) -> Examples:
        """For the shape "next", each symbol that is asked for with all that stands before it; others as they are."""
        if self.shape != "next":
            return self
        rows = {
            value_key(row): row
            for text, output in zip(self.inputs, self.outputs, strict=True)
            for place, symbol in enumerate(output)
            for row in ((text + output[:place], (symbol,)),)
        }
        return Examples(tuple(text for text, _ in rows.values()), tuple(one for _, one in rows.values()), self.shape)

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
    def is_mixed(self) -> bool:
        """Whether `true` and 1, or `false` and 0, are both symbols of inputs, or of outputs: no domain has both."""
        return any(
            {type(value) for value in symbols if value == number} >= {bool, int}
            for symbols in (self.alphabet, self.answers)
            for number in (0, 1)
        )

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

    Equal inputs come into the same part, and so do equal texts where the output says how they go on.
    """
    groups: dict[object, list[int]] = {}
    for place, (text, output) in enumerate(zip(examples.inputs, examples.outputs, strict=True)):
        groups.setdefault(value_key(text + output if examples.shape == "next" else text), []).append(place)
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
