"""The parts of the score engine: what is read of words, the regression, and the sums of what was learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from altac.ir.unknown import shape
from altac.synthesis import Examples
from altac.synthesis.scores import fitting
from altac.synthesis.scores.choosing import likelihood
from altac.synthesis.scores.features import BASE, FIRST, Feature, Reading
from altac.synthesis.scores.fitting import Room, corpus_of, fit, has_room, lexicon_of, plainest, room_for_pairs
from altac.synthesis.scores.lexicon import Lexicon, beginning, ending, mark
from altac.synthesis.scores.model import ScoreModel
from altac.synthesis.scores.program import telling_words
from altac.synthesis.scores.regression import Bags, regress

LEFT = Feature((Reading("word", -1),))
RIGHT = Feature((Reading("word", 1),))
PAIR = Feature((Reading("word", -1), Reading("word")))


def texts(*pairs: tuple[str, str], shape: str = "one") -> Examples:
    inputs, outputs = zip(*((tuple(one.split()), tuple(other.split())) for one, other in pairs), strict=True)
    return Examples(inputs, outputs, shape)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("Rome", ("rom", "ome", "Xx")),
        ("1950s", ("195", "50s", "dx")),
        ("U.S.", ("u.s", ".s.", "X.X.")),
        ("e-mail-ed-by", ("e-m", "-by", "x-x-")),
        ("?", ("?", "?", "?")),
    ],
)
def test_attributes_of_words(word: str, known: tuple[str, str, str]) -> None:
    assert (beginning(word), ending(word), shape(word)) == known


def test_marks_are_no_words() -> None:
    assert mark("unk", {"a"}) == "<unk>"
    assert mark("unk", {"<unk>", "<<unk>>"}) == "<<<unk>>>"
    lexicon = Lexicon(frozenset({"<edge>", "a"}), {"kind": {"a": "<other>"}})
    assert (lexicon.unknown, lexicon.other, lexicon.edge) == ("<unk>", "<<other>>", "<<edge>>")
    assert [lexicon.attribute("kind", lexicon.read(word)) for word in ("a", "<edge>", "b")] == [
        "<other>",
        "<unk>",
        "<unk>",
    ]


def test_readings_at_every_place() -> None:
    lexicon = Lexicon(frozenset("abc"))

    def read(place: int, text: str) -> str:
        return " ".join(Reading("word", place).values(lexicon, text.split()))

    assert [read(place, "a b c") for place in (0, -1, 1, -2, 2, FIRST)] == [
        "a b c",
        "<edge> a b",
        "b c <edge>",
        "<edge> <edge> a",
        "c <edge> <edge>",
        "a a a",
    ]
    assert [read(place, "a") for place in (-2, 2, FIRST)] == ["<edge>", "<edge>", "a"]
    assert [read(place, "") for place in (0, -2, 2, FIRST)] == ["", "", "", ""]
    assert list(PAIR.keys(lexicon, ["a", "b"])) == [("<edge>", "a"), ("a", "b")]


# The regression --------------------------------------------------------------------------------------------------


def test_bags_are_a_matrix_of_counts() -> None:
    bags = Bags(np.array([0, 0, 0, 2]), np.array([1, 1, 0, 2]), 3, 4)
    matrix = np.array([[1, 2, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]])
    generator = np.random.default_rng(0)
    weights, values = generator.normal(size=(4, 2)), generator.normal(size=(3, 2))
    np.testing.assert_allclose(bags.times(weights), matrix @ weights)
    np.testing.assert_allclose(bags.gathered(values), matrix.T @ values)


def test_without_a_penalty_probabilities_are_frequencies() -> None:
    """One column a row: the likeliest distribution of a column is the one that was seen."""
    columns = np.repeat([0, 1], [10, 5])
    answers = np.array([0] * 7 + [1] * 2 + [2] + [0] * 1 + [2] * 4)
    weights = regress(Bags(np.arange(15), columns, 15, 2), answers, 1e-6, np.zeros((2, 3)))
    odds = np.exp(weights)
    found = odds / odds.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found[0], [0.7, 0.2, 0.1], atol=0.01)
    np.testing.assert_allclose(found[1], [0.2, 0.0, 0.8], atol=0.01)


@pytest.mark.parametrize("penalty", [0.1, 1.0, 10.0])
def test_the_slope_at_the_end_is_that_of_the_penalty(penalty: float) -> None:
    generator = np.random.default_rng(1)
    rows, columns = np.repeat(np.arange(40), 5), generator.integers(0, 12, 200)
    bags, answers = Bags(rows, columns, 40, 12), generator.integers(0, 3, 40)
    weights = regress(bags, answers, penalty, np.zeros((12, 3)))
    scores = np.exp(bags.times(weights))
    missing = np.eye(3)[answers] - scores / scores.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(penalty * weights, bags.gathered(missing), atol=0.1)


def test_likelihood_of_answers() -> None:
    scores = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]))
    assert likelihood(scores + 3, np.array([0, 1])) == pytest.approx((np.log(0.5) + np.log(0.8)) / 2)
    assert likelihood(scores, np.array([0, -1])) < likelihood(scores, np.array([0, 0]))  # a label that nobody knows


# What was learned ------------------------------------------------------------------------------------------------


def model(is_pooled: bool, words: str = "abc") -> ScoreModel:
    rows = {BASE: {("a",): (2, 0), ("b",): (0, 3)}, LEFT: {("b",): (4, 0), ("<edge>",): (0, 2)}}
    return ScoreModel(Lexicon(frozenset(words)), ("no", "yes"), rows, is_pooled)


def test_answers_by_hand() -> None:
    # a: 2 against 2 at the edge; b: 0 against 3; c after b: 4 against 0
    assert model(False).answer(["a", "b", "c"]) == ["no", "yes", "no"]
    assert model(True).answer(["a", "b", "c"]) == ["no"]  # 6 against 5
    assert model(True).answer(["x", "b"]) == ["yes"]
    assert model(True).answer([]) == model(False).answer([]) == []


def test_right_labels_are_counted() -> None:
    tagged = texts(("a b", "no no"), ("b", "yes"), shape="each")
    assert model(False).right(tagged) == (2, 3)
    assert model(True).right(texts(("a b", "no"), ("b", "yes"), ("", "yes"))) == (1, 3)


def test_rows_have_as_many_zeros_as_they_can() -> None:
    assert plainest([5, 5, 2]) == (0, 0, -3)
    assert plainest([1, -2, 3]) == (0, -3, 2)
    assert plainest([0, 4, 0]) == (0, 4, 0)


def test_words_that_tell_nothing_are_read_as_unknown() -> None:
    assert telling_words(model(False, "abcd")) == (["a", "b"], {})
    known = model(False, "abcd")
    known.features[BASE]["<unk>",] = (1, 0)  # type: ignore[index]
    assert telling_words(known) == (["a", "b", "c", "d"], {})


def test_words_that_tell_no_more_than_their_shape_are_read_by_it() -> None:
    lexicon = Lexicon(frozenset({"Rome", "Oslo", "the", "in", "7"}), {}, frozenset({"Xx", "x"}))
    rows = {BASE: {("Rome",): (1, 0)}, Feature((Reading("shape"),)): {("Xx",): (0, 1), ("d",): (1, 0)}}
    found = ScoreModel(lexicon, ("A", "B"), rows, False)
    assert telling_words(found) == (["7", "Rome"], {"Xx": "<Xx>"})
    as_words = replace(found, features={BASE: {("<x>",): (1, 0)}})
    assert telling_words(as_words) == (["in", "the"], {"x": "<x>"})  # `<x>` would speak for them


# The bounds of a program -----------------------------------------------------------------------------------------


def test_pairs_fit_into_what_can_be_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "MOST_COMBINATIONS", 25)  # three on a side, with what is other, and the edge
    some = [(f"{left} {right}", "yes" if left == "a" else "no") for left in "abcdef" for right in "uvwxyz"]
    found = fit(corpus_of(texts(*some, *some), 1, {}), (BASE, PAIR), 0.1).weights[PAIR][0]
    sides = [len(set(side)) + 2 for side in zip(*found, strict=True)]
    assert found
    assert sides[0] * sides[1] <= 25


def test_only_what_a_head_can_bring_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "MOST_VALUES", 4)  # two besides others and the edge
    some = [("a a", "yes"), ("b b", "no"), ("c c", "yes"), ("d d", "no")]
    weights = fit(corpus_of(texts(*some), 1, {}), (BASE, LEFT), 0.1).weights
    assert (len(weights[BASE][0]), len(weights[LEFT][0])) == (4, 2)


@pytest.mark.parametrize(
    ("wanted", "width", "taken"),
    [
        ([(LEFT, "a"), (LEFT, "b")], 3, "a"),  # where it is read, and at the word
        ([(LEFT, "a"), (LEFT, "b")], 4, "ab"),
        ([(LEFT, "a"), (RIGHT, "a"), (RIGHT, "b")], 3, "aa"),  # at the word once, for both
        ([(PAIR, "ab"), (PAIR, "ac"), (PAIR, "bd")], 8, ["ab", "ac"]),  # 5: both, each, and at the word; then 3
        ([(BASE, "a"), (BASE, "b")], 0, "ab"),  # the word itself needs no dimension
    ],
)
def test_values_take_the_room_that_there_is(
    wanted: list[tuple[Feature, str]], width: int, taken: str | list[str]
) -> None:
    room = Room(width, 1_000)
    assert [key for feature, key in wanted if room.take(feature, tuple(key))] == list(taken)


def test_the_most_frequent_words_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "MOST_WORDS", 4)
    some = texts(("b b b a a", "yes"), ("c d b d", "no"))
    assert lexicon_of(some, 1, {}).words == set("abcd")
    assert lexicon_of(some, 2, {"kind": {"x": "k", "a": "k", "y": "k"}}).words == set("abdx")
    assert lexicon_of(some, 9, {}).words == set("abcd")  # a program knows some words


def test_attributes_of_many_words_are_looked_up_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, steps in {"LOOKUP": 5, "READ": 6, "MOST_STEPS": 10 * (2 * 5 + 6)}.items():
        monkeypatch.setattr(fitting, name, steps)
    monkeypatch.setattr(fitting, "LEAST_COMBINATIONS", 0)
    ten, eleven = Lexicon(frozenset("abcdefghij")), Lexicon(frozenset("abcdefghijk"))
    single = [Feature((Reading(name),)) for name in ("beginning", "ending")]
    assert has_room([BASE, PAIR, LEFT, *single], ten)
    assert not has_room([BASE, PAIR, LEFT, *single], eleven)
    assert has_room([BASE], Lexicon(frozenset(map(str, range(1_000)))))
    shapes = [Feature((Reading("shape", place), Reading("shape"))) for place in (-2, -1, 1, 2)]
    assert has_room([BASE, PAIR, LEFT, *shapes], eleven)  # one variable has the shape for all, and one the word


def test_pairs_get_what_lookups_leave() -> None:
    words = Lexicon(frozenset(map(str, range(30_000))))
    assert room_for_pairs([BASE], words) == fitting.MOST_STEPS // fitting.COMBINATION
    looked_up = 30_000 * (fitting.LOOKUP + fitting.READ)
    shape_here = Feature((Reading("shape"),))
    assert room_for_pairs([BASE, PAIR, LEFT, shape_here], words) == int(
        (fitting.MOST_STEPS - looked_up) // fitting.COMBINATION
    )


def test_a_threshold_leaves_out_what_tells_little() -> None:
    some = texts(*[("a", "yes")] * 9, *[("b", "no")] * 9, ("c", "yes"), ("c", "no"))
    found = fit(corpus_of(some, 1, {}), (BASE,), 0.1)
    assert {key for (key,) in found.without(0.5, 0.1).weights[BASE][0]} == {"a", "b"}
    assert found.without(99.0, 0.1).model().size == 0
