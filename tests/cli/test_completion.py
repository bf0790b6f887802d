"""Completions, as a shell asks for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from altac.cli.main import COMMANDS, run
from tests.support import PROGRAMS

FILES = [
    *("a.alta", "a.pt", "a.safetensors", "a.txt", "a.jsonl", "a.toml", "a.py", "b.alta", "aside/c.alta"),
    *("aside/c.md", ".hidden.alta", "with blank.alta"),
]


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
        ("altac compile a", ["plain,a.alta", "plain,aside/"]),
        ("altac check b.alta ", ["plain,a.alta", "plain,aside/", "plain,b.alta", "plain,empty/"]),
        ("altac compile aside/", ["plain,aside/c.alta"]),
        ("altac compile as", ["plain,aside/", "plain,aside/c.alta"]),
        ("altac compile e", ["plain,empty/"]),
        ("altac compile .h", ["plain,.hidden.alta"]),
        ("altac run a", ["plain,a.alta", "plain,a.pt", "plain,a.safetensors", "plain,aside/"]),
        ("altac evaluate a", ["plain,a.alta", "plain,a.pt", "plain,a.safetensors", "plain,aside/"]),
        ("altac verify a.alta --weights a", ["plain,a.pt", "plain,a.safetensors", "plain,aside/"]),
        ("altac compile a.alta -o a", ["plain,a.pt", "plain,a.safetensors", "plain,aside/"]),
        ("altac run x.alta --input a", ["plain,a.jsonl", "plain,a.txt", "plain,aside/"]),
        ("altac trace x.alta --input a", ["plain,a.jsonl", "plain,a.txt", "plain,aside/"]),
        ("altac coverage x.alta --against a.t", ["plain,a.txt"]),
        ("altac evaluate x.pt --answers a.j", ["plain,a.jsonl"]),
        ("altac train a.alta --config a", ["plain,a.toml", "plain,aside/"]),
        ("altac train a.alta -o a", ["dir,a"]),
        ("altac run a.alta --imports-from a", ["dir,a"]),
        ("altac compile nothing", ["file,nothing"]),
        ("altac compile nowhere/a", ["file,nowhere/a"]),
        ("altac compile w", ["file,w"]),
    ],
)
def test_what_is_completed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    line: str,
    expected: list[str],
) -> None:
    """Names that a shell has to quote are left to it, as is everything where nothing of the kind is found."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
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
