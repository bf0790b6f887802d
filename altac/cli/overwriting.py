"""No command writes over what it reads."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click

from altac.cli.options import imports_from
from altac.diagnostics import AltacError
from altac.driver import imported_by, load_source
from altac.targets.target import SUFFIXES

Place = Path | str | None  # of a file; None or "" where an option is not given


def refuse_overwriting(outputs: Iterable[Place], program: Place, *inputs: Place, folder: Place = None) -> None:
    """Make sure that no output is a file that is read, or another output: by another spelling, or by a link.

    Args:
        program: FILE; what it imports is read, too.
        folder: where outputs go whose names are not known; nothing that is read may be in it.

    Raises:
        click.UsageError: if one is; nothing is written yet.
    """
    written = [Path(output) for output in outputs if output]
    known = [Path(path) for path in (program, *inputs) if path and str(path) != "-"]
    if program and (folder or any(map(os.path.lexists, written))):
        known += imports_of(Path(program))
    for number, output in enumerate(written):
        if any(is_same(output, other) for other in written[:number]):
            raise click.UsageError(f"One output would overwrite the other: both are `{output}`.")
        for path in known:
            if is_same(output, path):
                what = "program" if program and is_same(path, Path(program)) else "input"
                raise click.UsageError(f"`{output}` would overwrite the {what} `{path}`; choose another name for it.")
    for path in known if folder else ():
        if Path(os.path.realpath(path)).is_relative_to(os.path.realpath(str(folder))):
            raise click.UsageError(f"`{folder}` holds `{path}` and could overwrite it; choose another folder with -o.")


def imports_of(path: Path) -> list[Path]:
    """The files that a program imports; none for weights, or if there are errors, with which nothing is written."""
    try:
        return [] if path.suffix in SUFFIXES else imported_by(load_source(path), imports_from())
    except AltacError:
        return []


def is_same(path: Path, other: Path) -> bool:
    """Whether two paths lead to one file, which need not be there yet."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return os.path.realpath(str(path).replace("\0", "?")) == os.path.realpath(str(other).replace("\0", "?"))
