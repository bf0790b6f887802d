"""Scalar variables: one dimension in the model, the same meaning."""

import pytest

from altac.diagnostics import AltacError
from tests.support import outputs, small

BODY = """
var out: scalar 0..50 = token
var steps: 0..3 = 0
head average: 0..50 = mean out at ..0
step:
    steps := min(steps + 1, 3)
    if steps == 0:
        out := min(out * 5, 50)
    elif out > 20:
        out := average
halt when steps == 3
"""


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_scalar_is_assigned_compared_averaged_and_told(level: int) -> None:
    program = small(BODY, level=level)

    def expected(word: list[int]) -> str:
        values = [min(one * 5, 50) for one in word]
        for _ in range(2):
            averages = [int(sum(values[: p + 1]) / (p + 1) + 0.5) for p in range(len(values))]
            values = [a if v > 20 else v for v, a in zip(values, averages, strict=True)]
        return " ".join(map(str, values))

    words = [[9, 1, 8, 8, 3], [0], [], [5, 5, 5, 9, 9, 9, 9, 9], [4, 5, 6]]
    texts = [" ".join(map(str, word)) for word in words]
    assert outputs(program, *texts) == [expected(word) for word in words]


def test_a_scalar_has_one_dimension_among_the_variables() -> None:
    layout = small(BODY).blocks.stream
    names = layout.names[: layout.d_state]
    assert names == ["out (number)", "steps=0", "steps=1", "steps=2", "steps=3"]


@pytest.mark.parametrize(
    "wrong",
    [
        "halt when x == 1",
        "layers 1\nhead h = count where key.x == 1 at -1..1",
        "layers 1\nhead h = x at -1",
        "layers 1\nhead h: 0..9 = mean x + 1 at -1..1 else 0",
    ],
)
def test_what_one_number_cannot_do_is_refused(wrong: str) -> None:
    with pytest.raises(AltacError, match="E0414"):
        small(f"var out: 0..9 = 0\nvar x: scalar 0..9 = 0\nstep:\n    x := 1\n{wrong}")
