"""Examples from a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from altac.synthesis.candidates import Candidate
from altac.synthesis.engine import Settings
from altac.synthesis.examples import Examples, Shape
from altac.synthesis.search import search


def examples_of(
    function: Callable[[list[Any]], Sequence[Any]],
    alphabet: Sequence[Any],
    shape: Shape = "each",
    number: int = 120,
    longest: int = 6,
    seed: int = 0,
) -> Examples:
    """Different inputs, of one symbol at least, with the outputs of a function."""
    random, inputs = Random(seed), dict[tuple[Any, ...], None]()
    while len(inputs) < number:
        inputs[tuple(random.choices(alphabet, k=random.randint(1, longest)))] = None
    outputs = tuple(tuple(function(list(text))) for text in inputs)
    return Examples(tuple(inputs), outputs, shape)


def found(examples: Examples, seconds: float = 60, seed: int = 0) -> Candidate:
    """What the search engine finds."""
    *_, last = search(examples, examples.take([]), Settings(name="found", seconds=seconds, seed=seed))
    assert last.best is not None
    assert last.score is not None
    assert last.score.perfect, last.best.text
    return last.best
