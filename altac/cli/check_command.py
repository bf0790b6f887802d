"""`altac check`: never imports torch."""

from __future__ import annotations

import json
from pathlib import Path

import click

from altac.cli.options import definitions, imports_from, imports_option, json_option
from altac.diagnostics import AltacError, Diagnostic, diagnostic_record
from altac.driver import compile_source, load_source


@click.command(short_help="Check programs; silent when they are fine.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@definitions
@imports_option
@json_option("One JSON record for each diagnostic on standard output, for editors.")
def command(files: tuple[Path, ...], define: tuple[tuple[str, str], ...], as_json: bool) -> int:
    """Check programs: names, domains, and that no variable can leave its domain.

    Silent and exit code 0 when all is fine; warnings do not count as errors.
    """
    from altac.cli.main import show_diagnostics

    found: list[Diagnostic] = []
    for file in files:
        try:
            source = load_source(file)
            found += compile_source(source, overrides=dict(define), imports_from=imports_from()).warnings
        except AltacError as error:
            found += error.diagnostics
    if as_json:
        for diagnostic in found:
            click.echo(json.dumps(diagnostic_record(diagnostic), ensure_ascii=False))
    elif found:
        show_diagnostics(AltacError(found))
    return int(any(one.severity == "error" for one in found))
