"""`altac test`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.options import alta_files, compile_file, level_option
from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.equivalence import compare_engines
from altac.ir.engine import Engine, run_texts


@click.command(short_help="Run the examples of programs through interpreter and weights.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="PATH...")
@level_option
def command(paths: tuple[Path, ...], level: int) -> int:
    """Run every `example` of programs, or of all programs in folders, through interpreter and weights.

    Both must give the expected output, and agree on the whole state after every layer.
    """
    from altac.cli.main import show_diagnostics

    failures = programs = examples = 0
    for file in alta_files(paths):
        try:
            compiled = compile_file(file, (), level)
        except AltacError as error:
            if [one.code for one in error.diagnostics if one.severity == "error"] == ["E0010"] and is_library(file):
                continue
            show_diagnostics(error)
            click.echo(f"FAILED {file}: does not compile")
            failures += 1
            continue
        problems = failed_examples(compiled)
        programs += 1
        examples += len(compiled.program.examples)
        failures += len(problems)
        for problem in problems:
            click.echo(f"FAILED {file}:{problem}")
        if not problems:
            click.echo(f"ok {file}: {len(compiled.program.examples)} examples")
    click.echo(f"{programs} programs, {examples} examples, {failures} failures")
    return int(failures > 0)


def failed_examples(compiled: Compiled) -> list[str]:
    """A line of text for every example that fails, beginning with the line of the program."""
    texts = [example.input for example in compiled.program.examples]
    problems = []
    engines: list[tuple[str, Engine]] = [("interpreter", compiled.interpreter), ("weights", compiled.model)]
    for name, engine in engines:
        for example, result in zip(compiled.program.examples, run_texts(engine, texts), strict=True):
            found = result.text(engine.interface)
            where = f'{example.span.line}: example "{example.input}" in the {name}'
            if result.error is not None:
                problems.append(f"{where}: {result.error.message}")
            elif found != example.output:
                problems.append(f'{where}: expected "{example.output}", found "{found}"')
    difference = compare_engines(compiled.interpreter, compiled.model, texts)
    if difference is not None:
        problems.append(f" interpreter and weights differ: {difference}")
    return problems
