"""A value outside of a domain is found before a program runs: in steps, initial values, heads and their defaults."""

from __future__ import annotations

import pytest

from altac.diagnostics import AltacError
from tests.support import compiled

WRONG = {
    "above": ("var x: 0..3 = 0\nstep:\n    x := x + 1\n", "E0301", "is 4 when x = 3"),
    "below": ("var x: -2..3 = 0\nstep:\n    x := x - 1\n", "E0301", "is -3 when x = -2"),
    "between": ("var x: {0, 2} = 0\nstep:\n    x := x // 2\n", "E0301", "is 1 when x = 2"),
    "a fraction": ("var x: 0..3 = 0\nstep:\n    x := x / 2\n", "E0301", "is 1/2 when x = 1"),
    "another symbol": ('var x: {"a", "b"} = "a"\nstep:\n    x := token\n', "E0301", 'is "c" when token = "c"'),
    "nothing": ("var x: 0..3 = 0\nhead h = x at -1\nstep:\n    x := h\n", "E0301", "is none when h = none"),
    "another kind": ("var x: 0..1 = 0\nstep:\n    x := x == 1\n", "E0301", "is false when x = 0"),
    "a set": ('var x: {{}, {"a"}} = {}\nstep:\n    x := x | {token}\n', "E0301", 'is {"b"} when x = {}, token = "b"'),
    "a count": ("var x: 0..3 = 0\nhead h = count\nstep:\n    x := h\n", "E0301", "is 4 when h = 4"),
    "at the beginning": ('var x: 0..1 = 2 if token == "a" else 0\nstep: pass\n', "E0301", "`x` is 0..1"),
    "at a position": ("var x: 0..2 = position\nstep: pass\n", "E0301", "is 3 when position = 3"),
    "brought": ("var x: 0..3 = 0\nhead h: 0..2 = x at -1 else 0\nstep:\n    x := h\n", "E0411", "can bring 3"),
    "default": ("var x: 0..3 = 0\nhead h: 0..3 = x at -1 else 5\nstep:\n    x := 1\n", "E0411", "can bring 5"),
}


def text(body: str) -> str:
    return f'program wrong\ninput word: {{"a", "b", "c"}} up to 4\n{body}layers 1\noutput x\n'


@pytest.mark.parametrize("name", WRONG)
def test_what_leaves_its_domain_is_refused_with_values(name: str) -> None:
    body, code, shown = WRONG[name]
    with pytest.raises(AltacError) as caught:
        compiled(text(body))
    assert [one.code for one in caught.value.diagnostics] == [code]
    assert shown in caught.value.diagnostics[0].label_text


@pytest.mark.parametrize("name", ["above", "below", "between", "another symbol", "nothing"])
def test_under_a_condition_that_excludes_it_the_same_is_accepted(name: str) -> None:
    body = WRONG[name][0]
    head, _, value = body.rstrip().rpartition("x := ")
    guarded = f"{head}if {value} in DOMAIN:\n        x := {value}\n"
    domain = {"between": "{0, 2}", "another symbol": '{"a", "b"}', "below": "-2..3"}.get(name, "0..3")
    assert compiled(f"const DOMAIN = {domain}\n{text(guarded)}").stats()["parameters"] > 0
