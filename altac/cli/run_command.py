"""`altac run`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import numpy as np

from altac.cli.files import INPUTS, PROGRAM, WEIGHTS, File
from altac.cli.inputs import InputLine, chunks, located, read_inputs
from altac.cli.opening import open_engine
from altac.cli.options import definitions, device_option, file_argument, imports_option, json_option
from altac.cli.output import print_json, show_diagnostics
from altac.cli.progress import LateProgress
from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import NoScore
from altac.engine.evidence import Evidence
from altac.engine.protocol import Engine, Finish, run_texts
from altac.engine.trace import Result
from altac.engine.writing import Choose
from altac.ir.encode import encode_value
from altac.ir.interface import Interface
from altac.ir.values import Value, value_text

MOST_SHOWN = 10  # labels of a line


@click.command()
@file_argument(*PROGRAM, *WEIGHTS)
@click.argument("inputs", nargs=-1)
@click.option(
    "--input",
    "path",
    type=File(*INPUTS, path_type=None),
    metavar="PATH",
    help="Read inputs from a file, one a line; `-` is standard input.",
)
@click.option(
    "--input-format",
    "form",
    type=click.Choice(["auto", "text", "jsonl"]),
    default="auto",
    help="Format of --input; `auto` is jsonl for files ending in `.jsonl`, else text.",
)
@json_option("Print one JSON record per line: input, output, values, layers, error; scores, probabilities if asked.")
@click.option("--keep-going", is_flag=True, help="Continue after an input that fails.")
@click.option(
    "--engine",
    type=click.Choice(["interpreter", "transformer"]),
    help="What runs FILE; default: the interpreter for programs, the Transformer for weights.",
)
@click.option("--scores", is_flag=True, help="Show below each output the scores that decided it.")
@click.option("--probabilities", is_flag=True, help="Show below each output the probability of every label.")
@click.option("--draw", is_flag=True, help="Draw each symbol of an output with its probability.")
@click.option("--seed", default=0, show_default=True, help="Random seed of --draw.")
@click.option("--no-cache", is_flag=True, help="Weights that write run all that they have read anew for each symbol.")
@device_option
@definitions
@imports_option
def command(
    file: Path,
    inputs: tuple[str, ...],
    path: str | None,
    form: str,
    as_json: bool,
    keep_going: bool,
    engine: str | None,
    scores: bool,
    probabilities: bool,
    draw: bool,
    seed: int,
    no_cache: bool,
    device: str,
    define: tuple[tuple[str, str], ...],
) -> int:
    """Run FILE, a program or compiled weights, on inputs, and print one line for each.

    Programs run in the interpreter, weights in PyTorch, unless --engine says otherwise. What a program writes is shown
    as it is written, unless its inputs are in a file.
    """
    lines = read_inputs(inputs, path, form)
    runner = open_engine(file, engine, define, device)
    asked = {"--scores": scores, "--probabilities": probabilities, "--draw": draw}
    if runner.interface.scoring is None and any(asked.values()):
        option = next(name for name, given in asked.items() if given)
        raise AltacError([NoScore(None, option, runner.interface.variable)])
    dice = Dice(seed) if draw else None
    if no_cache and hasattr(runner, "with_cache"):
        runner.with_cache = False
    if runner.interface.writing is not None and path is None and not as_json:
        return write_lines(runner, lines, keep_going, dice, scores, probabilities)
    failed = done = 0
    with LateProgress("inputs", len(inputs) or None) as progress:
        for chunk in chunks(lines):
            for result, line in zip(run_lines(runner, chunk, progress, dice, done), chunk, strict=True):
                done += 1
                if result.error is not None:
                    failed += 1
                    show_diagnostics(AltacError([located(line, result.error)]))
                if as_json:
                    print_json(record(result, runner) | evidence(result, scores, probabilities))
                elif result.error is None:
                    click.echo(result.text(runner.interface))
                    for shown in shown_evidence(result, runner.interface, scores, probabilities):
                        click.echo(shown)
                elif keep_going:
                    click.echo()  # one line for each input, so that lines still correspond
                if failed and not keep_going:
                    return 1
    return int(failed > 0)


def write_lines(
    engine: Engine,
    lines: Iterator[InputLine],
    keep_going: bool,
    dice: Dice | None,
    scores: bool,
    probabilities: bool,
) -> int:
    """Show what is written behind each input, symbol by symbol; the exit code."""
    failed = 0
    for number, line in enumerate(lines):
        begun = False

        def tell(_: int, index: int) -> None:
            nonlocal begun
            text = engine.interface.domain.text(engine.interface.domain.values[index])
            click.echo(f" {text}" if begun else text, nl=False)
            sys.stdout.flush()
            begun = True

        problem = line.problem
        (result,) = (
            [Result(line.text, None, 0, problem)]
            if problem is not None
            else run_texts(engine, [line.text], choose=chooser(engine, dice, [number]), tell=tell)
        )
        if result.error is None or begun or keep_going:
            click.echo()
        if result.error is not None:
            failed += 1
            show_diagnostics(AltacError([located(line, result.error)]))
            if not keep_going:
                return 1
            continue
        for shown in shown_evidence(result, engine.interface, scores, probabilities):
            click.echo(shown)
    return int(failed > 0)


@dataclass(frozen=True)
class Dice:
    """Draws the symbols of each input by its number: the other inputs, and how they are run, change nothing."""

    seed: int

    def of(self, number: int) -> np.random.Generator:
        return np.random.default_rng([self.seed < 0, abs(self.seed), number])


def chooser(engine: Engine, dice: Dice | None, numbers: Sequence[int]) -> Choose | None:
    """What draws the symbols that are written behind some inputs, each with its probability."""
    scoring, domain = engine.interface.scoring, engine.interface.domain
    if dice is None or scoring is None:
        return None
    of_each = [dice.of(number) for number in numbers]

    def choose(sequence: int, end: Finish) -> int:
        assert end.sums is not None
        (value,) = Evidence(end.sums, domain, scoring).drawn(of_each[sequence])
        return domain.index(value)

    return choose


def run_lines(
    engine: Engine, lines: list[InputLine], progress: LateProgress, dice: Dice | None, first: int
) -> Iterator[Result]:
    """The results of a chunk; lines that hold no input have theirs at once.

    Args:
        first: the number of the first line among all inputs.
    """
    good = {first + place: line.text for place, line in enumerate(lines) if line.problem is None}
    writes = engine.interface.writing is not None
    choose = chooser(engine, dice, list(good)) if writes else None
    results = iter(run_texts(engine, list(good.values()), progress, choose))
    for number, line in enumerate(lines, first):
        if line.problem is not None:
            yield Result(line.text, None, 0, line.problem)
            continue
        result = next(results)
        yield result if writes or dice is None else drawn(result, dice.of(number))


def record(result: Result, engine: Engine) -> dict[str, Any]:
    error = result.error
    shown = None if error is None else {"code": error.code, "message": error.message, "help": error.help_text}
    values = None if result.output is None else [encode_value(value) for value in result.output]
    text = None if result.output is None else result.text(engine.interface)
    found = {"input": result.input, "output": text, "values": values, "layers": result.layers, "error": shown}
    if engine.interface.writing is not None:
        found["steps"] = [{"value": encode_value(one.value), "layers": one.layers} for one in result.steps]
    return found


def drawn(result: Result, dice: np.random.Generator) -> Result:
    """A result with an output that is drawn."""
    return result if result.evidence is None else replace(result, output=result.evidence.drawn(dice))


def evidence(result: Result, scores: bool, probabilities: bool) -> dict[str, Any]:
    """What an output was decided by, as plain types: for each of its symbols pairs of a label and a number."""
    found: dict[str, Any] = {}
    for name, asked, rows in (
        ("scores", scores, result.scores),
        ("probabilities", probabilities, result.probabilities),
    ):
        if asked:
            found[name] = rows and [[[encode_value(label), encoded(one)] for label, one in row.items()] for row in rows]
    return found


def encoded(number: float | Fraction) -> Any:
    return number if isinstance(number, float) else encode_value(number)


def shown_evidence(result: Result, interface: Interface, scores: bool, probabilities: bool) -> Iterator[str]:
    """Lines below an output, for each of its symbols: the labels, the best first."""
    rows: tuple[tuple[str, Sequence[Mapping[Value, Any]]], ...] = (
        ("scores", (scores and result.scores) or ()),
        ("probabilities", (probabilities and result.probabilities) or ()),
    )
    for place, value in enumerate(result.output or ()):
        for name, found in ((name, found) for name, found in rows if found):
            best = sorted(found[place].items(), key=lambda one: -one[1])
            numbers = [f"{interface.domain.text(label)} {number_text(one)}" for label, one in best[:MOST_SHOWN]]
            rest = [f"and {len(best) - MOST_SHOWN} more"] if len(best) > MOST_SHOWN else []
            yield f"  {interface.domain.text(value)}: {name} {', '.join([*numbers, *rest])}"


def number_text(value: float | Fraction) -> str:
    """A score exactly, a probability in four digits."""
    return f"{value:.4f}" if isinstance(value, float) else value_text(value)
