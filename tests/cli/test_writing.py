"""`altac run` of programs that write."""

from __future__ import annotations

import json
from pathlib import Path

from tests.engine.test_writing import COUNTED


def test_the_command_line_has_every_step(altac, tmp_path: Path) -> None:
    path = tmp_path / "counted.alta"
    path.write_text(COUNTED)
    code, out, _ = altac("run", path, "a", "--json", "--scores")
    found = json.loads(out)
    assert code == 0
    assert found["steps"] == [{"value": value, "layers": 1} for value in "babab"]
    assert len(found["scores"]) == 5
    inputs = tmp_path / "inputs.txt"
    inputs.write_text("a\nb a\n")
    assert altac("run", path, "--input", inputs)[1] == altac("run", path, "a", "b a")[1]
    weights = tmp_path / "counted.pt"
    altac("compile", path, "-o", weights)
    assert altac("run", weights, "a", "--no-cache")[1] == altac("run", weights, "a")[1] == "b a b a b\n"
    drawn = [altac("run", file, "a", "--draw", "--seed", "3")[1] for file in (path, weights, path)]
    assert drawn[0] == drawn[1] == drawn[2]


LETTERS = """program letters
input word: {"a", "b", "c"} up to 3
layer look:
    head left = token at -1
score next: {"a", "b", "c", "<end>"} = {"a": {"b": 1}, "b": {"c": 1}, "c": {"<end>": 1}}[token] + {"a": {"a": 1}}[left]
causal
output next at last
generate until "<end>" up to 8
"""


def test_what_is_drawn_depends_on_the_seed_and_on_which_input_it_is_alone(altac, tmp_path: Path) -> None:
    path, weights, inputs = tmp_path / "letters.alta", tmp_path / "letters.pt", tmp_path / "inputs.txt"
    path.write_text(LETTERS)
    inputs.write_text("a\nb c\na b\nc\n")
    assert altac("compile", path, "-o", weights)[0] == 0
    draw = ("--draw", "--seed", "7")
    shown = altac("run", path, *draw, "a", "b c", "a b", "c")[1]
    assert len(set(shown.splitlines())) > 1
    for file in (path, weights):
        assert altac("run", file, *draw, "--input", inputs)[1] == shown
        assert altac("run", file, *draw, "--no-cache", "a", "b c", "a b", "c")[1] == shown
        records = [
            json.loads(line) for line in altac("run", file, *draw, "--json", "a", "b c", "a b", "c")[1].splitlines()
        ]
        assert [record["output"] for record in records] == shown.splitlines()
        for record in records:
            steps = [step["value"] for step in record["steps"]]
            ended = steps[-1] == "<end>"
            assert (steps[:-1] if ended else steps) == record["values"]
            assert ended or len(steps) == 8
    other = altac("run", path, *draw, "c c", "b c")[1]
    assert other.splitlines()[1] == shown.splitlines()[1]
