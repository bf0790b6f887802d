"""`altac coverage`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.files import INPUTS, PROGRAM, File
from altac.cli.opening import compile_file
from altac.cli.options import definitions, file_argument, imports_option, json_option
from altac.cli.output import print_json, print_lines
from altac.cli.overwriting import refuse_overwriting
from altac.cli.progress import LateProgress
from altac.cli.sets import input_set
from altac.system.files import write_whole


@click.command()
@file_argument(*PROGRAM)
@click.option(
    "--input",
    "path",
    type=File(*INPUTS, path_type=None),
    required=True,
    metavar="PATH",
    help="Training inputs, one a line.",
)
@click.option(
    "--against",
    type=File(*INPUTS, path_type=None),
    metavar="PATH",
    help="Test inputs, one a line: show the rules that fire on these only.",
)
@click.option("--html", type=File(".html"), help="Also write the report to this file.")
@click.option("--minimal", is_flag=True, help="Print only the rules that fire.")
@click.option("--rules", "every", is_flag=True, help="List every rule that fires.")
@click.option("--show", type=click.IntRange(0), default=20, show_default=True, help="How many unseen rules to list.")
@json_option("Print the report as one JSON record.")
@definitions
@imports_option
def command(
    file: Path,
    path: str,
    against: str | None,
    html: Path | None,
    minimal: bool,
    every: bool,
    show: int,
    as_json: bool,
    define: tuple[tuple[str, str], ...],
) -> None:
    """Run the program FILE on inputs; count how often each statement runs and each plain rule fires.

    With --against, also list the rules that fire on the test inputs but never on the training inputs, and run the
    minimal program, which has only the rules of the training inputs, on the test inputs.
    """
    from altac.analysis.report import report

    if minimal and as_json:
        raise click.UsageError("Choose one of --minimal and --json.")
    refuse_overwriting([html], file, path, against)
    interpreter = compile_file(file, define).interpreter
    train = path, input_set(path, "auto", interpreter.interface)
    test = None if against is None else (against, input_set(against, "auto", interpreter.interface))
    with LateProgress("inputs", len(train[1]) + (3 * len(test[1]) if test else 0)) as progress:
        found = report(interpreter, train, test, progress)
    if html is not None:
        from altac.analysis.html import coverage_html

        write_whole(html, coverage_html(found).encode(), "--html")
    if minimal:
        from altac.analysis.minimal import minimal_rules
        from altac.passes.rule_text import print_rules

        click.echo(print_rules(minimal_rules(found.coverage.plain, found.coverage.fires)), nl=False)
    elif as_json:
        print_json(found.record())
    else:
        from altac.analysis.text import coverage_text

        print_lines(coverage_text(found, show, every))
