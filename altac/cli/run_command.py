"""`altac run`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from altac.cli.files import INPUTS, PROGRAM, WEIGHTS, File
from altac.cli.inputs import InputLine, chunks, located, read_inputs
from altac.cli.opening import open_engine
from altac.cli.options import definitions, device_option, file_argument, imports_option, json_option
from altac.cli.output import print_json, show_diagnostics
from altac.cli.progress import LateProgress
from altac.diagnostics import AltacError
from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import Result
from altac.ir.encode import encode_value


@click.command()
@file_argument(*PROGRAM, *WEIGHTS)
@click.argument("inputs", nargs=-1)
@click.option(
    "--input",
    "path",
    type=File(*INPUTS, path_type=None),
    metavar="PATH",
    help="Read inputs from a file, one a line; `-` is standard input.",
)
@click.option(
    "--input-format",
    "form",
    type=click.Choice(["auto", "text", "jsonl"]),
    default="auto",
    help="Format of --input; `auto` is jsonl for files ending in `.jsonl`, else text.",
)
@json_option("Print one JSON record per line: input, output, values, layers, error.")
@click.option("--keep-going", is_flag=True, help="Continue after an input that fails.")
@click.option(
    "--engine",
    type=click.Choice(["interpreter", "transformer"]),
    help="What runs FILE; default: the interpreter for programs, the Transformer for weights.",
)
@device_option
@definitions
@imports_option
def command(
    file: Path,
    inputs: tuple[str, ...],
    path: str | None,
    form: str,
    as_json: bool,
    keep_going: bool,
    engine: str | None,
    device: str,
    define: tuple[tuple[str, str], ...],
) -> int:
    """Run FILE, a program or compiled weights, on inputs, and print one line for each.

    Programs run in the interpreter, weights in PyTorch, unless --engine says otherwise.
    """
    lines = read_inputs(inputs, path, form)
    runner = open_engine(file, engine, define, device)
    failed = 0
    with LateProgress("inputs", len(inputs) or None) as progress:
        for chunk in chunks(lines):
            for line, result in zip(chunk, run_lines(runner, chunk, progress), strict=True):
                if result.error is not None:
                    failed += 1
                    show_diagnostics(AltacError([located(line, result.error)]))
                if as_json:
                    print_json(record(result, runner))
                elif result.error is None:
                    click.echo(result.text(runner.interface))
                elif keep_going:
                    click.echo()  # one line for each input, so that lines still correspond
                if failed and not keep_going:
                    return 1
    return int(failed > 0)


def run_lines(engine: Engine, lines: list[InputLine], progress: LateProgress) -> Iterator[Result]:
    """The results of a chunk; lines that hold no input have theirs at once."""
    good = [line.text for line in lines if line.problem is None]
    results = iter(run_texts(engine, good, progress))
    for line in lines:
        if line.problem is None:
            yield next(results)
        else:
            yield Result(line.text, None, 0, line.problem)


def record(result: Result, engine: Engine) -> dict[str, Any]:
    error = result.error
    shown = None if error is None else {"code": error.code, "message": error.message, "help": error.help_text}
    values = None if result.output is None else [encode_value(value) for value in result.output]
    text = None if result.output is None else result.text(engine.interface)
    return {"input": result.input, "output": text, "values": values, "layers": result.layers, "error": shown}
