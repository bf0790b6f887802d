"""Tables of evidence are what the texts give, and decide as an implementation of its own says."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest

from altac.engine.protocol import run_texts
from experiments.evidence.__main__ import PROGRAMS, tables, written
from experiments.evidence.texts import SUBJECTS, WORDS
from tests.support import nonempty
from tests.support import program as compiled


@pytest.mark.parametrize("name", ["bigram", "language_id", "naive_bayes"])
def test_a_program_has_the_table_that_the_texts_give(name: str) -> None:
    assert (PROGRAMS / f"{name}.json").read_text(encoding="utf-8") == written(tables()[name])


def test_a_bigram_has_the_frequencies_of_its_words() -> None:
    """Within what the steps of the logarithms leave open."""
    words = WORDS["english"].split()
    (result,) = run_texts(compiled("bigram").model, ["t"])
    assert result.probabilities is not None
    after = Counter(right for word in words for left, right in pairwise(f"{word}.") if left == "t")
    total = sum(after.values()) + 27
    for letter, found in nonempty(result.probabilities[0].items()):
        assert found == pytest.approx((after[str(letter)] + 1) / total, rel=0.06)


def test_most_words_are_found_in_their_language() -> None:
    """The figure for words that were counted themselves; chance is a fifth."""
    one = compiled("language_id")
    pairs = [(word, name) for name, text in WORDS.items() for word in text.split()]
    results = run_texts(one.interpreter, [word for word, _ in pairs])
    right = sum(result.output == (name,) for result, (_, name) in zip(results, pairs, strict=True))
    assert 0.7 < right / len(pairs) < 0.9


def test_a_number_says_how_much_likelier_a_word_is() -> None:
    table = tables()["naive_bayes"]
    texts = {name: text.split() for name, text in SUBJECTS.items()}
    shares = {name: (words.count("rain") + 1) / (len(words) + 1) for name, words in texts.items()}
    for name, share in nonempty(shares.items()):
        expected = math.log(share * len(shares) / sum(shares.values()))
        assert table["rain"].get(name, 0) == pytest.approx(20 * expected, abs=0.51)
