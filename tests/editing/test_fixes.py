"""A quick fix mends what it stands beside: made in a program of the golden errors, the message is gone."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from altac.editing import Checked, Fix, Problem, check
from altac.syntax import read_source
from tests.errors.golden import programs
from tests.support import PROGRAMS, nonempty

FOUND = Path(__file__).parents[1] / "fuzz" / "found"


@cache
def offered() -> list[tuple[str, Checked, Problem, Fix]]:
    """Every fix of every golden program, with its name and what was said of it."""
    found = []
    for path in programs():
        text = read_source(path).text
        checked = check(text, str(path))
        found += [(str(path), checked, problem, fix) for problem in checked.problems for fix in problem.fixes]
    return found


def said(checked: Checked) -> Counter[tuple[str, str]]:
    return Counter((problem.code, problem.message) for problem in checked.problems)


def test_every_fix_mends_its_problem() -> None:
    wrong = []
    for name, checked, problem, fix in nonempty(offered()):
        after = check(fix.applied(read_source(name).text), name)
        key = (problem.code, problem.message)
        if said(after)[key] >= said(checked)[key]:
            wrong.append((name, problem.message, fix))
    assert wrong == []


def test_the_likely_slips_have_fixes() -> None:
    codes = {problem.code for _, _, problem, _ in offered()}
    assert {"E0001", "E0004", "E0005", "E0101", "E0202", "E0203", "E0301", "W0101", "W0103"} <= codes


HEAD = "program p\ninput text: 0..9\n"
DECLARED = HEAD + "var x: 0..9 = 0\n"
STEP = DECLARED + "layers 1\nstep:\n    "
STEP_TAIL, TAIL = "\noutput x\n", "\nlayers 1\nstep: x := 1\noutput x\n"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x = 1", "x := 1"),
        ("y := 1\n    x := y", "let y = 1\n    x := y"),
        ("if x == 0\n        x := 1", "if x == 0:\n        x := 1"),
        ("if x == 0 then\n        x := 1", "if x == 0:\n        x := 1"),
        ("if x ≤ 3: x := 1", "if x <= 3: x := 1"),
        ("if x == 0 && token == 1: x := 1", "if x == 0 and token == 1: x := 1"),
        ("x += 1", "x := x + 1"),
        ("x := 1 // the first", "x := 1 # the first"),
        ("if x == 0: x := 1\n    else if x == 2: x := 3", "if x == 0: x := 1\n    elif x == 2: x := 3"),
        ("match x:\n        case 0: x := 1", "match x:\n        case 0: x := 1\n        case _: pass"),
    ],
)
def test_a_slip_in_a_step_is_mended(wrong: str, right: str) -> None:
    assert STEP + right + STEP_TAIL in mended(STEP + wrong + STEP_TAIL)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("var x: 0..9 := 0", "var x: 0..9 = 0"),
        ("var x = 0", "var x: 0..9 = 0"),
        ("var x", "var x: 0..9 = 0"),
        ("vra x: 0..9 = 0", "var x: 0..9 = 0"),
    ],
)
def test_a_slip_in_a_declaration_is_mended(wrong: str, right: str) -> None:
    assert HEAD + right + TAIL in mended(HEAD + wrong + TAIL)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("halt x == 1\nstep: x := 1\noutput x\n", "halt when x == 1\nstep: x := 1\noutput x\n"),
        ("layers 1\nstep:\n\tx := 1\noutput x\n", "layers 1\nstep:\n    x := 1\noutput x\n"),
        ("layer a:\n    x := 1\nrun a,\noutput x\n", "layer a:\n    x := 1\nrun a\noutput x\n"),
    ],
)
def test_a_slip_in_a_schedule_is_mended(wrong: str, right: str) -> None:
    assert DECLARED + right in mended(DECLARED + wrong)


def mended(text: str) -> list[str]:
    """The text after each of the fixes that are offered."""
    return [fix.applied(text) for problem in check(text).problems for fix in problem.fixes]


def test_what_is_only_advice_is_no_fix() -> None:
    (problem,) = check("program p\ninput x: 0..1\nvar a: 0..1 = 2\nlayers 1\nstep: a := 1\noutput a\n").problems
    assert problem.help
    assert problem.fixes == ()


LET = """program p
input bits: 0..1 up to 4
var z: 0..1 = 0
head left = token at -1 else 0
step:
    let y = left
    z := token
layers 1
output z
"""


def test_what_a_let_mentions_is_not_removed() -> None:
    (problem,) = check(LET).problems
    assert (problem.code, problem.fixes) == ("W0101", ())
    (without,) = mended(LET.replace("    let y = left\n", ""))
    assert check(without) == Checked((), check(without).facts, True)


def correct() -> list[tuple[str, str]]:
    """Programs without errors, with their names: of the library, and of those in which the fuzzer found something."""
    folders = [path for folder in (PROGRAMS, FOUND) for path in sorted(folder.rglob("*.alta"))]
    return [(str(path), read_source(path).text) for path in folders]


def test_a_fix_of_a_warning_leaves_a_correct_program_correct() -> None:
    tried = 0
    for name, text in nonempty(correct()):
        checked = check(text, name)
        for fix in (fix for problem in checked.problems if checked.is_correct for fix in problem.fixes):
            tried += 1
            assert check(fix.applied(text), name).is_correct, (name, fix)
    assert tried > 0
