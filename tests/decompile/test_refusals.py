"""What cannot be taken apart is refused, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from altac.cli.main import run
from altac.decompile.decompile import decompiled
from altac.decompile.observe import different
from altac.decompile.weights import Undecided
from altac.driver import Compiled, open_model
from altac.model.transformer import Transformer
from tests.decompile.permuted import READS, WRITES, permuted
from tests.decompile.rotated import rotated
from tests.support import PROGRAMS, compiled, program


def changed(original: Compiled, name: str, factor: float) -> torch.nn.Module:
    module = permuted(original.model.module)
    with torch.no_grad():
        module.get_parameter(name).mul_(factor)
    return module


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("layers.0.mlps.0.fc_out.weight", "values of several variables"),
        ("until.0.fc_in.weight", "a hidden unit weighs values"),
        ("layers.0.attention.output.weight", "a layer adds numbers up"),
        ("token_embedding.weight", "values of several variables"),
    ],
)
def test_weights_of_another_form(name: str, reason: str) -> None:
    original = program("parity")
    with pytest.raises(Undecided, match=reason):
        decompiled(changed(original, name, 0.75), original.model.interface)  # type: ignore[arg-type]


def test_a_basis_that_is_no_rotation_is_refused() -> None:
    original = program("parity").model
    module = permuted(original.module)
    width, generator = module.config.d_model, torch.Generator().manual_seed(0)
    turn = torch.randn(width, width, generator=generator)
    with torch.no_grad():
        for parameter, value in module.named_parameters():
            if parameter.endswith(READS):
                value.copy_(value @ turn)
            elif parameter.endswith(WRITES):
                value.copy_(torch.linalg.solve(turn, value))
    with pytest.raises(Undecided):
        decompiled(module, original.interface)


def test_the_command_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "parity.pt"
    program("parity").save(path)
    state = torch.load(path, weights_only=True)
    state["until.0.fc_in.weight"] *= 0.75
    torch.save(state, path)
    assert run(["decompile", str(path), "-o", str(tmp_path / "parity.alta")]) == 1
    assert "error[E0708]: cannot decompile" in capsys.readouterr().err
    assert not (tmp_path / "parity.alta").exists()


def test_the_command_writes_what_it_has_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, text = tmp_path / "parity.pt", tmp_path / "parity.alta"
    program("parity").save(path)
    assert run(["decompile", str(path), "-o", str(text)]) == 0
    assert "equal to" in capsys.readouterr().err
    assert compiled(text.read_text())("1 0 1 1") == "1"


def test_nothing_is_taken_from_the_description(tmp_path: Path) -> None:
    """A file whose source, names and stream are those of another program gives the same text."""
    path = tmp_path / "parity.pt"
    program("parity").save(path)
    state = torch.load(path, weights_only=True)
    own = decompiled(program("parity").model.module, program("parity").model.interface).program.program.source.text
    described = state["_extra_state"]
    described["source"] = (PROGRAMS / "rule110.alta").read_text()
    names = {"parity_left": "first", "done_left": "second", "done": "other"}
    described["stream"] = [{**part, "owner": names.get(part["owner"], part["owner"])} for part in described["stream"]]
    described["head_names"] = [[names.get(name, name) for name in heads] for heads in described["head_names"]]
    described["unit_names"] = [[["?"] * len(units) for units in mlps] for mlps in described["unit_names"]]
    torch.save(state, path)
    model = open_model(path)
    assert decompiled(model.module, model.interface).program.program.source.text == own  # type: ignore[arg-type]


def test_states_of_any_size_are_told_apart() -> None:
    """A basis that is no rotation gives states that no whole number of 32 bits holds."""
    rows = np.array([[1e12, 0.0], [1e12, -0.0], [2e12, 0.0], [np.nan, np.inf]])
    assert len(different(rows)) == 3


@pytest.mark.parametrize("amount", [float("nan"), float("inf")])
@pytest.mark.parametrize("form", [permuted, rotated])
def test_weights_that_are_no_numbers_are_refused(form: Callable[[Transformer], Transformer], amount: float) -> None:
    original = program("parity").model
    module = form(original.module)
    with torch.no_grad():
        module.token_embedding.weight[0, 0] = amount
    with pytest.raises(Undecided, match="no numbers"):
        decompiled(module, original.interface)


@pytest.mark.parametrize("form", [permuted, rotated])
def test_weights_that_were_trained_a_little_are_refused(form: Callable[[Transformer], Transformer]) -> None:
    original = program("parity").model
    module, generator = form(original.module), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.01 * torch.randn(parameter.shape, generator=generator))
    with pytest.raises(Undecided):
        decompiled(module, original.interface)
