"""Classes of words: files of them, vectors that are put into classes, and what a program makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from altac.diagnostics import AltacError
from altac.synthesis import Examples, split
from altac.synthesis.engine import Settings
from altac.synthesis.scores import scores
from altac.synthesis.scores.classes import WordFile, centres, forms, nearest, of_length_one, rare, read_word_file
from tests.support import nonempty

CITIES = ["Oslo", "Rome", "Bern", "Riga", "Kyiv", "Lima", "Cairo", "Quito", "Delhi", "Accra", "Paris", "Seoul"]
NAMES = ["Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida", "Jon", "Kim", "Leo"]


def places(count: int, known: int) -> Examples:
    """One word, of which the first so many of either kind are shown."""
    words = [*CITIES[:known], *NAMES[:known]]
    inputs = tuple(("see", words[at % len(words)]) for at in range(count))
    return Examples(inputs, tuple(("place" if one[1] in CITIES else "person",) for one in inputs), "one")


def written(folder: Path, *lines: str) -> Path:
    path = folder / "words.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_columns_are_classes(tmp_path: Path) -> None:
    found = read_word_file(written(tmp_path, "Rome city south", "", "Oslo city north", "Ann person -"))
    assert list(found.words) == ["Rome", "Oslo", "Ann"]
    assert found.vectors is None
    tables = found.classes(Examples((("Ann", "ann", "in"),), (("x",),), "one"), 0)
    assert {name: dict(table) for name, table in tables.items()} == {
        "class1": {"Ann": "person", "Rome": "city", "Oslo": "city"},
        "class2": {"Ann": "-", "Rome": "south", "Oslo": "north"},
    }
    assert next(iter(tables["class1"])) == "Ann"  # words of the examples come first
    (name,) = read_word_file(written(tmp_path, "2 9")).columns  # one line is no header
    assert name == "class"
    (name,) = read_word_file(written(tmp_path, "Rome city")).columns
    assert name == "class"


def test_a_file_in_small_letters_speaks_of_all_forms(tmp_path: Path) -> None:
    found = read_word_file(written(tmp_path, "rome city", "ann person", "in word"))
    (table,) = found.classes(Examples((("ROME", "in", "Ann", "Xy"),), (("x",),), "one"), 0).values()
    assert {word: table[word] for word in ("ROME", "in", "Ann")} == {"ROME": "city", "in": "word", "Ann": "person"}
    assert table["Rome"] == "city"  # two of the words that occur once have a capital
    assert "Xy" not in table


def test_forms_are_as_frequent_as_among_rare_words() -> None:
    words = [f"w{number}" for number in range(100)]
    found = list(forms(words, ["a", "b", "Cc", "Dd", "Ee", "Ff", "GG"]))
    assert [sum(word.startswith("W") for word in found), sum(word.startswith("w") for word in found)] == [125, 50]
    assert found[:3] == ["W0", "w0", "W1"]
    assert len(set(found)) < len(found)  # `W0` is `w0` with a capital and in capitals


def test_rare_words_are_those_whose_shape_misleads() -> None:
    texts = (("Ann", "met", "Bob", "in", "Rome"), ("in", "UNO"))
    tagged = Examples(texts, (("person", "O", "person", "O", "place"), ("O", "O")), "each")
    assert rare(tagged) == ["Rome"]  # `in` occurs twice
    assert rare(Examples(texts, (("x",), ("y",)), "one")) == ["Ann", "met", "Bob", "Rome", "UNO"]
    alike = Examples((("Ann", "met"),), (("person", "O"),), "each")
    assert rare(alike) == ["Ann", "met"]  # no shape misleads


def test_vectors_become_classes_of_similar_words(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    heart = np.eye(12)[:2] * 5
    lines = [
        " ".join([word, *map(str, (heart[kind] + generator.normal(size=12)).round(3))])
        for kind, words in enumerate((CITIES, NAMES))
        for word in words
    ]
    path = written(tmp_path, "24 12", *lines)
    found = read_word_file(path)
    assert found.vectors is not None
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(1)
    (of,) = [nearest(found.vectors, centres(found.vectors, 2, 0))]
    assert len({*of[:12]}) == len({*of[12:]}) == 1 != len({*of})
    tables = found.classes(places(40, 4), 0)
    assert list(tables) == ["kind2"]  # of eight words of examples


def test_classes_are_fitted_to_words_of_examples_alone() -> None:
    """A word that no example has moves no centre: with or without it, all others have the classes that they had."""
    vectors = of_length_one(np.random.default_rng(0).normal(size=(40, 9)).astype(np.float32))
    words = [f"W{at}" for at in range(40)]
    examples = Examples(tuple((word,) for word in words[:30]), (("x",),) * 30, "one")
    few, all_ = (WordFile(words[:n], {}, vectors[:n]).classes(examples, 0) for n in (30, 40))
    ((name, known),) = few.items()
    assert dict(known) == {word: kind for word, kind in all_[name].items() if word in words[:30]}
    assert set(all_[name]) == set(words)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "E0638.*words.txt` holds no words"),
        ("Rome\n", "E0638.*words.txt:1: nothing stands behind `Rome`"),
        ("Rome city\n\nOslo\n", "E0638.*words.txt:3: nothing stands behind `Oslo`"),
        ("Rome city\nOslo city north\n", "E0638.*words.txt:2: 2 columns behind the word, where the first line has 1"),
        ("Rome city\nRome town\n", "E0638.*words.txt:2: `Rome` is in line 1, too"),
        ("a 1 2 3 4 5 6 7 8\nb 1 2 3 4 5 6 7 x\n", "E0638.*words.txt:2: what stands behind `b` is not 8 numbers"),
        ("a 1 2 3 4 5 6 7 nan\n", "E0638.*words.txt:1: what stands behind `a` is not 8 numbers"),
    ],
)
def test_files_that_say_nothing_of_words(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "words.txt"
    path.write_text(text)
    with pytest.raises(AltacError, match=told):
        read_word_file(path)


def test_a_word_that_no_example_has_is_known_by_its_class() -> None:
    columns = {"class": ["city"] * 12 + ["person"] * 12}
    train, validation, _ = split(places(400, 6), 0)
    *_, last = scores(train, validation, Settings(name="some", words=WordFile([*CITIES, *NAMES], columns)))
    assert last.best is not None
    unseen = [*CITIES[6:], *NAMES[6:]]
    answers = last.best.answers(tuple(("see", word) for word in nonempty(unseen)))
    assert answers == [("place",)] * 6 + [("person",)] * 6
    assert dict(last.best.notes)["was given"] == "the class of words"
