"""Arguments that name files; a shell completes them with folders and with files of the kind that is taken."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from altac.targets.target import SUFFIXES

PROGRAM = (".alta",)
WEIGHTS = SUFFIXES
INPUTS = (".txt", ".jsonl", ".ndjson")
PLAIN = re.compile(r"[\w@%+=:,./-]+")  # what no shell reads in another way


class File(click.Path):
    """A path to a file whose name ends in a certain way, usually; to a folder if it has no endings."""

    def __init__(self, *suffixes: str, path_type: type[Any] | None = Path, exists: bool = False) -> None:
        super().__init__(path_type=path_type, exists=exists)
        self.suffixes = suffixes

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        if not self.suffixes:
            return [CompletionItem(incomplete, type="dir")]
        found = list(filter(PLAIN.fullmatch, candidates(incomplete, self.suffixes)))
        if not found:  # the shell knows how to quote, and all other files
            return super().shell_complete(ctx, param, incomplete)
        return [CompletionItem(name) for name in found]


def candidates(incomplete: str, suffixes: tuple[str, ...]) -> list[str]:
    """The folders, and the files with such endings, whose paths begin like this.

    A folder alone comes with what it holds: of a single candidate, a shell believes that it is complete.
    """
    folder, begun = os.path.split(incomplete)
    before = incomplete.removesuffix(begun)
    found = []
    try:
        with os.scandir(folder or ".") as entries:
            for entry in entries:
                name = entry.name
                if name.startswith(begun) and (begun or not name.startswith(".")):
                    if entry.is_dir():
                        found.append(f"{before}{name}/")
                    elif name.endswith(suffixes):
                        found.append(before + name)
    except (OSError, ValueError):
        return []
    if len(found) == 1 and found[0].endswith("/"):
        found += candidates(found[0], suffixes)
    return sorted(found)
