"""Programs from weights in another basis of the stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from altac.cli.main import run
from altac.decompile.bare import BareWeights
from altac.decompile.basis import straightenings
from altac.decompile.compare import first_difference, plan
from altac.decompile.decompile import decompiled
from altac.decompile.weights import Weights
from tests.decompile.permuted import permuted
from tests.decompile.rotated import rotated
from tests.decompile.test_library import DIFFERENT, NAMES
from tests.fuzz.generator import random_program
from tests.support import compiled, nonempty, program

# One each: causal and scored; numbers; a loop; a chain of which no single value is read; several layers and sums.
FAST = ("bigram", "moving_average", "parity", "shuffle_dyck", "reverse")


@pytest.mark.parametrize(
    "name",
    [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in NAMES if name not in DIFFERENT],
)
def test_rotated_weights_are_decompiled(name: str) -> None:
    """The result is compared with the weights as they were compiled, and as they were given."""
    original = program(name).model
    result = decompiled(rotated(original.module), original.interface)
    found = result.program
    for module in (original.module, result.given):
        weights = BareWeights(module, original.interface)
        assert first_difference(found, weights, plan(found, weights, 200, 40, 1)) is None


def test_the_basis_is_found_up_to_the_order_of_dimensions() -> None:
    original = program("parity").model.module
    found, known = (
        Weights.of(module) for module in (next(straightenings(rotated(original))).module, permuted(original))
    )
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


PAIRS = """program pairs
input word: 0..2 up to 3
var a: 0..2 = token
var b: 0..2 = {0: 1, 1: 2, 2: 0}[token]
var c: bool = false
step:
    if (a == 0 and b == 1) or (a == 1 and b == 0) or (a == 2 and b == 2):
        c := true
    a := b
    b := a
layers 2
output c
"""
UNREAD = """program unread
input word: 0..2 up to 3
var a: 0..2 = 2
var size: number = {0: 1/2, 1: -2/3, 2: 1/2}[token]
var b: bool = {0: true, 1: false, 2: false}[token]
step:
    if b:
        a := 1
layers 1
output a
"""
HALVES = """program halves
input word: 0..3 up to 3
var b: 0..3 = {0: 1, 1: 2, 2: 3, 3: 0}[token]
layer first:
    head half: number = mean 1/2 where key.b == query.b else 0
    var most: number = half + half
run first
output b
"""
NEGATIVE = """program negative
input word: 0..2 up to 3
var size: number = {0: -2/3, 1: -1/3, 2: -2/3}[token]
layer first:
    head before: number = mean size at -1 else 0
    size := size + before
run first
output size
"""
IDLE = """program idle
input word: 0..2 up to 3
var a: bool = {0: true, 1: false, 2: true}[token]
layer first:
    a := not a
layer second:
    head some: number = mean (1/3 if a else 0) at -1 else 1
    var more: number = some + (2 if token == 0 else 1/3)
run first, second * 0
output a
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PAIRS, id="values-always-stand-together"),
        pytest.param(UNREAD, id="a-number-that-nothing-reads"),
        pytest.param(HALVES, id="half-of-every-value-has-length-one"),
        pytest.param(NEGATIVE, id="a-number-that-begins-below-zero"),
        pytest.param(IDLE, id="layers-that-never-run"),
    ],
)
def test_a_basis_is_found_where_vectors_leave_several(text: str) -> None:
    original = compiled(text).model
    for seed in range(3):
        found = decompiled(rotated(original.module, seed), original.interface).program
        weights = BareWeights(original.module, original.interface)
        assert first_difference(found, weights, plan(found, weights, 200, 0, 0)) is None


def test_all_bases_are_tried_until_one_gives_a_program_that_is_equal() -> None:
    """The tokens of this program fit several bases, of which the first gives no program."""
    original = compiled(random_program(2186, False)).model
    result = decompiled(rotated(original.module, 2186), original.interface)
    weights = BareWeights(result.given, original.interface)
    assert first_difference(result.program, weights, plan(result.program, weights, 100, 20, 0)) is None


def test_weights_of_single_values_are_left_as_they_are() -> None:
    module = permuted(program("sort").model.module)
    assert [one.module for one in straightenings(module)] == [module]


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
