"""From examples to the text of a program that says what it was learned from, and how right it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from altac.analysis.text import percent
from altac.diagnostics import AltacError
from altac.diagnostics.example_errors import TooLongInput, TooManySymbols
from altac.diagnostics.words import counted
from altac.synthesis.candidates import Candidate, Score
from altac.synthesis.engine import MOST_POSITIONS, Engine, Progress, Settings
from altac.synthesis.examples import Examples, refuse_contradictions, refuse_unseen, refuse_useless, split
from altac.synthesis.writing import completed

LEAST = 20  # examples
WIDTH = 118  # of the lines of a docstring
MOST_SYMBOLS = 20_000  # that an exact engine takes


@dataclass(frozen=True)
class Task:
    """Examples in three parts, and where they are from.

    Attributes:
        origin: as the program's docstring names it, such as "sort.txt".
    """

    origin: str
    train: Examples
    validation: Examples
    test: Examples

    @staticmethod
    def of(examples: Examples, origin: str, seed: int, test: Examples | None = None) -> Task:
        """Parts drawn by a seed; the test of its own, if there is one.

        Raises:
            AltacError: if there are too few examples, or nothing to tell apart.
        """
        refuse_useless(examples, origin, LEAST)
        train, validation, drawn = split(examples, seed)
        if test is not None:
            return Task.by_symbol(origin, train + drawn, validation, test)
        return Task.by_symbol(origin, train, validation, drawn)

    @staticmethod
    def by_symbol(origin: str, train: Examples, validation: Examples, test: Examples) -> Task:
        """With an example for each symbol that is asked for; those of one part are not in another by chance."""
        if train.shape != "next":
            return Task(origin, train, validation, test)
        train, validation, test = (part.by_symbol() for part in (train, validation, test))
        return Task(origin, train, validation.without(train), test.without(train + validation))

    @property
    def learned_from(self) -> Examples:
        return self.train + self.validation

    def as_words(self) -> Task:
        """The same with all symbols as texts."""
        return Task(self.origin, self.train.as_words(), self.validation.as_words(), self.test.as_words())


@dataclass(frozen=True)
class Learned:
    """A program, whole, and how right it is."""

    text: str
    files: Mapping[str, str]  # that it reads, by their names
    known: Score  # on what it was learned from
    held_out: Score

    @property
    def perfect(self) -> bool:
        return self.known.perfect and self.held_out.perfect


def learn(task: Task, engine: Engine, settings: Settings) -> Iterator[Progress]:
    """What an engine proposes.

    Raises:
        AltacError: if the examples are none that it can learn from.
    """
    if engine.exact:
        refuse_large(task)
        refuse_contradictions(task.learned_from + task.test)
        refuse_unseen(task.learned_from, task.test)
    return engine.run(task.train, task.validation, settings)


def refuse_large(task: Task) -> None:
    """Make sure that the arrays of a search can hold the examples.

    Raises:
        AltacError: if there are too many symbols, or too long inputs.
    """
    examples = task.learned_from + task.test
    symbols = len(examples.alphabet) + len(examples.answers)
    if symbols > MOST_SYMBOLS:
        raise AltacError([TooManySymbols(None, task.origin, symbols, MOST_SYMBOLS)])
    if examples.longest > MOST_POSITIONS:
        raise AltacError([TooLongInput(None, task.origin, examples.longest, MOST_POSITIONS)])


def learned(candidate: Candidate, task: Task, engine: str, settings: Settings, limit: str) -> Learned:
    """A candidate as a program with a docstring, and with examples on which it is right.

    Args:
        limit: the time that it was given, as the user wrote it.
    """
    examples = task.learned_from
    wrong = set(candidate.wrong(examples))
    known, held_out = candidate.score(examples), candidate.score(task.test)
    right = examples.take([place for place in range(len(examples)) if place not in wrong])
    how = f"{engine}, seed {settings.seed}, at most {limit}"
    docstring = "".join(f"{line}\n" for line in described(task, known, held_out, how, candidate.notes))
    return Learned(completed(candidate.text, docstring, right), candidate.files, known, held_out)


def described(
    task: Task, known: Score, held_out: Score, how: str, notes: Sequence[tuple[str, str]] = ()
) -> Iterator[str]:
    """The docstring, line by line."""
    total = len(task.learned_from) + len(task.test)
    yield "A program that was learned from examples; nobody has said what they mean."
    yield ""
    yield f"    learned from  {in_docstring(task.origin)}: {known.examples:,} of {counted(total, 'example')}"
    yield f"    engine        {how}"
    yield f"    right         {share_of(known)} of these"
    yield f"    held out      {share_of(held_out)}; {symbols_of(held_out)}"
    for about, note in (*notes, ("not told", not_told(task))):
        yield fill(note, WIDTH, initial_indent=f"    {about:<14}", subsequent_indent=" " * 18, break_long_words=False)


def in_docstring(name: str) -> str:
    """A file's name without what ends a docstring, or a line of it."""
    return "".join(letter if letter.isprintable() and letter not in '"\\' else "_" for letter in name)


def share_of(score: Score) -> str:
    if not score.examples:
        return "0 of 0"
    return f"{score.right:,} of {score.examples:,} ({percent(score.right / score.examples)})"


def symbols_of(score: Score) -> str:
    share = percent(score.right_symbols / max(1, score.symbols))
    return f"{score.right_symbols:,} of {counted(score.symbols, 'symbol')} ({share})"


def not_told(task: Task) -> str:
    """What no example says, although the program has an answer to it."""
    examples = task.learned_from
    shortest = min(map(len, examples.inputs))
    shorter = f" or fewer than {shortest}" if shortest > 1 else ""
    return f"inputs of more than {examples.longest}{shorter} symbols"
