"""What is causal and what is not, and what causality promises."""

from __future__ import annotations

import pytest

from altac.diagnostics import AltacError
from altac.engine.protocol import trace_text
from tests.support import compiled, nonempty

HEAD = 'program p\ninput text: "a".."c" up to 6\nlayer look:\n    head h = {}\n    var out = h\ncausal\noutput out\n'
LOOP = (
    'program p\ninput text: "a".."c" up to 8\nvar steps: 0..9 = 0\nvar done: bool = token == "a"\n'
    "layer walk:\n    head left = done at -1 else true\n{}\nrun walk until done\ncausal\noutput steps\n"
)
SETTLED = "    if not done:\n        done := left\n        steps := min(steps + 1, 9)"


@pytest.mark.parametrize(
    ("head", "is_causal"),
    [
        ("exists where key.token == query.token at ..0", True),
        ("exists where key.token == query.token at ..-1", True),
        ('token at -1 else "a"', True),
        ('token where key.token == "b" at {-3, -1, 0} else "a"', True),
        ("first token at -2..0", True),
        ("exists where key.token == query.token", False),
        ("count at ..1", False),
        ('token at +1 else "a"', False),
        ("last token at 0..", False),
        ('token where key.token == "b" at {-1, 2} else "a"', False),
    ],
)
def test_heads_look_back_alone(head: str, is_causal: bool) -> None:
    if is_causal:
        assert compiled(HEAD.format(head)).program.is_causal
    else:
        with pytest.raises(AltacError, match="E0516"):
            compiled(HEAD.format(head))


@pytest.mark.parametrize(
    ("step", "is_causal"),
    [
        (SETTLED, True),
        ("    done := done or left\n    if not done:\n        steps := min(steps + 1, 9)", True),
        ("    done := done or left", True),
        ("    done := done or left\n    steps := min(steps + 1, 9)", False),
        ("    done := left", False),
        ("    if not done:\n        done := left\n    steps := 3 if done else steps", False),
        ("    if not done:\n        done := left\n    steps := steps if done else 3", True),
    ],
)
def test_loops_change_nothing_where_their_condition_holds(step: str, is_causal: bool) -> None:
    if is_causal:
        assert compiled(LOOP.format(step)).program.is_causal
    else:
        with pytest.raises(AltacError, match="E0517"):
            compiled(LOOP.format(step))


def test_numbers_are_settled_too() -> None:
    text = LOOP.replace("var steps: 0..9 = 0", "var steps: number = 0")
    for step, is_causal in (
        ("    done := done or left\n    steps := 1/2", False),
        ("    done := done or left\n    if not done:\n        steps := steps + 0", True),
    ):
        if is_causal:
            assert compiled(text.format(step)).program.is_causal
        else:
            with pytest.raises(AltacError, match="E0517"):
                compiled(text.format(step))


def test_rounds_that_later_positions_need_change_nothing() -> None:
    program = compiled(LOOP.format(SETTLED))
    whole = trace_text(program.interpreter, "b b a c b b")
    assert whole.layers == 3
    for length in nonempty(range(1, 6)):
        part = trace_text(program.interpreter, "b b a c b b"[: 2 * length])
        ends = [run.variables["steps"][-1][:length].tolist() for run in (part, whole)]
        assert ends[0] == ends[1]


def test_a_number_of_rounds_is_causal_whatever_they_do() -> None:
    text = LOOP.replace("run walk until done", "run walk * 4")
    assert compiled(text.format("    steps := min(steps + 1, 9)\n    done := left")).program.is_causal
