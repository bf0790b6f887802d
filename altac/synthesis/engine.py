"""What an engine is: it gets examples, and proposes better and better programs until it has none left to try."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from altac.synthesis.candidates import Candidate, Score
from altac.synthesis.examples import Examples

if TYPE_CHECKING:
    from altac.synthesis.scores.classes import WordFile

MOST_TEXTS = 100  # different symbols, numbers aside, of inputs that are more likely tokens than words
MOST_POSITIONS = 500  # that an exact engine takes


@dataclass(frozen=True)
class State:
    """Where an engine is, so that it can go on from there.

    Attributes:
        stage: what it has finished, in its own order.
        rounds: how often it has since asked for an answer, and found none.
        sample: the places of the examples that it looks at.
        best: the text of the best program so far.
    """

    stage: int = 0
    rounds: int = 0
    sample: tuple[int, ...] = ()
    best: str | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What does not depend on the examples.

    Attributes:
        name: of the program.
        seconds: after which nothing new is tried.
        clock: by which they are counted.
        words: what is known of words besides the examples.
        seed: of whatever is drawn; the same seed gives the same program, if time does not run out.
        model: what the gradient engine trains: a "free" model, the "published" one, or "both".
        device: where it is trained, such as "cpu" or "cuda".
        state: where to begin, if not at the beginning.
    """

    name: str = "learned"
    seconds: float = 600.0
    clock: Callable[[], float] = time.monotonic
    seed: int = 0
    words: WordFile | None = None
    model: Literal["free", "published", "both"] = "both"
    device: str = "cpu"
    state: State | None = None


class Progress(NamedTuple):
    """What is tried now, and the best so far with its score on what it is learned from.

    Attributes:
        state: from which another run goes on; None if the engine cannot, or has come to its end.
    """

    trying: str
    best: Candidate | None = None
    score: Score | None = None
    state: State | None = None


def are_tokens(examples: Examples) -> bool:
    """Whether there are few enough different symbols, and positions, to look for a rule behind them."""
    texts = sum(not isinstance(symbol, int) for symbol in examples.alphabet)
    return texts <= MOST_TEXTS and examples.longest <= MOST_POSITIONS


def have_labels(examples: Examples) -> bool:
    """Whether outputs are labels of texts or of their positions."""
    return examples.shape in ("each", "one")


def are_labelled_tokens(examples: Examples) -> bool:
    return are_tokens(examples) and have_labels(examples)


@dataclass(frozen=True)
class Engine:
    """One way to learn.

    Attributes:
        run: gets examples to learn from, and examples to choose by; the best of its last step counts.
        exact: whether it looks for a program that is right on all examples, so that these must not contradict each
            other, and must show every symbol that is asked for.
        of_words: whether all symbols are words to it, also `1` and `true`, of which more may be known.
        beside: what follows the program's name in that of the folder of files that it reads; empty if it reads none.
        suits: whether it is worth a try, if nobody says with which engine to learn.
    """

    run: Callable[[Examples, Examples, Settings], Iterator[Progress]]
    exact: bool
    of_words: bool = False
    beside: str = ""
    suits: Callable[[Examples], bool] = are_tokens


def engines() -> dict[str, Engine]:
    """Every engine by its name, in the order in which they are tried if nobody says which."""
    from altac.synthesis.gradient import gradient
    from altac.synthesis.scores import TABLES, scores
    from altac.synthesis.search import search

    return {
        "search": Engine(search, exact=True),
        "gradient": Engine(gradient, exact=False, suits=are_labelled_tokens),
        "scores": Engine(scores, exact=False, beside=TABLES, of_words=True, suits=have_labels),
    }
