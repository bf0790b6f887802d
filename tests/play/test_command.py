"""`altac play` as a command: how it begins, and what it says when it cannot."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from altac.cli.main import run
from altac.play import serve
from altac.play import starters as module
from altac.play.starters import folder_of, starters
from tests.support import PROGRAMS
from tests.test_packaging import ROOT

PARITY = PROGRAMS / "parity.alta"


def test_it_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "altac", "play", str(PARITY), "--port", "0", "--no-open"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        place = process.stdout.readline().strip()
        with urllib.request.urlopen(place) as answer:
            assert b"<title>altac play</title>" in answer.read()
        with urllib.request.urlopen(f"{place}programs/file") as answer:
            assert b"program parity" in answer.read()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert (process.returncode, said) == (130, "altac: interrupted\n")


def test_it_listens_at_this_machine_alone() -> None:
    with serve.listen(0) as found:
        assert found.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["play", "--no-open", "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error[E0745]: cannot listen at 127.0.0.1:{port}: address already in use\n")
    assert "`--port 0`" in said


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["play", "--no-open", "--port", "0", str(tmp_path / "missing.alta")]) == 1
    assert "error[E0007]" in capsys.readouterr().err


def test_without_its_extra_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert run(["play", "--no-open", "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error[E0608]: this needs `uvicorn`, which is not installed\n")
    assert '".[play]"' in said


def test_the_file_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "own.alta"
    own.write_bytes(PARITY.read_bytes())
    names = list(starters(own))
    assert names[0] == "file"
    assert names[1:] == list(starters(None))
    assert starters(own)["file"].record()["file"] == "own.alta"


def test_programs_are_found_in_a_checkout() -> None:
    assert folder_of("programs", "play").resolve() == Path(os.path.realpath(PROGRAMS))


def test_exercises_are_offered_with_their_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "01-parity"
    folder.mkdir()
    (folder / "parity.alta").write_bytes(PARITY.read_bytes())
    (folder / "README.md").write_text("# Parity\n", encoding="utf-8")
    monkeypatch.setattr(module, "folder_of", lambda name, package: tmp_path if name == "exercises" else tmp_path / "no")
    (found,) = starters(None).values()
    assert (found.name, found.title, found.group) == ("exercises/01-parity", "01-parity", "Exercises")
    assert found.record()["about"] == "# Parity\n"
