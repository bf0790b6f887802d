"""Programs of the library, from weights in another order; `REFUSED` has those that are not decompiled, and why."""

from __future__ import annotations

import pytest

from altac.decompile.bare import BareWeights
from altac.decompile.compare import first_difference, plan
from altac.decompile.decompile import decompiled
from altac.decompile.weights import Undecided
from altac.driver import is_library
from tests.decompile.permuted import permuted
from tests.support import PROGRAMS, program

LARGE = "depends on too many combinations of values|nested more than"
REFUSED = {
    "addition_scratchpad": LARGE,
    "turing_cot": LARGE,
}
SLOW = ("addition_scratchpad", "eliza", "language_id", "scan_parser", "turing_cot")
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.alta") if not is_library(path))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in NAMES]
)
def test_weights_in_another_order_are_decompiled(name: str) -> None:
    """The result is compared with the weights as they were compiled."""
    original = program(name)
    module, interface = permuted(original.model.module), original.model.interface
    if name in REFUSED:
        with pytest.raises(Undecided, match=REFUSED[name]):
            decompiled(module, interface)
        return
    found, weights = decompiled(module, interface), BareWeights(original.model.module, interface)
    assert first_difference(found, weights, plan(found, weights, 200, 40, 1)) is None


def test_heads_and_sums_are_recovered() -> None:
    original = program("sort")
    text = decompiled(permuted(original.model.module), original.model.interface).program.source.text
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
