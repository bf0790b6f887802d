"""`altac play`."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from altac.cli.files import PROGRAM, File
from altac.cli.output import say
from altac.system.extras import require


@click.command()
@click.argument("file", type=File(*PROGRAM), required=False, metavar="[FILE]")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="Where; 0 is one that is free."
)
@click.option("--seconds", type=click.FloatRange(0.1), default=30, show_default=True, help="What a run may take.")
@click.option("--no-open", is_flag=True, help="Do not open the browser; only print where the page is.")
def command(file: Path | None, port: int, seconds: float, no_open: bool) -> None:
    """Write and run programs in the browser, from FILE or any program of the library.

    The page is served to this machine alone, and needs no network. FILE is read and never written. Ctrl-C ends it.
    """
    for module in ("starlette", "uvicorn"):
        require(module, "play")
    from altac.play.serve import serve

    def ready(address: str) -> None:
        click.echo(address)
        if not no_open and not webbrowser.open(address):
            say("No browser could be opened here; open the address yourself.")

    serve(file, port, seconds, ready)
