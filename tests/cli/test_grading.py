"""What `altac grade` and `altac exercise` say."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.trace import Result
from altac.grading import exercise_of
from altac.grading.exercise import Case, folders
from altac.grading.grade import Run, run_cases
from tests.grading.answers import WRONG, solution
from tests.support import nonempty


def saved(folder: Path, name: str, *edits: tuple[str, str]) -> Path:
    """A solution with some edits, as a file."""
    text = solution(name)
    assert [text.count(old) for old, _ in edits] == [1] * len(edits)
    for old, new in edits:
        text = text.replace(old, new)
    path = folder / f"{name}.alta"
    path.write_text(text, encoding="utf-8")
    return path


PREVIOUS = """FAILED previous: 433 of 438 cases are wrong
the smallest input that fails: "a a"
  expected: - a
  found:    a -

layer         position  0   1
              token     a   a
    1 look 1  left      a   -

left = "a" at 0 ("a"), in layer 1 (look 1)
  previous.alta:6: head left = token at +1 else "-"
  selects 1 ("a")
  - token = "a" at 1 ("a"): what is read
More: altac explain previous.alta 'a a' --at 0
hint 1 of 2: `at` says where a head looks, counted from the position itself: `at 0` is this position.
For one more: --hints 2
"""


def test_the_smallest_input_is_shown_with_its_trace_and_the_reason(altac, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path, "previous", ("at -1", "at +1"))
    code, out, err = altac("grade", "previous.alta", "--hints", 1)
    assert (code, err) == (1, "")
    assert out == PREVIOUS


def test_a_right_answer_passes(altac, tmp_path) -> None:
    path = saved(tmp_path, "sort")
    assert altac("grade", path) == (0, "passed sort: 259 cases; at most 2 layers, without a loop\n", "")
    code, out, err = altac("grade", path, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "exercise": "sort",
        "passed": True,
        "cases": 259,
        "failed": 0,
        "stopped": 0,
        "smallest": None,
        "diagnostics": [],
        "hints": [],
    }


def test_a_record_has_the_smallest_input_and_its_trace(altac, tmp_path) -> None:
    path = saved(tmp_path, "parity", ("parity ^ parity_left", "parity_left"))
    code, out, _ = altac("grade", path, "--json", "--hints", 2)
    record = json.loads(out)
    assert code == 1
    assert (record["passed"], record["cases"], record["failed"]) == (False, 418, 200)
    assert record["hints"] == list(exercise_of("parity").hints[:2])
    smallest = record["smallest"]
    assert (smallest["input"], smallest["expected"], smallest["found"], smallest["error"]) == ("1", "1", "0", None)
    assert smallest["trace"]["layers"][1]["variables"]["parity"] == [0, 0]


def test_the_program_is_named_by_its_name_or_by_the_option(altac, tmp_path) -> None:
    path = saved(tmp_path, "copy", ("program copy", "program mine"))
    code, out, err = altac("grade", path)
    assert (code, out) == (1, "")
    assert err.startswith("error[E0750]: there is no exercise `mine`\n")
    assert altac("grade", path, "--exercise", "copy")[:2] == (0, "passed copy: 436 cases; without a head\n")
    code, out, err = altac("grade", path, "--exercise", "copi")
    assert err == (
        "error[E0750]: there is no exercise `copi`\n = help: did you mean `copy`? Say so with `--exercise copy`\n"
    )


@pytest.mark.parametrize("broken", ["letter = token +", "letter = tokens"])
def test_a_program_with_errors_is_told_as_always(altac, tmp_path, broken: str) -> None:
    path = saved(tmp_path, "copy", ("letter = token", broken))
    code, out, err = altac("grade", path)
    assert (code, out) == (1, "For a hint: --hints 1\n")
    assert err == altac("check", path)[2] != ""
    code, out, err = altac("grade", path, "--json")
    record = json.loads(out)
    assert (code, err, record["passed"], record["failed"]) == (1, "", False, None)
    assert record["diagnostics"][0]["code"].startswith("E0")


def test_errors_come_first_where_no_exercise_is_known(altac, tmp_path) -> None:
    path = tmp_path / "mine.alta"
    path.write_text("program mine\n???\n", encoding="utf-8")
    code, out, err = altac("grade", path)
    assert (code, out) == (1, "")
    assert err == altac("check", path)[2]
    assert "E0750" in altac("grade", path, "--exercise", "mine")[2]


FORMS = {
    "E0753: 2 heads, 1": ("count_a", ('== "a"', '== "a"\n    head none_of = count where key.token == "b" at ..-1')),
    "E0753: a head": ("copy", ("letter = token", "letter = token\n    head unread = token at -1")),
    "E0753: 3 layers, 2": ("sort", ("output number", "layer more:\n    var last_of = number\noutput last_of")),
    "E0753: a round": (
        "sort",
        ("output number", "run rank, fetch * 2\noutput number"),
    ),
    "E0753: not causal": ("running_ones", ("causal\n", "")),
}
SAYS = {
    "E0753: 2 heads, 1": "`count_a` has 2 heads, and the exercise asks for at most 1",
    "E0753: a head": "`copy` has 1 head, and the exercise asks for a program without a head",
    "E0753: 3 layers, 2": "`sort` runs 3 layers, and the exercise asks for at most 2",
    "E0753: a round": "`sort` repeats a layer, and the exercise asks for a program without a loop",
    "E0753: not causal": ("the exercise asks for a causal program, and `running_ones` does not say that it is one"),
}


@pytest.mark.parametrize("what", FORMS)
def test_another_form_is_refused_with_all_cases_right(altac, tmp_path, what: str) -> None:
    name, *edits = FORMS[what]
    code, out, err = altac("grade", saved(tmp_path, name, *edits))
    assert code == 1
    assert out.splitlines()[0].startswith(f"FAILED {name}: ")
    assert out.splitlines()[0].endswith(" cases right, but the program has not the form that is asked for")
    assert f"error[E0753]: {SAYS[what]}\n" in err
    assert "= help: " in err


LOOP = """program previous
input text: "a".."d" up to 12
var shown: "a".."d" | {"-"} = "-"
var done: bool = false
layer look:
    head left = token at -1 else "-"
    shown := left
    done := true
run look until done
output shown
"""


def test_a_loop_has_any_number_of_layers(altac, tmp_path) -> None:
    """The exercise asks for one."""
    path = tmp_path / "previous.alta"
    path.write_text(LOOP, encoding="utf-8")
    code, out, err = altac("grade", path)
    assert code == 1
    assert out.startswith("FAILED previous: 438 cases right, but ")
    assert "error[E0753]: `previous` repeats a layer" in err
    assert "9 | run look until done" in err


INTERFACES = {
    "the exercise has inputs with `c` and `d`, which `copy` does not read": ("copy", ('"a".."d"', '"a".."b"')),
    "the exercise has inputs of up to 12 symbols, and `copy` reads at most 11 symbols": (
        "copy",
        ("up to 12", "up to 11"),
    ),
    "the exercise has inputs of any length, and `parity` reads at most 9 symbols": (
        "parity",
        ('input bits: {"0", "1"}', 'input bits: {"0", "1"} up to 9'),
    ),
    "`answer` is never one of the right answers of this exercise: `0` and `1`": (
        "parity",
        ("halt when done\noutput parity", 'var answer: {"odd", "even"} = "odd"\nhalt when done\noutput answer'),
    ),
    "the exercise asks for a program that writes, and `alphabet` gives one answer and ends": (
        "alphabet",
        ('generate until "<end>" up to 6\n', ""),
    ),
}


@pytest.mark.parametrize("message", INTERFACES)
def test_an_interface_that_does_not_fit_is_refused_before_any_case(altac, tmp_path, message: str) -> None:
    name, *edits = INTERFACES[message]
    code, out, err = altac("grade", saved(tmp_path, name, *edits))
    assert code == 1
    assert out == (
        f"FAILED {name}: no case was run, since input or output are not declared as asked\nFor a hint: --hints 1\n"
    )
    assert f"error[E0752]: {message}\n" in err
    assert "= help: " in err


def test_the_help_is_the_declaration_of_the_exercise(altac, tmp_path) -> None:
    _, _, err = altac("grade", saved(tmp_path, "copy", ("up to 12", "up to 11")))
    assert err.splitlines()[-1] == '  = help: declare it as the exercise does: `input text: "a".."d" up to 12`'


def test_a_run_that_fails_is_a_wrong_answer(altac, tmp_path) -> None:
    code, out, _ = altac("grade", saved(tmp_path, "parity", ("halt when done", 'halt when done and token == "<s>"')))
    assert code == 1
    assert 'the smallest input that fails: "0"\n  expected: 0\n  found:    E0604, the run never halts' in out
    assert "  help:     check that `halt when` becomes true at every position" in out


def test_the_number_of_symbols_is_told(altac, tmp_path) -> None:
    code, out, _ = altac("grade", saved(tmp_path, "count_a", (" at last", "")))
    assert code == 1
    assert "  help:     1 symbol asked for, and 2 found: `output NAME at last` reads one position\n" in out
    code, out, _ = altac("grade", saved(tmp_path, "copy", ("output letter", "output letter at last")))
    assert "  help:     2 symbols asked for, and 1 found: `output NAME` reads all positions\n" in out


def test_a_frame_that_is_missing_is_named(altac, tmp_path) -> None:
    edits = (('frame "<s>" bits\n', ""), ('= token == "<s>"', "= false"), ("else false", "else true"))
    code, out, _ = altac("grade", saved(tmp_path, "parity", *edits))
    assert code == 1
    assert 'the smallest input that fails: ""\n  expected: 0\n  found:    (nothing)\n' in out
    assert (
        '  help:     without a frame, nothing is read of an empty input; the exercise has `frame "<s>" bits`\n' in out
    )


def test_what_a_score_adds_up_is_shown_elsewhere(altac, tmp_path) -> None:
    path = saved(tmp_path, "mood", ('{"good": 1}', '{"good": 2}'))
    _, out, _ = altac("grade", path)
    assert f"\nMore: altac run {path} 'great dull' --scores\n" in out
    assert altac("run", path, "great dull", "--scores")[0] == 0


def test_a_program_that_has_no_weights_does_not_pass(altac, tmp_path) -> None:
    """It gives the right answers, and float32 cannot tell its averages apart."""
    code, out, err = altac("grade", saved(tmp_path, "running_ones", ("up to 20", "up to 9000")))
    assert code == 1
    assert out.splitlines()[0] == "FAILED running_ones: 362 cases right, but the program has no weights"
    assert err.startswith("error[E0507]")


def test_a_long_trace_is_only_named(altac, tmp_path) -> None:
    folder = own(tmp_path / "exercise", "parity", {"input": "1" * 60, "output": "1"})
    path = saved(tmp_path, "parity")
    code, out, _ = altac("grade", path, "--exercise", folder)
    assert code == 1
    assert f"The trace is long: altac trace {path} {'1' * 60}\n" in out


@pytest.mark.parametrize("one", WRONG[::5], ids=lambda one: one.name)
def test_every_failure_names_the_input_and_how_to_see_more(altac, tmp_path, one) -> None:
    path = tmp_path / "answer.alta"
    path.write_text(one.text, encoding="utf-8")
    code, out, _ = altac("grade", path)
    assert code == 1
    assert f'the smallest input that fails: "{one.smallest}"\n' in out
    assert f"\n  found:    {one.found}\n" in out


# Exercises ---------------------------------------------------------------------------------------------------


def test_exercises_are_listed_and_shown(altac) -> None:
    code, out, err = altac("exercise")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 20
    assert lines[0] == " 1  copy             Say what is read"
    code, out, err = altac("exercise", "previous")
    assert (code, err) == (0, "")
    assert out.startswith("# The letter on the left\n")
    assert "cases" not in out


def test_an_exercise_is_begun_once(altac, tmp_path) -> None:
    path = tmp_path / "answer.alta"
    code, out, err = altac("exercise", "previous", "-o", path)
    assert (code, err) == (0, "")
    assert out.endswith(f"\n{path} is the program to begin with.\n")
    assert path.read_text(encoding="utf-8") == exercise_of("previous").source.text
    assert altac("grade", path)[0] == 1
    path.write_text("mine", encoding="utf-8")
    code, out, err = altac("exercise", "previous", "-o", path)
    assert (code, out) == (1, "")
    assert "it is there already" in err
    assert path.read_text(encoding="utf-8") == "mine"
    assert altac("exercise", "-o", path)[0] == 2


def own(folder: Path, name: str = "running_ones", *cases: dict[str, str]) -> Path:
    """An exercise of somebody's own; its stub is a solution."""
    files = {
        "README.md": "# Ones\n\nSay how many ones there are.\n",
        f"{name}.alta": solution(name),
        "exercise.json": '{"form": {"heads": 1}, "hints": ["Count."]}',
        "cases.jsonl": "".join(json.dumps(case) + "\n" for case in cases or ONES),
    }
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


ONES = ({"input": "1", "output": "1"}, {"input": "11", "output": "1  2"})


def test_a_teacher_has_exercises_too(altac, tmp_path) -> None:
    folder = own(tmp_path / "ones")
    assert altac("grade", folder / "running_ones.alta", "--exercise", folder) == (
        0,
        "passed running_ones: 2 cases; at most 1 head\n",
        "",
    )
    assert altac("exercise", folder)[1] == "# Ones\n\nSay how many ones there are.\n"


BAD = {
    "cannot read cases.jsonl: no such file or directory": ("cases.jsonl", None),
    "there are 0 programs in it, and the stub has to be the only one": ("running_ones.alta", None),
    "its stub has errors": ("running_ones.alta", "program ones\n"),
    "exercise.json is not JSON": ("exercise.json", "{"),
    "exercise.json is not an object": ("exercise.json", "[]"),
    "`hints` in exercise.json is not a list of texts": ("exercise.json", '{"hints": [1]}'),
    "`form` in exercise.json has other entries": ("exercise.json", '{"form": {"heads": true}}'),
    "cases.jsonl is empty": ("cases.jsonl", ""),
    'cases.jsonl, line 1, is not of the form {"input"': ("cases.jsonl", '{"input": 1, "output": "1"}'),
    "cases.jsonl, line 2, is not JSON": ("cases.jsonl", '{"input": "1", "output": "1"}\n['),
    "cases.jsonl, line 1: column 1: `2` is not a symbol": ("cases.jsonl", '{"input": "2", "output": "1"}'),
    "README.md is not UTF-8 text": ("README.md", b"\xff"),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_folder_that_is_no_exercise_is_refused(tmp_path, reason: str) -> None:
    folder, (name, text) = own(tmp_path / "ones"), BAD[reason]
    (folder / name).unlink()
    if text is not None:
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(AltacError) as caught:
        exercise_of(str(folder))
    (told,) = caught.value.diagnostics
    assert told.code == "E0751"
    assert reason in told.message


def test_no_exercise_tells_its_cases() -> None:
    """A text has at most as many inputs as its examples."""
    for folder in nonempty(folders().values()):
        assert (folder / "README.md").read_text(encoding="utf-8").count("\n| `") <= 4


SLOW = """program previous
input text: "a".."d" up to 12
var shown: "a".."d" | {"-"} = "-"
var low: 0..99 = 0
var high: 0..899 = 0
layer look:
    head left: "a".."d" | {"-"} = token at -1 else "-"
    head begin = token where key.position == 0
    head long = exists where key.position == 11
    shown := left
layer count:
    low := (low + 1) % 100
    if low == 0: high := min(high + 1, 899)
run look, count until not long and begin != "d" or high == 899
output shown
"""


def test_cases_that_take_too_long_are_stopped_and_the_others_told(altac, tmp_path) -> None:
    """The program goes through 89,900 rounds on inputs of twelve symbols, and on those that begin with `d`."""
    path = tmp_path / "previous.alta"
    path.write_text(SLOW, encoding="utf-8")
    code, out, err = altac("grade", path, "--time", "2s")
    assert code == 1
    cases = exercise_of("previous").cases
    slow = [case for case in cases if case.input.startswith("d") or len(case.input.split()) == 12]
    assert 0 < len(slow) < len(cases)
    found = re.search(
        rf"error\[E0755\]: (\d+) of {len(cases)} cases were stopped, .* 2 seconds: the first is `(.*)`\n", err
    )
    assert found is not None
    assert found[2] == slow[0].input
    assert len(slow) <= int(found[1]) <= len(cases)
    assert "`--time 20s`" in err
    assert out.startswith(f"FAILED previous: {found[1]} of {len(cases)} cases took too long\n")
    record = json.loads(altac("grade", path, "--time", "2s", "--json")[1])
    assert (record["passed"], record["failed"]) == (False, 0)
    assert record["stopped"] >= len(slow)
    assert [one["code"] for one in record["diagnostics"]].count("E0755") == 1


def test_cases_are_run_one_by_one_where_some_take_long(monkeypatch) -> None:
    """Half of what is left for each that takes long, so all others have results."""
    exercise = exercise_of("previous")
    asked: list[int] = []

    def results(_: Compiled, cases: Sequence[Case]) -> list[Run]:
        asked.append(len(cases))
        while any(case is exercise.cases[3] for case in cases):
            time.sleep(0.01)
        return [(case, Result(case.input, (), 1, None)) for case in cases]

    monkeypatch.setattr(sys.modules["altac.grading.grade"], "results", results)
    runs, stopped = run_cases(exercise.stub, exercise.cases, 2)
    assert stopped == (exercise.cases[3],)
    assert [case for case, _ in runs] == [case for case in exercise.cases if case is not exercise.cases[3]]
    assert asked == [len(exercise.cases), *([1] * len(exercise.cases))]


def test_weights_that_take_too_long_are_told(altac, tmp_path, monkeypatch) -> None:
    def endless(_: Compiled) -> NoReturn:
        while True:
            time.sleep(0.01)

    monkeypatch.setattr(Compiled, "blocks", property(endless))
    code, out, err = altac("grade", saved(tmp_path, "copy"), "--time", "3s")
    assert (code, out.splitlines()[0]) == (
        1,
        f"FAILED copy: {len(exercise_of('copy').cases)} cases right, but the program takes too long to compile",
    )
    assert "error[E0756]: all answers of `copy` are right, and its weights were not made within 3 seconds\n" in err
    assert "`--time 30s`" in err
