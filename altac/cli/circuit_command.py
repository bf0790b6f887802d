"""`altac circuit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from altac.cli.files import INPUTS, PROGRAM, WEIGHTS, File
from altac.cli.opening import compile_file, holds_weights, open_weights
from altac.cli.options import definitions, file_argument, imports_option, level_option
from altac.cli.output import say
from altac.cli.overwriting import refuse_overwriting
from altac.cli.progress import LateProgress
from altac.diagnostics import AltacError
from altac.diagnostics.circuit_errors import NotPlain

if TYPE_CHECKING:
    from altac.circuits.build import Form
    from altac.model.model import Model

SUFFIXES = (".json", ".dot", ".svg", ".png")


@click.command()
@file_argument(*PROGRAM, *WEIGHTS)
@click.option(
    "-o", "--output", type=File(*SUFFIXES), help="Where to write it: .json, .dot, .svg or .png; default: JSON."
)
@click.option(
    "--set",
    "kind",
    type=click.Choice(["static", "live", "minimal"]),
    default="static",
    show_default=True,
    help="From the weights alone, what differs on inputs, or what cannot be left out there.",
)
@click.option("--pairs", type=File(*INPUTS), help="Pairs of inputs, as from `altac counterfactuals`.")
@click.option("--layers", type=click.IntRange(0, 10_000), help="How many layers; default: as many as the pairs take.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["altac", "eap", "acdc", "autocircuit", "interpbench"]),
    default="altac",
    show_default=True,
    help="Whose JSON is written.",
)
@click.option(
    "--exported",
    type=File(),
    metavar="FOLDER",
    help="Of the model in this folder, as `altac export` wrote it, with its blocks and hooks.",
)
@definitions
@level_option
@imports_option
def command(
    file: Path,
    output: Path | None,
    kind: str,
    pairs: Path | None,
    layers: int | None,
    form: str,
    exported: Path | None,
    define: tuple[tuple[str, str], ...],
    level: int,
) -> None:
    """Write the circuit of FILE, a program or compiled weights: which part passes what to which.

    Loops are unrolled. Every head, every MLP, the embedding and the readout is a node, and an edge is what one writes
    and another reads. This is what methods that find circuits can be compared with.
    """
    from altac.circuits.build import circuit_of, read_pairs
    from altac.circuits.drawing import dot, png, svg, title
    from altac.circuits.formats import FOREIGN, json_bytes
    from altac.system.files import write_whole
    from altac.verification.verify import one_thread

    suffix = ".json" if output is None else output.suffix
    if suffix not in SUFFIXES:
        raise click.UsageError(f"`{output}` would be no format that is known: name it {', '.join(SUFFIXES)}.")
    if form != "altac" and suffix != ".json":
        raise click.UsageError(f"--format {form} writes JSON: name it `something.json`.")
    if exported is not None and layers is not None:
        raise click.UsageError(f"How many layers there are is known of what is in `{exported}`: leave out --layers.")
    refuse_overwriting([output], file, pairs)
    model = opened(file, define, level)
    unrolled = None if exported is None else exported_form(model, file, exported)
    with one_thread(), LateProgress("edges") as progress:
        some = () if pairs is None else read_pairs(str(pairs), read(pairs))
        found = circuit_of(model, kind, layers, some, progress, unrolled)  # type: ignore[arg-type]
    if form != "altac":
        data = json_bytes(FOREIGN[form](found))
    else:
        drawings = {".dot": dot, ".svg": svg, ".png": png}
        data = drawings[suffix](found) if suffix in drawings else json_bytes(found.to_dict())
    if output is None:
        click.echo(data.decode(), nl=False)
    else:
        write_whole(output, data)
    say(f"{'' if output is None else f'{output}: '}{title(found)}")


def opened(file: Path, define: tuple[tuple[str, str], ...], level: int) -> Model:
    """Compiled weights, or those of a program.

    Raises:
        AltacError: for weights that were not compiled.
    """
    from altac.model.model import Model

    model = open_weights(file, define) if holds_weights(file) else compile_file(file, define, level).model
    if not isinstance(model, Model):
        raise AltacError([NotPlain(None, "they were learned from outputs alone")])
    return model


def exported_form(model: Model, file: Path, folder: Path) -> Form:
    """What circuits of an exported model are found in.

    Raises:
        AltacError: if the folder holds something else than the model is exported as.
    """
    from altac.driver import embedded_program
    from altac.export.again import export_again
    from altac.verification.verify import one_thread

    with one_thread():
        return export_again(model, embedded_program(model.metadata), str(file), folder)


def read(path: Path) -> bytes:
    """The content of a file.

    Raises:
        AltacError: if it cannot be read.
    """
    from altac.diagnostics.run_errors import CannotRead
    from altac.system.files import open_regular, reason_of

    try:
        with open_regular(path) as file:
            return file.read()
    except OSError as error:
        raise AltacError([CannotRead(None, str(path), reason_of(error))]) from None
