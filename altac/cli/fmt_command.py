"""`altac fmt`: never imports torch."""

from __future__ import annotations

import sys
from difflib import unified_diff
from io import StringIO
from pathlib import Path

import click

from altac.cli.options import alta_files
from altac.diagnostics import AltacError, Diagnostic, Source
from altac.syntax.format import format_source
from altac.syntax.parse import bounded, decode_source, read_data
from altac.system.files import write_whole

STDIN = Path("-")


@click.command(short_help="Format programs in place.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--check", is_flag=True, help="Change nothing; name the files that would change, and exit with 1.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
def command(paths: tuple[Path, ...], check: bool, diff: bool) -> int:
    """Format programs, or all programs in folders, in place; `-` is standard input, to standard output.

    Comments stay, and so does the meaning. A file that does not parse is reported and left as it is.
    """
    from altac.cli.main import show_diagnostics

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
    """Format one file, or tell what would change; whether it changes."""
    piped = path == STDIN
    data = bounded("<stdin>", sys.stdin.buffer) if piped else read_data(path)
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
        write_whole(path, text.encode(), "check its permissions, and the space left on the disk")
        click.echo(f"{path}: formatted", err=True)
    return changed


def difference(source: Source, text: str) -> str:
    """A unified diff from a source to its new text."""
    before, after = (StringIO(one, newline="\n").readlines() for one in (source.text, text))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in unified_diff(before, after, source.name, source.name)
    )
