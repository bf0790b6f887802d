"""The number of layers means the same in both engines, from zero on."""

import pytest

from altac.engine.protocol import run_texts
from tests.support import outputs, small

COUNTER = "var out: 0..20 = 0\nstep:\n    out := min(out + 1, 20)\nlayers {count}"


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_fixed_number_of_layers(count: int) -> None:
    program = small(COUNTER.format(count=count))
    assert outputs(program, "1 2", "") == [f"{count} {count}", ""]
    for engine in (program.interpreter, program.model):
        assert [result.layers for result in run_texts(engine, ["1 2", "", "3"])] == [count] * 3


def test_halting_is_tested_before_every_layer() -> None:
    body = "var out: 0..9 = token\nstep:\n    out := max(out - 1, 0)\nhalt when out == 0"
    program = small(body)
    texts = ["0", "3", "2 9 0", ""]
    assert outputs(program, *texts) == ["0", "0", "0 0 0", ""]
    for engine in (program.interpreter, program.model):
        assert [result.layers for result in run_texts(engine, texts)] == [0, 3, 9, 0]


def test_a_halting_condition_over_several_variables() -> None:
    body = (
        "var out: 0..9 = token\nvar seen: bool = false\n"
        "step:\n    seen := true\n    if out > 0:\n        out := out - 1\n"
        "halt when seen and (out == 0 or out == 5)"
    )
    program = small(body)
    assert outputs(program, "5", "9", "1 0", "7 6") == ["0", "5", "0 0", "0 0"]
    assert [r.layers for r in run_texts(program.model, ["5", "9", "1 0", "7 6"])] == [5, 4, 1, 7]
