"""What commands say when something is not as they need it, and what they look like on a terminal."""

from __future__ import annotations

import io
import itertools
import json
import re
import sys
from pathlib import Path

import pytest

from altac.cli import stats_command
from altac.cli.main import run
from altac.diagnostics import AltacError
from altac.driver import Compiled
from tests.cli.conftest import Altac
from tests.support import PROGRAMS, compiled, nonempty, program

PARITY = str(PROGRAMS / "parity.alta")
WARNED = """program warned
input bits: {"0", "1"}
var x: {"0", "1"} = token
var unread: bool = false
head around = token at {-1, +1} else "0"
step:
    x := around
layers 1
output x
example "1 0 1" -> "0 1 0"
"""


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    program("parity").save(tmp_path / "parity.pt")
    return tmp_path / "parity.pt"


def test_weights_keep_their_parameters(altac: Altac, weights: Path) -> None:
    code, _, err = altac("run", weights, "-D", "N=3", "1")
    assert code == 2
    assert "keep the values they were compiled with" in err


def test_warnings_are_told_and_do_not_stop_anything(altac: Altac, tmp_path: Path) -> None:
    file = tmp_path / "warned.alta"
    file.write_text(WARNED)
    code, out, err = altac("run", file, "1 0 1", "--engine", "transformer")
    assert (code, out) == (0, "0 1 0\n")
    assert err.startswith("warning[W0101]")


@pytest.mark.parametrize("device", ["nonsense", "cuda:99", "meta"])
def test_a_device_that_is_not_there(altac: Altac, tmp_path: Path, device: str) -> None:
    config, folder = tmp_path / "run.toml", tmp_path / "run"
    config.write_text(f'device = "{device}"\n')
    said = [
        altac("run", PARITY, "--engine", "transformer", "--device", device, "1"),
        altac("train", PARITY, "--device", device, "-o", folder),
        altac("train", PARITY, "--config", config, "-o", folder),
    ]
    for code, out, err in nonempty(said):
        assert (code, out) == (2, "")
        assert f"Invalid value for '--device': `{device}` cannot be used here: " in err
    assert not folder.exists()


@pytest.mark.parametrize("command", ["evaluate", "run", "trace"])
def test_what_is_neither_weights_nor_a_program(altac: Altac, tmp_path: Path, command: str) -> None:
    path = tmp_path / "inputs.txt"
    path.write_text("1 0\n")
    code, out, err = altac(command, path, "--input", path, *(["-o", tmp_path / "traces"] if command == "trace" else []))
    assert (code, out) == (2, "")
    assert f"`{path}` is neither a file of weights (.pt, .pth, .safetensors) nor a program (.alta)." in err


def test_a_terminal_is_not_read_from(altac: Altac, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})())
    code, _, err = altac("run", PARITY)
    assert code == 2
    assert "or on standard input" in err


def test_an_input_file_that_is_not_there(altac: Altac, tmp_path: Path) -> None:
    code, out, err = altac("run", PARITY, "--input", tmp_path / "none.txt")
    assert (code, out) == (1, "")
    assert "none.txt" in err
    assert "no such file" in err


def test_a_full_disk_is_one_line(altac: Altac, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stats_command, "compile_file", full)
    assert altac("stats", PARITY) == (1, "", "altac: output: no space left on device\n")


# Examples ----------------------------------------------------------------------------------------------------


def test_examples_of_a_folder(altac: Altac, tmp_path: Path) -> None:
    """A file of names alone is passed over; one that does not compile, or is no text of alta, is a failure."""
    (tmp_path / "names.alta").write_text("const A = 1\n")
    (tmp_path / "broken.alta").write_text("program p\n")
    (tmp_path / "text.alta").write_text("no program\n")
    (tmp_path / "warned.alta").write_text(WARNED + 'example "1 0 0" -> "0 1 0"\n')
    code, out, err = altac("test", tmp_path)
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == f"FAILED {tmp_path}/broken.alta: does not compile"
    assert lines[1] == f"FAILED {tmp_path}/text.alta: does not compile"
    assert lines[2].startswith(
        f'FAILED {tmp_path}/warned.alta:11: example "1 0 0": in the interpreter: the head `around`'
    )
    assert "; in the weights: the head `around` selects positions that disagree" in lines[2]
    assert lines[3:] == ["1 program, 2 examples, 3 failures"]
    assert "E0009" in err or "error[" in err


def test_a_file_of_nothing_is_a_failure(altac: Altac, tmp_path: Path) -> None:
    """As a file that was cut off; it does not even declare names."""
    for text in ("", "# nothing\n"):
        (tmp_path / "nothing.alta").write_text(text)
        code, out, err = altac("test", tmp_path / "nothing.alta")
        assert (code, out.splitlines()[-1]) == (1, "0 programs, 0 examples, 1 failure")
        assert "error[E0010]" in err


def test_a_place_in_what_is_no_folder(altac: Altac, tmp_path: Path) -> None:
    (tmp_path / "In.txt").write_text("1\n")
    for place in ("In.txt/x.pt", "In.txt/y/x.pt"):
        code, _, err = altac("compile", PROGRAMS / "parity.alta", "-o", tmp_path / place)
        assert (code, f"`{tmp_path / 'In.txt'}` is not a folder" in err) == (1, True)


def test_weights_have_one_level(altac: Altac, weights: Path) -> None:
    code, _, err = altac("stats", weights, "-O", "0")
    assert (code, "-O is for programs" in err) == (2, True)


def test_what_is_no_model_is_never_to_be_written_over(altac: Altac, tmp_path: Path) -> None:
    (tmp_path / "notes.pt").write_text("mine")
    code, _, err = altac("run", tmp_path / "notes.pt", "1")
    assert (code, "E0701" in err, f"-o {tmp_path}" in err) == (1, True, False)


def test_a_record_without_a_bottom_is_no_input(altac: Altac, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('"1"\n' + "[" * 100_000 + '\n"1 1"\n')
    code, out, err = altac("run", PROGRAMS / "parity.alta", "--input", tmp_path / "in.jsonl", "--keep-going")
    assert (code, out.split()) == (1, ["1", "0"])
    assert f"{tmp_path / 'in.jsonl'}:2: not a JSON record: it is nested too deeply" in err


def test_a_folder_without_programs(altac: Altac, tmp_path: Path) -> None:
    code, _, err = altac("test", tmp_path)
    assert code == 2
    assert "no .alta file" in err


def test_examples_notice_weights_that_differ_inside(
    altac: Altac, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The outputs are right, and a state on the way is not."""
    text = (
        'program p\ninput b: {"0", "1"}\nvar x: 0..3 = 0\nvar y: 0..3 = SECOND\nstep:\n    y := 2\nlayers 1\noutput y\n'
    )
    other = compiled(text.replace("SECOND", "1")).model
    monkeypatch.setattr(Compiled, "model", property(lambda self: other))
    (tmp_path / "p.alta").write_text(text.replace("SECOND", "0") + 'example "0" -> 2\n')
    code, out, _ = altac("test", tmp_path / "p.alta")
    assert code == 1
    assert "interpreter and weights differ: input" in out


# Traces ------------------------------------------------------------------------------------------------------


def test_a_trace_of_what_is_no_input(altac: Altac) -> None:
    code, out, err = altac("trace", PARITY, "1 2")
    assert (code, out) == (1, "")
    assert err.startswith('error[E0601]: input "1 2": column 3: `2` is not a symbol of `parity`')


def test_a_trace_of_a_run_that_fails_ends_before_its_error(altac: Altac, tmp_path: Path) -> None:
    file = tmp_path / "warned.alta"
    file.write_text(WARNED.replace("var unread: bool = false\n", ""))
    code, out, err = altac("trace", file, "1 0 0")
    assert code == 1
    assert out.splitlines()[-1].split() == ["0", "x", "1", "0", "0"]
    assert err.startswith('error[E0603]: input "1 0 0": the head `around` selects positions that disagree')


def on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> io.StringIO:
    shown = type("Terminal", (io.StringIO,), {"isatty": lambda self: True})()
    monkeypatch.setattr(sys, "stdout", shown)
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.delenv("NO_COLOR", raising=False)
    return shown  # type: ignore[no-any-return]


def test_a_wide_trace_is_broken_into_tables_that_fit_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_terminal(monkeypatch, 35)
    assert run(["trace", PARITY, "1 1 0 1 1 0 1", "--vars", "parity"]) == 0
    plain = re.sub(r"\x1b\[[\d;]*m", "", shown.getvalue())
    assert plain.count("\n\n") == 1
    assert all(len(line) <= 35 for line in nonempty(plain.splitlines()))
    places = [line.split()[2:] for line in plain.splitlines() if line.startswith("layer")]
    assert [*itertools.chain(*places)] == [str(place) for place in range(8)]


def test_changed_values_are_bold_and_heads_dim_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_terminal(monkeypatch, 100)
    assert run(["trace", PARITY, "1 1", "--vars", "parity,parity_left"]) == 0
    rows = [line for line in shown.getvalue().splitlines() if "  parity  " in line]
    bold = [line.count("\x1b[1;32m") for line in rows]
    assert bold == [0, 0, 1]  # the last position becomes 0 in layer 2
    heads = [line for line in shown.getvalue().splitlines() if "parity_left" in line]
    assert all("\x1b[2m" in line for line in nonempty(heads))
    assert "*" not in shown.getvalue()


def test_diagnostics_have_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = on_terminal(monkeypatch, 100)
    file = tmp_path / "wrong.alta"
    file.write_text("program p\nconst A = B\n")
    assert run(["check", str(file)]) == 1
    assert shown.getvalue().startswith("\x1b[1;31merror[")
    monkeypatch.setenv("NO_COLOR", "1")
    shown.truncate(0)
    shown.seek(0)
    assert run(["check", str(file)]) == 1
    assert shown.getvalue().startswith("error[")
    assert "\x1b" not in shown.getvalue()


# Summaries ---------------------------------------------------------------------------------------------------

COPIES = """program copies
input x: {"0", "1"}
var m: 0..LAST = 5
var n: 0..LAST = 0
layers 1
step:
    n := m
output n
"""


@pytest.mark.slow
def test_what_compiles_has_sizes_although_its_plain_rules_are_too_many_to_count(altac: Altac, tmp_path: Path) -> None:
    file, weights = tmp_path / "copies.alta", tmp_path / "copies.pt"
    file.write_text(COPIES.replace("LAST", "1450"))
    code, _, err = altac("compile", file, "-o", weights)
    assert (code, weights.exists()) == (0, True)
    assert f"{weights}: 0 heads, width 2,902, 2,902 hidden units" in err
    code, out, err = altac("stats", file)
    assert (code, err) == (0, "")
    assert "plain rules too many to count" in (" ".join(line.split()) for line in out.splitlines())


def test_sizes_leave_out_what_cannot_be_counted(altac: Altac, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused(*_: object) -> int:
        raise AltacError([])

    monkeypatch.setattr("altac.passes.count_plain", refused)
    file, weights = tmp_path / "copies.alta", tmp_path / "copies.pt"
    file.write_text(COPIES.replace("LAST", "6"))
    assert altac("compile", file, "-o", weights)[0] == 0
    sizes = json.loads(altac("stats", file, "--json")[1])
    assert sizes["passes"][0] == {"pass": "plain rules", "hidden_units": None}
    assert all(entry["hidden_units"] == sizes["hidden_units"] for entry in nonempty(sizes["passes"][1:]))
    lines = [line.split() for line in altac("stats", file)[1].splitlines()]
    assert ["plain", "rules", "too", "many", "to", "count"] in lines
    assert ["cubes", "14"] in lines  # nothing saved of what was not counted


# Mistakes in the command line --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "guess"), [("chekc", "check"), ("complie", "compile"), ("tets", "test"), ("x", None)]
)
def test_a_mistyped_command(altac: Altac, command: str, guess: str | None) -> None:
    code, _, err = altac(command, PARITY)
    assert (code, f"No such command '{command}'." in err) == (2, True)
    assert (f"Did you mean '{guess}'?" in err) == (guess is not None)


def test_a_mistyped_option(altac: Altac) -> None:
    code, _, err = altac("run", PARITY, "--enigne", "interpreter", "1")
    assert code == 2
    assert "--engine" in err


@pytest.mark.parametrize("suffix", [".pt", ".safetensors", ".alta"])
@pytest.mark.parametrize(
    "command", ["check", "fmt", "rules", "test", "compile -o x.pt", "coverage --input x", "train -o x"]
)
def test_weights_where_a_program_belongs(altac: Altac, tmp_path: Path, command: str, suffix: str) -> None:
    """Whatever the file is called: what is in it tells."""
    program("parity").save(tmp_path / "w.pt")
    program("parity").save(tmp_path / "w.safetensors")
    (tmp_path / "w.pt").rename(tmp_path / f"w{suffix}") if suffix == ".alta" else None
    name, *options = command.split()
    code, _, err = altac(name, tmp_path / f"w{suffix}", *options)
    assert code == 1
    assert "it is a file of weights, not a program" in err
    assert "altac run" in err
    assert "UTF-8" not in err


def test_a_text_is_not_taken_for_weights(altac: Altac, tmp_path: Path) -> None:
    file = tmp_path / "odd.alta"
    file.write_text('input b:{"0","1"}\nvar x: bool = true\nlayers 1\nstep:\n    x := false\noutput x\nprogram odd\n')
    assert "weights" not in altac("check", file)[2]


def test_a_program_where_weights_belong(altac: Altac, tmp_path: Path) -> None:
    (tmp_path / "p.pt").write_text(WARNED)
    code, _, err = altac("run", tmp_path / "p.pt", "1")
    assert (code, "is not a model that altac can load" in err, "altac compile" in err) == (1, True, True)
