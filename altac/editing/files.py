"""The files that a text is used together with, found by its tokens: none of them needs to parse."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from altac.check.imports import MOST_FILES, TEXT, Folder
from altac.diagnostics import AltacError, Source
from altac.syntax import read_source
from altac.syntax.parse import LARGEST_FILE
from altac.syntax.scan import scan

Imports = str | os.PathLike[str] | None  # a folder from which a text may import files, beside its own
Files = dict[str, str]  # texts by the paths of their files, without links in them


def together(path: str, texts: Mapping[str, str], imports_from: Imports) -> tuple[Files, str | None]:
    """A file and all that it imports, itself first, and one of them that cannot be read.

    Args:
        texts: what files hold, by their paths; all others are read.
    """
    folder = Folder.of(Source(path, ""), imports_from)
    files: Files = {}
    waiting, unread = [path], None
    while waiting and len(files) <= MOST_FILES:
        file = waiting.pop()
        if file in files:
            continue
        text = _read(file, texts)
        files[file] = text or ""
        if text is None:
            unread = unread or file
        for imported in _imports(text or ""):
            found = folder.path(str(Path(file).parent / imported))
            if found is None:
                unread = unread or imported
            else:
                waiting.append(str(found))
    return files, unread or next(iter(waiting), None)


def real_path(name: str) -> str:
    """The path of a file without links in it; a text that is in no file keeps its name."""
    return name if name == TEXT else os.path.realpath(name.replace("\0", "?"))


def _read(file: str, texts: Mapping[str, str]) -> str | None:
    if file in texts:
        return texts[file]
    try:
        return read_source(Path(file), LARGEST_FILE).text
    except AltacError:
        return None


def _imports(text: str) -> list[str]:
    """The files that a text names."""
    if "import" not in text:
        return []
    return [str(after).strip('"') for word, after in pairwise(scan(text)) if word.type == "IMPORT"]
