"""Compiled programs hold nothing dead; what is dead is found."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from altac.backend.blocks import Blocks, LinearMap
from altac.backend.dead import verify_nothing_dead
from altac.diagnostics import InternalError
from tests.programs.sizes import names
from tests.support import program, small

NEAR = "var out: bool = false\nhead left = token at -1 else 0\nstep:\n    out := left <= token + 2"


@pytest.mark.parametrize("name", names())
def test_nothing_is_dead(name: str) -> None:
    compiled = program(name)
    verify_nothing_dead(compiled.blocks)


def without(blocks: Blocks, mlp: int, inward: float = 1, outward: float = 1) -> Blocks:
    """The same with the weights of an MLP of the first layer multiplied."""
    first, *others = blocks.layers
    found = first.mlps[mlp]
    changed = replace(
        found,
        inward=LinearMap(inward * found.inward.weight, found.inward.bias),
        outward=LinearMap(outward * found.outward.weight, found.outward.bias),
    )
    first = replace(first, mlps=(*first.mlps[:mlp], changed, *first.mlps[mlp + 1 :]))
    return replace(blocks, layers=(first, *others))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda blocks: without(blocks, 0, outward=0), "the unit `sum.1 > "),
        (lambda blocks: without(blocks, 1, outward=0), "does nothing"),
        (lambda blocks: without(blocks, 1, inward=0), "nothing reads `sum.1="),
        (lambda blocks: replace(blocks, tokens=0 * blocks.tokens), "nothing writes `token=0`"),
    ],
)
def test_what_is_dead_is_found(change: Callable[[Blocks], Blocks], what: str) -> None:
    blocks = small(NEAR).blocks
    verify_nothing_dead(blocks)
    with pytest.raises(InternalError, match=what):
        verify_nothing_dead(change(blocks))
