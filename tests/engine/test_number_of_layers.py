"""The number of layers: what is asked for is what both engines run and tell, from none on."""

import pytest

from altac.engine.protocol import run_texts, trace_text
from altac.model.model import Model
from tests.support import outputs, small

COUNTER = "var out: 0..20 = 0\nhead before = out at -1 else 0\nstep:\n    out := min(before + 1, 20)\nlayers {count}"


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_the_weights_apply_their_layer_exactly_so_often(count: int, level: int) -> None:
    one = small(COUNTER.format(count=count), level=level)
    applied = 0

    def counted(*_: object) -> None:
        nonlocal applied
        applied += 1

    dense = Model(one.model.module, one.model.metadata, "dense")
    hook = dense.module.layers[0].attention.register_forward_hook(counted)
    (result,) = dense.run(["1 2 3"])
    hook.remove()
    assert (applied, result.layers) == (count, count)
    assert outputs(one, "1 2 3", "") == [" ".join(str(min(count, place + 1)) for place in range(3)), ""]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_trace_has_one_row_more_than_layers(count: int) -> None:
    one = small(COUNTER.format(count=count))
    for engine in (one.interpreter, one.model):
        trace = trace_text(engine, "4 4")
        assert trace.layers == count
        assert {len(rows) for rows in trace.variables.values()} == {count + 1}
        assert {len(rows) for rows in trace.heads.values()} == {count}


def test_an_input_that_has_halted_before_it_begins_runs_no_layer() -> None:
    one = small("var out: 0..9 = token\nstep:\n    out := max(out - 1, 0)\nhalt when out == 0")
    for engine in (one.interpreter, one.model):
        found = [(result.layers, result.output) for result in run_texts(engine, ["0 0", "", "0 2", "1"])]
        assert found == [(0, (0, 0)), (0, ()), (2, (0, 0)), (1, (0,))]
