"""The text that a `NAME.err` holds: what altac says about `NAME.alta`, and the exit code that follows from it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from altac.check import check_file
from altac.diagnostics import AltacError, Diagnostic, Source, render_all
from altac.syntax import parse_source, read_source

FOLDER = Path(__file__).parent


def programs() -> list[Path]:
    return sorted(FOLDER.glob("*.alta"))


def diagnose(source: Source) -> list[Diagnostic]:
    """Every error and warning of a program, in the order in which they are found."""
    try:
        return check_file(parse_source(source))[1]
    except AltacError as error:
        return list(error.diagnostics)


@cache
def golden_text(path: Path) -> str:
    """The rendered diagnostics, which name the file without its folder, and a line `exit: 0` or `exit: 1`."""
    diagnostics = diagnose(read_source(path))
    text = render_all(diagnostics).replace(str(path), path.name)
    failed = any(diagnostic.severity == "error" for diagnostic in diagnostics)
    return f"{text}\n\nexit: {int(failed)}\n"
