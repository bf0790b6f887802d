"""Commands, as in a shell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from altac.cli.main import run

Altac = Callable[..., tuple[int, str, str]]


@pytest.fixture
def altac(capsys: pytest.CaptureFixture[str]) -> Altac:
    """Runs a command; its exit code, what it prints, and what it says."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run([str(one) for one in arguments])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are run in a folder of their own."""
    monkeypatch.chdir(tmp_path)
