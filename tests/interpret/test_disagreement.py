"""Where a selection disagrees, the error names the layer, the query, and the first two positions that differ."""

import pytest

from altac.engine.protocol import run_texts
from tests.support import small


@pytest.mark.parametrize(
    ("selection", "text", "places"),
    [
        ("where key.token > query.token", "5 1 2 3", "position 1: 5 at position 0 and 2 at position 2"),
        ("where key.token > query.token", "7 9 9 8", "position 0: 9 at position 1 and 8 at position 3"),
        ("at {-1, +1}", "4 5 4 6", "position 2: 5 at position 1 and 6 at position 3"),
        ("at 1..", "1 2 2 3", "position 0: 2 at position 1 and 3 at position 3"),
    ],
)
def test_both_places_are_named(selection: str, text: str, places: str) -> None:
    one = small(f"var out: 0..9 = token\nhead other = token {selection} else 0\nstep:\n    out := other")
    (result,) = run_texts(one.interpreter, [text])
    assert result.error is not None
    assert result.error.code == "E0603"
    assert result.error.message.endswith(f"in layer 1 at {places}")
