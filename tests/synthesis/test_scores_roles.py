"""Roles of words: classes of words whose labels are alike, told from vectors and shapes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from altac.synthesis import Examples
from altac.synthesis.engine import Settings
from altac.synthesis.scores.choosing import Chooser
from altac.synthesis.scores.classes import Vectors, WordFile, labels_of, of_length_one
from altac.synthesis.scores.features import candidates
from altac.synthesis.scores.roles import _Network, expected
from tests.support import nonempty

CITIES = ["Oslo", "Rome", "Bern", "Riga", "Kyiv", "Lima", "Cairo", "Quito", "Delhi", "Accra", "Paris", "Seoul"]
NAMES = ["Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida", "Jon", "Kim", "Leo"]
WORDS = [*CITIES, *NAMES]
SHOWN = {*CITIES[:8], *NAMES[:8]}


def vectors() -> Vectors:
    """Of cities around one direction, of names around another."""
    noise = np.random.default_rng(0).normal(size=(24, 12))
    return of_length_one((np.eye(12)[:2].repeat(12, axis=0) * 5 + noise).astype(np.float32))


def tagged(words: list[str]) -> Examples:
    return Examples(
        tuple(("see", word) for word in words),
        tuple(("O", "place" if word in CITIES else "person") for word in words),
        "each",
    )


def test_words_that_no_example_has_get_the_role_of_words_with_their_labels() -> None:
    tables = WordFile(WORDS, {}, vectors()).classes(tagged(sorted(SHOWN)), 0)
    role = tables["role"]
    places, persons = ({role[word] for word in kind if word in SHOWN} for kind in (CITIES, NAMES))
    assert places.isdisjoint(persons)
    assert {role[word] for word in nonempty(CITIES[8:])} <= places
    assert {role[word] for word in nonempty(NAMES[8:])} <= persons


def test_roles_are_fitted_to_words_of_examples_alone() -> None:
    few, all_ = (
        WordFile([word for word in WORDS if word in some], {}, vectors()[[word in some for word in WORDS]]).classes(
            tagged(sorted(SHOWN)), 0
        )["role"]
        for some in (SHOWN, {*WORDS})
    )
    assert dict(few) == {word: role for word, role in all_.items() if word in SHOWN}
    assert set(all_) == {*WORDS}


def test_words_have_roles_only_where_they_have_labels_and_vectors() -> None:
    examples = tagged(sorted(SHOWN))
    texts = Examples(examples.inputs, tuple(output[1:] for output in examples.outputs), "one")
    assert "role" not in WordFile(WORDS, {}, vectors()).classes(texts, 0)
    assert "role" not in WordFile(WORDS, {"kind": ["a"] * 24}).classes(examples, 0)
    others = Examples((("x", "y"),), (("O", "O"),), "each")
    assert WordFile(WORDS, {}, vectors()).classes(others, 0).keys() == set()


def test_the_shape_tells_labels_of_words_with_the_same_vector() -> None:
    words = [form(f"may{at}") for at in range(40) for form in (str.lower, str.capitalize)]
    same = of_length_one(np.ones((80, 8), np.float32))
    labels = {word: {"person" if word[0] == "M" else "O": 1} for word in words[:60]}
    likely = expected(words, same, labels, 0)
    assert likely.sum(axis=1) == pytest.approx(1)
    assert likely.argmax(axis=1).tolist() == [0, 1] * 40  # "O" comes before "person"


def test_how_often_words_have_labels() -> None:
    counts = labels_of(Examples((("a", "b"), ("a",), ("a",)), (("x", "y"), ("x",), ("z",)), "each"))
    assert {word: dict(found) for word, found in counts.items()} == {"a": {"x": 2, "z": 1}, "b": {"y": 1}}


def test_the_gradient_is_the_slope_of_the_loss() -> None:
    generator = np.random.default_rng(0)
    network = _Network(3, 4)
    loss = network.loss(generator.normal(size=(7, 3)), generator.uniform(size=(7, 4)))
    here = generator.normal(size=network.start(0).shape)
    direction = generator.normal(size=here.shape)
    step = 1e-5
    slope = (loss(here + step * direction)[0] - loss(here - step * direction)[0]) / (2 * step)
    assert loss(here)[1] @ direction == pytest.approx(slope, rel=1e-6)


def test_in_the_second_half_of_the_time_features_are_kept() -> None:
    """Every look at the clock takes a second: there is no time to try all features alone, but some to keep them."""
    ticks = itertools.count()
    labels = {"in": "place", "see": "person"}
    inputs = tuple((left, word) for word in WORDS for left in labels) * 2
    examples = Examples(inputs, tuple(("O", labels[left]) for left, _ in inputs), "each")
    chooser = Chooser(examples, examples, {}, Settings(seconds=36.0, clock=lambda: float(next(ticks))))
    tried = [step.trying for step in chooser.choice()]
    alone = [one for one in tried if " beside the words: " in one]
    assert 0 < len(alone) < len(candidates("each", ()))
    assert any(" is kept: " in one for one in tried)
