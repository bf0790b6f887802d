"""Programs of scores: they answer as the learner does, and what they are learned from decides what they are."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from altac.diagnostics import AltacError, InternalError, Source
from altac.syntax.format import format_source
from altac.synthesis import Examples, split
from altac.synthesis.candidates import Candidate
from altac.synthesis.engine import Settings
from altac.synthesis.scores import scores
from altac.synthesis.scores.engine import refuse_difference
from altac.synthesis.scores.features import BASE, Feature, candidates
from altac.synthesis.scores.fitting import Fit, corpus_of, fit
from altac.synthesis.scores.lexicon import Lexicon
from altac.synthesis.scores.model import ScoreModel
from altac.synthesis.scores.program import program_of
from tests.support import nonempty

NAMES = ["Ann", "Bob", "Cleo", "Dan"]
KINDS = {"kind": {"good": "+", "bad": "-", "not": "not", "unseen": "+"}}


def judgements(count: int) -> Examples:
    """`not` turns around what stands behind it, so no word by itself tells."""
    generator = random.Random(0)
    inputs, outputs = [], []
    for _ in range(count):
        word, turned = generator.choice(["good", "bad"]), generator.random() < 0.5
        around = [
            generator.choice(["it", "was", "so", "he", "1990", '"', "\\", "é"]) for _ in range(generator.randrange(6))
        ]
        inputs.append((*around, *(["not"] if turned else ["very"]), word))
        outputs.append(("yes" if (word == "good") != turned else "no",))
    return Examples(tuple(inputs), tuple(outputs), "one")


def names(count: int) -> Examples:
    """A name behind `in` is a place, and a person elsewhere."""
    generator = random.Random(0)
    inputs, outputs = [], []
    for _ in range(count):
        text, labels, before = [], [], ""
        for _ in range(generator.randrange(1, 8)):
            word = generator.choice([*NAMES, "in", "in", "was", "the", "the"])
            labels.append("O" if word not in NAMES else "LOC" if before == "in" else "PER")
            text.append(word)
            before = word
        inputs.append(tuple(text))
        outputs.append(tuple(labels))
    return Examples(tuple(inputs), tuple(outputs), "each")


def learned(examples: Examples, seed: int = 0) -> Candidate:
    train, validation, _ = split(examples, seed)
    *_, last = scores(train, validation, Settings(name="some", seed=seed))
    assert last.best is not None
    assert last.score == last.best.score(validation)
    return last.best


@pytest.mark.parametrize("examples", [judgements(400), names(300)], ids=["one", "each"])
def test_what_is_learned_is_right_where_words_alone_are_not(examples: Examples) -> None:
    found = learned(examples)
    assert not found.compiled.warnings
    assert found.score(split(examples)[2]).perfect
    unseen = (names(500) if examples.shape == "each" else judgements(500)).take(range(400, 500))
    assert nonempty(unseen.inputs)
    assert found.score(unseen).perfect


def test_a_program_and_its_tables() -> None:
    found = learned(judgements(400))
    assert format_source(Source("some.alta", found.text)) == found.text
    assert all(name.startswith("some.tables/") for name in nonempty(found.files))
    tables = {Path(name).stem: json.loads(text) for name, text in found.files.items() if name.endswith(".json")}
    assert tables["with_1"]["not good"].get("no", 0) > tables["with_1"]["not good"].get("yes", 0)
    words = found.files["some.tables/words.txt"].splitlines()
    assert words == sorted(words)
    assert "good" in words
    notes = dict(found.notes)
    assert "the left word with the word" in notes["reads"]
    rows = sum(len(table) for name, table in tables.items() if not (name.startswith("pair") or name.endswith("_of")))
    assert f": {rows} rows of tables" in notes["numbers"]


def test_the_same_examples_give_the_same_program() -> None:
    one, other = learned(names(120), 1), learned(names(120), 1)
    assert (one.text, one.files, one.notes) == (other.text, other.files, other.notes)


def test_after_its_time_nothing_more_is_tried() -> None:
    train, validation, _ = split(judgements(400))
    *tried, last = scores(train, validation, Settings(name="some", seconds=0.0))
    assert [one.trying.partition(":")[0] for one in tried] == [
        *["the words alone"] * 2,
        "comparing the program with what was learned",
    ]
    assert last.best is not None
    assert dict(last.best.notes)["reads"] == "the word"


def test_an_interrupt_finds_a_program_from_the_beginning_on() -> None:
    """The first step has none yet; from the second on there is one, and it never gets worse on validation data."""
    train, validation, _ = split(names(300))
    first, *steps = scores(train, validation, Settings(name="some"))
    assert first.best is None
    shares = []
    for step in nonempty(steps):
        assert step.best is not None
        assert step.score is not None
        assert step.score == step.best.score(validation)
        shares.append(step.score.share)
    assert shares == sorted(shares)
    assert shares[0] < shares[-1] == 1 + 1 / 1_000


def every_feature(examples: Examples) -> ScoreModel:
    """Random numbers for all keys of all features, so that every one of them decides something."""
    features = (BASE, *candidates(examples.shape, list(KINDS)))
    corpus = corpus_of(examples, 1, KINDS)
    found = fit(corpus, features, 1.0)
    generator = np.random.default_rng(0)
    weights = {feature: (keys, generator.normal(size=array.shape)) for feature, (keys, array) in found.weights.items()}
    return Fit(corpus, weights).model()


@pytest.mark.parametrize("examples", [judgements(60), names(60)], ids=["one", "each"])
def test_every_feature_means_the_same_in_the_program(examples: Examples) -> None:
    model = every_feature(examples)
    assert all(model.features.values())
    candidate = Candidate(*program_of(model, "some"))
    assert not candidate.compiled.warnings
    assert "var word: values(READ_WORDS)" in candidate.text
    generator = random.Random(1)
    words = [*sorted(model.lexicon.words), "other", "Other", "77", "a-b", "<unk>", "<other>", "<edge>", "<Xx>", "<x>"]
    texts = [" ".join(generator.choices(words, k=generator.randrange(8))) for _ in range(300)]
    refuse_difference(candidate, model, texts)
    for feature in nonempty(list(model.features)):
        with pytest.raises(InternalError, match="interpreter: the learned program answers"):
            refuse_difference(candidate, without(model, feature), texts)


def without(model: ScoreModel, feature: Feature) -> ScoreModel:
    return replace(model, features={one: rows for one, rows in model.features.items() if one != feature})


def test_tables_may_be_large() -> None:
    """More numbers than a constant may have that stands in a program."""
    labels = tuple(f"l{number:02}" for number in range(40))
    words = [f"w{number}" for number in range(3_000)]
    rows = {(word,): tuple((at + place) % 7 - 3 for place in range(40)) for at, word in enumerate(words)}
    model = ScoreModel(Lexicon(frozenset(words)), labels, {BASE: rows}, True)
    refuse_difference(Candidate(*program_of(model, "some")), model, ["w1 w5 w2999", "w7"])


def test_a_program_that_is_refused_is_an_internal_error() -> None:
    model = every_feature(names(60))
    text, files = program_of(model, "some")
    with pytest.raises(InternalError, match="the learned program is refused: error"):
        refuse_difference(Candidate(text, {**files, "some.tables/words.txt": ""}), model, ["in"])


@pytest.mark.parametrize(
    ("examples", "told"),
    [
        (Examples((("a", "b"),) * 30, ((), ("a", "b", "c")) * 15, "list"), r"E0631.*the outputs are lists"),
        (Examples((("a",),) * 30, (("yes",), ("no",)) * 15, "one"), r"E0631.*no word in the inputs tells"),
    ],
)
def test_what_no_scores_can_be_learned_from(examples: Examples, told: str) -> None:
    with pytest.raises(AltacError, match=told):
        list(scores(examples, examples, Settings()))
