"""What changes if a name becomes another one, in a text and in the files that are used together with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from altac.check.imports import NAMES, TEXT
from altac.check.scope import BUILTIN as RESERVED
from altac.diagnostics import Diagnostic, Source, Span
from altac.diagnostics.editing_errors import (
    BadNewName,
    DeclaredElsewhere,
    NoNameHere,
    TakenInFile,
    TakenName,
    UnreadFile,
    UnreadNames,
)
from altac.editing.checking import Change, changed
from altac.editing.files import Files, Imports, real_path, together
from altac.editing.outline import MOST_TEXTS
from altac.editing.resolve import Use, resolve
from altac.editing.words import BUILTIN
from altac.syntax import tree as t
from altac.syntax.pieces import pieces
from altac.syntax.scan import scan
from altac.syntax.tokens import LAYERS

Meaning = tuple[str | None, int | str]  # a file, and which of its names declares this; None and the name if none does
EXPORTED = t.Param | t.Const | t.Type | t.Def


@dataclass(frozen=True)
class Edited:
    """Changes to a file, and its text without them."""

    file: str
    text: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Renaming:
    """The changes that give a name another one, in the text and in other files; or the refusal."""

    changes: tuple[Change, ...] = ()
    others: tuple[Edited, ...] = ()
    refusal: Diagnostic | None = None


@dataclass(frozen=True)
class Found:
    """The places of a name in a file with a text."""

    file: str
    text: str
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Around:
    """What a name of a text is, and where else it is meant.

    Attributes:
        programs: the files of each program that a renaming must not change, the text's own first. They are those
            that open documents and files in the folder of the text, or in one above it, are read with.
        found: the places of the name, those of the text first; none if there is a refusal.
    """

    use: Use | None = None
    programs: tuple[Files, ...] = ()
    found: tuple[Found, ...] = ()
    refusal: Diagnostic | None = None


def rename(
    text: str,
    offset: int,
    new: str,
    name: str = TEXT,
    imports_from: Imports = None,
    opened: Mapping[str, str] | None = None,
) -> Renaming:
    """What changes if the name at an offset becomes another one: its declaration and every use, in all files.

    It is refused if one of these files would then mean something else, or nothing.

    Args:
        opened: the texts of open documents, by their paths; all other files are as they lie there.
    """
    around = _around(text, offset, name, imports_from, opened or {})
    if around.refusal is not None or around.use is None:
        return Renaming(refusal=around.refusal)
    here = Span(Source(name, text), around.use.start, around.use.end)
    tokens = scan(new)
    if len(tokens) != 1 or tokens[0].type not in LAYERS or tokens[0] != new:
        return Renaming(refusal=BadNewName(here, new))
    if new in RESERVED:
        return Renaming(refusal=TakenName(here, new))
    edited = [
        Edited(one.file, one.text, tuple(Change(use.start, use.end, new) for use in one.uses)) for one in around.found
    ]
    later = {one.file: changed(one.text, one.changes) for one in edited}
    for files in around.programs:
        before, after = _meanings(files), _meanings({file: later.get(file, files[file]) for file in files})
        for file in files:
            if before[file] != after[file]:
                is_here = file == edited[0].file
                return Renaming(refusal=TakenName(here, new) if is_here else TakenInFile(here, new, _shown(file)))
    return Renaming(edited[0].changes, tuple(edited[1:]))


def renamable(
    text: str,
    offset: int,
    name: str = TEXT,
    imports_from: Imports = None,
    opened: Mapping[str, str] | None = None,
) -> Diagnostic | None:
    """Why nothing at an offset can be renamed; None if the name there can."""
    return _around(text, offset, name, imports_from, opened or {}).refusal


def everywhere(
    text: str,
    offset: int,
    name: str = TEXT,
    imports_from: Imports = None,
    opened: Mapping[str, str] | None = None,
) -> tuple[Found, ...]:
    """The places in this text and others that mean what is declared here; none if nobody can tell."""
    return _around(text, offset, name, imports_from, opened or {}).found


def _around(text: str, offset: int, name: str, imports_from: Imports, opened: Mapping[str, str]) -> Around:
    source = Source(name, text)
    here = Span(source, offset, offset)
    parsed = pieces(text)
    if parsed is None:
        return Around(refusal=UnreadNames(here))
    path = real_path(name)
    texts = {**opened, path: text}
    files, unread = _program(path, texts, imports_from)
    if unread is not None:
        return Around(refusal=UnreadFile(here, _shown(unread)))
    exports = _exports(files)
    uses = _uses(text, frozenset(exports[path].elsewhere))
    use = next((one for one in uses if one.start <= offset <= one.end), None)
    if use is None:
        return Around(refusal=NoNameHere(here))
    if use.target is None:
        return Around(refusal=DeclaredElsewhere(Span(source, use.start, use.end), use.name, use.name in BUILTIN))
    programs = [files]
    is_library = all(isinstance(one, NAMES) for piece in parsed for one in piece.file.declarations)
    is_exported = is_library and exports[path].own.get(use.name) == use.target
    for other in _neighbours(path, texts) if is_exported and name != TEXT else ():
        found, unread = _program(other, texts, imports_from)
        if path in found:
            if unread is not None:
                return Around(refusal=UnreadFile(here, _shown(unread)))
            programs.append(found)
    meaning = _meanings(files)[path][uses.index(use)]
    places: dict[str, tuple[Use, ...]] = {}
    for program in programs:
        meanings = _meanings(program)
        known = _exports(program)
        for file in program:
            named = zip(meanings[file], _uses(program[file], frozenset(known[file].elsewhere)), strict=True)
            same = tuple(one for means, one in named if means == meaning)
            if same:
                places[file] = same
    all_texts = {file: program[file] for program in programs for file in program}
    return Around(use, tuple(programs), tuple(Found(file, all_texts[file], places[file]) for file in places))


@dataclass(frozen=True)
class Exports:
    """Names with where a file declares them, and those that the files declare that are used with it."""

    own: dict[str, int]
    elsewhere: frozenset[str]


def _exports(files: Files) -> dict[str, Exports]:
    own = {file: _exported(text) for file, text in files.items()}
    return {
        file: Exports(own[file], frozenset(name for other in files if other != file for name in own[other]))
        for file in files
    }


@lru_cache(MOST_TEXTS)
def _exported(text: str) -> dict[str, int]:
    """What a file declares that others can import, with where."""
    found: dict[str, int] = {}
    for piece in pieces(text) or ():
        for one in piece.file.declarations:
            if isinstance(one, EXPORTED):
                found.setdefault(one.name.text, piece.start + one.name.span.start)
    return found


@lru_cache(MOST_TEXTS)
def _uses(text: str, imported: frozenset[str]) -> tuple[Use, ...]:
    return tuple(resolve(pieces(text) or (), imported))


def _meanings(files: Files) -> dict[str, list[Meaning]]:
    """For every name of every file what declares it: the number of that name in its file, which no renaming changes."""
    exports = _exports(files)
    uses = {file: _uses(text, frozenset(exports[file].elsewhere)) for file, text in files.items()}
    places = {file: {use.start: number for number, use in enumerate(uses[file])} for file in files}
    declared: dict[str, Meaning] = {}
    for file in files:
        for name, start in exports[file].own.items():
            declared.setdefault(name, (file, places[file][start]))
    return {
        file: [
            declared.get(use.name, (None, use.name)) if use.target is None else (file, places[file][use.target])
            for use in uses[file]
        ]
        for file in files
    }


def _program(path: str, texts: Mapping[str, str], imports_from: Imports) -> tuple[Files, str | None]:
    """A file and all that it imports, and the first of them that cannot be read or does not parse."""
    files, unread = together(path, texts, imports_from)
    return files, unread or next((file for file, text in files.items() if pieces(text) is None), None)


def _neighbours(path: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Files that may import one: what is open, and what lies in its folder or in one above it."""
    near = (str(file) for folder in Path(path).parents for file in _listed(folder))
    yield from (file for file in dict.fromkeys((*texts, *near)) if file != path)


def _listed(folder: Path) -> Sequence[Path]:
    try:
        return sorted(folder.glob("*.alta"))
    except OSError:
        return ()


def _shown(file: str) -> str:
    return Path(file).name
