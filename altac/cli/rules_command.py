"""`altac rules`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.options import compile_file, definitions, file_argument, imports_option, json_option, level_option


@click.command(short_help="Print the transition rules of a program.")
@file_argument
@level_option
@definitions
@imports_option
@json_option("One JSON record for each rule.")
def command(file: Path, level: int, define: tuple[tuple[str, str], ...], as_json: bool) -> None:
    """Print the transition rules of FILE: each becomes one hidden unit."""
    from altac.passes.text import print_json, print_rules

    rules = compile_file(file, define, level).rules
    click.echo(print_json(rules) if as_json else print_rules(rules), nl=False)
