"""Random programs, from weights in another order: most are decompiled, and what is decompiled is equal."""

from __future__ import annotations

from collections import Counter

from altac.decompile.bare import BareWeights
from altac.decompile.compare import first_difference, plan
from altac.decompile.decompile import decompiled
from altac.decompile.weights import Undecided
from altac.diagnostics import AltacError
from tests.decompile.permuted import permuted
from tests.fuzz.generator import random_program
from tests.support import compiled

COUNT = 60
LEAST = 0.9


def outcome(seed: int) -> str:
    """What became of a random program: "equal", a difference, or why there is none."""
    try:
        original = compiled(random_program(seed, False))
        weights = BareWeights(original.model.module, original.model.interface)
    except AltacError:
        return "not compiled"
    try:
        found = decompiled(permuted(original.model.module, seed), original.model.interface).program
    except Undecided:
        return "refused"
    difference = first_difference(found, weights, plan(found, weights, 100, 30, seed))
    return "equal" if difference is None else f"seed {seed}: {difference}"


def test_random_programs_are_decompiled() -> None:
    outcomes = Counter(outcome(seed) for seed in range(1000, 1000 + COUNT))
    wrong = [one for one in outcomes if one.startswith("seed")]
    assert not wrong
    assert outcomes["equal"] >= LEAST * (outcomes["equal"] + outcomes["refused"]) > 0
