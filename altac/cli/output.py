"""What commands print: results on standard output, everything else on standard error.

A result that cannot be printed ends the command with an error. A message that cannot be printed changes nothing: the
exit code tells what became of the command.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from altac.diagnostics import AltacError
from altac.diagnostics.render import plain, render_all, terminal
from altac.diagnostics.words import readable

if TYPE_CHECKING:
    from rich.text import Text


def say(text: str) -> None:
    """Print a message."""
    with suppress(OSError):
        click.echo(text, err=True)


def show_diagnostics(error: AltacError) -> None:
    """Print diagnostics as messages, in colour on a terminal."""
    style = terminal if sys.stderr.isatty() and "NO_COLOR" not in os.environ else plain
    say(render_all(error.diagnostics, style))


def print_json(record: Any) -> None:
    """Print a JSON record on a line of its own; what the output cannot encode is escaped as JSON has it."""
    text = json.dumps(record, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(record)
    click.echo(text)


def print_lines(lines: Iterable[Text]) -> None:
    """Print styled lines, none of them folded; colours only on a terminal."""
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False, force_jupyter=False)
    with console.capture() as shown:  # rich has its own idea of closed pipes
        for line in lines:
            console.print(line)
    click.echo(shown.get(), nl=False, color=console.is_terminal)


def is_terminal() -> bool:
    return sys.stdout.isatty()


def escape(error: UnicodeError) -> tuple[str, int]:
    """What a stream shows for what it cannot encode."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = readable(error.object[error.start : error.end])
    return text.encode("ascii", "backslashreplace").decode(), error.end
