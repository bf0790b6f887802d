"""`altac coverage` and `altac evaluate` as their users meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from altac.learn.output_supervision import OutputTask
from altac.learn.settings import TrainingConfig
from altac.model.file import load_model, save_model
from tests.support import DEMO, PROGRAMS, compiled, program

PARITY = PROGRAMS / "parity.alta"


@pytest.fixture
def write(tmp_path: Path):
    def call(name: str, *lines: str) -> Path:
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
        return tmp_path / name

    return call


def test_coverage(altac, write, tmp_path: Path) -> None:
    train, test, page = write("train.txt", "1", "0 1"), write("test.txt", "1 1", "0 1"), tmp_path / "out" / "page.html"
    code, out, err = altac("coverage", PARITY, "--input", train, "--against", test, "--html", page)
    assert (code, err) == (0, "")
    assert f"1 rule never fired on {train}, and 1 of 2 inputs of {test} need one" in out
    assert "1 of 2 right (50.0 %), 1 wrong, 0 without an answer" in out
    assert not any(line.endswith(" ") for line in out.splitlines())
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert [one.name for one in page.parent.iterdir()] == ["page.html"]


def test_coverage_as_a_record(altac, write) -> None:
    train, test = write("train.txt", "1", "0 1"), write("test.txt", "1 1", "0 1")
    code, out, _ = altac("coverage", PARITY, "--input", train, "--against", test, "--json")
    found = json.loads(out)
    done = "if done = false and done_left = true then done: false -> true"
    assert code == 0
    assert (found["program"], found["inputs"], found["cells"], found["rules"]) == ("parity", 2, 8, 3)
    assert found["fired"] == [{"rule": 2, "layer": "", "fires": 3, "inputs": 2, "text": done}]
    assert found["layers"] == [{"name": "", "cells": 8, "rules": 3, "fired": 1}]
    assert [(one["runs"], one["changes"], one["rules"]) for one in found["lines"]] == [
        (3, None, []),
        (3, 0, []),
        (3, 3, [2]),
    ]
    against = found["against"]
    assert [(one["rule"], one["fires"], one["inputs"]) for one in against["unseen"]] == [(1, 1, 1)]
    assert against["inputs_with_unseen"] == 1
    assert (against["minimal_program"]["right"], against["minimal_program"]["wrong"]) == (1, 1)


def test_coverage_by_layer(altac, write, tmp_path: Path) -> None:
    """`a` and `aab`: 1 of 1 letters that occur once; 2 of 2 that occur twice, and 1 of 1."""
    (tmp_path / "demo.alta").write_text(DEMO)
    page = tmp_path / "page.html"
    train = write("train.txt", "a", "aab")
    code, out, _ = altac("coverage", tmp_path / "demo.alta", "--input", train, "--rules", "--html", page)
    assert code == 0
    assert out.splitlines()[-6:] == [
        f"{train}: 2 inputs, 8 positions x layers; 2 of 81 rules fire",
        "  measure: 4 positions x rounds; 0 of 0 rules fire",
        "  compare: 4 positions x rounds; 2 of 81 rules fire",
        "  fires  inputs  rule",
        "      2       2  compare: if frequency = 1 and letters = 1 then classes: -> 1",
        "      2       1  compare: if frequency = 2 and letters = 2 then classes: -> 1",
    ]
    assert "<li>compare: 4 positions x rounds; 2 of 81 rules fire</li>" in page.read_text()
    _, out, _ = altac("coverage", tmp_path / "demo.alta", "--input", train, "--json")
    found = json.loads(out)
    assert [(layer["name"], layer["cells"], layer["fired"]) for layer in found["layers"]] == [
        ("measure", 4, 0),
        ("compare", 4, 2),
    ]
    assert {rule["layer"] for rule in found["fired"]} == {"compare"}
    _, out, _ = altac("coverage", tmp_path / "demo.alta", "--input", train, "--minimal")
    assert out.splitlines()[-2:] == [
        "if frequency = 1 and letters = 1 then classes: -> 1",
        "if frequency = 2 and letters = 2 then classes: -> 1",
    ]


def test_minimal_rules(altac, write) -> None:
    code, out, _ = altac("coverage", PARITY, "--input", write("train.txt", "1"), "--minimal")
    assert code == 0
    assert out.splitlines()[4:] == [
        "if done = false and done_left = true then done: false -> true",
        "halt if done = true",
    ]
    every = write("all.txt", "1 0 1")
    assert altac("coverage", PARITY, "--input", every, "--minimal") == altac("rules", PARITY, "-O0")


def test_all_rules_of_a_set(altac, write) -> None:
    code, out, _ = altac("coverage", PARITY, "--input", write("train.txt", "1"), "--rules")
    assert (code, out.splitlines()[-2:]) == (
        0,
        ["  fires  inputs  rule", "      1       1  if done = false and done_left = true then done: false -> true"],
    )


def test_a_line_that_is_no_input_ends_the_command(altac, write, tmp_path: Path) -> None:
    bad = write("bad.txt", "1", "1 2", "0", "x")
    page = tmp_path / "page.html"
    code, out, err = altac("coverage", PARITY, "--input", bad, "--html", page)
    assert (code, out, page.exists()) == (1, "", False)
    assert [line.split(": `")[0] for line in err.splitlines() if line.startswith("error")] == [
        f"error[E0601]: {bad}:2:3",
        f"error[E0601]: {bad}:4:1",
    ]
    code, out, err = altac("coverage", PARITY, "--input", write("empty.txt"))
    assert (code, out) == (1, "")
    assert "E0606" in err
    code, out, err = altac("coverage", PARITY, "--input", tmp_path / "missing.txt")
    assert (code, out) == (1, "")
    assert "missing.txt" in err


def test_a_report_that_cannot_be_written(altac, write, tmp_path: Path) -> None:
    code, _, err = altac("coverage", PARITY, "--input", write("train.txt", "1"), "--html", tmp_path)
    assert code == 1
    assert "E0702" in err
    assert "--html" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["coverage", PARITY],
        ["coverage", PARITY, "--input", "INPUT", "--json", "--minimal"],
        ["evaluate", PARITY],
        ["evaluate", PARITY, "--input", "x", "--answers", "y"],
        ["evaluate", PARITY, "--input", "INPUT", "--by", "length", "--by", "first", "--by", "last"],
        ["evaluate", PARITY, "--input", "INPUT", "--plot", "x.png"],
        ["evaluate", PARITY, "--input", "INPUT", "--by", "length", "--plot", "x.pdf"],
        ["evaluate", PARITY, "--input", "INPUT", "--rules"],
    ],
)
def test_wrong_use(altac, write, arguments: list[object]) -> None:
    given = write("input.txt", "1")
    code, out, err = altac(*(given if one == "INPUT" else one for one in arguments))
    assert (code, out) == (2, "")
    assert "Error: " in err


# Evaluating --------------------------------------------------------------------------------------------------


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Weights of parity without the rule 1 -> 0: the parity is 1 from the first 1 on."""
    program("parity").save(tmp_path / "model.pt")
    model = load_model(tmp_path / "model.pt")
    with torch.no_grad():
        model.module.layers[0].mlps[0].fc_out.weight[:, 1] = 0
    save_model(model, tmp_path / "broken.pt")
    return tmp_path / "broken.pt"


def test_evaluate(altac, write, broken: Path, tmp_path: Path) -> None:
    inputs, picture = write("test.txt", "", "1", "1 1", "0 1 1", "1 1 1"), tmp_path / "map.png"
    by = ["--by", "length", "--by", 'count("1") % 2 == 0']
    code, out, err = altac("evaluate", broken, "--input", inputs, *by, "--rules", "--plot", picture)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{broken}: 3 of 5 right (60.0 %), 2 wrong, 0 without an answer; 3 of 5 output symbols right (60.0 %)",
        "  always answering `0` would be 60.0 % right",
        "",
        'length  count("1") % 2 == 0  inputs  right  wrong  no answer  accuracy  symbols',
        "     0                 true       1      1      0          0   100.0 %  100.0 %",
        "     1                false       1      1      0          0   100.0 %  100.0 %",
        "     2                 true       1      0      1          0     0.0 %    0.0 %",
        "     3                false       1      1      0          0   100.0 %  100.0 %",
        "     3                 true       1      0      1          0     0.0 %    0.0 %",
        "",
        "1 of 2 rules right wherever they fire",
        "  right  wrong  accuracy  rule",
        "      0      3     0.0 %  if parity = 1 and done = false and parity_left = 1 and done_left = true "
        "then parity: 1 -> 0",
        "where no rule fires",
        "  right  wrong  accuracy  variable that keeps its value",
        "     29      0   100.0 %  parity",
        "     23      0   100.0 %  done",
    ]
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_evaluate_as_a_record(altac, write, broken: Path) -> None:
    inputs = write("test.txt", "1", "1 1")
    code, out, _ = altac("evaluate", broken, "--input", inputs, "--by", "length", "--json", "--rules")
    found = json.loads(out)
    assert code == 0
    assert (found["inputs"], found["right"], found["wrong"], found["no_answer"]) == (2, 1, 1, {})
    assert [(one["values"], one["accuracy"]) for one in found["cells"]] == [([1], 1.0), ([2], 0.0)]
    assert [(one["rule"], one["right"], one["wrong"]) for one in found["rules"]["scores"]] == [(1, 0, 1), (2, 3, 0)]
    assert found["rules"]["learned"] == 1


def test_groups_by_the_first_symbol(altac, write) -> None:
    file = write("nn.alta", "program nn", 'input word: {"none", 1, 1/2}', "var out: 0..1 = 0", "step:", "    out := 1")
    file.write_text(file.read_text() + "layers 1\noutput out at all\n")
    inputs = write("nn.txt", "", "none", "1 none", "1/2")
    arguments = ["evaluate", file, "--input", inputs, "--by", "first"]
    _, out, _ = altac(*arguments)
    assert [line.split()[:2] for line in out.splitlines()[4:]] == [
        ["1/2", "1"],
        ["1", "1"],
        ['"none"', "1"],
        ["none", "1"],
    ]
    found = json.loads(altac(*arguments, "--json")[1])
    assert [one["values"] for one in found["cells"]] == [["1/2"], [1], ["none"], [None]]


def test_groups_by_the_right_answer(altac, write, broken: Path) -> None:
    """The weights lack the rule that makes a 0 of a 1: whatever has a second 1 is answered by 1."""
    inputs = write("test.txt", "", "0", "1", "1 1", "0 1 1", "1 0 0")
    _, out, _ = altac("evaluate", broken, "--input", inputs, "--by", "output")
    assert out.splitlines()[1] == "  always answering `0` would be 66.7 % right"
    assert [line.split()[:4] for line in out.splitlines()[4:]] == [["0", "4", "2", "2"], ["1", "2", "2", "0"]]
    found = json.loads(altac("evaluate", broken, "--input", inputs, "--by", "output == 1", "--json")[1])
    assert [(cell["values"], cell["inputs"], cell["right"]) for cell in found["cells"]] == [
        ([False], 4, 2),
        ([True], 2, 2),
    ]
    assert (found["baseline"], found["most_frequent"]) == (4 / 6, "0")
    answers = write("answers.jsonl", '{"input": "1", "output": "0"}', '{"input": "0", "output": "0"}')
    _, out, _ = altac("evaluate", PARITY, "--answers", answers, "--by", "output")
    assert [line.split()[:4] for line in out.splitlines()[4:]] == [["0", "2", "1", "1"]]


def test_answers_of_another_program(altac, write, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text(altac("run", "--json", PARITY, "1", "1 1", "0 1 0")[1] + '{"input": "1", "output": null}\n')
    code, out, err = altac("evaluate", PARITY, "--answers", answers)
    assert (code, out.split(" right")[0]) == (0, f"{PARITY}: 3 of 3")
    assert err == "left out because no answer is known: 1 input\n"
    last = write("last.alta", 'program final\ninput bits: {"0", "1"}\nvar x: 0..1 = 1 if token == "1" else 0',
                 "step:", "    pass", "layers 1", "output x at last")  # fmt: skip
    code, out, _ = altac("evaluate", last, "--answers", answers, "--engine", "transformer")
    assert (code, out.split(" right")[0]) == (0, f"{last}: 1 of 3")  # 1; 1 for 0; 0 for 1


def test_inputs_on_which_the_program_fails_are_left_out_and_counted(altac, write) -> None:
    never = write("never.alta", 'program never\ninput bits: {"0", "1"}\nvar x: bool = token == "1"\nstep:\n    pass',
                  "halt when x\noutput x at last")  # fmt: skip
    inputs = write("in.txt", "1", "0", "1 0", "1 1")
    code, out, err = altac("evaluate", never, "--input", inputs)
    assert (code, out.split(" right")[0]) == (0, f"{never}: 2 of 2")
    assert err.endswith("left out because no answer is known: 2 inputs\n")
    found = json.loads(altac("evaluate", never, "--input", inputs, "--json")[1])
    assert (found["inputs"], found["right"], found["left_out"]) == (2, 2, 2)


def test_nothing_is_drawn_of_inputs_without_an_answer(altac, tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text('{"input": "1", "output": null}\n')
    for by in (["length"], ["length", "first"]):
        options = [one for name in by for one in ("--by", name)]
        code, _, err = altac(
            "evaluate", PARITY, "--answers", tmp_path / "answers.jsonl", *options, "--plot", tmp_path / "x.png"
        )
        assert (code, "There is nothing for --plot to draw" in err, "1 input\n" in err) == (2, True, True)


def test_the_program_of_weights_is_not_the_weights(altac, write, broken: Path) -> None:
    code, out, _ = altac("evaluate", broken, "--input", write("in.txt", "1 1"), "--engine", "interpreter")
    assert (code, out.split(" right")[0]) == (0, f"the program of {broken}: 1 of 1")


@pytest.mark.parametrize(
    "line", ["1", "[]", "[" * 100_000, '{"input": "1"}', '{"input": 1, "output": "1"}', "{", '{"output": "1"}']
)
def test_answers_that_are_none(altac, tmp_path: Path, line: str) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"input": "1", "output": "1"}\n' + line + "\n")
    code, out, err = altac("evaluate", PARITY, "--answers", answers)
    assert (code, out) == (1, "")
    assert f"error[E0606]: {answers}:2: not a record of an input and its output" in err


def test_answers_to_what_is_no_input(altac, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"input": "1 x", "output": "1"}\n')
    code, _, err = altac("evaluate", PARITY, "--answers", answers)
    assert code == 1
    assert f"error[E0601]: {answers}:1:3: " in err


def test_a_property_that_there_is_not(altac, write) -> None:
    code, _, err = altac("evaluate", PARITY, "--input", write("test.txt", "1"), "--by", "size")
    assert code == 1
    assert "E0609" in err


# Runs that need many layers, or never end ---------------------------------------------------------------------

SLOW = """program slow
input word: {"a", "b"} up to 4
var ticks: 0..99 = 0
step:
    if ticks < 99:
        ticks := ticks + 1
halt when ticks == 99
output ticks at first
"""
AWAY = """program away
input word: {"a", "b"} up to 4
var x: 0..40 = 0
var left: 0..3 = 3
step:
    if left > 0:
        left := left - 1
        x := min(x + 1, 40)
halt when left == 0
output x at first
"""


def test_no_limit_is_below_what_the_program_needs(altac, write, tmp_path: Path) -> None:
    """99 layers for one position; also where the file says that a run may take fewer."""
    inputs = write("test.txt", "a", "b b")
    slow = compiled(SLOW)
    model = slow.model
    for rate in (0, 1):  # 4 * (1 + 8) = 36 layers for one position
        model.metadata = model.metadata.__class__.from_dict({**model.metadata.to_dict(), "layer_rate": rate})
        model.module.extra = model.metadata.to_dict()
        save_model(model, tmp_path / "slow.pt")
        code, out, _ = altac("evaluate", tmp_path / "slow.pt", "--input", inputs)
        assert (code, out.split(" right")[0]) == (0, f"{tmp_path / 'slow.pt'}: 2 of 2"), rate


def test_a_run_that_never_ends_is_no_answer(altac, write, tmp_path: Path) -> None:
    """A number that grows in every layer never repeats a state, so nothing else would end the run."""
    away = compiled(AWAY)
    model = away.model
    axes = model.metadata.stream.names
    with torch.no_grad():
        mlp = model.module.layers[0].mlps[-1]
        mlp.fc_out.weight[:] = 0
        mlp.fc_out.bias[axes.index("x=0")] += 0.5
    save_model(model, tmp_path / "away.pt")
    code, out, _ = altac("evaluate", tmp_path / "away.pt", "--input", write("test.txt", "a", ""), "--by", "length")
    assert code == 0
    lines = out.splitlines()
    assert ": 1 of 2 right (50.0 %), 0 wrong, 1 without an answer;" in lines[0]
    assert lines[1] == "  always answering nothing would be 50.0 % right"
    assert lines[2] == "  1 without an answer: the run does not halt within the layers that it may take (E0620)"
    assert lines[-1].split() == ["1", "1", "0", "0", "1", "0.0", "%", "0.0", "%"]


def test_a_model_that_learned_from_outputs_has_no_rules(altac, write, tmp_path: Path) -> None:
    config = TrainingConfig(supervision="output", width=8, heads=2, hidden=(8,), layers=1, input="-")
    OutputTask(program("parity"), config, ["1"], ["1"], torch.device("cpu")).save(tmp_path / "encoder.pt", {})
    inputs = write("test.txt", "", "1", "1 1", "0 1 1")
    code, out, _ = altac("evaluate", tmp_path / "encoder.pt", "--input", inputs, "--json")
    found = json.loads(out)
    assert (code, found["inputs"], found["no_answer"]) == (0, 4, {})
    code, _, err = altac("evaluate", tmp_path / "encoder.pt", "--input", inputs, "--rules")
    assert code == 2
    assert "this model learned from outputs alone" in err
