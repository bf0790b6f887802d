"""`altac train`. Its options are the fields of `TrainingConfig`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from altac.cli.options import definitions, usable_device
from altac.cli.output import say
from altac.cli.overwriting import refuse_overwriting
from altac.diagnostics.words import counted
from altac.learn.config import TrainingConfig, config_text, field_types, read_config

if TYPE_CHECKING:
    from rich.progress import Progress

F = TypeVar("F", bound=Callable[..., Any])
OWN = ("program", "define")  # given in another form


class Sizes(click.ParamType):  # type: ignore[type-arg]  # generic only in newer clicks
    name = "128,128"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        try:
            return tuple(int(one) for one in str(value).split(",") if one.strip())
        except ValueError:
            self.fail(f"`{value}` is not a list of sizes, such as 128,128", param, ctx)


def training_options(function: F) -> F:
    """An option for each field, without a default: what is not given stays as the config has it."""
    kinds = field_types()
    for one in reversed(fields(TrainingConfig)):
        if one.name not in OWN:
            function = option(one, kinds[one.name])(function)
    return function


def option(one: Any, kind: Any) -> Callable[[F], F]:
    name = f"--{one.name.replace('_', '-')}"
    default = ",".join(map(str, one.default)) if get_args(kind) else str(one.default).lower()
    only = one.metadata["only"]
    said = f"{only}: {one.metadata['help']}" if only else str(one.metadata["help"])
    text = f"{said}  [default: {default}]" if default else said
    if kind is bool:
        return click.option(f"{name}/--no-{name[2:]}", default=None, help=text)
    choices = one.metadata["choices"]
    form = click.Choice(choices) if choices else Sizes() if get_args(kind) else kind
    return click.option(name, type=form, help=text)


@click.command(short_help="Train a model on a program's traces, or on its outputs.")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option("--config", type=click.Path(path_type=Path), help="Settings, such as another run's run.toml.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The run's folder.")
@click.option("--resume", is_flag=True, help="Resume the run in that folder.")
@definitions
@training_options
def command(
    file: Path | None,
    config: Path | None,
    output: Path,
    resume: bool,
    define: tuple[tuple[str, str], ...],
    **settings: Any,
) -> None:
    """Train a Transformer to do what FILE does; options override the settings of --config.

    With --supervision trace, embeddings, attention and readouts are compiled, and an MLP learns the step from traces.
    With --supervision output, a Transformer learns from inputs and outputs only.

    The folder gets run.toml, log.csv, checkpoint.pt and model.pt.
    """
    from altac.learn.run import FILES, resumed_config, start_run

    given = {name: value for name, value in settings.items() if value is not None}
    if file is not None:
        given["program"] = str(file)
    if define:
        given["define"] = tuple(f"{name}={value}" for name, value in define)
    if resume:
        if given or config is not None:
            raise click.UsageError("A resumed run keeps its settings: give only --resume and -o.")
        chosen = resumed_config(output)
    else:
        chosen = read_settings(config).with_values(given)
        chosen.refuse_idle(given)
    usable_device(chosen.device)
    written = [output / name for name in FILES]
    refuse_overwriting(written, chosen.program, config, chosen.input, chosen.test)
    with TrainingProgress(chosen.steps) as progress:
        outcome = start_run(chosen, output, progress, resume)
    if outcome.left_out and outcome.leads:
        what = counted(outcome.left_out, "test input")
        say(f"left out because the program has no answer: {what}")
    if outcome.row and outcome.leads:
        tested = outcome.row.get("test_accuracy")
        right = "" if tested is None else f", {100 * tested:.1f} % of {counted(outcome.tests, 'test input')} right"
        click.echo(f"{output / 'model.pt'}: {counted(int(outcome.row['step']), 'step')}{right}")


def read_settings(path: Path | None) -> TrainingConfig:
    """The settings of a file, or all defaults."""
    if path is None:
        return TrainingConfig()
    try:
        text = config_text(path)
    except OSError as error:
        raise click.FileError(str(path), (error.strerror or str(error)).lower()) from None
    except UnicodeDecodeError:
        raise click.FileError(str(path), "not UTF-8 text") from None
    return read_config(text, str(path))


class TrainingProgress:
    """Steps with loss and accuracy, on standard error, on a terminal only."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.tested = ""
        self.bar: Progress | None = None

    def __enter__(self) -> TrainingProgress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self.bar.add_task("", total=self.steps)
            self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, row: dict[str, float]) -> None:
        """Show one line of the log."""
        if "test_accuracy" in row:
            self.tested = f"  test {100 * row['test_accuracy']:.1f} %"
        if self.bar is not None:
            shown = f"loss {row['loss']:.5f}  accuracy {100 * row['accuracy']:.1f} %{self.tested}"
            self.bar.update(self.bar.task_ids[0], completed=int(row["step"]), description=shown)
