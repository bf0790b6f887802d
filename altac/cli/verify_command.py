"""`altac verify`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from altac.cli.files import PROGRAM, WEIGHTS, File
from altac.cli.opening import compile_file, holds_weights, open_weights
from altac.cli.options import definitions, device_option, file_argument, imports_option, json_option, level_option
from altac.cli.output import is_terminal, print_json
from altac.cli.progress import LateProgress
from altac.ir.interface import LONGEST

EXIT = {"equal": 0, "different": 1, "undecided": 3}


@click.command(short_help="Compare weights with their program, state by state.")
@file_argument(*PROGRAM, *WEIGHTS)
@click.option("--weights", type=File(*WEIGHTS), help="Weights to check; default: those that FILE compiles to.")
@click.option(
    "--budget", type=click.IntRange(0), default=2000, show_default=True, help="Inputs to try exhaustively, short first."
)
@click.option(
    "--random", "drawn", type=click.IntRange(0), default=200, show_default=True, help="Random inputs up to full length."
)
@click.option(
    "--length", type=click.IntRange(0, LONGEST), help="Greatest length of random inputs; default: the program's."
)
@click.option("--seed", default=0, show_default=True, help="Of the random inputs.")
@click.option("--jobs", type=click.IntRange(1), help="Processes for what takes long; default: one for each core.")
@level_option
@definitions
@imports_option
@device_option
@json_option("The report as one JSON record.")
def command(
    file: Path,
    weights: Path | None,
    budget: int,
    drawn: int,
    length: int | None,
    seed: int,
    jobs: int | None,
    level: int,
    define: tuple[tuple[str, str], ...],
    device: str,
    as_json: bool,
) -> int:
    """Compare interpreter and weights on the whole state of every position after every sub-layer.

    First all inputs up to the greatest length that fits the budget, then random ones up to the full length. A
    difference is shrunk to a smallest input and shown as a difference of two traces.

    FILE is a program, or weights, which are compared with the program that they carry. What weights say of themselves
    must belong to them, too: source, names, certificate.

    The exit code is 0 if they are equal, 1 if something differs, and 3 if too little is known to say either.
    """
    from altac.verification.verify import default_jobs, prepare

    if holds_weights(file):
        if weights is not None:
            raise click.UsageError(f"`{file}` is a file of weights; --weights is for a program.")
        weights, program = file, None
        model = open_weights(file, define, device)
    else:
        program = compile_file(file, define, level)
        model = program.model if weights is None else open_weights(weights, (), device)
    model.module.to(device)
    task = prepare(program, model, budget, drawn, seed, length, None if weights is None else str(weights))
    with LateProgress("inputs", len(task.plan or ())) as progress:
        report = task.run(progress, jobs or default_jobs(device))
    if as_json:
        print_json(report.to_dict())
    else:
        click.echo(report.text(shutil.get_terminal_size().columns if is_terminal() else None))
    return EXIT[report.verdict]
