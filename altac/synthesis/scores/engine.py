"""The score engine: labels of texts, or of their positions, from words and what stands beside them.

Assumes examples with an output for each position, or one for the whole text. Ensures that interpreter and weights of
the program give exactly the labels that were learned.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from altac.diagnostics import AltacError, InternalError
from altac.diagnostics.example_errors import NothingTold, NotLabels
from altac.diagnostics.words import counted, joined
from altac.engine.protocol import Engine, run_texts
from altac.synthesis.candidates import Candidate
from altac.synthesis.engine import Progress, Settings
from altac.synthesis.examples import Examples, text_of
from altac.synthesis.scores.choosing import Chooser, Classes
from altac.synthesis.scores.features import Feature
from altac.synthesis.scores.fitting import Choice, corpus_of, learned
from altac.synthesis.scores.model import SCALE, ScoreModel
from altac.synthesis.scores.program import program_of

MOST_COMPARED = 2_000  # texts on which the program must answer as the learner does


def scores(
    train: Examples, validation: Examples, settings: Settings, classes: Classes | None = None
) -> Iterator[Progress]:
    """A score program; what it is like is chosen on validation data, which then is learned from, too.

    Args:
        classes: attributes of words that are known otherwise: tables from words to classes, by their names.

    Raises:
        AltacError: if outputs are no labels, or nothing in the inputs tells them apart.
        InternalError: if the program answers otherwise than the learner.
    """
    if train.shape == "list":
        raise AltacError([NotLabels(None)])
    end = time.monotonic() + settings.seconds
    choice = yield from Chooser(train, validation, classes or {}, settings.seed, end).choice()
    everything = train + validation
    model = learned(corpus_of(everything, choice.least, classes or {}), choice)
    if not model.size:
        raise AltacError([NothingTold(None)])
    text, files = program_of(model, settings.name)
    candidate = Candidate(text, files, tuple(_notes(model, choice)))
    yield Progress("comparing the program with what was learned")
    refuse_difference(candidate, model, [text_of(one) for one in (validation + train).inputs[:MOST_COMPARED]])
    yield Progress("done", candidate, candidate.score(validation))


def refuse_difference(candidate: Candidate, model: ScoreModel, texts: Sequence[str]) -> None:
    """Make sure that a program and its weights answer as the model does.

    Raises:
        InternalError: with the first text on which one of them does not.
    """
    try:
        compiled = candidate.compiled
        engines: dict[str, Engine] = {"interpreter": compiled.interpreter, "weights": compiled.model}
    except AltacError as error:
        raise InternalError(f"the learned program is refused: {error}") from error
    for told, engine in engines.items():
        for text, result in zip(texts, run_texts(engine, texts), strict=True):
            wanted = tuple(model.answer(text.split()))
            if result.output != wanted:
                raise InternalError(f"{told}: the learned program answers {result.output} to `{text}`, not {wanted}")


def _notes(model: ScoreModel, choice: Choice) -> Iterator[tuple[str, str]]:
    read = [_described(feature) for feature in choice.features if model.features[feature]]
    yield "reads", joined(read)
    yield (
        "numbers",
        f"logarithms in steps of 1/{SCALE}, from a logistic regression: {counted(model.size, 'row')} of tables",
    )
    if model.lexicon.classes:
        yield "was given", joined([f"the {name} of words" for name in model.lexicon.classes])
    yield "unknown", "words that no example has are all read as one"


def _described(feature: Feature) -> str:
    return "the " + " with the ".join(reading.name.replace("_", " ") for reading in feature.readings)
