"""`altac lsp`: never imports torch."""

from __future__ import annotations

import sys

import click

from altac.cli.options import imports_from, imports_option
from altac.cli.output import say


@click.command()
@imports_option
def command() -> int:
    """Help an editor with programs, over standard input and output.

    Editors start this command: see docs/editors.md. It speaks the language server protocol.
    """
    from altac.lsp.server import serve

    if sys.stdin.isatty():
        say("altac lsp: waits for an editor; ctrl-C ends it")
    serve(imports_from())
    return 0
