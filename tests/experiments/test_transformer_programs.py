"""The seven tasks are what their definitions say, and the experiment reports what it measured."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from altac.synthesis.candidates import Candidate
from experiments.transformer_programs.__main__ import learn
from experiments.transformer_programs.tasks import TASKS, Text, examples
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
