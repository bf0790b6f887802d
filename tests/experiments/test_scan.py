"""The experiment on SCAN: its commands, its splits, its own program, and the results that are kept."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random

import pytest

from altac.analysis.report import report
from altac.driver import compile_source
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from altac.syntax import read_source
from experiments.scan.__main__ import COLUMNS, HERE, main, row
from experiments.scan.commands import all_commands, jump_split, length_split
from tests.programs import scan_reference
from tests.support import nonempty, program


def test_commands_are_those_of_the_grammar() -> None:
    commands = all_commands()
    assert len(commands) == 20_910
    assert set(commands) == set(scan_reference.all_commands())


def test_splits_are_of_the_published_sizes() -> None:
    """Of the published 14,670 training lines without a length, 1,467 say `jump`."""
    length = length_split({command: len(scan_reference.actions(command)) for command in all_commands()})
    assert (len(length.train), len(length.test)) == (16_990, 3_920)
    assert max(len(scan_reference.actions(command)) for command in length.train) == 22
    jump = jump_split(all_commands())
    assert (len(jump.train), len(jump.test)) == (14_670 - 1_467 + 1, 7_706)
    assert [command for command in jump.train if "jump" in command] == ["jump"]
    assert all("jump" in command and command != "jump" for command in nonempty(jump.test))


def test_the_stepwise_program_does_the_task() -> None:
    compiled = compile_source(read_source(HERE / "stepwise.alta"))
    assert compiled.warnings == ()
    random = Random("stepwise")
    longest = ["walk around left thrice and run around right thrice", "turn opposite left thrice after jump"]
    commands = [*longest, *random.sample(all_commands(), 30)]
    for command, result in zip(nonempty(commands), run_texts(compiled.interpreter, commands), strict=True):
        assert result.text(compiled.program.interface) == " ".join(scan_reference.actions(command)), command
    assert compare_engines(compiled.interpreter, compiled.model, commands[:4]) is None


def test_it_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On every two thousandth command."""
    main(["--every", "2000", "--output", str(tmp_path)])
    found = json.loads((tmp_path / "results.json").read_text())["results"]
    assert [(one["program"], one["split"]) for one in found] == [
        (name, split) for split in ("length", "add jump") for name in ("scan", "stepwise")
    ]
    for one in nonempty(found):
        consistent(one)
        name = f"{one['program']}-{one['split'].replace(' ', '-')}.csv"
        with (tmp_path / name).open() as file:
            assert len(list(csv.reader(file))) == 1 + one["unseen"]
        assert sum(group["rules"] for group in one["unseen by variable"].values()) == one["unseen"]
    assert (tmp_path / "results.md").read_text() in capsys.readouterr().out


def consistent(one: dict) -> None:
    assert one["right"] + one["wrong"] + one["no answer"] == one["test"]
    assert one["right"] >= one["test"] - one["inputs with unseen"]
    assert one["needed"] - one["unseen"] <= one["fired"] <= one["rules"]


def test_kept_results_are_consistent() -> None:
    kept = json.loads((HERE / "results" / "results.json").read_text())["results"]
    for one in kept:
        consistent(one)
    assert [(one["train"], one["test"]) for one in kept] == 2 * [(16_990, 3_920)] + 2 * [(13_204, 7_706)]


@pytest.mark.slow
def test_kept_results_are_those_of_the_program() -> None:
    """Of `programs/scan.alta`; the other program takes too long."""
    kept = json.loads((HERE / "results" / "results.json").read_text())["results"]
    interpreter = program("scan").interpreter
    lengths = {command: len(scan_reference.actions(command)) for command in all_commands()}
    for split in (length_split(lengths), jump_split(all_commands())):
        found = report(interpreter, ("train", split.train), ("test", split.test))
        assert found.against is not None
        known = next(one for one in kept if (one["program"], one["split"]) == ("scan", split.name))
        assert row("scan", split, found, found.against) == tuple(known[column] for column in COLUMNS)
