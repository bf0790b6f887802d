"""`altac fmt`: never imports torch."""

from __future__ import annotations

from difflib import unified_diff
from io import StringIO
from pathlib import Path

import click

from altac.cli.files import PROGRAM, File
from altac.cli.inputs import standard_input
from altac.cli.opening import alta_files
from altac.cli.output import say, show_diagnostics
from altac.diagnostics import AltacError, Diagnostic, Source
from altac.syntax.format import format_source
from altac.syntax.parse import bounded, decode_source, read_data
from altac.system.files import write_whole

STDIN = Path("-")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=File(*PROGRAM), metavar="FILE...")
@click.option(
    "--check", is_flag=True, help="Change nothing; list the files that would change, and exit with 1 if there are any."
)
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
def command(paths: tuple[Path, ...], check: bool, diff: bool) -> int:
    """Format programs in place, or all programs in a folder. `-` formats standard input to standard output.

    Comments are kept, and the meaning does not change. A file that does not parse is reported and left as it is.
    """
    found: list[Diagnostic] = []
    changes = False
    for path in alta_files(paths):
        try:
            changes |= format_file(path, check, diff)
        except AltacError as error:
            found += error.diagnostics
    if found:
        show_diagnostics(AltacError(found))
    return int(bool(found) or (check and changes))


def format_file(path: Path, check: bool, diff: bool) -> bool:
    """Format one file, or show what would change; returns whether it changes."""
    piped = path == STDIN
    data = bounded("<stdin>", standard_input()) if piped else read_data(path)
    source = decode_source("<stdin>" if piped else str(path), data)
    text = format_source(source)
    changed = text.encode() != data
    if check and changed:
        click.echo(source.name)
    if diff:
        click.echo(difference(source, text), nl=False)
    if check or diff:
        return changed
    if piped:
        click.echo(text.encode(), nl=False)
    elif changed:
        write_whole(path, text.encode(), None)
        say(f"{path}: formatted")
    return changed


def difference(source: Source, text: str) -> str:
    """A unified diff from a source to its new text."""
    before, after = (StringIO(version, newline="\n").readlines() for version in (source.text, text))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in unified_diff(before, after, source.name, source.name)
    )
