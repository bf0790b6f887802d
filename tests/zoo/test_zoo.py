"""Suites of models: what stands in a folder is what the single commands give, and what does not has a reason."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from altac.cli.main import run
from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.system.files import write_together
from altac.zoo import entry as entries
from altac.zoo.entry import Entry, Wanted, entry_of
from altac.zoo.resume import begin
from tests.support import PROGRAMS, compiled, nonempty, program

CALL = ["-n", "20", "--pairs", "3", "--longest", "5"]


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suite") / "zoo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("altac.zoo.suite.cores", lambda: 1)
        files = [str(PROGRAMS / f"{name}.alta") for name in ("parity", "reverse")]
        assert run(["zoo", *files, *CALL, "-o", str(folder)]) == 0
    return folder


def records(folder: Path) -> dict[str, Any]:
    return {one["name"]: one for one in json.loads((folder / "index.json").read_text())["programs"]}


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("name", ["parity", "reverse"])
def test_the_answers_are_those_of_the_weights(suite: Path, name: str) -> None:
    rows = read(suite / name / "data.jsonl")
    assert len(rows) == records(suite)[name]["data"]["inputs"] == 20
    model = program(name).model
    found = run_texts(model, [row["input"] for row in rows])
    assert [one.text(model.interface) for one in found] == [row["output"] for row in rows]


def test_pairs_differ_as_they_say(suite: Path) -> None:
    model = program("parity").model
    for pair in nonempty(read(suite / "parity" / "counterfactuals.jsonl")):
        assert model(pair["clean"]) == pair["outputs"][0]
        with model.patch(pair["activation"], pair["values"][1], positions=pair["position"]):
            assert model(pair["clean"]) == pair["outputs"][1]


def test_the_circuits_are_those_of_the_command(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = str(suite / "reverse" / "counterfactuals.jsonl")
    for kind, file in nonempty({"static": "circuit", "live": "live"}.items()):
        capsys.readouterr()
        assert run(["circuit", str(PROGRAMS / "reverse.alta"), "--set", kind, "--pairs", pairs]) == 0
        assert (suite / "reverse" / f"{file}.json").read_text() == capsys.readouterr().out


def test_models_are_those_of_the_command(suite: Path, tmp_path: Path) -> None:
    """A loop that waits for a condition has as many rounds as its longest input takes."""
    call = ["export", str(PROGRAMS / "parity.alta"), "--to", "transformer-lens", "--layers", "5", "--length", "6"]
    assert run([*call, "-o", str(tmp_path / "model")]) == 0
    files = [path.name for path in (tmp_path / "model").iterdir()]
    for name in nonempty(files):
        assert (suite / "parity" / "transformer-lens" / name).read_bytes() == (tmp_path / "model" / name).read_bytes()


def test_what_is_not_there_has_a_reason(suite: Path) -> None:
    found = records(suite)
    refused = found["reverse"]["tools"]["gpt2"]
    assert not refused["takes"]
    assert not (suite / "reverse" / "gpt2").exists()
    assert refused["why"] in (suite / "reverse" / "README.md").read_text()
    alone = found["parity"]["counterfactuals"]["done"]
    assert (alone["pairs"], alone["code"]) == (0, "E0732")
    assert [one["takes"] for one in found["parity"]["tools"].values()] == [True, True, True]


def test_a_model_that_is_too_large_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST_BYTES", 1000)
    found = entry_of(program("reverse"), Wanted(("transformer-lens",), 5, 1, 4))
    assert found.record["tools"]["transformer-lens"]["takes"] is False
    assert not [name for name in found.files if name.startswith("transformer-lens")]


def test_a_program_whose_variables_never_differ_alone_has_pairs_in_which_the_token_does() -> None:
    """Two variables change together, so neither differs alone; the token does, where nothing begins with it."""
    twins = compiled("""program twins
input bits: {"0", "1"} up to 3
var left:  bool = false
var right: bool = false
step:
    left  := token == "1"
    right := token == "1"
layers 1
output left
""")
    found = entry_of(twins, Wanted((), 5, 4, 3, tries=100))
    pairs = [json.loads(line) for line in found.files["counterfactuals.jsonl"].splitlines()]
    assert {pair["variable"] for pair in nonempty(pairs)} == {"token"}
    assert {name: one["pairs"] for name, one in found.record["counterfactuals"].items()} == {
        "left": 0,
        "right": 0,
        "token": 4,
    }
    assert "| `token` | 4 |  |" in found.files["README.md"].decode()


def test_the_card_says_how_many_pairs_were_dropped() -> None:
    """A loop that goes on changing answers after its end: shorter runs are other ones after as many rounds."""
    blinking = compiled("""program blinking
input bits: {"0", "1"} up to 4
var on:   bool = false
var done: bool = token == "0"
head left = done at -1 else true
step:
    on   := not on
    done := done or left
halt when done
output on at last
""")
    found = entry_of(blinking, Wanted((), 5, 12, 4, tries=400))
    dropped = found.record["circuits"]["static"]["dropped"]
    assert dropped > 0
    card = found.files["README.md"].decode()
    assert f"{dropped} pairs left out: with so many layers, an answer is another than at the end." in card


def test_exports_have_the_circuits_of_their_own_blocks(suite: Path) -> None:
    for name in ("parity", "reverse"):
        for circuit in ("circuit.json", "live.json"):
            data = json.loads((suite / name / "transformer-lens" / circuit).read_text())
            config = json.loads((suite / name / "transformer-lens" / "config.json").read_text())
            assert len(data["layers"]) == len(config["blocks"])
            for node in nonempty(data["nodes"]):
                assert config["nodes"][node["name"]]["hook"] == node["hook"]


def test_a_program_without_pairs_or_results_has_a_card() -> None:
    never = compiled(
        'program never\ninput bits: {"0"} up to 3\nvar x: 0..1 = 0\nstep:\n    x := 0\nhalt when x == 1\noutput x'
    )
    found = entry_of(never, Wanted(("huggingface",), 5, 1, 3, tries=100))
    card = found.files["README.md"].decode()
    assert found.record["counterfactuals"]["x"]["pairs"] == 0
    assert "E0732" in card
    assert found.record["data"]["inputs"] <= 1  # only the empty input may have a result


REFUSED = [
    (["--only", "sort"], 2, "There is no program `sort`; there are reverse."),
    (["--to", "pytorch"], 2, "pytorch"),
]


@pytest.mark.parametrize(("arguments", "code", "message"), REFUSED)
def test_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments, code: int, message: str) -> None:
    folder = tmp_path / "zoo"
    assert run(["zoo", str(PROGRAMS / "reverse.alta"), *arguments, "-o", str(folder)]) == code
    assert message in capsys.readouterr().err
    assert not folder.exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for call in (["zoo", str(PROGRAMS / "reverse.alta")], ["generate", "--count", "1"]):
        assert run([*call, "-o", str(tmp_path)]) == 1
        assert capsys.readouterr().err.startswith(f"error[E0733]: `{tmp_path}` is not empty")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_two_programs_of_one_name_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = (PROGRAMS / "reverse.alta").read_text()
    for name in ("a", "b"):
        (tmp_path / f"{name}.alta").write_text(source)
    assert run(["zoo", str(tmp_path), "-o", str(tmp_path / "zoo")]) == 1
    assert "error[E0733]: two programs are called `reverse`" in capsys.readouterr().err
    assert not (tmp_path / "zoo").exists()


def test_no_folder_is_written_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """Where a file cannot be written, nothing of that program is there, and no index."""
    monkeypatch.setattr("altac.zoo.suite.cores", lambda: 1)
    begin(tmp_path / "zoo", "Compiled models", ["reverse"])
    (tmp_path / "zoo" / "reverse" / "circuit.svg").mkdir(parents=True)
    assert run(["zoo", str(PROGRAMS / "reverse.alta"), *CALL, "-o", str(tmp_path / "zoo")]) == 1
    assert "circuit.svg" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "zoo").rglob("*") if path.is_file()] == ["unfinished.json"]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs whose folders are made."""
    names: list[str] = []

    def noted(compiled: Compiled, wanted: Wanted) -> Entry:
        names.append(compiled.program.name)
        return entry_of(compiled, wanted)

    monkeypatch.setattr("altac.zoo.suite.cores", lambda: 1)
    monkeypatch.setattr("altac.zoo.suite.entry_of", noted)
    return names


def call_for(folder: Path) -> list[str]:
    return ["zoo", *(str(PROGRAMS / f"{name}.alta") for name in ("parity", "reverse")), *CALL, "-o", str(folder)]


def test_what_was_interrupted_goes_on(
    suite: Path, tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is whole stays, and in the end all is as if nothing had happened."""
    folder = tmp_path / "zoo"
    with monkeypatch.context() as patch:

        def stop(place: Path, files: dict[str, bytes]) -> None:
            if place.name == "reverse":
                write_together(place, {"program.alta": b"half"})  # as a kill in the middle leaves it
                raise KeyboardInterrupt
            write_together(place, files)

        patch.setattr("altac.zoo.suite.write_together", stop)
        assert run(call_for(folder)) == 130
    assert {path.name for path in folder.iterdir()} == {"parity", "reverse", "unfinished.json"}
    assert run(call_for(folder)) == 0
    assert made == ["parity", "reverse", "reverse"]
    assert contents(folder) == contents(suite)
    assert run(call_for(folder)) == 0
    assert made == ["parity", "reverse", "reverse"]
    assert contents(folder) == contents(suite)


@pytest.mark.parametrize("change", ["file", "missing", "altac", "options"])
def test_what_is_not_what_would_be_written_is_made_anew(
    suite: Path, tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    folder = tmp_path / "zoo"
    shutil.copytree(suite, folder)
    card = folder / "parity" / "README.md"
    if change == "file":
        card.write_text("mine")
    elif change == "missing":
        card.unlink()
    elif change == "altac":
        monkeypatch.setattr("altac.zoo.suite.maker", lambda: "another")
    options = ["--to", "huggingface"] if change == "options" else []
    assert run([*call_for(folder), *options]) == 0
    assert made == (["parity"] if change in ("file", "missing") else ["parity", "reverse"])
    assert (folder / "parity" / "transformer-lens").exists() == (change != "options")
    assert card.read_text() != "mine"


def test_a_suite_of_other_programs_is_left_alone(
    suite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "zoo"
    shutil.copytree(suite, folder)
    assert run(["zoo", str(PROGRAMS / "parity.alta"), "-o", str(folder)]) == 1
    assert "E0733" in capsys.readouterr().err
    assert contents(folder) == contents(suite)
