"""`altac sample`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from altac.cli.options import compile_file, definitions, file_argument, imports_option, refuse_overwriting
from altac.cli.progress import LateProgress
from altac.data.inputs import holds_json
from altac.data.properties import parse_property
from altac.data.sample import EVERYTHING, Drawn, Request, Why, draw_sets
from altac.diagnostics.words import counted
from altac.engine.trace import Result
from altac.ir.interface import LONGEST, Interface
from altac.ir.values import source_text
from altac.system.files import write_whole

MOST_SHORT = 12  # kinds with less than their share that are named
DIGITS = 9  # of a length that is read as a number: int() refuses thousands of them
MOST_SHOWN = 40  # characters of a range that is refused
SHORT: dict[Why, str] = {
    "exist": "there are {fewer} for these values of {what}",
    "shared": "this set has {fewer} for these values of {what}, since the two sets share them",
    "given up": "{fewer} were found for these values of {what}",
}


class Lengths(click.ParamType):  # type: ignore[type-arg]  # generic only in newer clicks
    name = "A..B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        first, dots, last = str(value).partition("..")
        if not first.isdecimal() or (dots and not last.isdecimal()):
            self.fail(f"`{value}` is not a range of lengths, such as 0..20", param, ctx)
        pieces = (first, last if dots else first)
        if any(len(piece) > DIGITS or int(piece) > LONGEST for piece in pieces):
            shown = str(value) if len(str(value)) <= MOST_SHOWN else f"{str(value)[:MOST_SHOWN]}..."
            self.fail(f"`{shown}` is too long: lengths go up to {LONGEST:,}, so write at most that", param, ctx)
        least, most = map(int, pieces)
        if least > most:
            self.fail(f"`{value}` is empty: write the smaller length first", param, ctx)
        return least, most


@click.command(short_help="Draw random inputs of a program, balanced.")
@file_argument
@click.option("-n", "count", type=click.IntRange(1), required=True, help="How many.")
@click.option("--length", type=Lengths(), help="Lengths, in symbols; default: 0..20, or as far as FILE accepts.")
@click.option(
    "--balance", metavar="PROPERTY", help="Draw each value of this equally often, such as 'count(\"1\")' or output."
)
@click.option("--seed", default=0, show_default=True, help="The same seed draws the same inputs.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where they go; default: standard output.")
@click.option("--test", type=click.Path(path_type=Path), help="Where others go, none of them in the first set.")
@click.option("--test-count", type=click.IntRange(1), help="How many of these; default: a tenth of -n.")
@click.option("--test-length", type=Lengths(), help="Their lengths; default: --length.")
@click.option("--answers", is_flag=True, help="JSON records with input, output and layers.")
@click.option("--repeat", is_flag=True, help="Let inputs occur several times where there are too few of a kind.")
@click.option("--keep-failing", is_flag=True, help="Keep inputs that have no result.")
@definitions
@imports_option
def command(
    file: Path,
    count: int,
    length: tuple[int, int] | None,
    balance: str | None,
    seed: int,
    output: Path | None,
    test: Path | None,
    test_count: int | None,
    test_length: tuple[int, int] | None,
    answers: bool,
    repeat: bool,
    keep_failing: bool,
    define: tuple[tuple[str, str], ...],
) -> None:
    """Draw inputs of FILE: all different, and equally many of each length, or of each value of a property.

    Where there are too few different inputs of a kind, other kinds have more instead, and a note says so.
    """
    if test is None and (test_count or test_length):
        raise click.UsageError("Say where the inputs for testing go with --test FILE.")
    for path in (output, test):
        if path is not None and holds_json(path.name) != answers:
            form = "JSON records: name it `something.jsonl`" if answers else "texts; with --answers it holds records"
            raise click.UsageError(f"`{path}` would hold {form}.")
    refuse_overwriting([output, test], file)
    interpreter = compile_file(file, define).interpreter
    interface = interpreter.interface
    longest = 20 if interface.longest is None else min(20, interface.longest)
    lengths = length or (0, longest)
    requests = [Request(count, *lengths, " for training" if test else "")]
    if test is not None:
        requests.append(Request(test_count or max(1, count // 10), *(test_length or lengths), " for testing"))
    found = EVERYTHING if balance is None else parse_property(balance, interface)
    with LateProgress("inputs") as progress:
        drawn, dropped = draw_sets(
            interface, requests, found, seed, interpreter, repeat=repeat, keep_failing=keep_failing, progress=progress
        )
    for path, request, chosen in zip((output, test), requests, drawn, strict=False):
        lines = [record(result, interface) if answers else result.input for result in chosen.results]
        if path is None:
            click.echo("\n".join(lines))
        else:
            write_whole(path, "".join(line + "\n" for line in lines).encode())
            what = counted(request.count, "input")
            click.echo(f"{path}: {what} of lengths {request.least}..{request.most}", err=True)
        for note in shortages(chosen, balance or "length", results_only=bool(dropped)):
            click.echo(note, err=True)
    if dropped:
        click.echo(left_out(dropped), err=True)


def record(result: Result, interface: Interface) -> str:
    known: dict[str, Any] = {"input": result.input}
    if result.error is None:
        known |= {"output": result.text(interface), "layers": result.layers}
    else:
        known |= {"output": None, "layers": result.layers, "error": result.error.code}
    return json.dumps(known, ensure_ascii=False)


def shortages(drawn: Drawn, what: str, results_only: bool) -> Iterator[str]:
    """Which kinds have less than their share, a line for each reason."""
    fewer = f"fewer than {counted(drawn.share, 'different input')}{' with a result' if results_only else ''}"
    for why, verdict in SHORT.items():
        kinds = [f"{source_text(short.value)}: {short.count:,}" for short in drawn.short if short.why == why]
        if kinds:
            more = f", and {len(kinds) - MOST_SHORT} more" if len(kinds) > MOST_SHORT else ""
            shown = ", ".join(kinds[:MOST_SHORT])
            yield f"  {verdict.format(fewer=fewer, what=what)}: {shown}{more}"


def left_out(dropped: Counter[str]) -> str:
    codes = ", ".join(f"{code}: {number:,}" for code, number in sorted(dropped.items()))
    return f"left out, since they have no result: {counted(dropped.total(), 'input')} ({codes})"
