"""The symbols of a text: what its declarations declare, and what stands in its layers."""

from __future__ import annotations

from dataclasses import dataclass

from altac.editing.outline import Kind, outline


@dataclass(frozen=True)
class Symbol:
    """A name with its declaration, from `begin` to `finish`; of a layer with what it makes."""

    name: str
    kind: Kind
    start: int
    end: int
    begin: int
    finish: int
    inside: tuple[Symbol, ...] = ()


def symbols(text: str) -> list[Symbol]:
    """The symbols of a text, in order."""
    declared = [one for one in outline(text).declared if one.kind not in (Kind.LOCAL, Kind.ARGUMENT)]
    found: list[Symbol] = []
    for one in declared:
        symbol = Symbol(one.name, one.kind, one.start, one.end, one.begin, one.finish)
        if one.kind is Kind.LAYER:
            inner = (other for other in declared if other.layer and one.begin < other.start < one.finish)
            parts = tuple(Symbol(two.name, two.kind, two.start, two.end, two.begin, two.finish) for two in inner)
            symbol = Symbol(one.name, one.kind, one.start, one.end, one.begin, one.finish, parts)
        if not one.layer:
            found.append(symbol)
    return found
