"""`altac coverage`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from altac.cli.options import (
    compile_file,
    definitions,
    file_argument,
    imports_option,
    json_option,
    print_lines,
    refuse_overwriting,
)
from altac.cli.progress import LateProgress
from altac.cli.sets import input_set
from altac.system.files import write_whole


@click.command(short_help="Show which lines and rules a set of inputs needs.")
@file_argument
@click.option("--input", "path", required=True, metavar="PATH", help="Training inputs, one a line.")
@click.option("--against", metavar="PATH", help="Test inputs: which rules do they need that never fired in training?")
@click.option("--html", type=click.Path(path_type=Path), help="Write the report to this file, too.")
@click.option("--minimal", is_flag=True, help="Print the rules that fire, and nothing else.")
@click.option("--rules", "every", is_flag=True, help="List every rule that fires.")
@click.option("--show", type=click.IntRange(0), default=20, show_default=True, help="Unseen rules to list.")
@json_option("The whole report as one JSON record.")
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
    """Run the program FILE on inputs, and count how often each line of its step runs, and each plain rule fires.

    With --against: the rules that the test inputs need and the training inputs never fire, and how the minimal program
    does on them, which has only the rules of the training inputs.
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

        write_whole(html, coverage_html(found).encode(), "choose another place with `--html`")
    if minimal:
        from altac.analysis.minimal import minimal_rules
        from altac.passes.text import print_rules

        click.echo(print_rules(minimal_rules(found.coverage.plain, found.coverage.fires)), nl=False)
    elif as_json:
        click.echo(json.dumps(found.record(), ensure_ascii=False))
    else:
        from altac.analysis.text import coverage_text

        print_lines(coverage_text(found, show, every))
