"""No command writes over what it reads, or over another of its outputs; it says so before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from altac.cli.main import INTERNAL_ERROR, run
from tests.support import PROGRAMS, program


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Parity with an import, its weights, inputs and a config, and links to the program."""
    monkeypatch.chdir(tmp_path)
    text = (PROGRAMS / "parity.alta").read_text()
    Path("p.alta").write_text(text.replace("program parity\n", 'program parity\nimport "lib.pt"\n'))
    Path("lib.pt").write_text('import "deeper.png"\nconst A = 1\n')
    Path("deeper.png").write_text("const B = 1\n")
    program("parity").save("w.pt")
    for name in ("in.txt", "in.png"):
        Path(name).write_text("1 0\n1\n")
    Path("right.png").write_text('{"input": "1 0", "output": "1"}\n')
    for inner in ("run", "data"):
        Path(inner).mkdir()
    Path("run/run.toml").write_text('program = "p.alta"\nsteps = 1\n')
    Path("run/model.pt").write_text("1 0\n")
    Path("data/in.txt").write_text("1 0\n")
    Path("soft.txt").symlink_to("p.alta")
    Path("hard.txt").hardlink_to("p.alta")
    Path("soft.png").symlink_to("w.pt")
    Path("soft").symlink_to("data")
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


SAMPLE = "sample p.alta -n 2"
COVERAGE = "coverage p.alta --input in.txt"
EVALUATE = "evaluate w.pt --by length"
TRAIN = "train p.alta --steps 1 -o run"


@pytest.mark.parametrize(
    "command",
    [
        "compile p.alta -o lib.pt",
        "compile p.alta -o ./data/../lib.pt --emit ast",
        f"{SAMPLE} -o p.alta",
        f"{SAMPLE} -o ./p.alta",
        f"{SAMPLE} -o soft.txt",
        f"{SAMPLE} -o hard.txt",
        f"{SAMPLE} -o deeper.png",
        f"{SAMPLE} --test p.alta",
        f"{SAMPLE} -o new.txt --test new.txt",
        f"{SAMPLE} -o new.txt --test data/../new.txt",
        f"{SAMPLE} -o in.txt --test ./in.txt",
        f"{COVERAGE} --html p.alta",
        f"{COVERAGE} --html in.txt",
        f"{COVERAGE} --against right.png --html right.png",
        f"{COVERAGE} --html lib.pt",
        f"{EVALUATE} --input in.png --plot in.png",
        f"{EVALUATE} --answers right.png --plot ./right.png",
        f"{EVALUATE} --input in.txt --plot soft.png",
        "evaluate p.alta --by length --input in.txt --plot deeper.png",
        "trace p.alta --input in.txt -o in.txt",
        "trace p.alta --input in.txt -o .",
        "trace p.alta --input data/in.txt -o data",
        "trace p.alta --input data/in.txt -o soft",
        "trace p.alta --input soft/in.txt -o data",
        f"{TRAIN} --config run/run.toml",
        f"{TRAIN} --input run/model.pt",
        f"{TRAIN} --test ./run/model.pt",
    ],
)
def test_what_is_read_is_not_written(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = content(folder)
    assert run(command.split()) == 2
    assert "overwrite" in capsys.readouterr().err
    assert content(folder) == before


def test_the_message_names_both_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run([*SAMPLE.split(), "-o", "soft.txt"])
    shown = "Error: `soft.txt` would overwrite the program `p.alta`; choose another name for it.\n"
    assert capsys.readouterr().err.endswith(shown)
    run([*COVERAGE.split(), "--html", "in.txt"])
    shown = "Error: `in.txt` would overwrite the input `in.txt`; choose another name for it.\n"
    assert capsys.readouterr().err.endswith(shown)
    run([*SAMPLE.split(), "-o", "a.txt", "--test", "./a.txt"])
    assert capsys.readouterr().err.endswith("Error: One output would overwrite the other: both are `a.txt`.\n")
    run(["trace", "p.alta", "--input", "data/in.txt", "-o", "data"])
    shown = "Error: `data` holds `data/in.txt` and could overwrite it; choose another folder with -o.\n"
    assert capsys.readouterr().err.endswith(shown)


@pytest.mark.parametrize(
    "command",
    [
        f"{SAMPLE} -o in.txt --test new.txt",
        f"{COVERAGE} --html in.png",
        "compile p.alta -o w.pt",
        "trace p.alta --input in.txt -o new --format jsonl",
    ],
)
def test_other_files_are_written(command: str, folder: Path) -> None:
    for _ in range(2):  # the second time over what the first has written
        assert run(command.split()) == 0


def test_names_that_lead_nowhere_are_other_mistakes(folder: Path) -> None:
    Path("loop.txt").symlink_to("loop.txt")
    for name in ("x" * 5000, "loop.txt"):
        assert run([*SAMPLE.split(), "-o", name]) != INTERNAL_ERROR
        assert run([*SAMPLE.split(), "-o", "new.txt", "--test", name]) != INTERNAL_ERROR
        assert run(["sample", name, "-n", "2", "-o", "in.txt"]) != INTERNAL_ERROR
