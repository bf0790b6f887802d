"""The notebooks of `examples/` without their outputs, from pages of the documentation.

Prose becomes text. `alta NAME.alta` becomes a cell with `%%alta`, a command of altac one with `%altac`, and a trace one
that shows it. A session of Python is cut behind each statement that gives something.
"""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.docs.pages import FENCE, ROOT, Block, blocks

EXAMPLES = ROOT / "examples"
NOTEBOOKS = {
    "1-layers": ("docs/tour.md", ("A layer", "Two layers", "A loop")),
    "2-inside": (
        "docs/tour.md",
        ("One step that repeats", "Break it", "Compile it", "Look inside", "From program to learned model"),
    ),
    "3-heads": (
        "docs/tour.md",
        ("Look everywhere: count and mean", "Fetch: attention as memory", "Cases, tables and imports", "From Python"),
    ),
    "4-answers": ("docs/tour.md", ("Decide by evidence", "Write", "From examples to a program")),
    "5-discovery": ("docs/discovery.md", ()),  # the whole page
}
SETUP = """# What this notebook writes goes into a folder of its own, with a copy of the programs.
import os, shutil, tempfile
if os.path.isdir("../programs"):
    folder = tempfile.mkdtemp()
    shutil.copytree("../programs", f"{folder}/programs")
    os.chdir(folder)

import altac
%load_ext altac"""
BEHIND = {  # what only a notebook shows, behind the cells that end so
    'altac.trace(parity, "1 1 1")': 'from altac.notebook import view\n\nview(parity, "1 1 1")',
    'print(*sorted(truth), sep="\\n")': "circuit",
}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Cell:
    """A cell; one that `fails` shows what is wrong with a program, and does not stop the notebook."""

    text: str
    is_code: bool
    fails: bool = False


def notebook(name: str) -> dict[str, Any]:
    """A notebook without outputs, as the JSON that it is."""
    page, chapters = NOTEBOOKS[name]
    text = (ROOT / page).read_text(encoding="utf-8")
    title, _, rest = text.partition("\n")
    about = f"Made from [{page}](../{page}); `%%alta` compiles the program in a cell, and `%altac` runs a command."
    cells = [Cell(f"{title}\n\n{about}", False), Cell(SETUP, True)]
    for part in [chapter_of(text, chapter) for chapter in chapters] or [rest]:
        for cell in cells_of(part, page):
            cells += [cell, *(Cell(more, True) for end, more in BEHIND.items() if cell.text.endswith(end))]
    return {
        "cells": [record(number, cell) for number, cell in enumerate(cells)],
        "metadata": METADATA,
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def chapter_of(text: str, title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found[0]


def record(number: int, cell: Cell) -> dict[str, Any]:
    tags = {"tags": ["raises-exception"]} if cell.fails else {}
    common = {"id": f"cell-{number}", "metadata": tags, "source": cell.text.splitlines(keepends=True)}
    if not cell.is_code:
        return {"cell_type": "markdown", **common}
    return {"cell_type": "code", "execution_count": None, "outputs": [], **common}


def cells_of(text: str, page: str) -> Iterator[Cell]:
    """The cells of a part of a page."""
    broken: set[str] = set()
    after = 0
    for block, match in zip(blocks(text), FENCE.finditer(text), strict=True):
        prose = text[after : match.start()].strip()
        if prose:
            yield Cell(linked(prose, page), False)
        yield from cells_of_block(block, broken)
        after = match.end()
    if text[after:].strip():
        yield Cell(linked(text[after:].strip(), page), False)


def cells_of_block(block: Block, broken: set[str]) -> Iterator[Cell]:
    match block.words:
        case ("alta", "saved", name) if re.search(r"^program\b", block.body, re.MULTILINE):
            broken.add(name)  # one that is shown to be wrong
            yield Cell(f"%%alta {name}\n{block.body.rstrip()}", True, fails=True)
        case ("alta", "saved", name) | ("text", name):
            yield Cell(f"%%writefile {name}\n{block.body.rstrip()}", True)
        case ("alta", name):
            yield Cell(f"%%alta {name}\n{block.body.rstrip()}", True)
        case ("console",):
            for line in re.findall(r"^\$ (altac .*)", block.body, re.MULTILINE):
                words = shlex.split(line)
                if words[1] != "check" or words[2] not in broken:
                    yield Cell(command(line, words), True)
        case ("pycon",):
            yield from cells_of_session(block.body)
        case _:
            yield Cell(f"```{' '.join(block.words)}\n{block.body}```", False)


def command(line: str, words: list[str]) -> str:
    """A command of altac; a trace alone is shown as a table."""
    match words:
        case ["altac", "trace", file, given] if file.endswith(".alta"):
            name = file.removesuffix(".alta")
            return f'altac.trace({name if name.isidentifier() else repr(file)}, "{given}")'
        case _:
            return f"%{line}"


def cells_of_session(body: str) -> Iterator[Cell]:
    waiting: list[str] = []
    for example in doctest.DocTestParser().get_examples(body):
        waiting.append(example.source.rstrip("\n"))
        if example.want:
            yield Cell("\n".join(waiting), True)
            waiting = []
    if waiting:
        yield Cell("\n".join(waiting), True)


def linked(text: str, page: str) -> str:
    """Prose with links that lead somewhere from `examples/`."""

    def moved(found: re.Match[str]) -> str:
        target = found[1]
        if re.match(r"[a-z]+:", target) or target.startswith("../"):
            return found[0]
        return f"](../{page}{target})" if target.startswith("#") else f"](../docs/{target})"

    return re.sub(r"\]\(([^)\s]+)\)", moved, text)
