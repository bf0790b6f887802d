"""Nothing selected, several selected, and what cannot be averaged: the same meaning in both engines, or an error."""

from __future__ import annotations

import pytest

from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.protocol import run_texts
from tests.support import outputs, small

NOWHERE = {  # why nothing is selected, and an input of three positions
    "a condition that never holds": ("where false", "1 2 3"),
    "no such key": ("where key.token == 7", "1 2 3"),
    "no partner": ("where key.token == query.token + 1", "4 4 4"),
    "the query looks for nothing": ("where query.token == 9", "1 2 3"),
    "the border": ("at -5..-3", "1 2 3"),
    "the border, and a condition": ("where key.token == 1 at 1..", "1 2 3"),
}
EMPTY = {  # a head, and what it brings where nothing is selected
    "token": "none",
    "first token": "none",
    "last token": "none",
    "mean token": "none",
    "token ... else 6": "6",
    "first token ... else 6": "6",
    "last token ... else 6": "6",
    "mean token ... else 6": "6",
    'first token ... else "nobody"': "nobody",
    "5 ... else 6": "6",
    "count": "0",
    "exists": "false",
}


def bring(head: str, selection: str, level: int = 2) -> Compiled:
    """A program that tells what a head brings; `...` is where the selection stands."""
    written = head.replace("...", selection) if "..." in head else f"{head} {selection}"
    domain = "bool" if head == "exists" else '(0..9 | {"nobody"})?'
    typed = f"h: {domain}" if head.startswith("mean") else "h"
    initial = "false" if head == "exists" else "9"
    return small(f"var out: {domain} = {initial}\nhead {typed} = {written}\nstep:\n    out := h", level=level)


@pytest.mark.parametrize("head", EMPTY)
@pytest.mark.parametrize("reason", NOWHERE)
def test_nothing_selected(reason: str, head: str) -> None:
    selection, text = NOWHERE[reason]
    assert outputs(bring(head, selection), text) == [" ".join([EMPTY[head]] * 3)]


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("head", EMPTY)
def test_nothing_selected_at_other_levels(head: str, level: int) -> None:
    assert outputs(bring(head, "where key.token == 7", level), "1 2") == [f"{EMPTY[head]} {EMPTY[head]}"]


AGREE = {
    "token": "4 4",
    "first token": "4 4",
    "last token": "4 4",
    "mean token": "4 4",
    "count": "2 2",
    "exists": "true true",
}
DISAGREE = {"first token": "2 2", "last token": "5 5", "mean token": "4 4", "count": "2 2", "exists": "true true"}


@pytest.mark.parametrize("head", AGREE)
def test_several_selected_that_agree(head: str) -> None:
    assert outputs(bring(head, "where key.token != 9"), "4 4") == [AGREE[head]]


@pytest.mark.parametrize("head", DISAGREE)
def test_several_selected_that_differ(head: str) -> None:
    """The average of 2 and 5 is 7/2; half way goes up."""
    assert outputs(bring(head, "where key.token != 9"), "2 5") == [DISAGREE[head]]


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("text", ["2 5", "2 2 2 2 2 2 2 5", "9 2 9 5 2"])
def test_one_value_of_several_that_differ_is_an_error_in_both_engines(text: str, level: int) -> None:
    one = bring("token", "where key.token != 9", level)
    for engine in (one.interpreter, one.model):
        (result,) = run_texts(engine, [text])
        assert (result.output, result.layers) == (None, 1)
        assert result.error is not None
        assert result.error.code == "E0603"


@pytest.mark.parametrize(
    "value",
    ['"a"', "letter", "flag", "maybe", "set", '(1 if flag else "a")', "(none if flag else 1)", "token == 1"],
)
def test_what_is_no_number_is_never_averaged(value: str) -> None:
    body = (
        'var letter: {"a", "b"} = "a"\nvar flag: bool = false\nvar maybe: (0..3)? = 0\nvar set: {{}, {1}} = {}\n'
        f"var out: 0..3 = 0\nhead h = mean {value} else 0\nstep:\n    out := 1 if h == 0 else 0"
    )
    with pytest.raises(AltacError) as caught:
        small(body)
    assert [one.code for one in caught.value.diagnostics] == ["E0408"]
