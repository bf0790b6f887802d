"""`import "common.alta"`: the types, constants and functions of another file, as if they stood here.

A file is known by its path from the program's folder, as the imports spell it. Where the text comes from is the
business of a `Library`: a folder of this machine, or the model file that carries it.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
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

TEXT = "<text>"  # the name of a program that is in no file
MOST_FILES = 100  # that a program imports
NAMES = t.Import | t.Const | t.Type | t.Def | t.Param


class Absent(Enum):
    """Why a file is not even looked for."""

    OUTSIDE = "it is in none of the folders that may be read"
    NOT_CARRIED = "the model file does not carry it"


class Unavailable(Exception):
    """A file that cannot be had; `why` may be what the system says."""

    def __init__(self, why: Absent | str) -> None:
        self.why = why
        super().__init__(why)


class Library(Protocol):
    """Where files come from that a program names.

    `program` is the name of the program's own file, "" if it is not among them.
    """

    @property
    def program(self) -> str: ...

    @property
    def is_text(self) -> bool:
        """Whether the program is a text and no file, so that none lie beside it."""
        ...

    def read(self, name: str, largest: int) -> Source:
        """A file by its path from the program's folder.

        Args:
            largest: bytes that it may have.

        Raises:
            Unavailable: if there is no such file, or it may not be read.
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
    is_text: bool = False

    @staticmethod
    def of(source: Source, imports_from: str | os.PathLike[str] | None = None) -> Folder:
        path = _real(source.name)
        allowed = None if imports_from is None else _real(Path(imports_from))
        return Folder(path.parent, path.name, allowed, source.name == TEXT)

    def path(self, name: str) -> Path | None:
        """The file, without links; None if it is elsewhere. Nothing of it is read, not even whether it exists."""
        path = _real(self.root / name)
        folders = [folder for folder in (self.root, self.allowed) if folder is not None]
        return path if any(path.is_relative_to(folder) for folder in folders) else None

    def read(self, name: str, largest: int) -> Source:
        path = self.path(name)
        if path is None:
            raise Unavailable(Absent.OUTSIDE)
        try:
            text = read_source(path, largest).text
        except AltacError as error:
            reasons = [problem.reason for problem in error.diagnostics if isinstance(problem, UnreadableFile)]
            raise Unavailable(reasons[0]) from None
        return Source(_shown(path), text)


@dataclass(frozen=True)
class Carried:
    """Files that a model file carries, by their names; none of this machine is opened."""

    texts: Mapping[str, str]
    program = ""
    is_text = False

    def read(self, name: str, largest: int) -> Source:  # noqa: ARG002 - those who read bound what all of them hold
        if name not in self.texts:
            raise Unavailable(Absent.NOT_CARRIED)
        return Source(name, self.texts[name])


def _real(path: str | Path) -> Path:
    return Path(os.path.realpath(str(path).replace("\0", "?")))  # no file name has a null in it


def _shown(path: Path) -> str:
    """The path as a user would write it: relative where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def located(file: str, path: str) -> str:
    """The name of what a file names by a path: its own path from the program's folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), path))


def _refusal(problem: Unavailable, place: t.Import) -> ImportFromOutside | ImportNotCarried | UnreadableImport:
    match problem.why:
        case Absent.OUTSIDE:
            return ImportFromOutside(place.span, place.path)
        case Absent.NOT_CARRIED:
            return ImportNotCarried(place.span, place.path)
    return UnreadableImport(place.span, place.path, problem.why)


def import_files(file: t.File, library: Library, parse: Callable[[Source], t.File] = parse_source) -> Imports:
    """What a program imports.

    Args:
        parse: gives the trees of the files; another function than the parser may remember them.

    Raises:
        AltacError: for a file that is not available, a cycle, or a file that declares more than names.
    """
    text = file.span.source.text
    imports = Imports(library, len(text), count_tokens(text), parse)
    imports.follow(file, (library.program,))
    return imports


@dataclass
class Imports:
    """The files that a program imports, each once, those that others need first.

    Attributes:
        characters: of the program and these files; `tokens` likewise.
        sources: the files, by their paths from the program's folder; `files` are their trees.
        declarations: what they declare.
    """

    library: Library
    characters: int
    tokens: int
    parse: Callable[[Source], t.File] = parse_source
    sources: dict[str, Source] = field(default_factory=dict)
    files: dict[str, t.File] = field(default_factory=dict)
    declarations: list[t.Declaration] = field(default_factory=list)

    @property
    def texts(self) -> dict[str, str]:
        return {name: source.text for name, source in self.sources.items()}

    def follow(self, file: t.File, stack: tuple[str, ...]) -> None:
        """Add what a file imports; `stack` are the names of the files on the way to it, and its own."""
        for declaration in file.declarations:
            if not isinstance(declaration, t.Import):
                continue
            name = located(stack[-1], declaration.path)
            if name in stack:
                cycle = (*stack[stack.index(name) :], name)
                raise AltacError([ImportCycle(declaration.span, tuple(map(posixpath.basename, cycle)))])
            if name not in self.sources:
                imported = self.files[name] = self._read(declaration, name)
                self.follow(imported, (*stack, name))
                self.declarations += [named for named in imported.declarations if not isinstance(named, t.Import)]

    def _read(self, declaration: t.Import, name: str) -> t.File:
        """The tree of a file that is new."""
        try:
            source = self.library.read(name, LARGEST_FILE)
        except Unavailable as problem:
            raise AltacError([_refusal(problem, declaration)]) from None
        self.sources[name] = source
        self.tokens += count_tokens(source.text)
        self.characters += len(source.text)
        if len(self.sources) > MOST_FILES:
            raise AltacError([TooManyImports(declaration.span, MOST_FILES)])
        if self.tokens > MOST_TOKENS:
            raise AltacError([ImportsTooLong(declaration.span, MOST_TOKENS)])
        if self.characters > LARGEST_FILE:
            raise AltacError([ImportsTooLarge(declaration.span, LARGEST_FILE)])
        file = self.parse(source)
        if not all(isinstance(inner, NAMES) for inner in file.declarations):
            raise AltacError([ImportOfProgram(declaration.span, declaration.path)])
        return file
