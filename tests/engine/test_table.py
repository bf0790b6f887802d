"""Traces as tables: what stands in the layer column, and which lines there are."""

from altac.engine.protocol import trace_text
from altac.engine.table import difference_text, render_trace
from tests.support import DEMO, compiled, nonempty

LOOP = """program loop
input word: 0..9 up to 8
var out: 0..9 = token
layer look:
    head left = out at -1 else 0
    var most = max(left, out)
layer settle:
    out := most
run (look, settle) * 2
output out
"""


def test_layers_have_their_names_and_rounds_and_what_is_known_in_them() -> None:
    """Heads only in their own layer; what a layer introduces from there to its last reader."""
    one = compiled(LOOP)
    for engine in nonempty((one.interpreter, one.model)):
        assert str(trace_text(engine, "2 9 1")) == (
            """\
layer           position  0   1   2
                token     2   9   1
    0           out       2   9   1
    1 look 1    left      0   2   9
                out       2   9   1
                most      2   9   9
    2 settle 1  out       2   9   9*
                most      2   9   9
    3 look 2    left      0   2   9
                out       2   9   9
                most      2   9   9
    4 settle 2  out       2   9   9
                most      2   9   9"""
        )


def test_a_first_value_has_not_changed() -> None:
    table = str(trace_text(compiled(DEMO).interpreter, "aab"))
    assert table == (
        """\
layer            position   0   1   2
                 token      a   a   b
    1 measure 1  frequency  2   2   1
    2 compare 1  letters    2   2   1
                 classes    1   1   1"""
    )


def test_names_of_layers_count_for_the_width_of_a_table() -> None:
    trace = trace_text(compiled(LOOP).interpreter, "1 2 3 4")
    tables = render_trace(trace, ["out"], [0, 1, 2, 3], width=40).split("\n\n")
    assert [table.splitlines()[0].split()[2:] for table in tables] == [["0", "1", "2"], ["3"]]
    assert max(len(line) for table in tables for line in table.splitlines()) <= 40


def test_traces_that_run_other_layers_stand_beside_each_other() -> None:
    once = compiled(LOOP.replace(" * 2", ""))
    expected, found = (trace_text(one.interpreter, "1 0") for one in (compiled(LOOP), once))
    assert difference_text(expected, found) == (
        """\
--- interpreter
+++ weights
  layer           position  0   1
                  token     1   0
      0           out       1   0
      1 look 1    left      0   1
                  out       1   0
                  most      1   1
      2 settle 1  out       1   1*
                  most      1   1
-     3 look 2    left      0   1
-                 out       1   1
-                 most      1   1
-     4 settle 2  out       1   1
-                 most      1   1"""
    )
