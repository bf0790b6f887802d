"""What altac says about each `NAME.alta` of this folder is, to the letter, what `NAME.err` holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.errors.golden import FOLDER, golden_text, programs


@pytest.mark.parametrize("path", programs(), ids=lambda path: path.stem)
def test_diagnostics_are_as_recorded(path: Path) -> None:
    golden = path.with_suffix(".err")
    assert golden.exists(), f"no {golden.name}: write it with `python -m tests.errors.regenerate`, and read it"
    assert golden_text(path) == golden.read_text(encoding="utf-8")


def test_every_golden_has_its_program() -> None:
    assert {path.stem for path in FOLDER.glob("*.err")} == {path.stem for path in programs()}


@pytest.mark.parametrize("path", programs(), ids=lambda path: path.stem)
def test_every_golden_has_something_to_say(path: Path) -> None:
    text = golden_text(path)
    assert ("error[E" in text) == text.endswith("exit: 1\n")
    assert ("warning[W" in text) == text.endswith("exit: 0\n")
