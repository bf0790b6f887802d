"""Runs without a result end alike in both engines: same layer, same code."""

from altac.engine.protocol import run_texts
from tests.support import outputs, small

DISAGREE = """
var out: 0..9 = token
head other = token at {-1, +1} else 0
step:
    out := other
"""
NEVER = """
var out: 0..9 = token
step:
    out := (out + 1) % 10
halt when out == 9 and token == 9
"""


def test_several_selected_positions_must_agree() -> None:
    program = small(DISAGREE)
    assert outputs(program, "1 2 1", "1 2 3", "5 5", "7") == ["2 1 2", None, "5 5", "0"]
    for engine in (program.interpreter, program.model):
        (result,) = run_texts(engine, ["1 2 3"])
        assert result.error is not None
        assert result.error.code == "E0603"
        assert "`other` selects positions that disagree, in layer 1 at position 1" in result.error.message
        assert result.layers == 1
    (result,) = run_texts(program.interpreter, ["1 2 3"])
    assert result.error is not None
    assert result.error.message.endswith("1 at position 0 and 3 at position 2")


def test_one_failing_sequence_does_not_cost_the_others() -> None:
    program = small(DISAGREE)
    for engine in (program.interpreter, program.model):
        results = run_texts(engine, ["1 2 3", "4 4 4", "1 2 3", "x", "8"])
        assert [result.output for result in results] == [None, (4, 4, 4), None, None, (0,)]


def test_a_run_that_never_halts_is_noticed() -> None:
    program = small(NEVER)
    assert outputs(program, "9", "3") == ["9", None]
    for engine in (program.interpreter, program.model):
        (result,) = run_texts(engine, ["3"])
        assert result.error is not None
        assert result.error.code == "E0604"
