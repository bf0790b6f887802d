"""`altac trace`."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from altac.cli.files import INPUTS, PROGRAM, WEIGHTS, File
from altac.cli.opening import open_engine, open_program
from altac.cli.options import definitions, file_argument, imports_option, json_option
from altac.cli.output import is_terminal, print_json, say, show_diagnostics
from altac.cli.overwriting import refuse_overwriting
from altac.cli.progress import LateProgress
from altac.cli.viewing import page_of, run_to_show
from altac.data import FORMATS, SHARD
from altac.diagnostics import AltacError, closest
from altac.diagnostics.words import counted
from altac.engine.protocol import trace_text
from altac.ir.interface import InputError
from altac.system.files import write_whole

if TYPE_CHECKING:
    from altac.engine.trace import Trace


class Names(click.ParamType):  # type: ignore[type-arg]  # generic only in newer clicks
    name = "a,b"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        return value if isinstance(value, list) else [part.strip() for part in str(value).split(",") if part.strip()]


class Numbers(click.ParamType):  # type: ignore[type-arg]  # generic only in newer clicks
    name = "0,3"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        if isinstance(value, list):
            return value
        try:
            return [int(part) for part in str(value).split(",")]
        except ValueError:
            self.fail(f"`{value}` is not a list of positions, such as 0,3", param, ctx)


@click.command(short_help="Show every variable at every position, layer by layer.")
@file_argument(*PROGRAM, *WEIGHTS)
@click.argument("input", required=False)
@click.option("--vars", "names", type=Names(), help="Variables and heads to show, separated by commas.")
@click.option("--positions", type=Numbers(), help="Positions to show, counted from 0.")
@json_option("The trace as one JSON record.")
@click.option(
    "--engine",
    type=click.Choice(["interpreter", "transformer", "ray"]),
    help="What runs; default: what FILE is. `ray` runs that on a Ray cluster, for --input only.",
)
@click.option(
    "--input",
    "path",
    type=File(*INPUTS, path_type=None),
    metavar="PATH",
    help="Trace every line of a file, as a data set; needs -o.",
)
@click.option(
    "-o", "--output", type=File(path_type=None), metavar="FOLDER", help="Folder for the data set; resumed if it exists."
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="parquet", show_default=True)
@click.option("--html", type=File(".html"), help="Also write a page that explains every value, as `altac view`.")
@click.option("--svg", type=File(".svg"), help="Also write the table as a figure.")
@click.option("--png", type=File(".png"), help="The same as a PNG.")
@click.option("--residual", is_flag=True, help="Add the residual stream before and after the layer, from the weights.")
@click.option("--no-rules", is_flag=True, help="Leave out which rules fired.")
@click.option("--workers", type=click.IntRange(1), help="Processes; default: one for each core.")
@click.option("--shard", type=click.IntRange(1), default=SHARD, show_default=True, help="Inputs of a file.")
@definitions
@imports_option
def command(
    file: Path,
    input: str | None,
    names: list[str] | None,
    positions: list[int] | None,
    as_json: bool,
    engine: str | None,
    path: str | None,
    output: str | None,
    form: str,
    html: Path | None,
    svg: Path | None,
    png: Path | None,
    residual: bool,
    no_rules: bool,
    workers: int | None,
    shard: int,
    define: tuple[tuple[str, str], ...],
) -> int:
    """Show the run of FILE on INPUT: positions across, layers down, changed values highlighted.

    From compiled weights the values are decoded from the residual stream after every layer.

    With --input PATH -o FOLDER, write the runs of many inputs as a data set instead: one row for each input, layer and
    position. docs/data.md describes it.
    """
    pictures = {"--html": html, "--svg": svg, "--png": png}
    for_table = {"--vars": names, "--positions": positions, "--json": as_json, "INPUT": input, **pictures}
    for_data = {"-o": output, "--residual": residual, "--no-rules": no_rules, "--workers": workers}
    for name, given in (for_data if path is None else for_table).items():
        if given not in (None, False):
            raise click.UsageError(f"{name} is {'for --input' if path is None else 'not for --input'}.")
    if path is not None and output is None:
        raise click.UsageError("Say where the data set goes with -o FOLDER.")
    if path is not None and output is not None:
        return export_file(file, path, output, engine, form, residual, not no_rules, workers, shard, define)
    if input is None:
        raise click.UsageError("Give an input, or many with --input PATH -o FOLDER.")
    if engine == "ray":
        raise click.UsageError("--engine ray is for --input.")
    return show(file, input, names, positions, as_json, engine, define, pictures)


def show(
    file: Path,
    input: str,
    names: list[str] | None,
    positions: list[int] | None,
    as_json: bool,
    engine: str | None,
    define: tuple[tuple[str, str], ...],
    pictures: Mapping[str, Path | None],
) -> int:
    """Print the trace of one input, and write its pictures, by the options that name them."""
    from altac.engine.table import render_trace

    refuse_overwriting(pictures.values(), file)
    runner = open_engine(file, engine, define)
    known = list(runner.domains)
    for name in names or []:
        if name not in known:
            guess = closest(name, known)
            hint = f"Did you mean `{guess}`?" if guess else f"There are: {', '.join(known)}."
            raise click.BadParameter(f"there is no variable or head `{name}`. {hint}", param_hint="--vars")
    try:
        trace = trace_text(runner, input)
    except InputError as error:
        raise AltacError([error.problem.of_input(input)]) from None
    for position in positions or []:
        if not 0 <= position < len(trace.tokens):
            last = len(trace.tokens) - 1
            raise click.BadParameter(f"there is no position {position}; they are 0 to {last}", param_hint="--positions")
    if names is None and not as_json:  # the title has the tokens already, and neither ever changes
        known = [name for name in known if name not in ("token", "position")]
    shown = list(range(len(trace.tokens))) if positions is None else positions
    draw(file, input, engine, define, trace, names or known, shown, pictures)
    if as_json:
        print_json(trace.to_dict(names, positions))
    else:
        width = shutil.get_terminal_size().columns if is_terminal() else None
        click.echo(render_trace(trace, names or known, shown, width, colour=is_terminal()))
    if trace.error is not None:
        show_diagnostics(AltacError([trace.error.of_input(input)]))
    return int(trace.error is not None)


def draw(
    file: Path,
    input: str,
    engine: str | None,
    define: tuple[tuple[str, str], ...],
    trace: Trace,
    names: list[str],
    positions: list[int],
    pictures: Mapping[str, Path | None],
) -> None:
    """Write the pictures that are asked for; all are made before any is written."""
    made: dict[str, bytes] = {}
    for option, path in pictures.items():
        if path is None:
            continue
        if option == "--html":
            made[option] = page_of(run_to_show(file, input, engine, define))
        else:
            from altac.view.figure import figure

            shown = [name for name in names if name not in ("token", "position")]
            made[option] = figure(trace, shown, positions, "svg" if option == "--svg" else "png")
    for option, data in made.items():
        path = pictures[option]
        assert path is not None
        write_whole(path, data, option)


def export_file(
    file: Path,
    path: str,
    output: str,
    engine: str | None,
    form: str,
    residual: bool,
    rules: bool,
    workers: int | None,
    shard: int,
    define: tuple[tuple[str, str], ...],
) -> int:
    """Write the traces of a file of inputs as a data set."""
    from altac.data.export import Job, export, run_here
    from altac.data.store import is_remote

    if residual and engine == "interpreter":
        raise click.UsageError("--residual needs weights: --engine transformer.")
    if not is_remote(output):
        refuse_overwriting([], file, None if is_remote(path) else path, folder=output)
    program, model = open_program(file, "transformer" if residual else engine, define)
    digest = None if model is None else model.digest()
    job = Job(program, path, output, model, digest, form, rules, residual, shard)
    runner = run_here
    if engine == "ray":
        from altac.data.cluster import run_on_ray as runner
    with LateProgress("inputs") as progress:
        done = export(job, workers, progress, runner)
    what = ", ".join([counted(done.inputs, "input"), counted(done.rows, "row"), counted(done.shards, "file")])
    click.echo(f"{output}: {what}{'' if done.new else ', complete before'}")
    if done.failed:
        has = "has" if done.failed == 1 else "have"
        say(f"{counted(done.failed, 'input')} {has} no whole trace; {output}/_failures.jsonl says why")
    return int(done.failed > 0)
