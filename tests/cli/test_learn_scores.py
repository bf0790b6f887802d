"""`altac learn --engine scores`: what it writes and says, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import altac
from altac.cli.main import run

Call = Callable[..., tuple[int, str, str]]

LINES = ["{} it is good -> yes", "it was bad {} -> no", "{} so very good -> yes", "a bad {} -> no"]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: str) -> tuple[int, str, str]:
        return run(list(arguments)), *capsys.readouterr()

    return call


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.txt"
    path.write_text("".join(f"{one.format(number)}\n" for one in LINES for number in range(15)))
    return path


def test_a_label_that_only_some_of_the_examples_have(command: Call, data: Path) -> None:
    """Of ten parts that may or may not have it, some are learned from before, and some after, it is known."""
    data.write_text(f"{data.read_text()}this is odd -> odd\n")
    for seed in range(10):
        out = data.parent / f"{seed}.alta"
        code, printed, _ = command(
            "learn", str(data), "-o", str(out), "--engine", "scores", "--seed", str(seed), "--time", "3s"
        )
        assert (code, out.exists()) == (0, True)
        assert "of 6 (" in printed


def test_a_program_with_its_tables(command: Call, data: Path) -> None:
    out = data.parent / "out" / "2 reviews.alta"
    code, printed, told = command("learn", str(data), "-o", str(out), "--engine", "scores")
    assert (code, told) == (0, "")
    assert "right on 6 of 6 (100.0 %) held out" in printed
    tables = out.parent / "learned_2_reviews.tables"
    assert set(out.parent.iterdir()) == {out, tables}
    assert {"words.txt"} < {one.name for one in tables.iterdir()}
    compiled = altac.compile(out)
    assert [compiled(f"{number} so very good") for number in (1, 99)] == ["yes", "yes"]
    assert "learned from  reviews.txt: 54 of 60 examples" in out.read_text()
    assert command("test", str(out))[0] == command("fmt", "--check", str(out))[0] == 0


def test_numbers_are_words(command: Call, data: Path) -> None:
    data.write_text("".join(f"{place % 2} is it -> {place % 2}\n" for place in range(60)))
    out = data.parent / "reviews.alta"
    code, printed, _ = command("learn", str(data), "-o", str(out), "--engine", "scores")
    assert code == 0
    assert "right on 60 of 60" in printed.replace("54 of 54", "60 of 60")
    assert altac.compile(out)("1 is it") == "1"


def test_examples_to_measure_with_may_be_answered_otherwise(command: Call, data: Path) -> None:
    test = data.parent / "test.jsonl"
    some = [{"input": "1 so very good", "output": output} for output in ("yes", "no")]
    test.write_text("".join(json.dumps(one) + "\n" for one in some))
    out = data.parent / "reviews.alta"
    code, printed, _ = command("learn", str(data), "-o", str(out), "--engine", "scores", "--test", str(test))
    assert code == 0
    assert "right on 60 of 60 (100.0 %) examples" in printed
    assert "right on 1 of 2 (50.0 %) held out" in printed


def test_all_files_are_written_or_none(command: Call, data: Path) -> None:
    out = data.parent / "out"
    (out / "reviews.tables" / "words.txt").mkdir(parents=True)
    code, _, told = command("learn", str(data), "-o", str(out / "reviews.alta"), "--engine", "scores")
    assert code == 1
    assert "words.txt" in told
    assert [path.name for path in out.rglob("*")] == ["reviews.tables", "words.txt"]


def test_what_is_read_is_not_overwritten(command: Call, data: Path) -> None:
    folder = data.parent / "reviews.tables"
    folder.mkdir()
    path = data.rename(folder / "words.txt")
    before = path.read_bytes()
    code, _, told = command("learn", str(path), "-o", str(data.parent / "reviews.alta"), "--engine", "scores")
    assert code == 2
    assert "could overwrite it" in told
    assert path.read_bytes() == before
