"""`altac grade`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from altac.cli.files import PROGRAM
from altac.cli.options import Time, file_argument, imports_from, imports_option, json_option
from altac.cli.output import is_terminal, print_json, show_diagnostics
from altac.diagnostics import AltacError, Diagnostic
from altac.driver import compile_source, load_source, program_name


@click.command()
@file_argument(*PROGRAM)
@click.option("--exercise", "name", metavar="NAME", help="The exercise, or its folder; default: the program's name.")
@click.option("--hints", type=click.IntRange(0), default=0, metavar="N", help="Also give the first N hints.")
@click.option("--time", "limit", type=Time(), default="60s", show_default=True, help="How long all cases may take.")
@json_option("The grade as one JSON record.")
@imports_option
def command(file: Path, name: str | None, hints: int, limit: tuple[str, float], as_json: bool) -> int:
    """Say what is wrong with FILE as an answer to an exercise.

    It is checked, its input, output and form are compared with what is asked for, and it runs on cases that the text of
    the exercise does not show. The smallest input that fails is shown with its trace, and with the reason for the
    first wrong symbol. `altac exercise` lists the exercises.
    """
    from altac.grading import exercise_of, grade
    from altac.grading.text import grade_lines, grade_record, hint_lines

    source = load_source(file)
    compiled, problems, found = None, list[Diagnostic](), None
    try:
        compiled = compile_source(source, imports_from=imports_from())
        problems += compiled.warnings
    except AltacError as error:
        problems += error.diagnostics
    try:
        exercise = exercise_of(name or program_name(source) or file.stem)
    except AltacError:
        if compiled is None and name is None:
            raise AltacError(problems) from None
        raise
    if compiled is not None:
        found = grade(exercise, compiled, limit[1])
        problems += found.problems
    if as_json:
        print_json(grade_record(exercise, found, problems, hints))
        return int(found is None or not found.passed)
    if problems:
        show_diagnostics(AltacError(problems))
    if found is None:
        lines = hint_lines(exercise, hints, passed=False)
    else:
        width = shutil.get_terminal_size().columns if is_terminal() else None
        lines = grade_lines(found, str(file), hints, width, is_terminal())
    for line in lines:
        click.echo(line)
    return int(found is None or not found.passed)
