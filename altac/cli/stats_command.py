"""`altac stats`."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from altac.cli.files import PROGRAM, WEIGHTS
from altac.cli.opening import compile_file, open_weights
from altac.cli.options import definitions, file_argument, imports_option, json_option, level_option
from altac.cli.output import print_json
from altac.targets.target import SUFFIXES


@click.command()
@file_argument(*PROGRAM, *WEIGHTS)
@level_option
@definitions
@imports_option
@json_option("Print one JSON record.")
@click.pass_context
def command(context: click.Context, file: Path, level: int, define: tuple[tuple[str, str], ...], as_json: bool) -> None:
    """Print the size of FILE, weights or a program to be compiled, and up to which length of inputs it is exact."""
    if file.suffix in SUFFIXES:
        if context.get_parameter_source("level") is not ParameterSource.DEFAULT:
            raise click.UsageError("-O is for programs; weights keep the level at which they were compiled.")
        sizes = open_weights(file, define).stats()
    else:
        sizes = compile_file(file, define, level).stats()
    if as_json:
        print_json(sizes)
    else:
        from altac.analysis.sizes import sizes_text

        click.echo("\n".join(sizes_text(sizes)))
