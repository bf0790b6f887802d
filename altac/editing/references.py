"""Where a name is declared, where it is used, and what another name would change."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from altac.check.imports import TEXT, Folder, import_files
from altac.check.scope import BUILTIN as RESERVED
from altac.diagnostics import AltacError, Diagnostic, Source, Span
from altac.diagnostics.editing_errors import BadNewName, DeclaredElsewhere, NoNameHere, TakenName, UnreadNames
from altac.editing.checking import Change, Place, changed
from altac.editing.outline import MOST_TEXTS, Outline, end_of, outline, start_of
from altac.editing.resolve import Use, resolve
from altac.editing.words import BUILTIN
from altac.syntax import parse_source
from altac.syntax import tree as t
from altac.syntax.pieces import pieces
from altac.syntax.scan import scan
from altac.syntax.tokens import LAYERS

Imports = str | os.PathLike[str] | None  # a folder from which a text may import files, beside its own


@dataclass(frozen=True)
class Renaming:
    """The changes that give a name another one, or the refusal."""

    changes: tuple[Change, ...] = ()
    refusal: Diagnostic | None = None


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


def rename(text: str, offset: int, new: str, name: str = TEXT, imports_from: Imports = None) -> Renaming:
    """What changes if the name at an offset becomes another one: its declaration and every use, in this text.

    It is refused if the text would then mean something else, or nothing.
    """
    refusal = renamable(text, offset, name, imports_from)
    uses = _uses(text, name, imports_from) or ()
    use = _use_at(uses, offset)
    if refusal is not None or use is None:
        return Renaming(refusal=refusal)
    here = Span(Source(name, text), use.start, use.end)
    tokens = scan(new)
    if len(tokens) != 1 or tokens[0].type not in LAYERS or tokens[0] != new:
        return Renaming(refusal=BadNewName(here, new))
    if new in RESERVED:
        return Renaming(refusal=TakenName(here, new))
    changes = tuple(Change(one.start, one.end, new) for one in _same(uses, use))
    after = _uses(changed(text, changes), name, imports_from)
    if after is None:
        return Renaming(refusal=BadNewName(here, new))
    return Renaming(changes) if _meanings(uses) == _meanings(after) else Renaming(refusal=TakenName(here, new))


def renamable(text: str, offset: int, name: str = TEXT, imports_from: Imports = None) -> Diagnostic | None:
    """Why nothing at an offset can be renamed; None if the name there can."""
    here = Span(Source(name, text), offset, offset)
    uses = _uses(text, name, imports_from)
    if uses is None:
        return UnreadNames(here)
    use = _use_at(uses, offset)
    if use is None:
        return NoNameHere(here)
    if use.target is None:
        return DeclaredElsewhere(Span(here.source, use.start, use.end), use.name, use.name in BUILTIN)
    return None


def _meanings(uses: Sequence[Use]) -> list[tuple[int | None, str]]:
    """For every name which of them declares it; by its text, where that is elsewhere."""
    places = {use.start: number for number, use in enumerate(uses)}
    return [(None, use.name) if use.target is None else (places[use.target], "") for use in uses]


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
