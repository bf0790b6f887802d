"""`altac rules`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.files import PROGRAM
from altac.cli.opening import compile_file
from altac.cli.options import definitions, file_argument, imports_option, json_option, level_option
from altac.cli.output import print_json


@click.command()
@file_argument(*PROGRAM)
@level_option
@definitions
@imports_option
@json_option("Print one JSON record per rule.")
def command(file: Path, level: int, define: tuple[tuple[str, str], ...], as_json: bool) -> None:
    """Print the transition rules of the program FILE; each becomes one hidden unit."""
    from altac.passes.rule_text import print_rules, rule_records

    rules = compile_file(file, define, level).rules
    if not as_json:
        click.echo(print_rules(rules), nl=False)
        return
    for record in rule_records(rules):
        print_json(record)
