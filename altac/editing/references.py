"""Where a name is declared, and where it is used."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache

from altac.check.imports import TEXT, Folder, import_files
from altac.diagnostics import AltacError, Source, Span
from altac.editing.checking import Place
from altac.editing.outline import MOST_TEXTS, Outline, end_of, outline, start_of
from altac.editing.resolve import Use, resolve
from altac.syntax import parse_source
from altac.syntax import tree as t
from altac.syntax.pieces import pieces

Imports = str | os.PathLike[str] | None  # a folder from which a text may import files, beside its own


def definition(text: str, offset: int, name: str = TEXT, imports_from: Imports = None) -> list[Place]:
    """Where the name at an offset is declared, in the text or in a file that it imports."""
    around = outline(text)
    uses = _uses(text, name, imports_from)
    if uses is None:
        token = around.token_at(offset)
        declared = None if token is None else around.named(str(token), start_of(token))
        return [] if declared is None else [Place(name, declared.start, declared.end)]
    use = _use_at(uses, offset)
    if use is None:
        return []
    if use.target is not None:
        return [Place(name, use.target, use.target + len(use.name))]
    return [place for declared, place in _imported(text, name, imports_from).items() if declared == use.name]


def references(text: str, offset: int, name: str = TEXT, imports_from: Imports = None) -> list[Place]:
    """Every place in the text that means the same as the name at an offset, its declaration among them."""
    uses = _uses(text, name, imports_from)
    if uses is None:
        return [Place(name, start, end) for start, end in _alike(outline(text), offset)]
    use = _use_at(uses, offset)
    return [] if use is None else [Place(name, one.start, one.end) for one in _same(uses, use)]


def _same(uses: Sequence[Use], use: Use) -> list[Use]:
    return [one for one in uses if one.name == use.name and one.target == use.target]


def _use_at(uses: Sequence[Use], offset: int) -> Use | None:
    return next((use for use in uses if use.start <= offset <= use.end), None)


def _alike(around: Outline, offset: int) -> list[tuple[int, int]]:
    """The names that are written as the one at an offset."""
    token = around.token_at(offset)
    alike = [one for one in around.tokens if token is not None and token.type == one.type == "NAME" and one == token]
    return [(start_of(one), end_of(one)) for one in alike]


def _uses(text: str, name: str, imports_from: Imports) -> tuple[Use, ...] | None:
    """The names of a text; None if it does not parse."""
    return None if pieces(text) is None else _resolved(text, frozenset(_imported(text, name, imports_from)))


@lru_cache(MOST_TEXTS)
def _resolved(text: str, imported: frozenset[str]) -> tuple[Use, ...]:
    return tuple(resolve(pieces(text) or (), imported))


def _imported(text: str, name: str, imports_from: Imports) -> dict[str, Place]:
    """The names that a text imports, as far as its files can be read, with where they are declared."""
    declarations = (one for piece in pieces(text) or () for one in piece.file.declarations)
    imports = tuple(one for one in declarations if isinstance(one, t.Import))
    if not imports or name == TEXT:
        return {}
    source = Source(name, text)
    try:
        found = import_files(
            t.File(Span(source, 0, len(text)), None, imports), Folder.of(source, imports_from), _parsed
        )
    except (AltacError, RecursionError):
        return {}
    names = [one.name for one in found.declarations if isinstance(one, t.Param | t.Const | t.Type | t.Def)]
    return {one.text: Place(one.span.source.name, one.span.start, one.span.end) for one in names}


def _parsed(source: Source) -> t.File:
    """The tree of an imported file."""
    return _parsed_text(source.name, source.text)


@lru_cache(MOST_TEXTS)
def _parsed_text(name: str, text: str) -> t.File:
    return parse_source(Source(name, text))
