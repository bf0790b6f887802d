"""`altac evaluate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from altac.cli.options import (
    WEIGHTS,
    definitions,
    device_option,
    imports_option,
    json_option,
    open_engine,
    print_lines,
    refuse_overwriting,
)
from altac.cli.progress import LateProgress
from altac.cli.sets import answer_set, input_set
from altac.diagnostics.words import counted
from altac.driver import embedded_program
from altac.interpret import Interpreter
from altac.ir.values import Value, value_text
from altac.system.files import write_whole

if TYPE_CHECKING:
    from altac.analysis.evaluate import Key, Tally
    from altac.analysis.rule_accuracy import RuleScores
    from altac.engine.protocol import Engine
    from altac.model.encoder_model import EncoderModel
    from altac.model.model import Model


@click.command(short_help="Show on which inputs a model is right.")
@click.argument("model", type=click.Path(path_type=Path), metavar="MODEL")
@click.option("--input", "path", metavar="PATH", help="Inputs, one a line; the answers are those of MODEL's program.")
@click.option("--answers", metavar="PATH", help="Inputs with their answers, as `altac run --json` prints them.")
@click.option("--by", multiple=True, metavar="PROPERTY", help="Group inputs by a property; at most twice.")
@click.option("--plot", type=click.Path(path_type=Path), help="Write the groups as a picture, OUT.png.")
@click.option(
    "--rules", is_flag=True, help="Which rules does the step of these weights apply, and which does it break?"
)
@click.option("--show", type=click.IntRange(0), default=20, show_default=True, help="Broken rules to list.")
@click.option("--engine", type=click.Choice(["interpreter", "transformer"]), help="What runs; default: what MODEL is.")
@json_option("As one JSON record.")
@device_option
@definitions
@imports_option
def command(
    model: Path,
    path: str | None,
    answers: str | None,
    by: tuple[str, ...],
    plot: Path | None,
    rules: bool,
    show: int,
    engine: str | None,
    as_json: bool,
    device: str,
    define: tuple[tuple[str, str], ...],
) -> None:
    """Run MODEL, weights or a program, and count right answers, wrong answers, and runs without an answer.

    A property of an input is, for example, `length`, `count("1") > 2`, or `output`, which is the right answer to it.
    """
    from altac.analysis import evaluate
    from altac.data.properties import parse_property

    if (path is None) == (answers is None):
        raise click.UsageError("Say where inputs are, with --input, or inputs and answers, with --answers.")
    if len(by) > 2:
        raise click.UsageError("A table has one or two properties; use --by at most twice.")
    if plot is not None and (not by or plot.suffix != ".png"):
        raise click.UsageError("--plot draws what --by groups, to a file such as OUT.png.")
    refuse_overwriting([plot], model, path, answers)
    runner = open_engine(model, engine, define, device)
    program, weights = parts(runner)
    if rules and weights is None:
        raise click.UsageError(f"--rules is about weights that have states, and {what(runner)}.")
    properties = [parse_property(text, runner.interface) for text in by]
    if answers is None:
        asked, outputs, unknown = input_set(str(path), "auto", runner.interface), None, 0
    else:
        asked, outputs, unknown = answer_set(answers, runner.interface)
    scores: RuleScores | None = None
    with LateProgress("inputs", len(asked) * (3 if rules else 2)) as progress:
        expected = evaluate.expected_outputs(program, asked, outputs, progress)
        left_out = unknown + len(asked) - len(expected)
        if left_out:
            click.echo(f"left out, since no answer to them is known: {counted(left_out, 'input')}", err=True)
        if plot is not None and not expected:
            raise click.UsageError("There is nothing for --plot to draw: no answer to any input is known.")
        keys = evaluate.property_keys(properties, runner.interface, expected)
        given = evaluate.answers(evaluate.with_enough_layers(runner, expected), expected, progress)
        if weights is not None and rules:
            from altac.analysis.rule_accuracy import score_rules

            scores = score_rules(weights, program, [question.text for question in expected], progress)
    swapped = isinstance(runner, Interpreter) and model.suffix in WEIGHTS
    name = f"the program of {model}" if swapped else str(model)
    tally, cells = evaluate.Tally.of(given), evaluate.cells(given, keys) if by else {}
    if plot is not None:
        from altac.analysis.plot import plot as draw

        title = f"{'the program of ' * swapped}{model.name}: {counted(len(given), 'input')}"
        picture = draw(title, by, cells)
        write_whole(plot, picture, "choose another place with `--plot`")
    if as_json:
        click.echo(json.dumps(record(str(model), tally, left_out, by, cells, scores), ensure_ascii=False))
        return
    from altac.analysis.text import evaluation_text, scores_text

    print_lines(evaluation_text(name, tally, by, cells))
    if scores is not None:
        print_lines(scores_text(scores, show))


def parts(engine: Engine) -> tuple[Interpreter, Model | None]:
    """The program that says what is right, and the weights, if it is weights with states that run."""
    if isinstance(engine, Interpreter):
        return engine, None
    from altac.model.model import Model

    model = cast("Model | EncoderModel", engine)
    return embedded_program(model.metadata).interpreter, model if isinstance(model, Model) else None


def what(engine: Engine) -> str:
    """Why an engine has no rules of weights."""
    if isinstance(engine, Interpreter):
        return "this is a program; add `--engine transformer` to compile it"
    return "this model learned from outputs alone"


def record(
    model: str, tally: Tally, left_out: int, by: tuple[str, ...], cells: dict[Key, Tally], scores: RuleScores | None
) -> dict[str, Any]:
    """The evaluation as plain types."""
    found: dict[str, Any] = {"model": model, **tally.record(), "left_out": left_out, "by": list(by)}
    found["cells"] = [{"values": list(map(plain, key)), **cell.record()} for key, cell in cells.items()]
    if scores is not None:
        found["rules"] = scores.record()
    return found


def plain(value: Value) -> int | str | None:
    """A value as JSON has it, where `none` is null; fractions and sets are texts."""
    return value if value is None or isinstance(value, int) else value_text(value)
