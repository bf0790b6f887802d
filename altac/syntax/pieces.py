"""The tree of a text in pieces, of which a change makes few anew: what an editor asks for again and again.

A piece is a top-level declaration with the comments behind it. Its tree depends on nothing else in the text, so pieces
that were parsed once are remembered by their own text; places in them count from where the piece begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from altac.diagnostics import Source
from altac.syntax import tree as t
from altac.syntax.parse import LARGEST_FILE, MOST_TOKENS, chunks, count_tokens, parse_quietly

MOST_PIECES = 20_000  # that are remembered: the longest program has fewer


@dataclass(frozen=True)
class Piece:
    """Some declarations of a text; `start` is where its own text begins."""

    start: int
    text: str
    file: t.File


@dataclass(frozen=True)
class _Parsed:
    """A piece anywhere: its tree, None if it does not parse, and how many tokens it has."""

    file: t.File | None
    tokens: int


def pieces(text: str) -> tuple[Piece, ...] | None:
    """The pieces of a text in order; None if it does not parse, as `parse_source` says."""
    if len(text) > LARGEST_FILE:
        return None
    starts = [0, *(start for start, _ in chunks(text, resuming=False) if start > 0)]
    found, tokens = [], 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        parsed = _parsed(text[start:end])
        tokens += parsed.tokens
        if parsed.file is None or tokens > MOST_TOKENS or (start > 0 and parsed.file.docstring is not None):
            return None
        found.append(Piece(start, text[start:end], parsed.file))
    return tuple(found)


def same_meaning(one: tuple[Piece, ...], other: tuple[Piece, ...]) -> bool:
    """Whether two texts have the same tree, wherever it stands in them."""
    return [piece.file.docstring for piece in one[:1]] == [piece.file.docstring for piece in other[:1]] and [
        declaration for piece in one for declaration in piece.file.declarations
    ] == [declaration for piece in other for declaration in piece.file.declarations]


@lru_cache(MOST_PIECES)
def _parsed(text: str) -> _Parsed:
    return _Parsed(parse_quietly(Source("<piece>", text)), count_tokens(text))
