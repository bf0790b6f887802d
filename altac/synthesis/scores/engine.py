"""The score engine: labels of texts, or of their positions, from words and what stands beside them.

Assumes examples with an output for each position, or one for the whole text. Ensures that interpreter and weights of
the program give exactly the labels that were learned.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from altac.diagnostics import AltacError, InternalError
from altac.diagnostics.example_errors import NothingTold, NotLabels
from altac.diagnostics.words import counted, joined
from altac.engine.protocol import Engine, run_texts
from altac.synthesis.candidates import Candidate, score_of
from altac.synthesis.engine import Progress, Settings, have_labels
from altac.synthesis.examples import Examples, Symbols, text_of
from altac.synthesis.scores.choosing import Chooser
from altac.synthesis.scores.features import Feature
from altac.synthesis.scores.fitting import Choice, corpus_of, learned
from altac.synthesis.scores.model import SCALE, ScoreModel, texts_of
from altac.synthesis.scores.program import program_of, telling_words

MOST_COMPARED = 2_000  # texts on which the program must answer as the learner does
FEW_COMPARED = 100  # the same, of programs that are kept if the choice is interrupted
EARLY, EARLY_THRESHOLD = 0.1, 0.5  # of the time, for these; and what they leave out


def scores(train: Examples, validation: Examples, settings: Settings) -> Iterator[Progress]:
    """A score program; what it is like is chosen on validation data, which then is learned from, too.

    Raises:
        AltacError: if outputs are no labels, or nothing in the inputs tells them apart.
        InternalError: if the program answers otherwise than the learner.
    """
    if not have_labels(train):
        raise AltacError([NotLabels(None)])
    classes = settings.words.classes(train, settings.seed) if settings.words is not None else {}
    chooser = Chooser(train, validation, classes, settings)
    best = Progress("")
    steps = _with_early_programs(chooser, settings.name)
    while True:
        try:
            best = next(steps)
        except StopIteration as last:
            choice: Choice = last.value
            break
        yield best
    everything = train + validation
    model = learned(corpus_of(everything, choice.least, classes), choice, chooser.fit)
    if not model.size:
        raise AltacError([NothingTold(None)])
    candidate = _candidate(model, choice, settings.name)
    yield best._replace(trying="comparing the program with what was learned")
    refuse_difference(candidate, model, [text_of(one) for one in (validation + train).inputs[:MOST_COMPARED]])
    yield Progress("done", candidate, candidate.score(validation))


def _with_early_programs(chooser: Chooser, name: str) -> Generator[Progress, None, Choice]:
    """The steps of the choice, with programs of what is chosen so far: what an interrupt keeps.

    They take a share of the time, and nothing of what is learned in the end depends on them.
    """
    begin, spent = chooser.clock(), 0.0
    best, built = Progress(""), None
    steps = chooser.choice()
    while True:
        try:
            step = next(steps)
        except StopIteration as last:
            choice: Choice = last.value
            return choice
        yield best._replace(trying=step.trying)
        start = chooser.clock()
        if chooser.chosen not in (None, built) and spent <= EARLY * (start - begin):
            built = chooser.chosen
            best = _early(chooser, replace(built, threshold=EARLY_THRESHOLD), name) or best
            yield best._replace(trying=step.trying)
            spent += chooser.clock() - start


def _early(chooser: Chooser, choice: Choice, name: str) -> Progress | None:
    """A program of a sample, and how right it is on the validation data."""
    model = learned(corpus_of(chooser.sample, choice.least, chooser.classes), choice)
    if not model.size:
        return None
    candidate, examples = _candidate(model, choice, name), chooser.validation
    refuse_difference(candidate, model, [text_of(one) for one in examples.inputs[:FEW_COMPARED]])
    answers: list[Symbols | None] = [tuple(model.answer(text)) for text in texts_of(examples.inputs)]
    return Progress("", candidate, score_of(answers, examples))


def _candidate(model: ScoreModel, choice: Choice, name: str) -> Candidate:
    text, files = program_of(model, name)
    return Candidate(text, files, tuple(_notes(model, choice)))


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
    attributes = {reading.attribute for feature, rows in model.features.items() if rows for reading in feature.readings}
    if given := [f"the {name} of words" for name in model.lexicon.classes if name in attributes]:
        yield "was given", joined(given)
    shapes = telling_words(model)[1]
    yield "unknown", f"words that are not in its list are read {'by their shape' if shapes else 'as one'}"


def _described(feature: Feature) -> str:
    return "the " + " with the ".join(reading.name.replace("_", " ") for reading in feature.readings)
