"""Compiled programs hold nothing dead; what is dead is found."""

from dataclasses import replace

import pytest

from altac.backend.verify import verify_nothing_dead
from altac.diagnostics import InternalError
from tests.programs.sizes import names
from tests.support import program


@pytest.mark.parametrize("name", names())
def test_nothing_is_dead(name: str) -> None:
    compiled = program(name)
    verify_nothing_dead(compiled.program, compiled.weights)


@pytest.mark.parametrize(
    ("array", "what"),
    [
        ("mlps.0.fc_out.weight", "the unit `sum1 > "),
        ("mlps.1.fc_out.weight", "does nothing"),
        ("mlps.1.fc_in.weight", "nothing reads `sum1="),
        ("token_embedding.weight", 'nothing writes `token="a"`'),
    ],
)
def test_what_is_dead_is_found(array: str, what: str) -> None:
    compiled = program("palindrome")
    zeros = {**compiled.weights.arrays, array: 0 * compiled.weights.arrays[array]}
    with pytest.raises(InternalError, match=what):
        verify_nothing_dead(compiled.program, replace(compiled.weights, arrays=zeros))
