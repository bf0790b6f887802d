"""The seven tasks are what their definitions say, and the experiment reports what it measured."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

from altac.synthesis.candidates import Candidate
from altac.synthesis.engine import Settings
from altac.synthesis.gradient import engine
from altac.synthesis.gradient.spec import Sizes
from experiments.transformer_programs import trained
from experiments.transformer_programs.__main__ import learn
from experiments.transformer_programs.tasks import LONGEST, TASKS, Text, examples
from experiments.transformer_programs.tasks import longer as longer_examples
from tests.support import nonempty

RESULTS = Path(__file__).parents[2] / "experiments" / "transformer_programs" / "results"


@pytest.mark.parametrize(
    ("task", "text", "output"),
    [
        ("reverse", "abc", "cba"),
        ("sort", "cabca", "aabcc"),
        ("hist", "abaa", "3133"),
        ("double_hist", "aabbc", "22221"),
        ("most_freq", "bacaa", "abc.."),
        ("most_freq", "cabab", "abc.."),
        ("dyck1", "(()))(", "PPPTFF"),
        ("dyck2", "({})(}", "PPPTPF"),
        ("dyck2", ")({}", "FFFF"),
    ],
)
def test_outputs_are_those_of_the_definition(task: str, text: str, output: str) -> None:
    _, answer = TASKS[task]
    assert "".join(answer(list(text))) == output


@pytest.mark.parametrize("task", TASKS)
def test_inputs_are_different_and_drawn_by_the_seed(task: str) -> None:
    drawn = list(islice(examples(task), 300))
    assert len({"".join(text) for text, _ in drawn}) == 300
    assert drawn == list(islice(examples(task), 300))
    assert drawn != list(islice(examples(task, seed=1), 300))
    assert all(len(text) == len(output) for text, output in nonempty(drawn))


def test_a_row_of_the_results(tmp_path: Path) -> None:
    row = learn("sort", tmp_path, 0, "1m").split("|")
    assert row[1].strip() == "sort"
    assert row[3:6] == [" 16 ", " 100.00 ", " 100.00 "]
    assert len((tmp_path / "sort.txt").read_text().splitlines()) == 200


def longer(task: str) -> list[tuple[Text, Text]]:
    """Strings of about twice the length: two in a row."""
    drawn = [text for text, _ in islice(examples(task, seed=8), 200)]
    pairs = [one + other for one, other in zip(drawn[::2], drawn[1::2], strict=True)]
    return [(text, TASKS[task][1](text)) for text in pairs]


@pytest.mark.parametrize("task", TASKS)
def test_the_programs_that_are_kept_are_right_on_other_and_on_longer_strings(task: str) -> None:
    text = (RESULTS / f"{task}.alta").read_text(encoding="utf-8")
    rows = [*islice(examples(task, seed=7), 300), *longer(task)]
    answers = Candidate(text).answers(tuple(tuple(given) for given, _ in rows))
    for (given, output), found in nonempty(zip(rows, answers, strict=True)):
        assert found is not None
        assert list(map(str, found)) == output, given


def test_longer_strings_are_longer_than_all_others() -> None:
    for task, (_, answer) in TASKS.items():
        assert max(len(text) for text, _ in nonempty(islice(examples(task), 300))) == LONGEST[task]
        for text, output in nonempty(islice(longer_examples(task), 20)):
            assert LONGEST[task] < len(text) <= 2 * LONGEST[task]
            assert answer(text) == output


def test_figures_of_a_trained_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "GRID", ((1, 1, 1, 1, 20),))
    monkeypatch.setattr(trained, "MOST", 300)
    text, figures = trained.train("hist", Settings(name="hist", seconds=60.0, model="free"), "1m")
    assert "program hist\n" in text
    assert (figures["strings"], figures["lines"]) == (
        300,
        len(text.split('"""\n', 1)[1].split("\nexample")[0].splitlines()),
    )
    assert 0 <= figures["held out"]["strings"] <= figures["held out"]["symbols"] <= 100


GRADIENT = sorted(trained.RESULTS.glob("*.json"))


@pytest.mark.parametrize("path", GRADIENT, ids=[path.stem for path in GRADIENT])
def test_the_trained_programs_that_are_kept_are_as_right_as_is_told(path: Path) -> None:
    figures = json.loads(path.read_text())
    test = trained.task_of(figures["task"], figures["seed"]).test
    score = Candidate(path.with_suffix(".alta").read_text()).score(test)
    assert trained.share(score) == figures["held out"]


def test_the_models_that_are_kept_are_of_sizes_that_are_trained() -> None:
    sizes = {str(Sizes(model, *parts)) for *parts, _ in engine.GRID for model in ("free", "published")}
    for path in nonempty(GRADIENT):
        assert json.loads(path.read_text(encoding="utf-8"))["chosen"].split(";")[0] in sizes
