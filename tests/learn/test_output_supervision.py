"""A Transformer from inputs and outputs alone: what it is trained on, its layers, and its file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import altac
from altac.cli.main import run
from altac.diagnostics import AltacError
from altac.engine.protocol import run_texts
from altac.learn.loop import Questions, train
from altac.learn.output_supervision import NOWHERE, OutputTask
from altac.learn.settings import TrainingConfig
from altac.model.config import EncoderConfig
from altac.model.encoder import Encoder, distance_buckets
from altac.model.file import load_model, save_model
from tests.learn.support import ALONE, FIRSTS, bits
from tests.support import PROGRAMS, compiled, program

LAST = """
program newest
input bits: {"0", "1"} up to 20
var seen: {"0", "1"} = "0"
step:
    seen := token
layers 1
output seen at last
"""
ALL = """
program turned
input bits: {"0", "1"}
var turned: 0..1 = 0
step:
    turned := 1 if token == "0" else 0
layers 1
output turned
"""
SMALL = TrainingConfig(
    supervision="output",
    width=16,
    heads=2,
    hidden=(32,),
    layers=1,
    batch=32,
    log_every=50,
    learning_rate=1e-2,
    input="-",
)


def learned(text: str, config: TrainingConfig, folder: Path) -> tuple[OutputTask, dict[str, float]]:
    one = compiled(text)
    texts, tests = [word for word in bits(6, 80) if word], [word for word in bits(10, 30, seed=1) if word]
    task = OutputTask(one, config, texts, tests, ALONE.device)
    return task, train(
        task, config, Questions.of(one.interpreter, texts, tests), folder, ALONE, False, lambda row: None, {}
    )


def test_a_task_that_needs_one_look_is_learned(tmp_path: Path) -> None:
    config = replace(SMALL, steps=150, evaluate_every=150)
    _, row = learned(ALL, config, tmp_path)
    assert row["accuracy"] == 1
    assert row["test_accuracy"] == 1
    model = altac.load(tmp_path / "model.pt")
    assert model("1 0 0 1 0") == "0 1 1 0 1"
    assert model.metadata.trained is not None
    assert model.metadata.trained["step"] == 150


@pytest.mark.parametrize("form", ["model.pt", "model.safetensors"])
@pytest.mark.parametrize("positions", ["relative", "absolute"])
def test_the_file_holds_the_whole_model(form: str, positions: str, tmp_path: Path) -> None:
    task, _ = learned(LAST, replace(SMALL, steps=5, positions=positions), tmp_path)
    save_model(task.engine, tmp_path / form)
    model = altac.load(tmp_path / form)
    assert model.metadata == task.engine.metadata
    texts = ["1", "0 1 0", "1 1 1 0"]
    assert run_texts(model, texts) == run_texts(task.engine, texts)


def test_the_file_opens_in_plain_torch(tmp_path: Path) -> None:
    task, _ = learned(LAST, replace(SMALL, steps=60), tmp_path)
    state = torch.load(tmp_path / "model.pt", weights_only=True)
    model = Encoder(EncoderConfig.from_dict(state["_extra_state"]["config"]))
    model.load_state_dict(state, strict=True)
    scores = model(torch.tensor([[1, 0, 1]]), torch.tensor([3]), torch.tensor([1]))
    assert str(scores[0, -1].argmax().item()) == task.engine("1 0 1")


def test_labels_stand_where_the_output_is_told() -> None:
    task = OutputTask(compiled(LAST), SMALL, ["1 0", "1", "0 1 1"], [], ALONE.device)
    assert task.labels.tolist() == [[NOWHERE, 0, NOWHERE], [1, NOWHERE, NOWHERE], [NOWHERE, NOWHERE, 1]]
    everywhere = OutputTask(compiled(ALL), SMALL, ["1 0", "1"], [], ALONE.device)
    assert everywhere.labels.tolist() == [[0, 1], [0, NOWHERE]]


def test_padding_and_batches_change_nothing() -> None:
    task = OutputTask(compiled(LAST), SMALL, ["1 0"], [], ALONE.device)
    words = [[1], [1, 0, 1, 1, 0], [0, 0]]
    lengths, layers = torch.tensor([1, 5, 2]), torch.tensor([1, 1, 1])
    for padding in (0, 1):
        tokens = torch.tensor([word + [padding] * (5 - len(word)) for word in words])
        together = task.engine.module(tokens, lengths, layers)
        for row, word in enumerate(words):
            alone = task.engine.module(torch.tensor([word]), lengths[row : row + 1], layers[:1])
            assert torch.allclose(together[row, : len(word)], alone[0], atol=1e-5)


def test_as_many_layers_as_the_program_takes(tmp_path: Path) -> None:
    one = program("parity")
    config = replace(SMALL, layers=0, shared=True, steps=3)
    task = OutputTask(one, config, bits(6, 40), [], ALONE.device)
    train(task, config, Questions.of(one.interpreter, [], []), tmp_path, ALONE, False, lambda row: None, {})
    texts = ["", "1", "1 0 1", "1 1 1 1 0"]
    assert [result.layers for result in run_texts(task.engine, texts)] == [0, 1, 3, 5]
    opened = altac.load(tmp_path / "model.pt")
    assert run_texts(opened, texts) == run_texts(task.engine, texts)
    alone = [altac.run(opened, text) for text in texts]
    assert alone == run_texts(opened, texts)  # a sequence stops at its own last layer
    assert altac.trace(opened, "1 0 1").layers == 3
    unasked = load_model(tmp_path / "model.pt")
    assert {result.error and result.error.code for result in run_texts(unasked, texts)} == {"E0623"}


def test_as_many_layers_as_a_program_of_several_takes() -> None:
    """The first and the last once, the second as often as there are letters."""
    texts = ["a", "b a b", "", "a a b b"]
    task = OutputTask(FIRSTS, replace(SMALL, layers=0, shared=True), texts[:2], texts, ALONE.device)
    assert task.depths.tolist() == [3, 5]
    assert [result.layers for result in run_texts(task.engine, texts)] == [3, 5, 2, 6]


def test_shared_layers_are_one(tmp_path: Path) -> None:
    def parameters(shared: bool) -> int:
        config = replace(SMALL, layers=3, shared=shared)
        task = OutputTask(compiled(LAST), config, ["1"], [], ALONE.device)
        return sum(one.numel() for one in task.trained.blocks.parameters())  # type: ignore[union-attr]

    assert parameters(False) == 3 * parameters(True)


def test_positions_reach_as_far_as_the_test_inputs() -> None:
    task = OutputTask(program("parity"), replace(SMALL, positions="absolute"), ["1 0"], ["1 0 1 1"], ALONE.device)
    assert task.engine.metadata.config.positions == 5
    ends = [result.error and result.error.code for result in run_texts(task.engine, ["1 0 1 1", "1 0 1 1 1"])]
    assert ends == [None, "E0602"]


def test_near_distances_are_told_apart_and_sides_too() -> None:
    buckets = distance_buckets(300, torch.device("cpu"))
    row = buckets[150].tolist()
    assert len(set(row[143:158])) == 15  # up to seven positions away on either side
    assert set(row[:150]).isdisjoint(row[151:])
    assert row[150:] == sorted(row[150:])
    assert max(row) == 31


def test_what_cannot_be_learned_from_outputs_is_refused() -> None:
    told = LAST.replace("output seen at last", 'output seen where seen == "1"')
    with pytest.raises(AltacError, match="asks for the program's state"):
        OutputTask(compiled(told), SMALL, ["1"], [], ALONE.device)
    with pytest.raises(AltacError, match="on no training input"):
        OutputTask(compiled(LAST), SMALL, [""], [], ALONE.device)


def test_damaged_descriptions_are_refused(tmp_path: Path) -> None:
    learned(LAST, replace(SMALL, steps=1, positions="absolute"), tmp_path)
    state = torch.load(tmp_path / "model.pt", weights_only=True)
    whole = state["_extra_state"]

    def refused(**changes: object) -> str:
        torch.save({**state, "_extra_state": {**whole, **changes}}, tmp_path / "damaged.pt")
        with pytest.raises(AltacError) as caught:
            altac.load(tmp_path / "damaged.pt")
        return str(caught.value)

    assert "format" in refused(format=99)
    assert "damaged" in refused(overrides=None)
    assert "fit its sizes" in refused(domain=["0"])
    assert "positions" in refused(input={**whole["input"], "longest": None})
    assert "incomplete" in refused(config={})
    config = whole["config"]
    assert "sizes are damaged" in refused(config={**config, "width": -1})
    assert "sizes are damaged" in refused(config={**config, "heads": 3})
    assert "sizes are damaged" in refused(config={**config, "layers": 0})


def test_the_commands_know_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train.txt").write_text("\n".join(bits(6, 50)) + "\n")
    folder, parity = tmp_path / "run", str(PROGRAMS / "parity.alta")
    sizes = ["--width", "16", "--heads", "2", "--hidden", "16", "--layers", "0", "--shared", "--steps", "2"]
    options = ["--supervision", "output", *sizes, "--input", str(tmp_path / "train.txt"), "-o", str(folder)]
    assert run(["train", parity, *options]) == 0
    model = str(folder / "model.pt")
    assert "model.pt: 2 steps\n" in capsys.readouterr().out
    assert run(["run", model, "1 0 1"]) == 0
    assert capsys.readouterr().out in ("0\n", "1\n")
    assert run(["run", model, "1 0 1", "--engine", "interpreter"]) == 0
    assert capsys.readouterr().out == "0\n"
    assert run(["verify", parity, "--weights", model]) == 1
    assert "the output is" in capsys.readouterr().out
    assert run(["stats", model, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["learned"], found["layers"], found["heads"], found["hidden_units"]) == ("everything", None, 2, 16)
    assert run(["stats", model]) == 0
    assert "exact" not in capsys.readouterr().out
