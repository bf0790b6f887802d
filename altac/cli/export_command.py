"""`altac export`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from altac.cli.files import PROGRAM, WEIGHTS, File
from altac.cli.opening import compile_file, holds_weights, open_weights
from altac.cli.options import TOOLS, definitions, file_argument, imports_option
from altac.cli.output import say, show_diagnostics
from altac.cli.overwriting import refuse_overwriting
from altac.diagnostics import AltacError
from altac.driver import embedded_program

TAKE_TRAINED = ("huggingface", "onnx")


@click.command()
@file_argument(*PROGRAM, *WEIGHTS)
@click.option("--to", "tool", type=click.Choice(TOOLS), required=True, help="The tool that is to open the model.")
@click.option("-o", "--output", type=File(), required=True, metavar="FOLDER", help="Where to write.")
@click.option("--layers", type=click.IntRange(0), metavar="N", help="Rounds of what repeats until a condition holds.")
@click.option("--length", type=click.IntRange(1), metavar="P", help="The greatest number of positions.")
@click.option(
    "--units",
    type=click.Choice(["pair", "relu"]),
    default="pair",
    show_default=True,
    help="Two ReLUs for each hidden unit, or one for each rule.",
)
@definitions
@imports_option
def command(
    file: Path,
    tool: str,
    output: Path,
    layers: int | None,
    length: int | None,
    units: Literal["pair", "relu"],
    define: tuple[tuple[str, str], ...],
) -> None:
    """Write the model of a program or of compiled weights, FILE, in the form of another tool.

    What is written opens there without altac.
    """
    from altac.export.request import Request
    from altac.export.targets import TARGETS
    from altac.model.model import Model
    from altac.system.files import write_together
    from altac.verification.verify import one_thread

    refuse_overwriting([], file, folder=output)
    if holds_weights(file):
        model = open_weights(file, define)
        if not isinstance(model, Model) or (model.is_learned and tool not in TAKE_TRAINED):
            raise click.UsageError(f"`{file}` was trained; export takes compiled weights.")
        compiled = embedded_program(model.metadata)
    else:
        compiled = compile_file(file, define)
        model = compiled.model
    with one_thread():
        export = TARGETS[tool](Request(model, compiled, layers, length, units))
    write_together(output, export.files)
    if export.warnings:
        show_diagnostics(AltacError(export.warnings))
    for note in export.notes:
        say(f"{output}: {note}")
