"""Long work gives a sign of life: a bar on a terminal, a line now and then elsewhere, however long an item takes."""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from altac.cli import progress
from altac.cli.main import run
from altac.cli.progress import LateProgress
from altac.engine.trace import Layer
from altac.interpret import Interpreter
from tests.support import PROGRAMS

PARITY = str(PROGRAMS / "parity.alta")
PATIENCE = 60.0  # seconds that a test waits for a sign of life


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def until(stream: io.StringIO, *wanted: str) -> str:
    """What is shown, once everything wanted is among it."""
    end = time.monotonic() + PATIENCE
    while not all(text in stream.getvalue() for text in wanted):
        assert time.monotonic() < end, stream.getvalue()
        time.sleep(0.01)
    return stream.getvalue()


def listen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Standard error, which is not a terminal, with lines in quick succession."""
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr(progress, "EVERY", 0.01)
    return shown


def test_lines_say_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = listen(monkeypatch)
    with LateProgress("inputs", 2000) as work:
        until(stream, "0 of 2,000 inputs, 0 s\n")
        work(1200)
        shown = until(stream, "1,200 of 2,000 inputs, ")
    assert re.fullmatch(r"(0 of 2,000 inputs, \d+ s\n)+(1,200 of 2,000 inputs, \d+ s\n)+", shown)


def test_stages_and_notes_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = listen(monkeypatch)
    with LateProgress() as work:
        time.sleep(0.05)
        assert stream.getvalue() == ""  # nothing is said before it is known what is done
        work.stage("drawing inputs")
        until(stream, "drawing inputs, ")
        work.stage("steps", 5000)
        work.at(100, "loss 0.5")
        until(stream, "100 of 5,000 steps, loss 0.5, ")


def test_nothing_is_said_of_what_does_not_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for shown in (io.StringIO(), Terminal()):
        monkeypatch.setattr(sys, "stderr", shown)
        monkeypatch.setattr(progress, "LATE", 1e6)
        with LateProgress("inputs", 10) as work:
            work(10)
        assert shown.getvalue() == ""


def test_a_terminal_has_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "LATE", 0.01)
    monkeypatch.setattr(progress, "REFRESH", 0.01)
    with LateProgress("inputs", 10) as work:
        until(shown, "0/10", "inputs")
        work(7)
        until(shown, "7/10")
    assert shown.getvalue().endswith("\x1b[2K")  # the line is erased
    assert "inputs, " not in shown.getvalue()


def test_nobody_has_to_read_it(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(progress, "EVERY", 0.01)
    with LateProgress("inputs", 10) as work:
        monkeypatch.setattr(sys, "stderr", closed)
        work._thread.join(PATIENCE)
        assert not work._thread.is_alive()
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (["run", PARITY, "--input", "INPUTS"], "inputs, "),
        (["sample", PARITY, "-n", "3", "--length", "2"], "inputs, "),
        (["evaluate", PARITY, "--input", "INPUTS"], "0 of 4 inputs, "),
        (["coverage", PARITY, "--input", "INPUTS", "--against", "INPUTS"], "0 of 8 inputs, "),
        (["verify", PARITY, "--budget", "5", "--random", "3"], "inputs, "),
        (["trace", PARITY, "--input", "INPUTS", "-o", "FOLDER", "--workers", "1"], "inputs, "),
        (["train", PARITY, "--hidden", "4", "--steps", "2", "--length", "2", "--examples", "2",
              "--test-length", "3", "--test-examples", "2", "-o", "FOLDER"],
         "drawing inputs, "),
        (["train", PARITY, "--hidden", "4", "--steps", "2", "--input", "INPUTS", "-o", "FOLDER"],
         "running the program on the inputs, "),
    ],
)  # fmt: skip
def test_every_long_command_gives_a_sign_of_life(
    command: list[str], wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interpreter waits before every batch until something is shown."""
    stream = listen(monkeypatch)
    layers = Interpreter.layers

    def waiting(self: Interpreter, *arguments: Any, **options: Any) -> Iterator[Layer]:
        until(stream, wanted)
        return layers(self, *arguments, **options)

    monkeypatch.setattr(Interpreter, "layers", waiting)
    inputs = tmp_path / "inputs.txt"
    inputs.write_text("1 0\n1 1\n")
    names = {"INPUTS": str(inputs), "FOLDER": str(tmp_path / "folder")}
    code = 3 if command[0] == "verify" else 0  # so few inputs prove nothing
    assert run([names.get(word, word) for word in command]) == code


def test_training_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = listen(monkeypatch)
    at = LateProgress.at

    def waiting(self: LateProgress, done: int, note: str) -> None:
        at(self, done, note)
        until(stream, f"{done} of 20 steps, loss ")

    monkeypatch.setattr(LateProgress, "at", waiting)
    options = ["--hidden", "4", "--steps", "20", "--log-every", "10", "--examples", "20", "--length", "1..6"]
    assert run(["train", PARITY, *options, "--test-examples", "9", "-o", str(tmp_path / "run")]) == 0
    assert re.search(r"20 of 20 steps, loss 0\.\d{5}, accuracy \d+\.\d %, test \d+\.\d %, \d+ s\n", stream.getvalue())
