"""`altac exercise`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from altac.cli.files import PROGRAM, File
from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import WriteFailed
from altac.system.files import write_whole


@click.command()
@click.argument("name", required=False)
@click.option("-o", "--output", type=File(*PROGRAM), help="Also write the program to begin with; a new file.")
def command(name: str | None, output: Path | None) -> int:
    """Show the text of the exercise NAME, or list all exercises, the easiest first.

    The program that it begins with is in the file that -o names; `altac grade FILE` then says how far you are.
    """
    from altac.grading import exercise_of, exercises

    if name is None:
        if output is not None:
            raise click.UsageError("Name the exercise that -o is to begin.")
        listed = exercises()
        width = max(len(one.name) for one in listed)
        for number, one in enumerate(listed, 1):
            click.echo(f"{number:>2}  {one.name:<{width}}  {one.title}")
        return 0
    exercise = exercise_of(name)
    if output is not None:
        if os.path.lexists(output):  # `Path.exists` fails on names that are too long
            raise AltacError([WriteFailed(None, str(output), "it is there already")])
        write_whole(output, exercise.source.text.encode())
    click.echo(exercise.text.rstrip("\n"))
    if output is not None:
        click.echo(f"\n{output} is the program to begin with.")
    return 0
