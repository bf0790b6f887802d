"""Programs from weights in another basis of the stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from altac.cli.main import run
from altac.decompile.bare import BareWeights
from altac.decompile.basis import straightened
from altac.decompile.compare import first_difference, plan
from altac.decompile.decompile import decompiled
from altac.decompile.weights import Weights
from tests.decompile.permuted import permuted
from tests.decompile.rotated import rotated
from tests.decompile.test_library import NAMES, REFUSED
from tests.support import compiled, nonempty, program

# One each: causal and scored; numbers; a loop; a chain of which no single value is read; several layers and sums.
FAST = ("bigram", "moving_average", "parity", "shuffle_dyck", "reverse")


@pytest.mark.parametrize(
    "name",
    [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in NAMES if name not in REFUSED],
)
def test_rotated_weights_are_decompiled(name: str) -> None:
    """The result is compared with the weights as they were compiled, and as they were given."""
    original = program(name).model
    straight = straightened(rotated(original.module))
    found = decompiled(straight.module, original.interface)
    for module in (original.module, straight.given):
        weights = BareWeights(module, original.interface)
        assert first_difference(found, weights, plan(found, weights, 200, 40, 1)) is None


def test_the_basis_is_found_up_to_the_order_of_dimensions() -> None:
    original = program("parity").model.module
    found, known = (Weights.of(module) for module in (straightened(rotated(original)).module, permuted(original)))
    assert found.config.d_state == known.config.d_state
    for one, other in nonempty(
        (
            (found.tokens, known.tokens),
            (found.unembedding.weight, known.unembedding.weight),
            (found.layers[0].mlps[0].outward.weight.T, known.layers[0].mlps[0].outward.weight.T),
        )
    ):
        assert np.isin(one, (-1, 0, 1)).all()
        assert np.array_equal(one @ one.T, other @ other.T)


def test_values_that_always_stand_together_are_told_apart() -> None:
    """No sum of vectors is the direction of one value; all are read and written with values of the other variable."""
    original = compiled(
        "program pairs\n"
        "input word: 0..2 up to 3\n"
        "var a: 0..2 = token\n"
        "var b: 0..2 = {0: 1, 1: 2, 2: 0}[token]\n"
        "var c: bool = false\n"
        "step:\n"
        "    if (a == 0 and b == 1) or (a == 1 and b == 0) or (a == 2 and b == 2):\n"
        "        c := true\n"
        "    a := b\n"
        "    b := a\n"
        "layers 2\n"
        "output c\n"
    ).model
    found = decompiled(straightened(rotated(original.module)).module, original.interface)
    weights = BareWeights(original.module, original.interface)
    assert first_difference(found, weights, plan(found, weights, 200, 0, 0)) is None


def test_weights_of_single_values_are_left_as_they_are() -> None:
    module = permuted(program("sort").model.module)
    assert straightened(module).module is module


def test_the_command_takes_a_rotated_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, text = tmp_path / "parity.pt", tmp_path / "parity.alta"
    model = program("parity")
    model.save(path)
    state = torch.load(path, weights_only=True)
    turned = rotated(model.model.module).state_dict()  # also other sizes: heads are in another order
    described = {**state["_extra_state"], **turned.pop("_extra_state")}
    torch.save({**turned, "_extra_state": described}, path)
    assert run(["decompile", str(path), "-o", str(text), "--budget", "50", "--random", "10"]) == 0
    assert "equal to" in capsys.readouterr().err
    assert compiled(text.read_text())("1 0 1 1") == "1"
