"""`altac explain`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.files import PROGRAM, WEIGHTS
from altac.cli.options import definitions, file_argument, imports_option, json_option
from altac.cli.output import print_json, show_diagnostics
from altac.cli.viewing import run_to_show
from altac.diagnostics import AltacError


@click.command()
@file_argument(*PROGRAM, *WEIGHTS)
@click.argument("input")
@click.option("--var", "name", metavar="NAME", help="A variable or head; default: the output.")
@click.option("--at", "position", type=int, help="A position, from 0; default: that of the output, or the last.")
@click.option("--layer", help="A layer by its number, or by name and round: carry.2; default: the last.")
@click.option("--depth", type=click.IntRange(0), help="How many steps to go back; default: about 60 values.")
@click.option("--refused", is_flag=True, help="Also show the positions that heads do not select.")
@click.option("--engine", type=click.Choice(["interpreter", "transformer"]), help="What runs; default: what FILE is.")
@json_option("The explanation as one JSON record.")
@definitions
@imports_option
def command(
    file: Path,
    input: str,
    name: str | None,
    position: int | None,
    layer: str | None,
    depth: int | None,
    refused: bool,
    engine: str | None,
    as_json: bool,
    define: tuple[tuple[str, str], ...],
) -> int:
    """Say why a variable or head has its value in the run of FILE on INPUT, back to the input.

    For each value: the line of the program and the rule that gave it, and what it was made of; for a head the positions
    that it selects. Of weights the values are those of the residual stream, and the rules those of their program.
    """
    from altac.explain import explain
    from altac.explain.place import asked
    from altac.explain.text import Teller, explanation_record

    explainer = run_to_show(file, input, engine, define).explainer
    found = explain(explainer, asked(explainer, name, position, layer), depth)
    if as_json:
        print_json(explanation_record(explainer, found, refused))
    else:
        click.echo("\n".join(Teller(explainer, found, refused).lines()))
    error = explainer.trace.error
    if error is not None:
        show_diagnostics(AltacError([error.of_input(input)]))
    return int(error is not None)
