"""Two rules on one variable never fire together; where they would, it is an error, not a sum."""

from __future__ import annotations

import pytest

from altac.diagnostics import AltacError, InternalError
from altac.passes.rule_text import parse_layer
from tests.fuzz.properties import rule_meaning
from tests.programs.sizes import names
from tests.support import program, small, whole_text

STEP = "var out: 0..9 = 0\nvar b: bool = true\nhead left = token at -1 else 0\nstep:\n"


@pytest.mark.parametrize(
    ("statements", "witness"),
    [
        ("    out := 1\n    if b:\n        out := 2\n", "b = true"),
        ("    if left == 3:\n        out := 1\n    if b:\n        out := 1\n", "b = true, left = 3"),
        ("    for n in [1, 1]:\n        if left == n:\n            out := n\n", "left = 1"),
    ],
    ids=["other value", "same value", "rounds"],
)
def test_a_step_in_which_two_assignments_can_meet_is_refused(statements: str, witness: str) -> None:
    with pytest.raises(AltacError) as caught:
        small(STEP + statements)
    (error,) = caught.value.diagnostics
    assert error.code == "E0305"
    assert error.label_text.endswith(f" when {witness}")


@pytest.mark.parametrize(
    "rules",
    [
        "if x = 0 then x: 0 -> 1\nif y = true then x: 0 -> 2\n",  # two new values
        "if x = 0 then x: 0 -> 1\nif y = true then x: 0 -> 1\n",  # the same one, twice
        "if x = 0 then x: -> 1\n",  # a new value beside the old one
        "if x = 0 then x: 0 ->\n",  # none
        "if x = 0 then x: 2 -> 1\n",  # another value goes than was there
    ],
)
def test_rules_that_leave_no_single_value_are_noticed(rules: str) -> None:
    found = parse_layer("variable x: 0..2\nvariable y: bool\n" + rules)
    assert found.after({"x": 1, "y": False}) == {"x": 1, "y": False}
    with pytest.raises(InternalError, match="`x`"):
        found.after({"x": 0, "y": True})


@pytest.mark.parametrize("name", names())
def test_the_rules_of_every_program_act_as_its_step_on_any_state(name: str) -> None:
    """Each variable keeps exactly one value, on states that runs reach and on others."""
    assert rule_meaning(whole_text(name), [program(name, 1)], []) is None
