"""`altac decompile`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.files import PROGRAM, WEIGHTS, File
from altac.cli.opening import open_weights
from altac.cli.options import file_argument
from altac.cli.output import say
from altac.cli.overwriting import refuse_overwriting
from altac.cli.progress import LateProgress
from altac.diagnostics import AltacError
from altac.diagnostics.decompile_errors import NotDecompiled


@click.command()
@file_argument(*WEIGHTS)
@click.option("-o", "--output", type=File(*PROGRAM), help="Where to write the program; default: standard output.")
@click.option(
    "--budget", type=click.IntRange(0), default=1000, show_default=True, help="Inputs to compare on, short first."
)
@click.option(
    "--random", "drawn", type=click.IntRange(0), default=200, show_default=True, help="Random inputs to compare on."
)
@click.option("--seed", default=0, show_default=True, help="Of the random inputs.")
def command(file: Path, output: Path | None, budget: int, drawn: int, seed: int) -> None:
    """Write a program that is equal to the compiled weights FILE.

    It is recovered from the numbers alone, and from what the model reads and writes: not from the source or the names
    in the file. Before it is written, it is compiled and compared with the weights.
    """
    from altac.decompile.bare import BareWeights
    from altac.decompile.compare import first_difference, plan
    from altac.decompile.decompile import decompiled
    from altac.decompile.weights import Undecided
    from altac.model.model import Model
    from altac.system.files import write_whole
    from altac.verification.verify import one_thread

    refuse_overwriting([output], file)
    model = open_weights(file, ())
    if not isinstance(model, Model) or model.is_learned:
        raise AltacError([NotDecompiled(None, str(file), "it was trained, and holds no rules")])
    with one_thread():
        try:
            result = decompiled(model.module, model.interface)
        except Undecided as reason:
            raise AltacError([NotDecompiled(None, str(file), str(reason))]) from None
        found, weights = result.program, BareWeights(result.given, model.interface)
        inputs = plan(found, weights, budget, drawn, seed)
        with LateProgress("inputs", len(inputs)) as progress:
            difference = first_difference(found, weights, inputs, progress)
    if difference is not None:
        raise AltacError([NotDecompiled(None, str(file), f"the program that was found is another one: {difference}")])
    text = found.program.source.text
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(output, text.encode())
    say(f"{output or 'the program'}: equal to {file} on {inputs}")
