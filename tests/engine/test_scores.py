"""Scores: sums, ties, pooling, probabilities and drawing, in the interpreter and in the weights."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

import altac
from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from altac.engine.trace import Result
from altac.model.file import load_model, save_model
from altac.model.model import Model
from tests.support import compiled, nonempty

HEAD = 'program test\ninput text: {"a", "b", "c"} up to 6\n'
TAGGER = f"""{HEAD}
const WORD = {{"a": {{"O": 1}}, "b": {{"P": 2, "O": 1/2}}}}
const LEFT = {{"a": {{"P": 1/3}}}}
layer look:
    head left = token at -1
    var twice = left == token
score tag: {{"O", "P", "X"}} = WORD[token] + 2 * LEFT[left] - {{true: {{"O": 5}}}}[twice] + {{"X": 1/10}}
output tag
"""
POOLED = f"""{HEAD}
score most: {{"a", "b", "c"}} = {{"a": {{"a": 1}}, "b": {{"b": 1}}, "c": {{"c": 1}}}}[token]
layer read:
    pass
output most pooled where position > 0
"""
READ = "layer read:\n    pass\n"
TEXTS = ["", "a", "b b", "a b c", "c c c a", "a a b b a a"]


def engines(one: Compiled) -> dict[str, list[Result]]:
    """The results of all ways to run a program; they agree on states and on scores."""
    module, metadata = one.model.module, one.model.metadata
    models = {name: Model(module, metadata, name) for name in ("sparse", "dense")}  # type: ignore[arg-type]
    for model in nonempty(models.values()):
        assert compare_engines(one.interpreter, model, TEXTS) is None
    return {name: run_texts(engine, TEXTS) for name, engine in {"interpreter": one.interpreter, **models}.items()}


def tags(word: str) -> list[dict[str, Fraction]]:
    """The sums of the tagger, by hand."""
    rows = []
    for place, letter in enumerate(word):
        left = word[place - 1] if place else ""
        row = {"O": Fraction(0), "P": Fraction(0), "X": Fraction(1, 10)}
        row["O"] += {"a": Fraction(1), "b": Fraction(1, 2)}.get(letter, 0) - 5 * (left == letter)
        row["P"] += 2 * (letter == "b") + Fraction(2, 3) * (left == "a")
        rows.append(row)
    return rows


@pytest.mark.parametrize("level", [0, 1, 2])
def test_sums_and_the_labels_that_they_choose(level: int) -> None:
    found = engines(compiled(TAGGER, level))
    for results in nonempty(found.values()):
        for text, result in zip(TEXTS, results, strict=True):
            rows = tags(text.replace(" ", ""))
            assert result.scores == tuple(rows)
            assert result.output == tuple(max(row, key=lambda label, row=row: row[label]) for row in rows)


def test_of_equal_sums_the_first_label_is_the_output() -> None:
    table = '{"a": {"z": 1, 7: 1}, "b": {"z": 1}}'
    one = compiled(f'{HEAD}{READ}score tag: {{"z", "x", 7, none}} = {table}[token]\noutput tag')
    for results in nonempty(engines(one).values()):
        assert [results[3].output, results[2].output] == [(7, "z", one.program.interface.domain.values[0]), ("z", "z")]


def test_pooled_sums_count_where_the_output_is_shown() -> None:
    for results in nonempty(engines(compiled(POOLED)).values()):
        for text, result in zip(TEXTS, results, strict=True):
            counted = Counter(text.split()[1:])
            if not counted:
                assert (result.output, result.scores) == ((), ())
                continue
            assert result.scores == ({label: counted[label] for label in "abc"},)
            assert result.output == (min("abc", key=lambda label, counted=counted: (-counted[label], label)),)


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_place_of_the_output(place: str) -> None:
    one = compiled(TAGGER.replace("output tag", f'output tag at {place} where token != "c"'))
    for results in nonempty(engines(one).values()):
        for text, result in zip(TEXTS, results, strict=True):
            rows = [row for row, letter in zip(tags(text.replace(" ", "")), text.split(), strict=True) if letter != "c"]
            assert result.scores == tuple(rows[:1] if place == "first" else rows[-1:])


@pytest.mark.parametrize("temperature", ["1", "2", "1/3"])
def test_probabilities_are_the_softmax(temperature: str) -> None:
    one = compiled(TAGGER.replace('{"X": 1/10}', f'{{"X": 1/10}} temperature {temperature}'))
    for results in nonempty(engines(one).values()):
        assert results[3].scores is not None
        assert results[3].probabilities is not None
        for scores, found in nonempty(zip(results[3].scores, results[3].probabilities, strict=True)):
            weights = {label: math.exp(float(score / Fraction(temperature))) for label, score in scores.items()}
            expected = {label: weight / sum(weights.values()) for label, weight in weights.items()}
            assert found == pytest.approx(expected)


def test_what_is_drawn_has_these_probabilities() -> None:
    (result,) = run_texts(compiled(TAGGER).model, ["b"])
    assert result.evidence is not None
    assert result.probabilities is not None
    dice = np.random.default_rng(0)
    counts = Counter(result.evidence.drawn(dice) for _ in range(3000))
    for label, probability in nonempty(result.probabilities[0].items()):
        assert counts[label,] / 3000 == pytest.approx(probability, abs=0.03)


def test_logits_are_the_scores() -> None:
    model = compiled(TAGGER).model
    expected = [[float(row[label]) for label in ("O", "P", "X")] for row in tags("abc")]
    assert model.logits("a b c") == pytest.approx(np.array(expected))
    assert model.logits("").shape == (0, 3)
    with pytest.raises(AltacError, match="E0601"):
        model.logits("x")
    variable = compiled(f"{HEAD}layer read:\n    pass\noutput token").model
    with pytest.raises(AltacError, match="E0616"):
        variable.logits("a")
    assert variable.run(["a"])[0].probabilities is None


@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
@pytest.mark.parametrize("text", [TAGGER, POOLED])
def test_a_file_keeps_the_score(text: str, suffix: str, tmp_path: Path) -> None:
    one = compiled(text)
    save_model(one.model, tmp_path / f"m.{suffix}")
    loaded = load_model(tmp_path / f"m.{suffix}")
    assert loaded.interface == one.model.interface
    assert [(r.output, r.scores) for r in loaded.run(TEXTS)] == [(r.output, r.scores) for r in one.model.run(TEXTS)]


def test_a_changed_score_is_no_equal_one() -> None:
    """Also where no output changes: verification compares the scores themselves."""
    one = compiled(TAGGER)
    module = one.model.module
    with torch.no_grad():
        module.unembedding.bias[2] -= 1
    assert [r.output for r in one.model.run(TEXTS[2:3])] == [r.output for r in run_texts(one.interpreter, TEXTS[2:3])]
    difference = compare_engines(one.interpreter, one.model, TEXTS)
    assert difference is not None
    assert 'the score of "X" at position 0 is 1/15, expected 1/10' in str(difference)
    for bias in (0.5, math.inf, math.nan, 3e38):  # no score of any program
        with torch.no_grad():
            module.unembedding.bias[2] = bias
        difference = compare_engines(one.interpreter, one.model, TEXTS)
        assert difference is not None
        assert 'the score of "X" at position 0 is no multiple of 1/30, expected 1/10' in str(difference)
        (result,) = one.model.run(["a"])
        assert result.scores is not None
        found = result.scores[0]["X"]
        assert found == pytest.approx(bias / 30, nan_ok=True)


def test_weights_of_another_score_are_of_another_program(tmp_path: Path) -> None:
    other = TAGGER.replace('{"X": 1/10}', '{"X": 1/10} temperature 2')
    save_model(compiled(other).model, tmp_path / "m.pt")
    found = altac.verify(compiled(TAGGER), load_model(tmp_path / "m.pt"))
    assert "temperature" in str(found.difference)


def test_narrow_formats_hold_small_sums_only() -> None:
    one = compiled(f'{HEAD}{READ}score t: {{0, 1}} = {{"a": {{0: 300}}, "b": {{1: 1}}}}[token]\noutput t')
    formats = one.blocks.certificate.formats
    assert (formats["bfloat16"].longest, formats["float16"].longest, formats["float32"].longest) == (-1, 6, 6)
    assert formats["bfloat16"].reason == "`t`: its sums reach 300, which need more bits"


def test_a_large_table_is_checked_and_compiled() -> None:
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]
    table = ", ".join(f'"{letter}": {{{place % 7}: {place}}}' for place, letter in enumerate(letters))
    one = compiled(
        f"program big\nconst T = {{{table}}}\ninput text: {{letter for letter in T}} up to 4\n"
        "score best: 0..6 = T[token]\nlayer read:\n    pass\noutput best"
    )
    (result,) = run_texts(one.model, ["".join(letters[-3:])])
    assert result.output == (1997 % 7, 1998 % 7, 1999 % 7)
    assert result.scores is not None
    assert [max(row.values()) for row in result.scores] == [1997, 1998, 1999]


def test_an_unclear_value_is_unclear_in_any_company() -> None:
    """What is no value for one input is none beside another, whatever is fast."""
    one = compiled(TAGGER)
    with torch.no_grad():
        one.model.module.layers[0].attention.output.weight.mul_(2)  # type: ignore[union-attr]
    alone = [one.model.run([text])[0] for text in TEXTS]
    assert any(result.error is not None for result in alone)
    for result, other in nonempty(zip(one.model.run(TEXTS), alone, strict=True)):
        assert (result.output, result.error and result.error.code) == (other.output, other.error and other.error.code)
