"""What is said of words of other languages agrees with the language."""

from __future__ import annotations

import pytest

from altac.diagnostics import AltacError, Source, foreign
from altac.diagnostics.name_errors import UnknownAggregate
from altac.syntax import parse_source


@pytest.mark.parametrize("word", foreign.AGGREGATES)
def test_every_aggregate_that_a_message_lists_parses(word: str) -> None:
    value = "" if word in ("count", "exists") else " x"
    assert parse_source(Source("p.alta", f"head h = {word}{value}\n")).declarations
    assert f"`{word}" in foreign.BRINGS


@pytest.mark.parametrize("word", foreign.INSTEAD)
def test_no_word_that_is_replaced_is_an_aggregate(word: str) -> None:
    with pytest.raises(AltacError) as caught:
        parse_source(Source("p.alta", f"head h = {word} x\n"))
    (told,) = caught.value.diagnostics
    assert isinstance(told, UnknownAggregate)
    assert told.span is not None
    assert told.span.text == told.name == word
    assert told.help_text == f"{foreign.INSTEAD[word]}\n{foreign.BRINGS}"
