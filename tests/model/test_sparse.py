"""Sparse execution: the states of the plain module, whatever the kinds of heads, lengths and blocks."""

import random

import numpy as np
import pytest
import torch
from torch.nn.functional import linear

from altac.diagnostics import AltacError
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from altac.ir.values import value_text
from altac.model import columns, sparse
from altac.model.columns import SparseLinear
from altac.model.model import Execution, Model
from altac.model.sparse import SparseTransformer
from tests.support import program, small


def engine(name: str, level: int, execution: Execution) -> Model:
    model = program(name, level).model
    return Model(model.module, model.metadata, execution)


def texts(name: str, count: int = 40) -> list[str]:
    interface = program(name).program.interface
    generator = random.Random(name)
    alphabet = [value_text(value) for value in interface.alphabet]
    longest = 24 if interface.longest is None else interface.longest
    return [" ".join(generator.choices(alphabet, k=number * longest // (count - 1))) for number in range(count)]


NAMES = [
    ("addition", 0), ("subleq", 0), ("addition", 2), ("subleq", 2), ("scan", 2), ("parity", 2), ("parity_absolute", 2),
    ("parity_sum", 2), ("caesar", 2), ("fraction_before", 2), ("induction", 2), ("dyck2", 2), ("most_frequent", 2),
]  # fmt: skip


@pytest.mark.parametrize(("name", "level"), NAMES)
def test_states_are_those_of_the_interpreter_and_of_the_dense_module(name: str, level: int) -> None:
    fast = engine(name, level, "sparse")
    assert isinstance(fast.runner, SparseTransformer)
    assert compare_engines(program(name, level).interpreter, fast, texts(name)) is None
    assert compare_engines(engine(name, level, "dense"), fast, texts(name)) is None
    assert run_texts(fast, texts(name)) == run_texts(engine(name, level, "dense"), texts(name))


@pytest.mark.parametrize(("size", "number"), [("BLOCK", 1), ("BLOCK", 5_000), ("SMALL", 0), ("FEW", 0), ("FEW", 10**6)])
def test_sizes_change_nothing(size: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither how many positions are computed together, nor by which of two ways."""
    monkeypatch.setattr(sparse if size == "FEW" else columns, size, number)
    if size == "BLOCK":
        monkeypatch.setattr("altac.model.model.BLOCK", number)
    for name in ("addition", "caesar", "dyck2", "fraction_before"):
        dense, fast = engine(name, 2, "dense"), engine(name, 2, "sparse")
        assert compare_engines(dense, fast, texts(name)) is None
        assert run_texts(fast, texts(name)) == run_texts(dense, texts(name))


@pytest.mark.parametrize("density", [0.0, 0.05, 0.2, 0.9])
def test_a_linear_map_of_columns(density: float, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(30, 20, generator=generator) * (torch.rand(30, 20, generator=generator) < density)
    bias, x = torch.randn(30, generator=generator), torch.randn(7, 20, generator=generator)
    inputs = x.t().contiguous().numpy()
    one = SparseLinear(weight.numpy(), bias.numpy())
    assert one.is_dense == (density > columns.DENSEST)
    for most in (1 << 16, 0):  # a product of few numbers, and of many
        monkeypatch.setattr(columns, "SMALL", most)
        assert np.allclose(one(inputs).T, linear(x, weight, bias), atol=1e-5)
        assert one(inputs[:, :0].copy()).shape == (30, 0)
        assert SparseLinear(np.zeros((0, 20), np.float32))(inputs).shape == (0, 7)


def test_the_execution_follows_device_precision_and_weights() -> None:
    compiled = program("parity")
    model = Model(type(compiled.model.module)(compiled.model.module.config), compiled.model.metadata)
    model.module.load_state_dict(compiled.model.module.state_dict())
    first = model.runner
    assert isinstance(first, SparseTransformer)
    assert model.runner is first
    with torch.no_grad():
        model.module.layers[0].mlps[0].fc_out.weight.zero_()  # nothing is ever done
    assert model.runner is not first
    assert model.run(["1 0 1"])[0].error is not None
    model.execution = "dense"
    assert model.runner is model.module
    model.execution = "auto"
    model.module.double()
    assert model.runner is model.module
    model.execution = "sparse"
    with pytest.raises(AltacError, match="E0705"):
        _ = model.runner


def test_the_plain_module_stays_as_it_is() -> None:
    model = engine("parity", 2, "sparse")
    names = list(model.module.state_dict())
    model.run(["1 0 1"])
    assert list(model.module.state_dict()) == names


def test_a_program_without_heads_whose_sums_are_features() -> None:
    """Scratch without heads: attention only clears it, and there is no head with a value of its own."""
    body = "var out: 0..9 = token\nvar n: 0..9 = 3\nstep:\n    out := (out + n) % 10\n    n := min(n + 1, 9)\nlayers 4"
    one = small(body)
    assert one.rules.layers[0].features
    assert not one.program.heads
    assert one.model.metadata.head_names == (("(clear)",),)
    for execution in ("sparse", "dense"):
        model = Model(one.model.module, one.model.metadata, execution)
        assert compare_engines(one.interpreter, model, ["", "0 5 9", "7"]) is None
        assert [result.output for result in run_texts(model, ["0 5 9"])] == [(8, 3, 7)]  # 3 + 4 + 5 + 6 more
