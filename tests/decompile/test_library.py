"""Programs of the library, from weights in another order."""

from __future__ import annotations

import pytest

from altac.decompile.bare import BareWeights
from altac.decompile.compare import first_difference, plan
from altac.decompile.decompile import decompiled
from altac.driver import is_library
from tests.decompile.permuted import permuted
from tests.support import PROGRAMS, program

SLOW = ("addition_scratchpad", "eliza", "language_id", "scan_parser", "turing_cot")
DIFFERENT = {"addition_scratchpad"}  # inputs with two `+` show values that no other run does: comparing meets it
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.alta") if not is_library(path))


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in NAMES if name not in DIFFERENT],
)
def test_weights_in_another_order_are_decompiled(name: str) -> None:
    """The result is compared with the weights as they were compiled."""
    original = program(name)
    module, interface = permuted(original.model.module), original.model.interface
    found, weights = decompiled(module, interface).program, BareWeights(original.model.module, interface)
    assert first_difference(found, weights, plan(found, weights, 200, 40, 1)) is None


def test_heads_and_sums_are_recovered() -> None:
    original = program("sort")
    text = decompiled(permuted(original.model.module), original.model.interface).program.program.source.text
    for said in (
        "= count where key.token < query.token",
        "= count where key.token <= query.token",
        "= token where key.",
    ):
        assert said in text


def test_permuted_weights_are_other_weights_of_the_same_function() -> None:
    original = program("parity").model
    module = permuted(original.module)
    assert any(
        (one != other).any() for one, other in zip(module.parameters(), original.module.parameters(), strict=True)
    )
    batch = [[2, 1, 0, 1, 1], [2]]
    assert BareWeights(module, original.interface).finish(batch) == original.finish(batch)
