"""The programs that the page offers: the file that was named, those of the library, and the exercises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altac.diagnostics import AltacError
from altac.driver import is_library
from altac.play.document import Document
from altac.syntax import parse_source, read_source
from altac.syntax import tree as t

OWN, LIBRARY, EXERCISES = "Your file", "Library", "Exercises"


@dataclass(frozen=True)
class Starter:
    """A program to begin with; `name` tells it from the others."""

    name: str
    group: str
    path: Path

    @property
    def title(self) -> str:
        return self.path.stem

    def opened(self) -> Document:
        """The program as it stands in its file now.

        Raises:
            AltacError: if it cannot be read.
        """
        return Document(self.path.name, read_source(self.path).text, folder=self.path.resolve().parent)

    def record(self) -> dict[str, Any]:
        document = self.opened()
        return {"name": self.name, "file": document.name, "text": document.text, "input": first_input(document)}


def first_input(document: Document) -> str:
    """The input of its first example that has one, "" if there is none."""
    try:
        declarations = parse_source(document.source).declarations
    except AltacError:
        return ""
    return next((one.input for one in declarations if isinstance(one, t.Example) and one.input), "")


def folder_of(name: str) -> Path:
    """A folder of programs, inside the installed package or at the top of a checkout; there need not be one."""
    packaged = Path(__file__).with_name(name)
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / name


def starters(file: Path | None) -> dict[str, Starter]:
    """All of them, by their names."""
    found = [] if file is None else [Starter("file", OWN, file)]
    for group, folder in ((LIBRARY, "programs"), (EXERCISES, "exercises")):
        found += (Starter(f"{folder}/{path.stem}", group, path) for path in programs_in(folder_of(folder)))
    return {one.name: one for one in found}


def programs_in(folder: Path) -> Iterator[Path]:
    """The programs of a folder, without files that are only imported."""
    for path in sorted(folder.glob("*.alta")):
        if not is_library(path):
            yield path


def groups(found: Mapping[str, Starter]) -> list[dict[str, Any]]:
    """The programs by groups, as the page lists them."""
    names = dict.fromkeys(one.group for one in found.values())
    return [
        {
            "title": group,
            "programs": [{"name": one.name, "title": one.title} for one in found.values() if one.group == group],
        }
        for group in names
    ]
