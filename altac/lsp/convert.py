"""From what `altac.editing` says to what the protocol says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from altac.editing import Change, Completion, Piece, Place, Problem, Symbol
from altac.editing.highlight import Colour
from altac.editing.outline import Kind
from altac.editing.words import FUNCTIONS
from altac.lsp.positions import Positions

if TYPE_CHECKING:
    from lsprotocol import types

COLOURS = [colour for colour in Colour if colour is not Colour.UNKNOWN]
DECLARATION = 1  # the first of the modifiers
SYMBOLS = {
    Kind.PROGRAM: "Module",
    Kind.PARAMETER: "Constant",
    Kind.CONSTANT: "Constant",
    Kind.TYPE: "Enum",
    Kind.FUNCTION: "Function",
    Kind.INPUT: "Variable",
    Kind.VARIABLE: "Variable",
    Kind.HEAD: "Field",
    Kind.VALUE: "Variable",
    Kind.SCORE: "Variable",
    Kind.LAYER: "Class",
    Kind.ARGUMENT: "Variable",
    Kind.LOCAL: "Variable",
}


def range_of(positions: Positions, start: int, end: int) -> types.Range:
    from lsprotocol import types

    first, last = positions.position(start), positions.position(end)
    return types.Range(types.Position(*first), types.Position(*last))


def edits(positions: Positions, changes: Iterable[Change]) -> list[types.TextEdit]:
    from lsprotocol import types

    return [types.TextEdit(range_of(positions, one.start, one.end), one.text) for one in changes]


def diagnostic(
    problem: Problem, positions: Positions, locate: Callable[[Place], types.Location | None]
) -> types.Diagnostic:
    from lsprotocol import types

    related = [(locate(one.place), one.text) for one in problem.related]
    severity = types.DiagnosticSeverity.Error if problem.severity == "error" else types.DiagnosticSeverity.Warning
    return types.Diagnostic(
        range_of(positions, problem.start, problem.end),
        problem.text,
        severity,
        problem.code,
        source="altac",
        tags=[types.DiagnosticTag.Unnecessary] if problem.code in ("W0101", "W0102", "W0107") else None,
        related_information=[types.DiagnosticRelatedInformation(place, text) for place, text in related if place],
    )


def completion(one: Completion, positions: Positions, end: int) -> types.CompletionItem:
    from lsprotocol import types

    kinds = types.CompletionItemKind
    if one.kind is not None:
        kind = kinds[SYMBOLS[one.kind]]
    elif one.label in FUNCTIONS:
        kind = kinds.Function
    else:
        kind = kinds.Keyword
    edit = types.TextEdit(range_of(positions, one.start, end), one.label)
    return types.CompletionItem(one.label, kind=kind, detail=one.detail, text_edit=edit)


def symbol(one: Symbol, positions: Positions) -> types.DocumentSymbol:
    from lsprotocol import types

    return types.DocumentSymbol(
        one.name,
        types.SymbolKind[SYMBOLS[one.kind]],
        range_of(positions, one.begin, max(one.finish, one.end)),
        range_of(positions, one.start, one.end),
        detail=one.kind.value,
        children=[symbol(inner, positions) for inner in one.inside],
    )


def encoded(pieces: Iterable[Piece], positions: Positions) -> list[int]:
    """Five numbers for each piece of a line: lines and units since the last one, length, colour and modifiers."""
    data: list[int] = []
    line, unit = 0, 0
    for piece in pieces:
        if piece.colour is Colour.UNKNOWN:
            continue
        start = piece.start
        for part in positions.text[piece.start : piece.end].splitlines(keepends=True):
            shown = part.rstrip("\r\n")
            here = positions.position(start)
            start += len(part)
            if shown:
                data += [here[0] - line, here[1] - (unit if here[0] == line else 0), positions.units(shown)]
                data += [COLOURS.index(piece.colour), DECLARATION if piece.declares else 0]
                line, unit = here
    return data
