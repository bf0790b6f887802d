"""`import "common.alta"`: the types, constants and functions of another file, as if they stood here.

A file is known by its path from the program's folder, as the imports spell it. Where the text comes from is the
business of a `Library`: a folder of this machine, or the model file that carries it.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from altac.diagnostics import AltacError, Source
from altac.diagnostics.program_errors import (
    ImportCycle,
    ImportFromOutside,
    ImportNotCarried,
    ImportOfProgram,
    ImportsTooLarge,
    ImportsTooLong,
    TooManyImports,
    UnreadableImport,
)
from altac.diagnostics.syntax_errors import UnreadableFile
from altac.syntax import parse_source, read_source
from altac.syntax import tree as t
from altac.syntax.parse import LARGEST_FILE, MOST_TOKENS, count_tokens

MOST_FILES = 100  # that a program imports
NAMES = t.Import | t.Const | t.Type | t.Def | t.Param


class Library(Protocol):
    """Where imported files come from; `program` is the name of the program's own file, "" if it is not among them."""

    @property
    def program(self) -> str: ...

    def read(self, name: str, place: t.Import) -> Source:
        """A file by its path from the program's folder, imported at some place.

        Raises:
            AltacError: if it is not available.
        """
        ...


@dataclass(frozen=True)
class Folder:
    """Files of this machine: those in the folder of a program and, if the user allows another one, those in that.

    Links are followed first, so no link leads out of them. Both paths have no links in them.
    """

    root: Path
    program: str
    allowed: Path | None = None

    @staticmethod
    def of(source: Source, imports_from: str | os.PathLike[str] | None = None) -> Folder:
        path = _real(source.name)
        return Folder(path.parent, path.name, None if imports_from is None else _real(Path(imports_from)))

    def path(self, name: str) -> Path | None:
        """The file, without links; None if it is elsewhere. Nothing of it is read, not even whether it exists."""
        path = _real(self.root / name)
        folders = [folder for folder in (self.root, self.allowed) if folder is not None]
        return path if any(path.is_relative_to(folder) for folder in folders) else None

    def read(self, name: str, place: t.Import) -> Source:
        path = self.path(name)
        if path is None:
            raise AltacError([ImportFromOutside(place.span, place.path)])
        try:
            text = read_source(path).text
        except AltacError as error:
            reasons = [problem.reason for problem in error.diagnostics if isinstance(problem, UnreadableFile)]
            raise AltacError([UnreadableImport(place.span, place.path, reasons[0])]) from None
        return Source(_shown(path), text)


@dataclass(frozen=True)
class Carried:
    """Files that a model file carries, by their names; none of this machine is opened."""

    texts: Mapping[str, str]
    program = ""

    def read(self, name: str, place: t.Import) -> Source:
        if name not in self.texts:
            raise AltacError([ImportNotCarried(place.span, place.path)])
        return Source(name, self.texts[name])


def _real(path: str | Path) -> Path:
    return Path(os.path.realpath(str(path).replace("\0", "?")))  # no file name has a null in it


def _shown(path: Path) -> str:
    """The path as a user would write it: relative where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def import_files(file: t.File, library: Library) -> Imports:
    """What a program imports.

    Raises:
        AltacError: for a file that is not available, a cycle, or a file that declares more than names.
    """
    text = file.span.source.text
    imports = Imports(library, len(text), count_tokens(text))
    imports.follow(file, (library.program,))
    return imports


@dataclass
class Imports:
    """The files that a program imports, each once, those that others need first.

    Attributes:
        characters: of the program and these files; `tokens` likewise.
        sources: the files, by their paths from the program's folder.
        declarations: what they declare.
    """

    library: Library
    characters: int
    tokens: int
    sources: dict[str, Source] = field(default_factory=dict)
    declarations: list[t.Declaration] = field(default_factory=list)

    @property
    def texts(self) -> dict[str, str]:
        return {name: source.text for name, source in self.sources.items()}

    def follow(self, file: t.File, stack: tuple[str, ...]) -> None:
        """Add what a file imports; `stack` are the names of the files on the way to it, and its own."""
        for declaration in file.declarations:
            if not isinstance(declaration, t.Import):
                continue
            name = posixpath.normpath(posixpath.join(posixpath.dirname(stack[-1]), declaration.path))
            if name in stack:
                cycle = (*stack[stack.index(name) :], name)
                raise AltacError([ImportCycle(declaration.span, tuple(map(posixpath.basename, cycle)))])
            if name not in self.sources:
                imported = self._read(declaration, name)
                self.follow(imported, (*stack, name))
                self.declarations += [named for named in imported.declarations if not isinstance(named, t.Import)]

    def _read(self, declaration: t.Import, name: str) -> t.File:
        """The tree of a file that is new."""
        source = self.library.read(name, declaration)
        self.sources[name] = source
        self.tokens += count_tokens(source.text)
        self.characters += len(source.text)
        if len(self.sources) > MOST_FILES:
            raise AltacError([TooManyImports(declaration.span, MOST_FILES)])
        if self.tokens > MOST_TOKENS:
            raise AltacError([ImportsTooLong(declaration.span, MOST_TOKENS)])
        if self.characters > LARGEST_FILE:
            raise AltacError([ImportsTooLarge(declaration.span, LARGEST_FILE)])
        file = parse_source(source)
        if not all(isinstance(inner, NAMES) for inner in file.declarations):
            raise AltacError([ImportOfProgram(declaration.span, declaration.path)])
        return file
