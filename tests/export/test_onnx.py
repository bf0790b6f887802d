"""What an ONNX file does not take, and who has not what writes it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

import altac
from altac.cli.main import run
from tests.support import PROGRAMS, program


def test_weights_of_another_format_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = altac.compile(str(PROGRAMS / "parity.alta")).model
    model.to(torch.bfloat16).save(tmp_path / "half.pt")
    assert run(["export", str(tmp_path / "half.pt"), "--to", "onnx", "-o", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == (
        "error[E0721]: cannot export `parity`: its weights are in bfloat16\n"
        ' = help: bring them to float32: `altac.load("MODEL").to(torch.float32).save("OTHER.pt")`\n'
    )
    assert not (tmp_path / "out").exists()


def test_a_package_that_is_missing_is_named(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    program("parity").save(tmp_path / "parity.pt")
    assert run(["export", str(tmp_path / "parity.pt"), "--to", "onnx", "-o", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == (
        "error[E0608]: this needs `onnx`, which is not installed\n"
        ' = help: it comes with the extra `export`: pip install ".[export]" in a checkout of altac\n'
    )
    assert not (tmp_path / "out").exists()
