"""Runs: the same again from the same config, the same with a break in the middle, and what the folder holds."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import altac
from altac.cli.main import run
from altac.diagnostics import AltacError
from altac.learn import logs
from altac.learn.inputs import read_texts
from altac.learn.loop import Questions, Run
from altac.learn.optimizers import build_optimizer, learning_rate
from altac.learn.settings import TrainingConfig, read_config
from tests.learn.support import BASE, FIRSTS, bits, trained
from tests.support import PROGRAMS, nonempty, program

PARITY = str(PROGRAMS / "parity.alta")


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    """Options that name small files of inputs."""
    (tmp_path / "train.txt").write_text("\n".join(bits(8, 100)) + "\n")
    (tmp_path / "test.txt").write_text("\n".join(bits(12, 30, seed=1)) + "\n")
    return ["--input", str(tmp_path / "train.txt"), "--test", str(tmp_path / "test.txt")]


def losses(folder: Path) -> list[tuple[str, ...]]:
    with (folder / "log.csv").open() as file:
        return [tuple(row[name] for name in logs.COLUMNS if name != "seconds") for row in csv.DictReader(file)]


@pytest.mark.parametrize(("optimizer", "name"), [("adam", "parity"), ("adamw", "firsts"), ("adafactor", "parity")])
def test_a_run_that_is_killed_and_resumed_has_the_same_losses(
    optimizer: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(
        BASE,
        optimizer=optimizer,
        steps=60,
        checkpoint_every=20,
        evaluate_every=30,
        warmup=10,
        decay=0.1,
        weight_decay=0.01,
    )
    one = FIRSTS if name == "firsts" else program(name)
    texts, tests = bits(6, 50), bits(6, 10)
    if name == "firsts":
        texts, tests = ([text.replace("0", "a").replace("1", "b") for text in some] for some in (texts, tests))
    whole, _ = trained(one, config, tmp_path / "whole", texts, tests)
    step = Run.step

    def killed(self: Run) -> dict[str, float] | None:
        if self.steps == 37:
            raise KeyboardInterrupt
        return step(self)

    monkeypatch.setattr(Run, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(one, config, tmp_path / "parts", texts, tests)
    assert [row[0] for row in losses(tmp_path / "parts")] == ["10", "20", "30"]
    monkeypatch.setattr(Run, "step", step)
    parts, _ = trained(one, config, tmp_path / "parts", texts, tests, resume=True)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    for one, other in zip(nonempty(whole.trained.parameters()), parts.trained.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_command_writes_a_folder_that_reproduces_itself(
    inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    sizes = ["--hidden", "32,32", "--optimizer", "adafactor", "--learning-rate", "0.01", "--batch", "64"]
    steps = ["--steps", "500", "--evaluate-every", "500", "--seed", "3", "--precision", "float32"]
    assert run(["train", PARITY, *inputs, *sizes, *steps, "-o", str(first)]) == 0
    train, test = (
        program("parity").model.run(path.read_text().splitlines())
        for path in (tmp_path / "train.txt", tmp_path / "test.txt")
    )
    most = [max(Counter(result.output for result in results).values()) / len(results) for results in (train, test)]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{first / 'model.pt'}: 500 steps"
    assert re.fullmatch(
        rf"  100\.0 % of 100 training inputs right; always answering `[01]` would be {100 * most[0]:.1f} % right",
        said[1],
    )
    assert re.fullmatch(
        rf"  100\.0 % of 30 test inputs right; always answering `[01]` would be {100 * most[1]:.1f} % right", said[2]
    )
    assert {path.name for path in first.iterdir()} == {"run.toml", "log.csv", "checkpoint.pt", "model.pt"}
    assert run(["train", "--config", str(first / "run.toml"), "-o", str(second)]) == 0
    assert losses(first) == losses(second)
    assert (first / "run.toml").read_text() == (second / "run.toml").read_text()
    capsys.readouterr()
    assert run(["run", str(first / "model.pt"), "1 0 1 1"]) == 0
    assert capsys.readouterr().out == "1\n"
    assert run(["trace", str(first / "model.pt"), "1 1"]) == 0
    assert "parity_left" in capsys.readouterr().out


@pytest.mark.parametrize("supervision", ["trace", "output"])
def test_what_is_right_stands_beside_what_the_most_frequent_answer_is_worth(
    supervision: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By hand: of these training inputs three of four have the parity 0, and of the test inputs two of three."""
    (tmp_path / "train.txt").write_text("0\n0 0\n1 1\n1\n")
    (tmp_path / "test.txt").write_text("1 0\n0 1\n1 1 0\n")
    sizes = ["--supervision", supervision, "--hidden", "4", "--steps", "2", "--test", str(tmp_path / "test.txt")]
    options = [*sizes, "--input", str(tmp_path / "train.txt"), "-o", str(tmp_path / "run"), "--json"]
    assert run(["train", PARITY, *options]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["model"], record["step"], record["left_out"]) == (str(tmp_path / "run" / "model.pt"), 2, 0)
    assert {**record["train"], "accuracy": 0} == {"inputs": 4, "accuracy": 0, "baseline": 0.75, "most_frequent": "0"}
    assert {**record["test"], "accuracy": 0} == {"inputs": 3, "accuracy": 0, "baseline": 2 / 3, "most_frequent": "1"}
    (row,) = logs.read_log(tmp_path / "run" / "log.csv")
    assert (float(row["train_baseline"]), float(row["test_baseline"])) == (0.75, 2 / 3)
    for kind in ("train", "test"):
        assert float(row[f"{kind}_accuracy"]) == record[kind]["accuracy"]
        assert run(["evaluate", record["model"], "--input", str(tmp_path / f"{kind}.txt"), "--json"]) == 0
        evaluated = json.loads(capsys.readouterr().out)
        assert (evaluated["accuracy"], evaluated["baseline"]) == (record[kind]["accuracy"], record[kind]["baseline"])


def test_of_many_training_inputs_some_are_asked() -> None:
    texts = [" ".join(format(number, "012b")) for number in range(2500)]
    questions = Questions.of(program("parity").interpreter, texts, texts[:5])
    assert [question.text for question in questions.training] == texts[::3]
    assert len(questions.tests) == 5


def test_threads_change_no_draw_and_hardly_a_loss(inputs: list[str], tmp_path: Path) -> None:
    """Batches and noise are drawn by the seed alone; sums of floating-point numbers may be taken in another order."""
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            folder = str(tmp_path / str(threads))
            assert (
                run(["train", PARITY, *inputs, "--steps", "30", "--noise", "0.1", "--log-every", "5", "-o", folder])
                == 0
            )
            found.append(losses(Path(folder)))
    finally:
        torch.set_num_threads(before)
    one, two = found
    assert len(one) == len(two) > 5
    for row, other in zip(nonempty(one), two, strict=True):
        assert [float(cell) for cell in row if cell] == pytest.approx([float(cell) for cell in other if cell], rel=1e-3)


def test_verify_says_where_a_learned_model_errs(
    inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", PARITY, *inputs, "--steps", "1", "--hidden", "8", "-o", str(tmp_path / "run")]) == 0
    assert run(["verify", PARITY, "--weights", str(tmp_path / "run" / "model.pt"), "--budget", "20"]) == 1
    shown = capsys.readouterr().out
    assert 'different: input "' in shown
    assert "after learned MLP in layer 1: " in shown
    assert "--- interpreter" in shown
    assert run(["stats", str(tmp_path / "run" / "model.pt")]) == 0
    assert "\nexact but for what it learned, for any number of layers, in\n" in capsys.readouterr().out


def test_a_run_is_neither_overwritten_nor_resumed_with_other_settings(
    inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    start = ["train", PARITY, *inputs, "--steps", "5", "--hidden", "8", "-o", str(folder)]
    assert run(["train", "--resume", "-o", str(folder)]) == 1
    assert f"error[E0622]: cannot resume the run in `{folder}`: there is none" in capsys.readouterr().err
    assert run(start) == 0
    before = (folder / "log.csv").read_text()
    assert run(start) == 1
    assert f"error[E0621]: cannot train: `{folder}`: this folder holds a run" in capsys.readouterr().err
    assert run([*start, "--resume"]) == 2
    assert "keeps its settings" in capsys.readouterr().err
    assert run(["train", "--resume", "-o", str(folder)]) == 0
    assert (folder / "log.csv").read_text() == before  # it had ended
    config = (folder / "run.toml").read_bytes()
    (folder / "run.toml").write_bytes(b"\xff")
    assert run(["train", "--resume", "-o", str(folder)]) == 1
    assert "`run.toml`: not UTF-8 text" in capsys.readouterr().err
    (folder / "run.toml").write_bytes(config)
    (folder / "checkpoint.pt").write_bytes(b"PK")
    assert run(["train", "--resume", "-o", str(folder)]) == 1
    assert "`checkpoint.pt` is damaged" in capsys.readouterr().err
    (folder / "checkpoint.pt").unlink()
    assert run(["train", "--resume", "-o", str(folder)]) == 1
    assert "no such file" in capsys.readouterr().err


def test_a_run_goes_on_with_what_it_began_with(
    inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, program, train = tmp_path / "run", tmp_path / "parity.alta", tmp_path / "train.txt"
    program.write_text(Path(PARITY).read_text())
    start = ["train", str(program), *inputs, "--steps", "5", "--hidden", "8", "-o", str(folder)]
    assert run(start) == 0

    def resumed() -> tuple[int, str]:
        capsys.readouterr()
        return run(["train", "--resume", "-o", str(folder)]), capsys.readouterr().err

    for path, old, new, name in (
        (program, "parity ^ parity_left", "parity_left", "the program"),
        (train, "1", "0", "the training inputs"),
        (tmp_path / "test.txt", "1", "0", "the test inputs"),
        (folder / "run.toml", "hidden = [8]", "hidden = [9, 9]", "`hidden`"),
        (folder / "run.toml", "seed = 0\nprecision", "seed = 1\nprecision", "`seed`"),
    ):
        before = path.read_text()
        path.write_text(before.replace(old, new))
        assert path.read_text() != before
        code, err = resumed()
        assert (code, err.splitlines()[0]) == (
            1,
            f"error[E0622]: cannot resume the run in `{folder}`: what decides it has changed: {name}",
        )
        path.write_text(before)
    program.write_text(program.read_text() + "# a remark\n")
    assert resumed() == (0, "")


def test_a_run_ends_when_its_target_is_reached(tmp_path: Path) -> None:
    config = replace(BASE, steps=5000, evaluate_every=100, target=1.0)
    _, row = trained(program("parity"), config, tmp_path, bits(8, 100), bits(8, 20))
    assert row["test_accuracy"] == 1
    assert row["step"] < 5000
    _, again = trained(program("parity"), config, tmp_path, bits(8, 100), bits(8, 20), resume=True)
    assert again == row


def test_the_learning_rate_rises_and_then_falls_exponentially() -> None:
    config = TrainingConfig(learning_rate=1.0, warmup=4, decay=0.01, steps=105)
    assert [learning_rate(config, step) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert learning_rate(config, 54) == pytest.approx(0.1)
    assert learning_rate(config, 104) == pytest.approx(0.01)


def test_other_precision(tmp_path: Path) -> None:
    task, row = trained(program("parity"), replace(BASE, precision="bfloat16", steps=400), tmp_path, bits(8, 100), [])
    assert row["loss"] < 0.02
    assert {one.dtype for one in task.trained.parameters()} == {torch.float32}


def test_an_old_torch_has_no_adafactor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.optim, "Adafactor")
    with pytest.raises(AltacError, match=r"torch>=2\.5"):
        build_optimizer([torch.nn.Parameter(torch.zeros(1))], BASE)


def test_a_config_is_its_text() -> None:
    odd = TrainingConfig(program='a "b"\\\t.alta', define=("N=3",), learning_rate=1e-5, hidden=(3,), restore=False)
    assert read_config(odd.to_toml(), "run.toml") == odd


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("steps = ", "not TOML"),
        ("stepz = 3", "there is no such setting"),
        ("steps = 0", "from 1 to 9,007,199,254,740,991"),
        ("steps = 1.5", "not a whole number"),
        ("noise = true", "not a number"),
        ("noise = nan", "from 0 to"),
        ("learning_rate = nan", "it is nan\n = help: choose a number from 0 to 1,000"),
        ("learning_rate = 1e30", "it is 1e\\+30\n = help: choose a number from 0 to 1,000"),
        ("target = 90", "from 0 to 1"),
        ("layers = 4", "does nothing with trace supervision"),
        ('supervision = "output"\nnoise = 0.2', "does nothing with output supervision"),
        ("hidden = 3", "not a list"),
        ("hidden = []", "needs a hidden layer"),
        ("hidden = [0]", "from 1 to"),
        ("restore = 1", "not true or false"),
        ("program = 1", "not a text"),
        ('optimizer = "sgd"', "choose one of adam, adamw, adafactor"),
        ("decay = 0", "it is 0"),
        ('supervision = "output"\nwidth = 10\nheads = 3', "3 heads cannot share a width of 10"),
    ],
)
def test_a_wrong_setting_is_refused(text: str, wanted: str) -> None:
    with pytest.raises(AltacError, match=wanted) as caught:
        read_config(text, "run.toml")
    assert caught.value.diagnostics[0].code == "E0621"


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (["--layers", "2"], "layers"),
        (["--supervision", "trace", "--no-shared"], "shared"),
        (["--supervision", "output", "--noise", "0.1"], "noise"),
        (["--supervision", "output", "--restore"], "restore"),
        (["--input", "in.txt", "--examples", "10000"], "examples"),
        (["--input", "in.txt", "--data-seed", "1"], "data_seed"),
        (["--test", "in.txt", "--test-length", "0..3"], "test_length"),
    ],
)
def test_options_that_do_nothing_are_refused(
    options: list[str], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also those that are given as they are by default."""
    assert run(["train", PARITY, *options, "-o", str(tmp_path / "run")]) == 1
    assert f"error[E0621]: cannot train: `{name}`: it does nothing " in capsys.readouterr().err


def test_a_config_is_found_from_any_folder(inputs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in a config are relative to it, whether altac wrote it or not."""
    sizes = ["--hidden", "8", "--steps", "5", "--log-every", "1"]
    (tmp_path / "here" / "deep").mkdir(parents=True)
    (tmp_path / "here" / "parity.alta").write_text(Path(PARITY).read_text())
    monkeypatch.chdir(tmp_path / "here")
    assert run(["train", "parity.alta", "--input", "../train.txt", *sizes, "-o", "../runs/one"]) == 0
    written = tmp_path / "runs" / "one" / "run.toml"
    assert 'program = "../../here/parity.alta"\n' in written.read_text()
    assert 'input = "../../train.txt"\ntest = ""\n' in written.read_text()
    monkeypatch.chdir(tmp_path / "here" / "deep")
    assert run(["train", "--config", "../../runs/one/run.toml", "-o", "two"]) == 0
    assert run(["train", "--resume", "-o", "../../runs/one"]) == 0
    assert losses(Path("two")) == losses(written.parent)
    own = 'program = "here/parity.alta"\ninput = "train.txt"\nhidden = [8]\nsteps = 5\nlog_every = 1\n'
    (tmp_path / "own.toml").write_text(own)
    assert run(["train", "--config", "../../own.toml", "-o", "three"]) == 0
    assert losses(Path("three")) == losses(written.parent)


def test_a_name_that_is_no_path_is_refused_like_any_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.toml").write_text('program = "\\u0000/p"\n')
    assert run(["train", "--config", str(tmp_path / "run.toml"), "-o", str(tmp_path / "run")]) == 1
    assert "internal error" not in capsys.readouterr().err


@pytest.mark.parametrize("supervision", ["trace", "output"])
def test_lengths_are_those_that_the_program_accepts(supervision: str, tmp_path: Path) -> None:
    file = tmp_path / "short.alta"
    file.write_text(
        'program short\ninput bits: {"0", "1"} up to 5\nvar x: 0..1 = 0\nstep:\n    x := 1\nlayers 1\noutput x\n'
    )
    counts = ["--examples", "30", "--test-examples", "20", "--steps", "1", "--supervision", supervision]
    assert run(["train", str(file), *counts, "-o", str(tmp_path / "run")]) == 0
    assert run(["train", str(file), *counts, "--length", "5", "--examples", "8", "-o", str(tmp_path / "five")]) == 0
    assert run(["train", str(file), *counts, "--length", "0..6", "-o", str(tmp_path / "long")]) == 1
    for length in ("3..2", "5..", "0..100001", "99999999999"):
        assert run(["train", str(file), *counts, "--length", length, "-o", str(tmp_path / "odd")]) == 1


@pytest.mark.parametrize(
    ("content", "wanted"),
    [(b"", "is empty"), (b"1 0\n1 2\n", "train.txt:2:3: `2` is not a symbol"), (b"\xff", "not UTF-8")],
)
def test_wrong_inputs_are_refused(
    content: bytes, wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train.txt").write_bytes(content)
    assert run(["train", PARITY, "--input", str(tmp_path / "train.txt"), "-o", str(tmp_path / "run")]) == 1
    assert wanted in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_inputs_are_read_as_by_every_command(tmp_path: Path) -> None:
    """Texts or records, a byte order mark, CRLF, an empty input; only an end of a line ends one."""
    mark = b"\xef\xbb\xbf"
    files = {"a.txt": mark + b"1 0\r\n\r\n1\xe2\x80\xa81", "b.jsonl": b'"1 0"\n{"input": ""}\n{"input": "1 1"}\n'}
    for name, content in nonempty(files.items()):
        (tmp_path / name).write_bytes(content)
        assert read_texts(program("parity"), str(tmp_path / name)) == [
            "1 0",
            "",
            "1\u20281" if "txt" in name else "1 1",
        ]
    for name in (str(tmp_path), "/dev/zero"):
        with pytest.raises(AltacError):
            read_texts(program("parity"), name)


def test_a_model_that_got_lost_comes_back(
    inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert run(["train", PARITY, *inputs, "--steps", "4", "--hidden", "8", "-o", str(folder)]) == 0
    said, kept = capsys.readouterr().out, altac.load(folder / "model.pt").digest()
    (folder / "model.pt").unlink()
    assert run(["train", "--resume", "-o", str(folder)]) == 0
    assert (altac.load(folder / "model.pt").digest(), capsys.readouterr().out) == (kept, said)


def test_the_model_is_written_before_the_checkpoint_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a process that is killed between the two leaves a run that goes on, and writes the model again."""

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("altac.learn.loop.save_checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(program("parity"), replace(BASE, steps=2), tmp_path, bits(4, 5), [])
    assert (tmp_path / "model.pt").exists()
    assert not (tmp_path / "checkpoint.pt").exists()


def test_inputs_on_which_the_program_fails_are_no_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "never.alta").write_text(
        'program never\ninput bits: {"0", "1"}\nvar x: bool = token == "1"\nvar y: 0..1 = 0\n'
        "step:\n    y := 1 - y\nhalt when x\noutput x at last\n"
    )
    (tmp_path / "in.txt").write_text("1\n0\n1 0\n1 1\n")
    (tmp_path / "bad.txt").write_text("0\n")
    command = ["train", str(tmp_path / "never.alta"), "--input", str(tmp_path / "in.txt"), "--steps", "1"]
    assert run([*command, "--test", str(tmp_path / "in.txt"), "-o", str(tmp_path / "run")]) == 0
    said = capsys.readouterr()
    assert "of 2 test inputs right" in said.out
    assert "left out because the program has no answer: 2 test inputs\n" in said.err
    (tmp_path / "same.alta").write_text((tmp_path / "never.alta").read_text().replace("y := 1 - y", "pass"))
    (tmp_path / "done.txt").write_text("1\n1 1\n0 1\n")
    assert run(["train", str(tmp_path / "same.alta"), "--input", str(tmp_path / "done.txt"), "--steps", "1",
                "-o", str(tmp_path / "none")]) == 1  # fmt: skip
    assert "no training input takes a single layer" in capsys.readouterr().err
    command += ["--test", str(tmp_path / "bad.txt"), "--target", "1"]
    assert run([*command, "-o", str(tmp_path / "other")]) == 1
    assert "there are no test inputs with an answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "wanted"),
    [(b"a = " + b"[" * 10_000, "nested too deeply"), (b"a." * 10_000 + b"a = 1", "more than 16,384 bytes")],
)
def test_a_config_without_measure_is_refused(
    content: bytes, wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.toml").write_bytes(content)
    assert run(["train", "--config", str(tmp_path / "run.toml"), "-o", str(tmp_path / "run")]) == 1
    assert wanted in capsys.readouterr().err
    assert run(["train", "--config", "/dev/zero", "-o", str(tmp_path / "run")]) == 1
    assert "is not a regular file" in capsys.readouterr().err


def test_wrong_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = ["-o", str(tmp_path / "run")]
    assert run(["train", PARITY, "--input", "missing.txt", *output]) == 1
    assert "no such file" in capsys.readouterr().err
    assert run(["train", "--input", "missing.txt", *output]) == 1
    assert "`program`: none is named" in capsys.readouterr().err
    assert run(["train", "--config", "missing.toml", *output]) == 1
    assert "no such file" in capsys.readouterr().err
    (tmp_path / "run.toml").write_bytes(b"\xff")
    assert run(["train", "--config", str(tmp_path / "run.toml"), *output]) == 1
    assert "not UTF-8" in capsys.readouterr().err
    assert run(["train", PARITY, "--hidden", "a", *output]) == 2
    assert "`a` is not a list of sizes" in capsys.readouterr().err
