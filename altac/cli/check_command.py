"""`altac check`: never imports torch."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.files import PROGRAM, File
from altac.cli.options import definitions, imports_from, imports_option, json_option
from altac.cli.output import print_json, show_diagnostics
from altac.diagnostics import AltacError, Diagnostic, diagnostic_record
from altac.driver import compile_source, load_source


@click.command()
@click.argument("files", nargs=-1, required=True, type=File(*PROGRAM), metavar="FILE...")
@definitions
@imports_option
@json_option("Print one JSON record per diagnostic to standard output, for editors.")
def command(files: tuple[Path, ...], define: tuple[tuple[str, str], ...], as_json: bool) -> int:
    """Check programs: names, domains, and that no variable can leave its domain.

    Prints nothing and exits with 0 if there is nothing to say. Warnings are printed, but are not errors.
    """
    found: list[Diagnostic] = []
    for file in files:
        try:
            source = load_source(file)
            found += compile_source(source, overrides=dict(define), imports_from=imports_from()).warnings
        except AltacError as error:
            found += error.diagnostics
    if as_json:
        for diagnostic in found:
            print_json(diagnostic_record(diagnostic))
    elif found:
        show_diagnostics(AltacError(found))
    return int(any(diagnostic.severity == "error" for diagnostic in found))
