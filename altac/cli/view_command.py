"""`altac view`."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path

import click

from altac.cli.files import PROGRAM, WEIGHTS, File
from altac.cli.options import definitions, file_argument, imports_option
from altac.cli.output import say, show_diagnostics
from altac.cli.overwriting import refuse_overwriting
from altac.cli.viewing import page_of, run_to_show
from altac.diagnostics import AltacError
from altac.system.files import write_whole


@click.command()
@file_argument(*PROGRAM, *WEIGHTS)
@click.argument("input")
@click.option("-o", "--output", type=File(".html"), help="Where the page goes; default: a temporary file, which stays.")
@click.option("--no-open", is_flag=True, help="Do not open the browser; only print where the page is.")
@click.option("--engine", type=click.Choice(["interpreter", "transformer"]), help="What runs; default: what FILE is.")
@definitions
@imports_option
def command(
    file: Path,
    input: str,
    output: Path | None,
    no_open: bool,
    engine: str | None,
    define: tuple[tuple[str, str], ...],
) -> int:
    """Show the run of FILE on INPUT in the browser: a table in which every value says why it is what it is.

    The page is one file, and needs neither altac nor a network.
    """
    refuse_overwriting([output], file)
    shown = run_to_show(file, input, engine, define)
    page = page_of(shown)
    if output is None:
        output = Path(tempfile.mkdtemp(prefix="altac-")) / f"{shown.compiled.program.name}.html"
    write_whole(output, page)
    click.echo(str(output))
    if not no_open and not webbrowser.open(output.resolve().as_uri()):
        say("No browser could be opened here; open the file yourself.")
    error = shown.explainer.trace.error
    if error is not None:
        show_diagnostics(AltacError([error.of_input(input)]))
    return int(error is not None)
