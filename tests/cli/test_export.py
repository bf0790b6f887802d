"""`altac export`: what it writes, says and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from altac.cli.main import run
from altac.driver import compile_source, load_source
from tests.support import PROGRAMS, program

Caught = pytest.CaptureFixture[str]


def export(*arguments: object) -> int:
    return run(["export", *map(str, arguments)])


def test_a_folder_for_transformer_lens(tmp_path: Path, capsys: Caught) -> None:
    options = ("--to", "transformer-lens", "--length", 9, "--layers", 8)
    assert export(PROGRAMS / "parity.alta", *options, "-o", tmp_path / "model") == 0
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == [
        "circuit.json",
        "config.json",
        "load.py",
        "model.safetensors",
    ]
    names = json.loads((tmp_path / "model" / "config.json").read_text())
    assert names["tokens"] == ["0", "1", "<s>", "(sink)", "(padding)"]
    assert names["outputs"] == ["0", "1"]
    assert names["dimensions"][:5] == ["parity=0", "parity=1", "done=false", "done=true", "(sink)"]
    assert names["blocks"][2]["heads"] == ["parity_left", "done_left"]
    assert names["transformer_lens"]["attention_dir"] == "causal"
    assert len((tmp_path / "model" / "load.py").read_text().splitlines()) < 80
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "warning[W0112]: `parity` is exported with 8 rounds of what repeats: inputs that need more get what is known "
        "by then",
        " = help: `(halted)` is 1 at each position where the loop is over; of the inputs that were tried, length 0 "
        "takes 0, 1 takes 1, 2 takes 2, 3 takes 3, 5 takes 5, 6 takes 6, 7 takes 7, 8 takes 8",
        f"{tmp_path}/model: 9 blocks, 2 heads, width 40, 14,578 parameters",
        f"{tmp_path}/model: exact in float32 for up to 9 positions and the sink",
    ]


def test_weights_give_the_files_that_their_program_gives(tmp_path: Path) -> None:
    program("induction").save(tmp_path / "induction.safetensors")
    for name, file in (("a", PROGRAMS / "induction.alta"), ("b", tmp_path / "induction.safetensors")):
        assert export(file, "--to", "gpt2", "-o", tmp_path / name) == 0
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [
        *("circuit.json", "config.json", "generation_config.json", "model.safetensors"),
        *("tokenizer.json", "tokenizer_config.json"),
    ]
    contents = [[(tmp_path / folder / name).read_bytes() for name in names] for folder in ("a", "b")]
    assert contents[0] == contents[1]


REFUSALS = {
    ("parity.alta", "--to", "transformer-lens", "--length", "9"): """\
error[E0711]: `parity` repeats until a condition holds, and the exported model runs a fixed number of layers
 = help: say how many, as in `--layers 8`; of the inputs that were tried, length 0 takes 0, 1 takes 1, 2 takes 2, 3 \
takes 3, 5 takes 5, 6 takes 6, 7 takes 7, 8 takes 8
""",
    ("reverse.alta", "--to", "transformer-lens", "--layers", "2"): """\
error[E0711]: `--layers` is for loops that run until a condition holds, and `reverse` has none
 = help: leave it out: all of its layers are exported
""",
    ("parity.alta", "--to", "transformer-lens", "--layers", "2"): """\
error[E0713]: `parity` takes inputs of any length, and the exported model has a fixed number of positions
 = help: say how many, with those of the frame, as in `--length 32`
""",
    ("reverse.alta", "--to", "transformer-lens", "--length", "33"): """\
error[E0713]: `reverse` has 1 to 32 positions, and not 33
 = help: choose `--length` from these; a `param` of the program may allow for more: `-D N=...`
""",
    ("parity.alta", "--to", "transformer-lens", "--length", "2000", "--layers", "2"): """\
error[E0714]: `parity`, unrolled, is not exact in float32 for 2,000 positions: `parity_left`: its scores need more \
bits than float32 has
 = help: it is for up to 1,448: `--length 1448`
""",
    ("running_mean.alta", "--to", "transformer-lens"): """\
error[E0710]: `running_mean` has a number without a finite domain, `mean_so_far`, which ReLUs cannot keep exact
 = help: declare its domain, or use `--to huggingface` or `--to onnx`, which keep the model as it is
""",
    ("histogram.alta", "--to", "transformer-lens", "--units", "relu"): """\
error[E0715]: layer count 1 of `histogram` has hidden units that are no rules: one ReLU cannot stand for each
 = help: use `--units pair`, which writes two for each
""",
    ("reverse.alta", "--to", "gpt2"): """\
error[E0716]: GPT-2 looks back only, and the head `mirror` of `reverse` looks ahead
 = help: use `--to transformer-lens`, or write the program so that no head looks behind its position: `at ..0`
""",
    ("induction.alta", "--to", "gpt2", "--units", "relu"): """\
error[E0715]: the norms of GPT-2 round what the units of `induction` read, which one ReLU would hand on
 = help: leave out `--units relu`
""",
    ("bubble_sort.alta", "--to", "transformer-lens", "--length", "40", "--layers", "900"): """\
error[E0710]: `bubble_sort`, unrolled, has more than 67,108,864 numbers
 = help: take fewer layers (`--layers`) or positions (`--length`)
""",
}


@pytest.mark.parametrize("arguments", REFUSALS, ids=" ".join)
def test_what_is_refused(arguments: tuple[str, ...], tmp_path: Path, capsys: Caught) -> None:
    file, *options = arguments
    assert export(PROGRAMS / file, *options, "-o", tmp_path / "model") == 1
    assert capsys.readouterr().err == REFUSALS[arguments]
    assert not (tmp_path / "model").exists()


def test_edited_weights(tmp_path: Path, capsys: Caught) -> None:
    """Units may change; the head that clears scratch may not."""
    model = compile_source(load_source(PROGRAMS / "parity.alta")).model
    model.module.layers[0].mlps[0].fc_out.weight.data[:, 1] = 0
    model.save(tmp_path / "unit.pt")
    model.module.layers[0].attention.output.weight.data[-1] += 1
    model.save(tmp_path / "clear.pt")
    options = ("--to", "transformer-lens", "--length", 4, "--layers", 3, "-o", tmp_path / "model")
    assert export(tmp_path / "unit.pt", *options) == 0
    told = capsys.readouterr().err
    assert "warning[W0112]: the weights of `parity` are not those of its program: they are exported as they are" in told
    assert "not certified: the weights are not those of the program" in told
    assert export(tmp_path / "clear.pt", *options) == 1
    assert capsys.readouterr().err.startswith("error[E0712]: cannot export the edited weights of `parity`: ")


def test_the_ends_of_all_loops_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "two.alta"
    file.write_text(
        "program two\ninput digits: 0..3 up to 2\nvar left: 0..3 = token\nvar right: 0..5 = 0\n"
        "layer shrink:\n    left := left - 1 if left > 0 else 0\n"
        "layer grow:\n    right := min(right + 1, 5)\n"
        "run shrink until left == 0, grow until right == 5\noutput right\n"
    )
    assert export(file, "--to", "transformer-lens", "--layers", "3", "-o", tmp_path / "model") == 0
    told = capsys.readouterr().err.splitlines()
    assert told[1] == (
        " = help: `(halted: shrink)` and `(halted: grow)` are 1 at each position where their loops are over, and all "
        "have to be; of the inputs that were tried, length 0 takes 0, 1 takes 5, 2 takes 5"
    )
