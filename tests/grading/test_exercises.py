"""The exercises that come with altac: their parts fit together, solutions pass, stubs and wrong answers do not."""

from __future__ import annotations

import re
from functools import cache

import pytest

from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.grading import Exercise, Grade, exercise_of, exercises, grade
from altac.grading.exercise import CASES, folders
from tests.grading.answers import ALSO_RIGHT, NARROW, SOLUTIONS, WRONG, Wrong, solution
from tests.grading.oracles import TASKS, cases, spoken
from tests.support import compiled, nonempty
from tests.test_packaging import ROOT

NAMES = tuple(TASKS)


@cache
def exercise(name: str) -> Exercise:
    return exercise_of(name)


def graded(name: str, text: str) -> Grade:
    return grade(exercise(name), compiled(text))


def test_there_are_twenty_in_order() -> None:
    assert [one.name for one in exercises()] == list(NAMES)
    assert len(NAMES) == 20
    assert sorted(path.stem for path in SOLUTIONS.iterdir()) == sorted(NAMES)
    assert {one.name for one in WRONG} == set(NAMES)


def test_the_list_has_all_of_them() -> None:
    text = (ROOT / "exercises" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| \[`(\w+)`\]\(([\w-]+)/README\.md\) \| (.*) \|$", text, re.MULTILINE)
    expected = [(str(at), one.name, f"{at:02}-{one.name}", one.title) for at, one in enumerate(exercises(), 1)]
    assert rows == expected


@pytest.mark.parametrize("name", NAMES)
def test_parts_fit_together(name: str) -> None:
    one = exercise(name)
    assert one.source.name.endswith(f"{name}/{name}.alta")
    assert one.title
    assert one.stub.warnings == ()
    assert len(one.hints) >= 2
    asked = re.findall(r"^Form: (.*)\.$", one.text, re.MULTILINE)
    assert asked == ([one.form.text] if one.form.text else [])
    assert one.text.count("Form:") == len(asked)


@pytest.mark.parametrize("name", NAMES)
def test_the_text_shows_right_examples_and_the_stub_has_them(name: str) -> None:
    """The table of the text, the examples of the stub and the oracle agree."""
    one, answer = exercise(name), TASKS[name].answer
    rows = re.findall(r"^\| (`[^|]*`|\(nothing\)) \| (`[^|]*`|\(nothing\)) \|$", one.text, re.MULTILINE)
    shown = [tuple("" if cell == "(nothing)" else cell.strip("`") for cell in row) for row in rows]
    assert shown == [(example.input, example.output) for example in one.stub.program.examples]
    for text, output in nonempty(shown):
        assert output == spoken(answer(tuple(text.split())))


@pytest.mark.parametrize("name", NAMES)
def test_cases_are_those_of_the_oracle(name: str) -> None:
    assert (folders()[name] / CASES).read_text(encoding="utf-8") == cases(name)
    lengths = [len(case.input.split()) for case in exercise(name).cases]
    assert lengths == sorted(lengths)
    task = TASKS[name]
    assert max(lengths) == task.greatest
    assert exercise(name).stub.program.interface.longest == task.longest
    assert set(exercise(name).stub.program.interface.indices) == set(task.alphabet)
    assert lengths.count(2) == len(task.alphabet) ** 2


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_passes(name: str) -> None:
    found = graded(name, solution(name))
    assert (found.problems, found.failures) == ((), ())
    assert found.passed
    assert found.compiled.warnings == ()


@pytest.mark.parametrize("name", NAMES)
def test_solutions_have_weights_that_do_the_same(name: str) -> None:
    one = compiled(solution(name))
    some = exercise(name).cases[::7]
    for case, result in nonempty(zip(some, run_texts(one.model, [case.input for case in some]), strict=True)):
        assert result.text(one.program.interface) == case.output


@pytest.mark.parametrize("name", NAMES)
def test_the_stub_runs_and_is_wrong(name: str) -> None:
    found = grade(exercise(name), exercise(name).stub)
    assert found.fits
    assert found.smallest is not None
    assert found.smallest.result.error is None


@pytest.mark.parametrize("one", WRONG, ids=lambda one: f"{one.name}: {one.new}")
def test_a_wrong_answer_fails_with_the_smallest_input(one: Wrong) -> None:
    found = graded(one.name, one.text)
    assert found.fits
    assert found.smallest is not None
    assert (found.smallest.case.input, found.smallest.found) == (one.smallest, one.found)
    assert found.smallest.case.output == spoken(TASKS[one.name].answer(tuple(one.smallest.split())))
    wrong = [case.input for case in exercise(one.name).cases if is_wrong(found.compiled, one.name, case.input)]
    assert wrong == [failure.case.input for failure in found.failures]
    assert len(one.smallest.split()) == min(len(text.split()) for text in wrong)


@pytest.mark.parametrize(("name", "old", "new"), NARROW)
def test_an_answer_that_is_right_only_for_short_texts_fails(name: str, old: str, new: str) -> None:
    text = solution(name)
    assert text.count(old) == 1
    found = graded(name, text.replace(old, new))
    assert found.fits
    assert found.failures


def is_wrong(one: Compiled, name: str, text: str) -> bool:
    try:
        return one(text) != spoken(TASKS[name].answer(tuple(text.split())))
    except AltacError:
        return True


@pytest.mark.parametrize(("name", "old", "new"), ALSO_RIGHT)
def test_another_right_answer_passes(name: str, old: str, new: str) -> None:
    text = solution(name)
    assert text.count(old) == 1
    if "shown" in new:
        text = text.replace("output left", "output shown")
    assert graded(name, text.replace(old, new)).passed
