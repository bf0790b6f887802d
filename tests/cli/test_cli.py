"""The command line as its users meet it: outputs, streams, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from altac.cli.main import run
from tests.support import DEMO, nonempty

ROOT = Path(__file__).parents[2]
PARITY = str(ROOT / "programs" / "parity.alta")
BROKEN = "program p\ninput x: 0..1\nvar a: 0..1 = 2\nlayers 1\nstep:\n    b := 1\noutput a\n"


def test_help_lists_the_commands_in_order_of_use(altac) -> None:
    code, out, _ = altac("--help")
    assert code == 0
    listed = [line.split()[0] for line in out.split("Commands:")[1].splitlines() if line.strip()]
    assert listed == [
        "check",
        "fmt",
        "lsp",
        "compile",
        "run",
        "trace",
        "explain",
        "view",
        "play",
        "sample",
        "test",
        "exercise",
        "grade",
        "verify",
        "learn",
        "decompile",
        "circuit",
        "counterfactuals",
        "export",
        "zoo",
        "generate",
        "train",
        "coverage",
        "evaluate",
        "rules",
        "stats",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["chekc"],
        ["run"],
        ["compile", PARITY],
        ["compile", PARITY, "-O9", "-o", "x.pt"],
        ["check"],
        ["run", PARITY, "1", "--input", "x"],
        ["check", PARITY, "-D", "N"],
    ],
)
def test_usage_errors_are_2(altac, arguments: list[str]) -> None:
    code, out, err = altac(*arguments)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err


def test_check_is_silent_when_fine(altac) -> None:
    assert altac("check", PARITY) == (0, "", "")


def test_check_reports_all_files_and_errors(altac, tmp_path: Path) -> None:
    file = tmp_path / "broken.alta"
    file.write_text(BROKEN)
    code, out, err = altac("check", file, PARITY, tmp_path / "missing.alta")
    assert (code, out) == (1, "")
    assert [line[:12] for line in err.splitlines() if line.startswith("error")] == [
        "error[E0007]",
        "error[E0301]",
        "error[E0101]",
    ]


def test_check_json(altac, tmp_path: Path) -> None:
    file = tmp_path / "broken.alta"
    file.write_text(BROKEN)
    code, out, err = altac("check", "--json", file)
    assert (code, err) == (1, "")
    records = [json.loads(line) for line in out.splitlines()]
    assert [(one["code"], one["line"], one["column"]) for one in records] == [("E0301", 3, 15), ("E0101", 6, 5)]
    assert all(one["file"] == str(file) and one["severity"] == "error" and one["help"] for one in nonempty(records))


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_compile_then_run(altac, tmp_path: Path, suffix: str) -> None:
    weights = tmp_path / f"parity{suffix}"
    assert altac("compile", PARITY, "-o", weights)[0] == 0
    assert altac("run", weights, "1 0 1 1", "", "1001") == (0, "1\n0\n0\n", "")
    assert altac("run", weights, "--engine", "interpreter", "111") == (0, "1\n", "")


def test_compile_never_overwrites_the_program(altac, tmp_path: Path) -> None:
    file = tmp_path / "parity.pt"
    file.write_text("program x\n")
    code, _, err = altac("compile", file, "-o", tmp_path / "." / "parity.pt")
    assert code == 2
    assert "overwrite" in err
    assert file.read_text() == "program x\n"


def test_a_program_with_errors_leaves_the_old_weights(altac, tmp_path: Path) -> None:
    file, weights = tmp_path / "broken.alta", tmp_path / "old.pt"
    file.write_text(BROKEN)
    weights.write_bytes(b"old")
    assert altac("compile", file, "-o", weights)[0] == 1
    assert weights.read_bytes() == b"old"


@pytest.mark.parametrize("stage", ["ast", "ir", "rules", "layout"])
def test_emit(altac, stage: str) -> None:
    code, out, err = altac("compile", PARITY, "--emit", stage)
    assert (code, err) == (0, "")
    assert {
        "ast": "Assign target=parity @",
        "ir": "head parity_left: ",
        "rules": "then parity: 0 -> 1",
        "layout": "    0  parity=0\n    1  parity=1",
    }[stage] in out


def test_run_from_arguments_stdin_and_files(altac, tmp_path: Path) -> None:
    text = tmp_path / "bits.txt"
    text.write_bytes(b"1 0\r\n\n111\n1 1")
    assert altac("run", PARITY, "--input", text) == (0, "1\n0\n1\n0\n", "")
    records = tmp_path / "bits.jsonl"
    records.write_text('"1 0"\n{"input": "111", "id": 7}\n')
    assert altac("run", PARITY, "--input", records) == (0, "1\n1\n", "")


@pytest.mark.parametrize("arguments", [[], ["--input", "-"]])
def test_run_from_standard_input(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "altac", "run", PARITY, *arguments]
    done = subprocess.run(command, input="1\n\n11\n", capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n0\n0\n", "")


def test_run_json(altac) -> None:
    code, out, _ = altac("run", PARITY, "--json", "--keep-going", "1 1", "2", "")
    assert code == 1
    first, second, third = [json.loads(line) for line in out.splitlines()]
    assert first == {"input": "1 1", "output": "0", "values": [0], "layers": 2, "error": None}
    assert (second["output"], second["error"]["code"]) == (None, "E0601")
    assert (third["output"], third["layers"]) == ("0", 0)


def test_a_bad_line_is_named_by_file_line_and_column(altac, tmp_path: Path) -> None:
    text = tmp_path / "bits.txt"
    text.write_text("1\n1 0 x\n11\n")
    code, out, err = altac("run", PARITY, "--input", text)
    assert (code, out) == (1, "1\n")
    assert f"error[E0601]: {text}:2:5: `x` is not a symbol of `parity`" in err
    code, out, err = altac("run", PARITY, "--input", text, "--keep-going")
    assert (code, out) == (1, "1\n\n0\n")
    assert err.count("error[") == 1


def test_too_long_inputs_empty_files_and_bad_records(altac, tmp_path: Path) -> None:
    absolute = ROOT / "programs" / "parity_absolute.alta"
    code, _, err = altac("run", absolute, "-D", "N=3", "1 0 1", "1 0 1 0")
    assert code == 1
    assert "longer than 3 symbols" in err
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    code, out, err = altac("run", PARITY, "--input", empty)
    assert (code, out) == (1, "")
    assert "the file is empty" in err
    records = tmp_path / "bad.jsonl"
    records.write_text('{"text": "1"}\n[\n"1"\n')
    code, out, err = altac("run", PARITY, "--input", records, "--keep-going")
    assert (code, out) == (1, "\n\n1\n")
    assert err.count("E0606") == 2
    latin = tmp_path / "latin.txt"
    latin.write_bytes(b"1\xe4\n1\n")
    code, out, err = altac("run", PARITY, "--input", latin, "--keep-going")
    assert (code, out) == (1, "\n1\n")
    assert "column 2: not UTF-8" in err or ":1:2: not UTF-8" in err


def test_trace_is_the_same_from_interpreter_and_weights(altac, tmp_path: Path) -> None:
    weights = tmp_path / "parity.pt"
    altac("compile", PARITY, "-o", weights)
    _, expected, _ = altac("trace", PARITY, "1 0 1")
    assert altac("trace", weights, "1 0 1") == (0, expected, "")
    assert "    3  parity_left      0       0       1       1" in expected
    assert altac("trace", weights, "1 0 1", "--json") == altac("trace", PARITY, "1 0 1", "--json")


def test_trace_selects_variables_and_positions(altac) -> None:
    code, out, _ = altac("trace", PARITY, "1 0 1", "--vars", "done", "--positions", "0,2")
    assert code == 0
    assert out.splitlines()[:3] == [
        "layer  position     0       2",
        "       token      <s>       0",
        "    0  done      true   false",
    ]
    _, out, _ = altac("trace", PARITY, "1", "--vars", "parity", "--json")
    assert json.loads(out) == {
        "program": "parity",
        "positions": [0, 1],
        "tokens": ["<s>", "1"],
        "layers": [
            {"layer": 0, "name": "", "round": 0, "heads": {}, "variables": {"parity": [0, 1]}},
            {"layer": 1, "name": "", "round": 1, "heads": {}, "variables": {"parity": [0, 1]}},
        ],
        "error": None,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--vars", "partiy"], "Did you mean `parity`?"),
        (["--positions", "9"], "0 to 1"),
        (["--positions", "x"], "list"),
    ],
)
def test_trace_of_what_there_is_not(altac, arguments: list[str], message: str) -> None:
    code, _, err = altac("trace", PARITY, "1", *arguments)
    assert code == 2
    assert message in err


def test_examples(altac, tmp_path: Path) -> None:
    good = (ROOT / "programs" / "parity.alta").read_text()
    (tmp_path / "good.alta").write_text(good)
    code, out, _ = altac("test", tmp_path)
    assert (code, out) == (0, f"ok {tmp_path}/good.alta: 3 examples\n1 program, 3 examples, 0 failures\n")
    (tmp_path / "wrong.alta").write_text(good.replace('"1 0 0 1" -> 0', '"1 0 0 1" -> 1'))
    code, out, _ = altac("test", tmp_path)
    assert code == 1
    line = good[: good.index('"1 0 0 1"')].count("\n") + 1
    assert out.splitlines()[1:] == [
        f'FAILED {tmp_path}/wrong.alta:{line}: example "1 0 0 1": expected "1", found "0"',
        "2 programs, 6 examples, 1 failure",
    ]


def test_stats(altac) -> None:
    code, out, _ = altac("stats", PARITY, "--json")
    assert code == 0
    sizes = json.loads(out)
    assert {"variables": 2, "heads": 2, "d_model": 8, "max_length": None}.items() <= sizes.items()
    assert sizes["hidden_units"] == 3
    assert sizes["passes"][0] == {"pass": "plain rules", "hidden_units": 3}
    assert sizes["passes"][-1] == {"pass": "features", "hidden_units": 3}
    lines = altac("stats", PARITY)[1].splitlines()
    assert ["hidden", "units", "after", "units", "saved"] in [line.split() for line in lines]
    assert lines[-5:-2] == [
        "exact, for any number of layers, in",
        "  float32     inputs of any length",
        "  float64     inputs of any length",
    ]
    assert lines[-7].split() == ["features", "3", "0"]


DEMO_SIZES = [
    "layer                heads  hidden units    parameters         rules",
    "  measure                1             8           887             0",
    "  compare                1            36         3,140            28",
]


def test_stats_of_several_layers(altac, tmp_path: Path) -> None:
    """A count takes one unit for each of the eight borders between its nine values."""
    (tmp_path / "demo.alta").write_text(DEMO)
    path, weights = str(tmp_path / "demo.alta"), str(tmp_path / "demo.pt")
    code, _, err = altac("compile", path, "-o", weights)
    assert (code, err.splitlines()[0]) == (
        0,
        f"{weights}: 2 layers, 2 heads, width 32, 44 hidden units, 4,452 parameters",
    )
    sizes = [json.loads(altac("stats", one, "--json")[1])["layers"] for one in (path, weights)]
    assert [(layer["name"], layer["heads"], layer["hidden_units"], layer["rules"]) for layer in sizes[0]] == [
        ("measure", 1, 8, 0),
        ("compare", 1, 8 + 28, 28),
    ]
    assert sizes[1] == [{name: value for name, value in layer.items() if name != "rules"} for layer in sizes[0]]
    state = torch.load(weights, weights_only=True)
    for number, layer in nonempty(enumerate(sizes[1])):
        tensors = [one for name, one in state.items() if name.startswith(f"layers.{number}.")]
        assert layer["parameters"] == sum(one.numel() for one in tensors)
    lines = altac("stats", path)[1].splitlines()
    start = lines.index(DEMO_SIZES[0])
    assert lines[start : start + 3] == DEMO_SIZES
    lines = altac("stats", weights)[1].splitlines()
    start = lines.index(DEMO_SIZES[0].removesuffix("         rules"))
    assert len(lines[start + 1].split()) == 4


def test_stats_of_a_file_of_weights_are_those_of_its_program(altac, tmp_path: Path) -> None:
    program = str(ROOT / "programs" / "parity_sum.alta")
    path = str(tmp_path / "sum.pt")
    assert altac("compile", program, "-o", path)[0] == 0
    sizes, found = (json.loads(altac("stats", one, "--json")[1]) for one in (program, path))
    assert found.pop("learned") == "nothing"
    assert [layer.pop("rules") for layer in sizes["layers"]] == [sizes["rules"]]
    assert found == {name: sizes[name] for name in found}
    assert set(sizes) - set(found) == {"rules", "passes"}
    assert set(altac("stats", program)[1].splitlines()) >= set(altac("stats", path)[1].splitlines()[3:])
    assert altac("stats", path, "-D", "N=3")[0] == 2


def test_rules_by_layer(altac, tmp_path: Path) -> None:
    (tmp_path / "demo.alta").write_text(DEMO)
    _, out, _ = altac("rules", tmp_path / "demo.alta")
    lines = out.splitlines()
    assert [line for line in lines if not line.startswith(("if ", "variable "))] == [
        "layer measure",
        "head frequency: 0..8",
        "layer compare",
        "kept frequency: 0..8",
        "head letters: 0..8",
        "value classes: 0..8",
    ]
    assert "if frequency = 4 and letters in 4..7 then classes: -> 1" in lines
    _, out, _ = altac("compile", tmp_path / "demo.alta", "--emit", "rules")
    assert out.splitlines() == lines


def test_stages_of_the_compiler_by_layer(altac, tmp_path: Path) -> None:
    (tmp_path / "demo.alta").write_text(DEMO)
    _, out, _ = altac("compile", tmp_path / "demo.alta", "--emit", "ir")
    assert out.splitlines()[4:] == [
        "layer measure",
        "    head frequency: 0..8 = count where key.token and query.token (4 of 16 pairs) at None",
        "    keeps frequency to compare",
        "layer compare",
        "    head letters: 0..8 = count where key.frequency and query.frequency (9 of 81 pairs) at None",
        "    var classes: 0..8",
        "    classes := (letters // max(frequency, 1))",
        "    keeps classes to compare",
        "run measure, compare",
        "output classes at all",
    ]
    loop = DEMO.replace("output", "layer more:\n    pass\nrun measure, (compare, more) * 3\noutput").replace(
        "    var classes: 0..8 =", "    classes :="
    )
    (tmp_path / "loop.alta").write_text(loop.replace("layer measure", "var classes: 0..8 = 0\nlayer measure"))
    _, out, _ = altac("compile", tmp_path / "loop.alta", "--emit", "ir")
    assert "run measure, (compare, more) * 3" in out.splitlines()
    _, out, _ = altac("compile", tmp_path / "demo.alta", "--emit", "layout")
    names = [line.split(maxsplit=1)[1] for line in out.splitlines()]
    assert names[:5] == ['token="a"', 'token="b"', 'token="c"', 'token="d"', "frequency=0"]
    assert "frequency (number) / letters=0" in names  # each in its own layer


@pytest.mark.parametrize("suffix", ["alta", "pt"])
def test_trace_of_layers(altac, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "demo.alta").write_text(DEMO)
    assert altac("compile", tmp_path / "demo.alta", "-o", tmp_path / "demo.pt")[0] == 0
    code, out, _ = altac("trace", tmp_path / f"demo.{suffix}", "aab")
    assert code == 0
    assert out.splitlines() == [
        "layer            position   0   1   2",
        "                 token      a   a   b",
        "    1 measure 1  frequency  2   2   1",
        "    2 compare 1  letters    2   2   1",
        "                 classes    1   1   1",
    ]
    _, out, _ = altac("trace", tmp_path / f"demo.{suffix}", "aab", "--vars", "classes", "--positions", "0", "--json")
    assert json.loads(out)["layers"] == [
        {"layer": 0, "name": "", "round": 0, "heads": {}, "variables": {}},
        {"layer": 1, "name": "measure", "round": 1, "heads": {}, "variables": {}},
        {"layer": 2, "name": "compare", "round": 1, "heads": {}, "variables": {"classes": [1]}},
    ]


def test_rules_print_and_parse(altac) -> None:
    from altac.passes.rule_text import parse_rules
    from tests.support import program

    for level in (0, 1):
        _, out, _ = altac("rules", PARITY, f"-O{level}")
        assert parse_rules(out) == program("parity", level).rules
    _, out, _ = altac("rules", PARITY, "--json")
    rule, halt = map(json.loads, out.splitlines()[-2:])
    assert rule["then"] == [{"variable": "done", "old": False, "new": True}]
    assert halt == {"readout": "halt", "any": [{"done": [True]}]}


def test_an_internal_error_is_70_and_says_what_to_report(altac, monkeypatch: pytest.MonkeyPatch) -> None:
    import altac.cli.stats_command as module

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(module, "compile_file", broken)
    code, out, err = altac("stats", PARITY)
    assert (code, out) == (70, "")
    assert "internal error: ZeroDivisionError: oh" in err
    assert "report" in err
    assert "Traceback" not in err


def test_an_interrupt_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import altac.cli.stats_command as module

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "compile_file", interrupted)
    assert run(["stats", PARITY]) == 130
    assert capsys.readouterr().err == "altac: interrupted\n"


def test_a_closed_pipe_ends_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "altac", "rules", PARITY]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT)
    os.close(writer)
    assert done.returncode == 141
    assert "Traceback" not in done.stderr
