"""What an editor writes between the lines: domains that nobody wrote, and what runs the examples."""

from __future__ import annotations

from dataclasses import dataclass

from altac.diagnostics.words import counted
from altac.editing.checking import Checked
from altac.editing.outline import Kind, end_of, outline, start_of


@dataclass(frozen=True)
class Hint:
    """A text to show at an offset."""

    offset: int
    text: str


@dataclass(frozen=True)
class Lens:
    """A thing to do above some characters: run the examples with these numbers, counted from 0."""

    start: int
    end: int
    title: str
    examples: tuple[int, ...]


def inlay_hints(text: str, checked: Checked | None) -> list[Hint]:
    """The domains of heads, and of values of layers, where none is written.

    Args:
        checked: what was found out about this text, or an earlier one.
    """
    known = {} if checked is None else {(fact.name, fact.layer): fact.domain for fact in checked.facts}
    return [
        Hint(one.end, f": {known[one.name, one.layer]}")
        for one in outline(text).declared
        if one.kind in (Kind.HEAD, Kind.VALUE) and not one.has_domain and (one.name, one.layer) in known
    ]


def lenses(text: str) -> list[Lens]:
    """One lens above each example and, above the first of several, one for all."""
    found = [block.tokens[0] for block in outline(text).blocks if block.tokens[0].type == "EXAMPLE"]
    places = [(start_of(token), end_of(token)) for token in found]
    single = [Lens(start, end, "run", (number,)) for number, (start, end) in enumerate(places)]
    if len(places) < 2:
        return single
    return [Lens(*places[0], f"run all {counted(len(places), 'example')}", tuple(range(len(places)))), *single]
