"""What stands in a `case` and is no pattern is told with the edit that mends it."""

import pytest

from altac.diagnostics import AltacError, Source
from altac.diagnostics.syntax_errors import Slip, UnexpectedText
from altac.syntax import parse_source


@pytest.mark.parametrize(
    ("pattern", "slip"),
    [
        ("0..N", Slip.NAMED_END),
        ("N..9", Slip.NAMED_END),
        ("1..2..3", Slip.PATTERN_RANGE),
        ("1 to 3", Slip.PATTERN_RANGE),
        ('"a"-"c"', Slip.PATTERN_RANGE),
        ("6..", Slip.PATTERN_RANGE),
        ("..6", Slip.PATTERN_RANGE),
        ("x + 1", Slip.COMPUTED_PATTERN),
        ("T[1]", Slip.COMPUTED_PATTERN),
        ("f(1)", Slip.COMPUTED_PATTERN),
        ("key.x", Slip.COMPUTED_PATTERN),
        ("1 as n", Slip.CAPTURE),
        ("1 2", Slip.ALTERNATIVES),
        ('"a" "b"', Slip.ALTERNATIVES),
        ("1 & 2", Slip.ALTERNATIVES),
        ("1 || 2", Slip.ALTERNATIVES),
        ("1 or 2", Slip.ALTERNATIVES),
        ("1 when y == 1", Slip.CONDITION_AS_PATTERN),
        ("not 1", Slip.CONDITION_AS_PATTERN),
        ("if x > 3", Slip.CONDITION_AS_PATTERN),
        ("else", Slip.REST),
        ("*", Slip.REST),
        ("(1, 2)", Slip.PATTERNS),
        ("{1, 2}", Slip.SET_AS_PATTERN),
        ("1...3", Slip.OPERATOR),
    ],
)
def test_what_is_no_pattern(pattern: str, slip: Slip) -> None:
    with pytest.raises(AltacError) as raised:
        parse_source(Source("one.alta", f"program p\nstep:\n    match x:\n        case {pattern}: x := 1\n"))
    found = raised.value.diagnostics[0]
    assert isinstance(found, UnexpectedText)
    assert found.slip is slip


@pytest.mark.parametrize("statement", ["x := a if b", "x := a && b", "x := mean y", "x = 1"])
def test_the_statement_after_a_pattern_is_no_pattern(statement: str) -> None:
    """It is told as it is on a line of its own."""
    slips = []
    for place in (f"        case 1: {statement}", f"        case 1:\n            {statement}"):
        with pytest.raises(AltacError) as raised:
            parse_source(Source("one.alta", f"program p\nstep:\n    match x:\n{place}\n"))
        found = raised.value.diagnostics[0]
        assert isinstance(found, UnexpectedText)
        slips.append(found.slip)
    assert slips[0] is not None
    assert slips[0] is slips[1]
