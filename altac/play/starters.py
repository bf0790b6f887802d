"""The programs that the page offers: the file that was named, those of the library, and the exercises."""

from __future__ import annotations

from collections.abc import Mapping
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
    """A program to begin with; `name` tells it from the others, `title` is what a reader sees.

    `about` is a file that says what is to be done, None where there is none.
    """

    name: str
    title: str
    group: str
    path: Path
    about: Path | None = None

    def opened(self) -> Document:
        """The program as it stands in its file now.

        Raises:
            AltacError: if it cannot be read.
        """
        return Document(self.path.name, read_source(self.path).text, folder=self.path.resolve().parent)

    def record(self) -> dict[str, Any]:
        """What the page is told.

        Raises:
            AltacError: if a file cannot be read.
        """
        document = self.opened()
        about = "" if self.about is None else read_source(self.about).text
        return {
            "name": self.name,
            "file": document.name,
            "text": document.text,
            "input": first_input(document),
            "about": about,
        }


def first_input(document: Document) -> str:
    """The input of its first example that has one, "" if there is none."""
    try:
        declarations = parse_source(document.source).declarations
    except AltacError:
        return ""
    return next((one.input for one in declarations if isinstance(one, t.Example) and one.input), "")


def folder_of(name: str, package: str) -> Path:
    """A folder inside a package that is installed, or at the top of a checkout; there need not be one."""
    root = Path(__file__).parents[1]
    packaged = root / package / name
    return packaged if packaged.is_dir() else root.parent / name


def starters(file: Path | None) -> dict[str, Starter]:
    """All of them, by their names."""
    found = [] if file is None else [Starter("file", file.name, OWN, file)]
    for path in sorted(folder_of("programs", "play").glob("*.alta")):
        if not is_library(path):
            found.append(Starter(f"programs/{path.stem}", path.stem, LIBRARY, path))
    for path in sorted(folder_of("exercises", "grading").glob("*/*.alta")):
        title, about = path.parent.name, path.with_name("README.md")
        found.append(Starter(f"exercises/{title}", title, EXERCISES, path, about if about.exists() else None))
    return {one.name: one for one in found}


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
