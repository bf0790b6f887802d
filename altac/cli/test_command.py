"""`altac test`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.options import alta_files, compile_file, imports_option, level_option
from altac.diagnostics import AltacError
from altac.driver import Compiled, load_source
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import Engine, run_texts
from altac.syntax import parse_source
from altac.syntax import tree as t

LIBRARY = (t.Import, t.Param, t.Const, t.Type, t.Def)


@click.command(short_help="Run the examples of programs through interpreter and weights.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="PATH...")
@level_option
@imports_option
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
            if is_library(file):
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
    counts = ((programs, "program"), (examples, "example"), (failures, "failure"))
    click.echo(", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts))
    return int(failures > 0)


def is_library(file: Path) -> bool:
    """Whether a file only declares names for others to import."""
    try:
        tree = parse_source(load_source(file))
    except AltacError:
        return False
    return bool(tree.declarations) and all(isinstance(one, LIBRARY) for one in tree.declarations)


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
