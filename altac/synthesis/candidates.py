"""Candidate programs, and how right they are on examples: first in NumPy, and for good through the interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from altac.diagnostics import AltacError, Source
from altac.driver import Compiled, compile_with
from altac.engine.protocol import run_texts
from altac.ir.values import value_key
from altac.synthesis.examples import Examples, Symbols, text_of


@dataclass(frozen=True)
class Score:
    """How many examples, and how many symbols of their outputs, are right."""

    right: int
    examples: int
    right_symbols: int
    symbols: int

    @property
    def perfect(self) -> bool:
        return self.right == self.examples

    @property
    def share(self) -> float:
        """The share of right examples, and among equals that of right symbols."""
        whole = self.right / max(1, self.examples)
        return whole + self.right_symbols / max(1, self.symbols) / 1_000


@dataclass(frozen=True, eq=False)
class Candidate:
    """A program that an engine proposes.

    Attributes:
        text: without a docstring.
        files: what it reads, by the names of files beside it.
        notes: lines of its docstring, with what each is about.
    """

    text: str
    files: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()

    @cached_property
    def compiled(self) -> Compiled:
        """The checked program.

        Raises:
            AltacError: if it has errors.
        """
        return compile_with(Source("learned.alta", self.text), self.files)

    def answers(self, inputs: tuple[Symbols, ...]) -> list[Symbols | None]:
        """What the interpreter says to each input; None where a run fails."""
        results = run_texts(self.compiled.interpreter, [text_of(symbols) for symbols in inputs])
        return [None if result.error is not None else result.output for result in results]

    def score(self, examples: Examples) -> Score:
        """How right it is, through the interpreter.

        Raises:
            AltacError: if the program has errors.
        """
        return score_of(self.answers(examples.inputs), examples)

    def wrong(self, examples: Examples) -> list[int]:
        """The places of the examples that it gets wrong.

        Raises:
            AltacError: if the program has errors.
        """
        answers = zip(self.answers(examples.inputs), examples.outputs, strict=True)
        return [place for place, (found, wanted) in enumerate(answers) if not is_right(found, wanted)]


def is_right(found: Symbols | None, wanted: Symbols) -> bool:
    return found is not None and value_key(found) == value_key(wanted)


def score_of(answers: list[Symbols | None], examples: Examples) -> Score:
    right = right_symbols = symbols = 0
    for found, wanted in zip(answers, examples.outputs, strict=True):
        right += is_right(found, wanted)
        symbols += len(wanted)
        if found is not None:
            right_symbols += sum(value_key(one) == value_key(other) for one, other in zip(found, wanted, strict=False))
    return Score(right, len(examples), right_symbols, symbols)


def checked(text: str, notes: tuple[tuple[str, str], ...] = ()) -> Candidate | None:
    """A candidate whose program has no errors and becomes weights; None otherwise."""
    candidate = Candidate(text, notes=notes)
    try:
        candidate.compiled.blocks  # noqa: B018 - what cannot become weights is refused here
    except AltacError:
        return None
    return candidate
