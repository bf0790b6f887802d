"""What an engine is: it gets examples, and proposes better and better programs until it has none left to try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from altac.synthesis.candidates import Candidate, Score
from altac.synthesis.examples import Examples

if TYPE_CHECKING:
    from altac.synthesis.scores.classes import WordFile


@dataclass(frozen=True)
class Settings:
    """What does not depend on the examples.

    Attributes:
        name: of the program.
        seconds: after which nothing new is tried.
        words: what is known of words besides the examples.
        seed: of whatever is drawn; the same seed gives the same program, if time does not run out.
    """

    name: str = "learned"
    seconds: float = 600.0
    seed: int = 0
    words: WordFile | None = None


class Progress(NamedTuple):
    """What is tried now, and the best so far with its score on what it is learned from."""

    trying: str
    best: Candidate | None = None
    score: Score | None = None


@dataclass(frozen=True)
class Engine:
    """One way to learn.

    Attributes:
        run: gets examples to learn from, and examples to choose by; the best of its last step counts.
        exact: whether it looks for a program that is right on all examples, so that these must not contradict each
            other, and must show every symbol that is asked for; if not, all symbols are words, also `1` and `true`.
        takes_words: whether it uses what is known of words besides the examples.
        beside: what follows the program's name in that of the folder of files that it reads; empty if it reads none.
    """

    run: Callable[[Examples, Examples, Settings], Iterator[Progress]]
    exact: bool
    beside: str = ""
    takes_words: bool = False


def engines() -> dict[str, Engine]:
    """Every engine by its name."""
    from altac.synthesis.scores import TABLES, scores
    from altac.synthesis.search import search

    return {
        "search": Engine(search, exact=True),
        "scores": Engine(scores, exact=False, beside=TABLES, takes_words=True),
    }
