"""`altac trace --input` and `altac sample` as their users meet them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support import PROGRAMS, nonempty

PARITY = PROGRAMS / "parity.alta"


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    path = tmp_path / "inputs.txt"
    path.write_text("1 0\n\n1 1 1\n")
    return path


def test_a_file_of_inputs_becomes_a_folder(altac, inputs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    assert altac("trace", PARITY, "--input", inputs, "-o", folder) == (0, f"{folder}: 3 inputs, 18 rows, 1 file\n", "")
    code, out, _ = altac("trace", PARITY, "--input", inputs, "-o", folder)
    assert (code, out) == (0, f"{folder}: 3 inputs, 18 rows, 1 file, complete before\n")
    table = pq.read_table(folder)
    assert table.filter(table["input"].to_numpy() == 2)["parity.after"].to_pylist()[-1] == 1


def test_weights_give_the_same_rows_and_the_stream(altac, inputs: Path, tmp_path: Path) -> None:
    weights = tmp_path / "parity.pt"
    altac("compile", PARITY, "-o", weights)
    assert altac("trace", weights, "--input", inputs, "-o", tmp_path / "weights", "--residual")[0] == 0
    assert altac("trace", weights, "--input", inputs, "-o", tmp_path / "plain", "--engine", "interpreter")[0] == 0
    assert altac("trace", PARITY, "--input", inputs, "-o", tmp_path / "less", "--residual", "--no-rules")[0] == 0
    whole, plain, less = (pq.read_table(tmp_path / name) for name in ("weights", "plain", "less"))
    assert whole.drop_columns(["residual.before", "residual.after"]).to_pylist() == plain.to_pylist()
    assert whole["residual.after"].to_pylist() == less["residual.after"].to_pylist()
    assert set(whole.column_names) - set(less.column_names) == {"parity.rule", "done.rule"}


def test_one_of_a_thing_is_told_as_one(altac, tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    arguments = ["sample", PARITY, "-n", 1, "--length", "0", "-o", path]
    assert altac(*arguments) == (0, "", f"{path}: 1 input of lengths 0..0\n")
    path.write_text("1\n")
    code, out, _ = altac("trace", PARITY, "--input", path, "-o", tmp_path / "traces")
    assert (code, out) == (0, f"{tmp_path}/traces: 1 input, 2 rows, 1 file\n")


def test_failures_are_counted(altac, tmp_path: Path) -> None:
    path = tmp_path / "inputs.txt"
    path.write_text("1\n2\n")
    code, out, err = altac("trace", PARITY, "--input", path, "-o", tmp_path / "one", "--format", "jsonl")
    assert (code, out) == (1, f"{tmp_path}/one: 2 inputs, 2 rows, 1 file\n")
    assert err == f"1 input has no whole trace; {tmp_path}/one/_failures.jsonl says why\n"
    path.write_text("1\n2\n3\n")
    code, out, err = altac("trace", PARITY, "--input", path, "-o", tmp_path / "two", "--shard", 2, "--workers", 1)
    assert "2 files" in out
    assert err.startswith("2 inputs have no whole trace")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give an input"),
        (["1", "-o", "x"], "-o is for --input"),
        (["1", "--residual"], "--residual is for --input"),
        (["1", "--workers", "2"], "--workers is for --input"),
        (["1", "--engine", "ray"], "--engine ray is for --input"),
        (["--input", "x"], "with -o FOLDER"),
        (["1", "--input", "x", "-o", "y"], "INPUT is not for --input"),
        (["--input", "x", "-o", "y", "--json"], "--json is not for --input"),
        (["--input", "x", "-o", "y", "--vars", "done"], "--vars is not for --input"),
        (["--input", "x", "-o", "y", "--residual", "--engine", "interpreter"], "needs weights"),
    ],
)
def test_options_that_do_not_go_together(altac, arguments: list[str], message: str) -> None:
    code, out, err = altac("trace", PARITY, *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_what_is_not_installed(altac, inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package, extra, options in (("pyarrow", "data", ()), ("ray", "cluster", ("--engine", "ray"))):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            code, out, err = altac("trace", PARITY, "--input", inputs, "-o", tmp_path / package, *options)
        assert (code, out) == (1, "")
        assert f"error[E0608]: this needs `{package}`" in err
        assert f'pip install ".[{extra}]"' in err
    assert not (tmp_path / "pyarrow").exists()


def test_missing_inputs(altac, tmp_path: Path) -> None:
    code, _, err = altac("trace", PARITY, "--input", tmp_path / "missing", "-o", tmp_path / "traces")
    assert code == 1
    assert f"error[E0610]: cannot read `{tmp_path}/missing`: no such file or directory" in err


# altac sample ------------------------------------------------------------------------------------------------


def test_samples_for_training_and_testing(altac, tmp_path: Path) -> None:
    train, test = tmp_path / "train.txt", tmp_path / "test.txt"
    arguments = ["sample", PARITY, "-n", 200, "--length", "0..12", "--balance", 'count("1")', "-o", train]
    code, out, err = altac(*arguments, "--test", test, "--test-count", 100, "--test-length", "0..24")
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        f"{train}: 200 inputs of lengths 0..12",
        '  there are fewer than 15 different inputs for these values of count("1"): 0: 13, 12: 1',
        "  fewer than 15 different inputs went to this set, which shares them with the other, "
        'for these values of count("1"): 11: 11',
        f"{test}: 100 inputs of lengths 0..24",
        '  there are fewer than 4 different inputs for these values of count("1"): 24: 1',
    ]
    ours, theirs = train.read_text().splitlines(), test.read_text().splitlines()
    assert (len(set(ours)), len(set(theirs)), len({*ours, *theirs})) == (200, 100, 300)
    assert altac("run", PARITY, "--input", train)[0] == 0
    first = train.read_bytes()
    altac(*arguments, "--test", test, "--test-count", 100, "--test-length", "0..24")
    assert train.read_bytes() == first


def test_what_the_other_set_took_is_not_said_to_be_missing(altac, tmp_path: Path) -> None:
    train, test = tmp_path / "train.txt", tmp_path / "test.txt"
    _, _, err = altac("sample", PARITY, "-n", 10, "--length", "0..4", "-o", train, "--test", test, "--test-count", 5)
    went = "went to this set, which shares them with the other, for these values of length:"
    assert err.splitlines() == [
        f"{train}: 10 inputs of lengths 0..4",
        "  there are fewer than 2 different inputs for these values of length: 0: 1",
        f"  fewer than 2 different inputs {went} 1: 1",
        f"{test}: 5 inputs of lengths 0..4",
        f"  fewer than 1 different input {went} 0: 0",
    ]


def test_a_missing_symbol_is_no_symbol(altac) -> None:
    _, _, err = altac("sample", PARITY, "-n", 9, "--length", "0..3", "--balance", "first")
    assert err == "  there are fewer than 3 different inputs for these values of first: none: 1\n"


def test_samples_with_answers(altac, tmp_path: Path) -> None:
    code, out, err = altac("sample", PARITY, "-n", 7, "--length", "0..2", "--answers")
    assert (code, err) == (0, "  there are fewer than 2 different inputs for these values of length: 0: 1\n")
    records = [json.loads(line) for line in out.splitlines()]
    assert len(records) == 7
    assert all(
        one == {"input": one["input"], "output": str(one["input"].count("1") % 2), "layers": len(one["input"].split())}
        for one in nonempty(records)
    )
    path = tmp_path / "train.jsonl"
    altac("sample", PARITY, "-n", 3, "--answers", "-o", path, "--test", tmp_path / "test.jsonl")
    assert len((tmp_path / "test.jsonl").read_text().splitlines()) == 1
    assert altac("run", PARITY, "--input", path)[1].split() == [
        json.loads(line)["output"] for line in path.read_text().splitlines()
    ]


def test_a_sample_says_that_it_was_given_up(altac, tmp_path: Path) -> None:
    file = tmp_path / "same.alta"
    file.write_text(
        "program same\ninput word: 0..1\nvar out: 0..1 = 0\nhead one = token else 0\n"
        "step:\n    out := one\nlayers 1\noutput out at first\n"
    )
    code, _, err = altac("sample", file, "-n", 12, "--length", "4..14", "--balance", "length > 13")
    assert code == 0
    notes = err.splitlines()[0]
    assert notes == "  fewer than 6 different inputs with a result were found for these values of length > 13: true: 1"
    code, out, err = altac("sample", file, "-n", 5, "--length", 30)
    assert (code, out) == (1, "")
    assert "have a result, not 5" in err
    assert "hardly any random input has one" in err


def test_samples_without_a_result(altac, tmp_path: Path) -> None:
    file = tmp_path / "same.alta"
    file.write_text(
        "program same\ninput word: 0..1\nvar out: 0..1 = 0\nhead one = token else 0\n"
        "step:\n    out := one\nlayers 1\noutput out at first\n"
    )
    code, out, err = altac("sample", file, "-n", 6, "--length", "1..3")
    assert (code, sorted(out.split("\n"))) == (0, ["", "0", "0 0", "0 0 0", "1", "1 1", "1 1 1"])
    assert re.fullmatch(r"left out because they have no result: (\d) inputs \(E0603: \1\)\n", err)
    code, out, _ = altac("sample", file, "-n", 14, "--length", "1..3", "--keep-failing", "--answers")
    records = {one["input"]: one for one in map(json.loads, out.splitlines())}
    assert len(records) == 14
    assert records["0 1"] == {"input": "0 1", "output": None, "layers": 1, "error": "E0603"}
    code, out, err = altac("sample", file, "-n", 7, "--length", "1..3")
    assert (code, out) == (1, "")
    assert "error[E0614]: of lengths 1..3 there are only 6 different inputs with a result, not 7" in err
    assert altac("sample", file, "-n", 7, "--length", "1..3", "--repeat")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-n", "0"], "-n"),
        ([], "-n"),
        (["-n", "5", "--length", "5..2"], "smaller length first"),
        (["-n", "5", "--length", "a..2"], "not a range of lengths"),
        (["-n", "5", "--length", "0..100001"], "`0..100001` is too long: lengths go up to 100,000"),
        (["-n", "5", "--length", "9" * 20 + ".." + "9" * 24], "lengths go up to 100,000"),
        (["-n", "5", "--length", "9" * 5000], "lengths go up to 100,000"),
        (["-n", "5", "--test", "x.txt", "--test-length", "0..100001"], "lengths go up to 100,000"),
        (["-n", "5", "--test-count", "2"], "--test FILE"),
        (["-n", "5", "-o", "x.jsonl"], "with --answers"),
        (["-n", "5", "-o", "x.txt", "--answers"], "something.jsonl"),
    ],
)
def test_samples_that_cannot_be_asked_for(altac, arguments: list[str], message: str) -> None:
    code, out, err = altac("sample", PARITY, *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_many_short_kinds_are_not_all_named(altac) -> None:
    _, _, err = altac("sample", PARITY, "-n", 400, "--length", "0..12", "--balance", 'length * 100 + count("1")')
    assert err.rstrip().endswith("more")
