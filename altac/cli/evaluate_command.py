"""`altac evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from altac.cli.files import INPUTS, PROGRAM, WEIGHTS, File
from altac.cli.opening import open_engine, program_and_weights
from altac.cli.options import definitions, device_option, imports_option, json_option
from altac.cli.output import print_json, print_lines, say
from altac.cli.overwriting import refuse_overwriting
from altac.cli.progress import LateProgress
from altac.cli.sets import answer_set, input_set
from altac.diagnostics.words import counted
from altac.interpret import Interpreter
from altac.system.files import write_whole
from altac.targets.target import SUFFIXES

if TYPE_CHECKING:
    from altac.analysis.rule_accuracy import RuleScores


@click.command()
@click.argument("model", type=File(*PROGRAM, *WEIGHTS), metavar="MODEL")
@click.option(
    "--input",
    "path",
    type=File(*INPUTS, path_type=None),
    metavar="PATH",
    help="Inputs, one a line; right is what the program of MODEL answers.",
)
@click.option(
    "--answers",
    type=File(*INPUTS, path_type=None),
    metavar="PATH",
    help="Inputs with the right answers, as `altac run --json` prints them.",
)
@click.option("--by", multiple=True, metavar="PROPERTY", help="Group inputs by a property; at most twice.")
@click.option("--plot", type=File(".png", ".pdf", ".svg"), help="Plot the groups to a file, OUT.png.")
@click.option("--rules", is_flag=True, help="Show which rules the steps of these weights apply, and which they break.")
@click.option("--show", type=click.IntRange(0), default=20, show_default=True, help="How many broken rules to list.")
@click.option(
    "--engine",
    type=click.Choice(["interpreter", "transformer"]),
    help="What runs MODEL; default: the interpreter for programs, the Transformer for weights.",
)
@json_option("Print one JSON record.")
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
    """Run MODEL, weights or a program, and count right answers, wrong answers and runs without an answer.

    A property of an input is, for example, `length`, `count("1") > 2`, or `output`, which is the right answer to it.
    """
    from altac.analysis import evaluate
    from altac.data.properties import parse_property

    if (path is None) == (answers is None):
        raise click.UsageError("Give inputs with --input, or inputs and answers with --answers.")
    if len(by) > 2:
        raise click.UsageError("A table has at most two properties: use --by once or twice.")
    if plot is not None and (not by or plot.suffix != ".png"):
        raise click.UsageError("--plot draws what --by groups, to a file such as OUT.png.")
    refuse_overwriting([plot], model, path, answers)
    runner = open_engine(model, engine, define, device)
    program, weights = program_and_weights(runner)
    if rules and weights is None:
        learned = "this model learned from outputs alone"
        why = "this is a program; add `--engine transformer` to compile it" if runner is program else learned
        raise click.UsageError(f"--rules is about weights that have states, and {why}.")
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
            say(f"left out because no answer is known: {counted(left_out, 'input')}")
        if plot is not None and not expected:
            raise click.UsageError("There is nothing for --plot to draw: no input has a known answer.")
        keys = evaluate.property_keys(properties, runner.interface, expected)
        given = evaluate.answers(evaluate.with_enough_layers(runner, expected), expected, progress)
        if weights is not None and rules:
            from altac.analysis.rule_accuracy import score_rules

            scores = score_rules(weights, program, [question.text for question in expected], progress)
    swapped = isinstance(runner, Interpreter) and model.suffix in SUFFIXES
    name = f"the program of {model}" if swapped else str(model)
    tally, cells = evaluate.Tally.of(given), evaluate.cells(given, keys) if by else {}
    if plot is not None:
        from altac.analysis.plot import plot as draw

        title = f"{'the program of ' * swapped}{model.name}: {counted(len(given), 'input')}"
        picture = draw(title, by, cells)
        write_whole(plot, picture, "--plot")
    if as_json:
        print_json(evaluate.record(str(model), tally, left_out, by, cells, scores))
        return
    from altac.analysis.text import evaluation_text, scores_text

    print_lines(evaluation_text(name, tally, by, cells))
    if scores is not None:
        print_lines(scores_text(scores, show))
