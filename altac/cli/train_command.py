"""`altac train`. Its options are the fields of `TrainingConfig`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from altac.cli.files import PROGRAM, File
from altac.cli.options import allow_imports, definitions, json_option, usable_device
from altac.cli.output import print_json, say
from altac.cli.overwriting import refuse_overwriting
from altac.cli.progress import LateProgress
from altac.diagnostics.words import counted
from altac.learn.settings import TrainingConfig, config_text, field_types, read_config

if TYPE_CHECKING:
    from altac.learn.run import Outcome

F = TypeVar("F", bound=Callable[..., Any])
OWN = ("program", "define")  # given in another form
NAMES = {"train": "training", "test": "test"}  # of the inputs on which the model is tested


class Sizes(click.ParamType):  # type: ignore[type-arg]  # generic only in newer clicks
    name = "128,128"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        try:
            return tuple(int(size) for size in str(value).split(",") if size.strip())
        except ValueError:
            self.fail(f"`{value}` is not a list of sizes, such as 128,128", param, ctx)


def training_options(function: F) -> F:
    """An option for each field, without a default: what is not given stays as the config has it."""
    kinds = field_types()
    for setting in reversed(fields(TrainingConfig)):
        if setting.name not in OWN:
            function = option(setting, kinds[setting.name])(function)
    return function


def option(setting: Any, kind: Any) -> Callable[[F], F]:
    name = f"--{setting.name.replace('_', '-')}"
    default = ",".join(map(str, setting.default)) if get_args(kind) else str(setting.default).lower()
    only = setting.metadata["only"]
    said = f"{only}: {setting.metadata['help']}" if only else str(setting.metadata["help"])
    text = f"{said}  [default: {default}]" if default else said
    if kind is bool:
        return click.option(f"{name}/--no-{name[2:]}", default=None, help=text)
    choices = setting.metadata["choices"]
    form = click.Choice(choices) if choices else Sizes() if get_args(kind) else kind
    return click.option(name, type=form, help=text)


@click.command(short_help="Train a model on a program's traces, or on its outputs.")
@click.argument("file", required=False, type=File(*PROGRAM), metavar="[FILE]")
@click.option("--config", type=File(".toml"), help="Settings, such as another run's run.toml.")
@click.option("-o", "--output", required=True, type=File(), help="The run's folder.")
@click.option("--resume", is_flag=True, help="Resume the run in that folder.")
@json_option("Print how it ended as one JSON record.")
@definitions
@training_options
def command(
    file: Path | None,
    config: Path | None,
    output: Path,
    resume: bool,
    as_json: bool,
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
    allow_imports(chosen.imports_from)
    written = [output / name for name in FILES]
    refuse_overwriting(written, chosen.program, config, chosen.input, chosen.test)
    tested: dict[str, float] = {}
    with LateProgress() as progress:

        def report(row: dict[str, float]) -> None:
            tested.update(row)
            progress.at(int(row["step"]), shown(row, tested))

        outcome = start_run(chosen, output, report, resume, progress.stage)
    if not outcome.row or not outcome.leads:
        return
    if as_json:
        print_json({"model": str(output / "model.pt"), **outcome.record()})
        return
    if outcome.left_out:
        what = counted(outcome.left_out, "test input")
        say(f"left out because the program has no answer: {what}")
    click.echo("\n".join(summary(output / "model.pt", outcome)))


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


def shown(row: dict[str, float], tested: dict[str, float]) -> str:
    """A line of the log while it trains, and the last answers to test inputs."""
    from altac.analysis.text import percent

    parts = [f"loss {row['loss']:.5f}", f"accuracy {percent(row['accuracy'])}"]
    if "test_accuracy" in tested:
        parts.append(f"test {percent(tested['test_accuracy'])}")
    return ", ".join(parts)


def summary(model: Path, outcome: Outcome) -> Iterator[str]:
    """What was learned, beside what the most frequent answer alone would be worth."""
    from altac.analysis.text import baseline_text, percent

    record = outcome.record()
    yield f"{model}: {counted(record['step'], 'step')}"
    for kind, name in NAMES.items():
        if kind in record:
            asked = record[kind]
            what = counted(asked["inputs"], f"{name} input")
            constant = baseline_text(asked["most_frequent"], asked["baseline"])
            yield f"  {percent(asked['accuracy'])} of {what} right; {constant}"
