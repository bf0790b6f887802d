"""`altac learn --engine gradient`: what it writes and says, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from altac.cli.main import run
from altac.synthesis.gradient import engine

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setattr(engine, "GRID", ((1, 1, 2, 1, 200),))

    def call(*arguments: str) -> tuple[int, str, str]:
        return run(["learn", *arguments, "--engine", "gradient"]), *capsys.readouterr()

    return call


def test_a_program_says_how_it_was_trained(command: Call, tmp_path: Path) -> None:
    data, out = tmp_path / "last.txt", tmp_path / "last.alta"
    inputs = [f"{first} {second} {third}" for first in "abc" for second in "abc" for third in "abc"]
    data.write_text("".join(f"{text} -> {text[-1]}\n" for text in inputs))
    code, printed, told = command(str(data), "-o", str(out), "--model", "free", "--time", "60s")
    assert (code, told) == (0, "")
    text = out.read_text()
    assert "engine        gradient, seed 0, at most 60s" in text
    assert "model         free, 1 layer of 1 + 2 heads and 1 tables; 200 steps of 24 texts; the best of 4" in text
    assert f"{out}: {len(text.splitlines())} lines" in printed
    assert run(["check", str(out)]) == run(["test", str(out)]) == run(["fmt", "--check", str(out)]) == 0


def test_what_is_wrong_with_some_examples_is_a_result(command: Call, tmp_path: Path) -> None:
    data, out = tmp_path / "chance.txt", tmp_path / "chance.alta"
    data.write_text("".join(f"{'ab'[n % 2]} {'ab'[n // 2 % 2]} -> {'xyz'[n * n % 3]}\n" for n in range(60)))
    code, printed, _ = command(str(data), "-o", str(out), "--model", "published", "--time", "60s")
    assert code == 0
    assert "100.0 %" not in printed
    assert 'frame "<s>" text "</s>"' in out.read_text()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a b c -> a", "a b c -> ", "a b c -> a b"] * 10, "error[E0636]: the outputs are lists"),
        (
            [f"s{n} s{n} -> {n % 2}" for n in range(90)],
            "symbols and up to 2 positions, and a trained model takes 61 of each at most",
        ),
    ],
)
def test_what_it_does_not_take(command: Call, tmp_path: Path, lines: list[str], message: str) -> None:
    data, out = tmp_path / "data.txt", tmp_path / "out.alta"
    data.write_text("\n".join(lines))
    code, printed, told = command(str(data), "-o", str(out), "--shape", "list" if "lists" in message else "one")
    assert (code, printed) == (1, "")
    assert message in told
    assert "= help: " in told
    assert not out.exists()


@pytest.mark.parametrize("option", [("--model", "free"), ("--device", "cpu")])
def test_other_engines_train_nothing(
    option: tuple[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = tmp_path / "data.txt"
    data.write_text("a -> a\n")
    assert run(["learn", str(data), "-o", str(tmp_path / "out.alta"), *option]) == 2
    assert "--model and --device are of --engine gradient" in capsys.readouterr().err


def test_a_device_that_is_not_there(command: Call, tmp_path: Path) -> None:
    data = tmp_path / "data.txt"
    data.write_text("a -> a\n")
    code, _, told = command(str(data), "-o", str(tmp_path / "out.alta"), "--device", "nowhere")
    assert code == 2
    assert "`nowhere` cannot be used here" in told
