"""Completions, as a shell asks for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from altac.cli.main import COMMANDS, run
from tests.support import PROGRAMS


def completions(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str) -> list[str]:
    """What bash is told at the end of a line."""
    monkeypatch.setenv("_ALTAC_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    assert run([]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("altac ru", ["plain,run", "plain,rules"]),
        ("altac ", [f"plain,{name}" for name in COMMANDS]),
        ("altac run --eng", ["plain,--engine"]),
        ("altac run x.alta --engine ", ["plain,interpreter", "plain,transformer"]),
        ("altac compile programs/par", ["file,programs/par"]),
        ("altac run x.alta --input in", ["file,in"]),
        ("altac coverage x.alta --against in", ["file,in"]),
        ("altac evaluate x.pt --answers in", ["file,in"]),
    ],
)
def test_what_is_completed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, expected: list[str]
) -> None:
    assert completions(monkeypatch, capsys, line) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    monkeypatch.setenv("_ALTAC_COMPLETE", f"{shell}_source")
    assert run([]) == 0
    assert f"_ALTAC_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_bash_completes_a_command_with_that_script(tmp_path: Path) -> None:
    command = tmp_path / "altac"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m altac "$@"\n')
    command.chmod(0o755)
    script = (
        'eval "$(_ALTAC_COMPLETE=bash_source altac)"; '
        "COMP_WORDS=(altac cov); COMP_CWORD=1; _altac_completion altac; "
        'echo "${COMPREPLY[@]}"; complete -p altac'
    )
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(PROGRAMS.parent)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout.splitlines()[0] == "coverage", done.stderr
    assert "_altac_completion altac" in done.stdout
