"""What the page sends: a program with the files that it names, and what is to be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from altac.check.imports import Carried, Folder, Library, Unavailable
from altac.diagnostics import AltacError, Source
from altac.driver import Compiled, compile_from
from altac.syntax.parse import LARGEST_FILE

Engine = Literal["interpreter", "weights"]
KEPT = 4  # programs that stay compiled


@dataclass(frozen=True)
class Carrying(Carried):
    """The files that came with a program; none of this machine is opened."""

    def read(self, name: str, largest: int) -> Source:
        if name not in self.texts:
            raise Unavailable("a program from a link has only the files that came with it")
        return super().read(name, largest)


@dataclass(frozen=True)
class Document:
    """A program on the page.

    Attributes:
        name: of its file.
        files: texts that came with it, by the names by which it imports or reads them.
        folder: where it lies, if it was opened from this machine: then files beside it are read instead.
    """

    name: str
    text: str
    files: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    @cached_property
    def source(self) -> Source:
        return Source(self.name, self.text)

    @property
    def library(self) -> Library:
        return Carrying(self.files) if self.folder is None else Folder(self.folder, self.name)


@dataclass(frozen=True)
class Check:
    document: Document


@dataclass(frozen=True)
class Run:
    document: Document
    input: str
    engine: Engine


@dataclass(frozen=True)
class Complete:
    """What may be written at a place, an offset in the text; likewise `Hover`: what stands there."""

    document: Document
    place: int


@dataclass(frozen=True)
class Hover:
    document: Document
    place: int


Task = Check | Run  # takes long, and is done in a process of its own
Question = Complete | Hover  # is answered from the text, at once


class Compiler:
    """Compiles programs, and remembers the last ones for as long as the files that they name hold the same."""

    def __init__(self) -> None:
        self.kept: list[tuple[Document, Compiled]] = []

    def __call__(self, document: Document) -> Compiled:
        """The program.

        Raises:
            AltacError: with every error and warning.
        """
        for known, found in self.kept:
            if known == document and all(read(document, name) == text for name, text in found.program.imports.items()):
                return found
        found = compile_from(document.source, document.library)
        self.kept = [*self.kept[-KEPT + 1 :], (document, found)]
        return found


def read(document: Document, name: str) -> str | None:
    """What is in a file that a program names; None if it cannot be read."""
    try:
        return document.library.read(name, LARGEST_FILE).text
    except (Unavailable, AltacError):
        return None
