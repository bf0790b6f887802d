"""What a program reads and writes: alphabet, frame, lengths and output, and the text form of both.

It is all that is needed besides the weights to run a compiled model on text, so it travels in the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from altac.diagnostics import AltacError, closest
from altac.diagnostics.input_errors import InputTooLong, UnknownSymbol
from altac.diagnostics.run_errors import RunFailed
from altac.ir.numbers import is_open, number_text
from altac.ir.scores import Scoring
from altac.ir.unknown import Unknown
from altac.ir.values import Domain, Value, value_text

if TYPE_CHECKING:
    from altac.ir.arrays import Mask

NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30}|/0*[1-9]\d{0,29})?", re.ASCII)
LONGEST = 100_000  # the greatest bound of `up to`, and the longest inputs that are drawn


class InputError(AltacError):
    """An input text that the program does not accept."""

    def __init__(self, problem: RunFailed) -> None:
        self.problem = problem
        super().__init__([problem])


@dataclass(frozen=True)
class Writing:
    """The output at the last position is appended to what is read, again and again.

    Attributes:
        end: the index in the output's domain of what ends it and is not appended; None if nothing does.
        most: how many symbols are written at most.
    """

    end: int | None
    most: int


@dataclass(frozen=True)
class Interface:
    """The model reads `before`, the input and `after`, as indices into `vocabulary`, and then what it writes itself.

    `longest` is the greatest number of input symbols (None: no limit); `variable` and `domain` are what is read off
    at the end. Where that is a score, `scoring` says how. `writing` is there if the program writes. `unknown` says what
    any other symbol is read as, if it may be there; what it says belongs to the alphabet.
    """

    program: str
    input_name: str
    alphabet: Domain
    longest: int | None
    vocabulary: Domain
    before: tuple[int, ...]
    after: tuple[int, ...]
    variable: str
    domain: Domain
    at: Literal["first", "last", "all"]
    scoring: Scoring | None = None
    writing: Writing | None = None
    unknown: Unknown | None = None

    @property
    def most_positions(self) -> int | None:
        """The greatest number of positions of a framed input, with what is written."""
        return None if self.longest is None else self.longest + self.added_positions

    @property
    def added_positions(self) -> int:
        """How many positions there can be besides those of the input."""
        return len(self.before) + len(self.after) + (0 if self.writing is None else self.writing.most)

    @cached_property
    def written_tokens(self) -> tuple[int | None, ...]:
        """For each value of the output the token as which it is read again; None for the end."""
        end = None if self.writing is None else self.writing.end
        return tuple(None if index == end else self.vocabulary.index(value) for index, value in enumerate(self.domain))

    @cached_property
    def _symbols(self) -> dict[str, Value]:
        return {value_text(value): value for value in self.alphabet}

    @cached_property
    def indices(self) -> dict[str, int]:
        """The tokens of symbols, by their texts."""
        return {text: self.vocabulary.index(value) for text, value in self._symbols.items()}

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return tuple(self._symbols)  # one for all errors

    @cached_property
    def output_texts(self) -> frozenset[str]:
        """The texts of all values that the output can have; none are listed of numbers."""
        return frozenset() if is_open(self.domain) else frozenset(map(self.domain.text, self.domain))

    def can_say(self, piece: str) -> bool:
        """Whether a symbol of the output can have a text."""
        return NUMBER.fullmatch(piece) is not None if is_open(self.domain) else piece in self.output_texts

    @cached_property
    def one_per_character(self) -> bool:
        """Whether every symbol is one character, so that blanks between symbols may be left out."""
        return self.unknown is None and all(len(text) == 1 for text in self._symbols)

    def parse(self, text: str) -> list[Value]:
        """The symbols of an input text.

        Raises:
            InputError: for an unknown symbol or too many of them.
        """
        symbols: list[Value] = []
        for column, piece in _pieces(text, self.one_per_character):
            if piece in self._symbols:
                symbols.append(self._symbols[piece])
            elif self.unknown is not None:
                symbols.append(self.unknown.symbol(piece))
            else:
                guess = closest(piece, self._texts)
                raise InputError(UnknownSymbol(None, piece, self.program, self._texts, guess, column=column))
            if self.longest is not None and len(symbols) > self.longest:
                raise InputError(InputTooLong(None, self.longest, self.program, column=column))
        return symbols

    def frame(self, symbols: Sequence[Value]) -> list[int]:
        """Symbols to token indices, with the frame around them."""
        return [*self.before, *(self.vocabulary.index(symbol) for symbol in symbols), *self.after]

    def tokens(self, text: str) -> list[int]:
        """Text to token indices: `frame(parse(text))`.

        Raises:
            InputError: for an unknown symbol or too many of them.
        """
        pieces, indices = text.split(), self.indices
        try:
            if self.unknown is None:
                found = [indices[piece] for piece in ("".join(pieces) if self.one_per_character else pieces)]
            else:
                found = [indices[piece] if piece in indices else self._unknown_token(piece) for piece in pieces]
        except KeyError:
            return self.frame(self.parse(text))  # which says what is wrong
        if self.longest is not None and len(found) > self.longest:
            return self.frame(self.parse(text))
        return [*self.before, *found, *self.after]

    def _unknown_token(self, piece: str) -> int:
        assert self.unknown is not None
        return self.vocabulary.index(self.unknown.symbol(piece))

    def pick(self, candidates: Sequence[int]) -> list[int]:
        """Which of the positions where the output is read are reported: all, the first or the last."""
        if self.at == "first":
            return list(candidates[:1])
        return list(candidates[-1:]) if self.at == "last" else list(candidates)

    def picked(self, candidates: Mask) -> Mask:
        """Which of the positions (batch, position) where the output is read are reported, as in `pick`."""
        if self.at == "all":
            return candidates
        found = candidates.cumsum(axis=1)  # candidates up to each position
        only: Mask = candidates & (found == (1 if self.at == "first" else found[:, -1:]))
        return only

    def render(self, values: Sequence[Value]) -> str:
        """Output values as text: symbols separated by blanks."""
        return " ".join(map(self.domain.text, values))

    def agrees(self, values: Sequence[Value], expected: str) -> bool:
        """Whether an output is as expected, in the form of `normalise_output`; numbers, as far as they are known."""
        if not is_open(self.domain):
            return self.render(values) == expected
        pieces = expected.split()
        return len(pieces) == len(values) and all(
            self.can_say(piece) and abs(Fraction(piece) - value) <= self.domain.tolerance  # type: ignore[operator]
            for piece, value in zip(pieces, values, strict=True)
        )

    def normalise_output(self, text: str) -> str:
        """An expected output as `render` would print it: where symbols are single characters, blanks are optional."""
        if is_open(self.domain):
            return " ".join(number_text(Fraction(piece)) if self.can_say(piece) else piece for piece in text.split())
        compact = all(len(text) == 1 for text in self.output_texts)
        return " ".join(piece for _, piece in _pieces(text, compact))


def _pieces(text: str, one_per_character: bool) -> list[tuple[int, str]]:
    """Symbols of a text with their 1-based columns."""
    if one_per_character:
        return [(column, character) for column, character in enumerate(text, 1) if not character.isspace()]
    pieces: list[tuple[int, str]] = []
    column = 0
    for piece in text.split():
        column = text.index(piece, column)
        pieces.append((column + 1, piece))
        column += len(piece)
    return pieces
