"""The experiments on language: their data, how names are counted, and the results that are kept."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

import altac
from altac.synthesis import Examples
from experiments.language.__main__ import HERE, main
from experiments.language.data import SETS
from experiments.language.entities import entities, f1
from tests.support import nonempty

QUESTIONS = ["NUM:dist How far is it ?", "HUM:ind Who was Galileo ?", "LOC:city What city is it ?"]


def test_questions_have_their_coarse_label(tmp_path: Path) -> None:
    (tmp_path / "TREC.train.gz").write_bytes(gzip.compress("\n".join(QUESTIONS * 10).encode()))
    (tmp_path / "TREC.test").write_bytes(b"DESC:def What is caf\xe9 ?\n")
    data = SETS["trec"](tmp_path, 0)
    assert data.test == Examples((("What", "is", "caf\N{REPLACEMENT CHARACTER}", "?"),), (("DESC",),), "one")
    everything = data.train + data.validation
    assert len(everything) == 30
    assert dict(zip(everything.inputs, everything.outputs, strict=True)) == {
        ("How", "far", "is", "it", "?"): ("NUM",),
        ("Who", "was", "Galileo", "?"): ("HUM",),
        ("What", "city", "is", "it", "?"): ("LOC",),
    }


def test_sentences_have_the_label_of_their_file(tmp_path: Path) -> None:
    for label in ("objective", "subjective"):
        (tmp_path / f"subj.{label}").write_text("".join(f"{label[0]} {number}\n" for number in range(50)))
    data = SETS["subj"](tmp_path, 0)
    assert [len(part) for part in (data.train, data.validation, data.test)] == [80, 10, 10]
    for text, output in nonempty(list(zip(data.test.inputs, data.test.outputs, strict=True))):
        assert output == ({"o": "objective", "s": "subjective"}[str(text[0])],)


def test_names_are_in_the_last_column(tmp_path: Path) -> None:
    for name in ("train", "valid", "test"):
        (tmp_path / f"{name}.txt").write_text(f"-DOCSTART- -X- O O\n\nin IN B-PP O\n{name} NNP B-NP B-LOC\n")
    data = SETS["conll"](tmp_path, 0)
    assert data.train == Examples((("in", "train"),), (("O", "B-LOC"),), "each")
    assert data.test.inputs == (("in", "test"),)


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("O B-LOC I-LOC O", {("LOC", 1, 3)}),
        ("B-LOC B-LOC", {("LOC", 0, 1), ("LOC", 1, 2)}),
        ("I-PER I-ORG", {("PER", 0, 1), ("ORG", 1, 2)}),
        ("O I-PER I-PER", {("PER", 1, 3)}),
        ("B-PER I-ORG I-ORG", {("PER", 0, 1), ("ORG", 1, 3)}),
        ("O O", set()),
    ],
)
def test_names_in_labels(labels: str, found: set[tuple[str, int, int]]) -> None:
    assert entities(labels.split()) == found


def test_f1_counts_whole_names() -> None:
    pairs = [("B-LOC I-LOC O", "B-LOC I-LOC O"), ("B-LOC O O", "B-LOC I-LOC O"), ("O O O", "O B-PER O")]
    # one of two that were given, one of three that are there: 2 / 5
    assert f1((one.split(), other.split()) for one, other in pairs) == pytest.approx(0.4)
    assert f1([(["O"], ["O"])]) == 0


def test_it_runs(tmp_path: Path) -> None:
    """On three questions, over and over."""
    (tmp_path / "TREC.train").write_text("\n".join(f"{one} {number}" for one in QUESTIONS for number in range(20)))
    (tmp_path / "TREC.test").write_text("\n".join(QUESTIONS))
    main(["trec", "--data", str(tmp_path), "--programs", str(tmp_path / "programs"), "--output", str(tmp_path)])
    found = json.loads((tmp_path / "trec.json").read_text())
    assert (found["learned from"], found["test"], found["right"], found["accuracy"]) == (60, 3, 3, 100.0)
    assert altac.compile(tmp_path / "programs" / "trec.alta")("How far is it ?") == "NUM"


def test_results_that_are_kept_are_those_of_the_table() -> None:
    told = (HERE / "README.md").read_text()
    results = sorted((HERE / "results").glob("*.json"))
    for path in nonempty(results):
        one = json.loads(path.read_text())
        assert one["accuracy"] == round(100 * one["right"] / one["labels"], 2)
        figures = [f"{one['learned from']:,}", f"{one['test']:,}", f"{one['right']:,} of {one['labels']:,}"]
        row = " | ".join(["", path.stem, *figures, f"{one['accuracy']:.1f} %", ""]).strip()
        assert row in told, row
        assert "f1" not in one or f"F1 of {one['f1']:.1f}" in told
