"""`altac run` of programs that write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from altac.cli.main import run
from tests.engine.test_writing import COUNTED


@pytest.fixture
def altac(capsys: pytest.CaptureFixture[str]):
    def call(*arguments: object) -> tuple[int, str, str]:
        code = run([str(one) for one in arguments])
        return code, *capsys.readouterr()

    return call


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
