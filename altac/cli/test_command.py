"""`altac test`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.analysis.examples import failing_examples
from altac.cli.files import PROGRAM, File
from altac.cli.opening import alta_files, compile_file
from altac.cli.options import imports_option, level_option
from altac.cli.output import show_diagnostics
from altac.diagnostics import AltacError
from altac.diagnostics.words import counted
from altac.driver import is_library


@click.command()
@click.argument("paths", nargs=-1, required=True, type=File(*PROGRAM, exists=True), metavar="PATH...")
@level_option
@imports_option
def command(paths: tuple[Path, ...], level: int) -> int:
    """Run every `example` of programs, or of all programs in a folder, in the interpreter and in the weights.

    Both must give the expected output and agree on the whole state after every layer.
    """
    failures = programs = examples = 0
    for file in alta_files(paths):
        try:
            compiled = compile_file(file, (), level)
            weights = compiled.model
        except AltacError as error:
            if is_library(file):
                continue
            show_diagnostics(error)
            click.echo(f"FAILED {file}: does not compile")
            failures += 1
            continue
        found = compiled.program.examples
        failing = failing_examples(found, compiled.interpreter, weights)
        programs += 1
        examples += len(found)
        failures += len(failing)
        for place, problem in failing.items():
            click.echo(f'FAILED {file}:{found[place].span.line}: example "{found[place].input}": {problem}')
        if not failing:
            click.echo(f"ok {file}: {counted(len(found), 'example')}")
    counts = ((programs, "program"), (examples, "example"), (failures, "failure"))
    click.echo(", ".join(counted(count, noun) for count, noun in counts))
    return int(failures > 0)
