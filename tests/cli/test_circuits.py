"""`altac circuit` and `altac counterfactuals`: files, messages, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from altac.cli.main import run
from tests.support import PROGRAMS, nonempty

PARITY, REVERSE = str(PROGRAMS / "parity.alta"), str(PROGRAMS / "reverse.alta")


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    path = tmp_path / "pairs.jsonl"
    assert run(["counterfactuals", PARITY, "-n", "6", "--flip", "parity", "--length", "2..3", "-o", str(path)]) == 0
    return str(path)


def test_a_circuit_is_written_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begins = {".json": b"{", ".dot": b"digraph", ".svg": b"<svg", ".png": b"\x89PNG"}
    for suffix, start in nonempty(begins.items()):
        path = tmp_path / f"reverse{suffix}"
        assert run(["circuit", REVERSE, "-o", str(path)]) == 0
        assert path.read_bytes().startswith(start)
        assert capsys.readouterr().err == f"{path}: reverse: static circuit, 2 layers, 5 of 18 edges\n"


def test_without_a_place_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["circuit", REVERSE]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["set"], printed["pairs"], len(printed["edges"])) == ("static", 0, 5)
    assert run(["circuit", REVERSE, "--format", "autocircuit"]) == 0
    assert "MLP 0->A1.0.Q" in json.loads(capsys.readouterr().out)["edges"]


def test_weights_have_the_circuit_of_their_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = str(tmp_path / "reverse.pt")
    assert run(["compile", REVERSE, "-o", weights]) == 0
    capsys.readouterr()
    assert run(["circuit", weights]) == 0
    found = capsys.readouterr().out
    assert run(["circuit", REVERSE]) == 0
    assert capsys.readouterr().out == found


def test_the_sets_name_themselves(pairs: str, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = []
    for kind in ("static", "live", "minimal"):
        assert run(["circuit", PARITY, "--pairs", pairs, "--set", kind]) == 0
        printed = json.loads(capsys.readouterr().out)
        assert (printed["set"], printed["pairs"]) == (kind, 0 if kind == "static" else 6)
        sizes.append(len(printed["edges"]))
    assert sizes[0] > sizes[1] > sizes[2] > 0


WRONG = [
    (["circuit", PARITY], 1, "E0731"),
    (["circuit", PARITY, "--set", "live"], 1, "E0731"),
    (["circuit", REVERSE, "--layers", "3"], 1, "take `--layers 2`"),
    (["circuit", REVERSE, "-o", "x.txt"], 2, "no format that is known"),
    (["circuit", REVERSE, "--format", "eap", "-o", "x.svg"], 2, "writes JSON"),
    (["circuit", PARITY, "--pairs", "nowhere.jsonl"], 1, "E0610"),
    (["counterfactuals", PARITY, "-n", "3", "--flip", "parety"], 1, "did you mean `parity`?"),
    (["counterfactuals", PARITY, "-n", "3"], 2, "--flip"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG)
def test_what_is_refused(arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == code
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("no json", "pairs.jsonl:2: this is not JSON"),
        ('{"clean": "1"}', "pairs.jsonl:2: there is no pair of texts"),
        ('["1", "0"]', "pairs.jsonl:2: there is no pair of texts"),
        ('{"clean": "1", "corrupted": "0 1"}', "pairs.jsonl:2: the inputs have 2 and 3 positions"),
    ],
)
def test_a_line_that_is_no_pair(line: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"clean": "1", "corrupted": "0"}\n' + line + "\n")
    assert run(["circuit", PARITY, "--pairs", str(path), "--set", "live"]) == 1
    assert words in capsys.readouterr().err


def test_pairs_are_not_overwritten(pairs: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(pairs).read_bytes()
    copied = Path(pairs).with_suffix(".json")
    copied.write_bytes(before)
    assert run(["circuit", PARITY, "--pairs", str(copied), "-o", str(copied)]) != 0
    assert copied.read_bytes() == before


@pytest.fixture
def exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "exported"
    assert run(["export", REVERSE, "--to", "transformer-lens", "--length", "6", "-o", str(folder)]) == 0
    capsys.readouterr()
    return folder


def test_the_circuit_of_what_was_exported(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That beside the model is the static one; other tools get the blocks of the exported model."""
    assert run(["circuit", REVERSE, "--exported", str(exported)]) == 0
    printed = capsys.readouterr().out
    assert printed == (exported / "circuit.json").read_text()
    names = json.loads((exported / "config.json").read_text())["nodes"]
    for node in nonempty(json.loads(printed)["nodes"]):
        assert names[node["name"]]["hook"] == node["hook"]
    assert run(["circuit", REVERSE, "--exported", str(exported), "--format", "autocircuit"]) == 0
    assert "MLP 1->A2.0.Q" in json.loads(capsys.readouterr().out)["edges"]


def test_a_folder_with_something_else_is_refused(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["circuit", REVERSE, "--exported", str(exported)]
    assert run([*call, "--layers", "2"]) == 2
    assert "leave out --layers" in capsys.readouterr().err
    assert run(["circuit", str(PROGRAMS / "sort.alta"), *call[2:]]) == 1
    assert "would be another" in capsys.readouterr().err
    assert run([*call[:-1], str(tmp_path / "nowhere")]) == 1
    assert "`config.json` cannot be read" in capsys.readouterr().err
    weights = exported / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert run(call) == 1
    assert "`model.safetensors` would be another" in capsys.readouterr().err
    for text in ("[", "{}", '{"transformer_lens": {}, "options": {"layers": "two", "length": 6, "units": "pair"}}'):
        (exported / "config.json").write_text(text)
        assert run(call) == 1
        assert "does not say how a program was unrolled" in capsys.readouterr().err
