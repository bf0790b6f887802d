"""`altac sample`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from altac.cli.files import INPUTS, PROGRAM, File
from altac.cli.opening import compile_file
from altac.cli.options import definitions, file_argument, imports_option
from altac.cli.output import print_json, say
from altac.cli.overwriting import refuse_overwriting
from altac.cli.progress import LateProgress
from altac.cli.ranges import Lengths
from altac.data.inputs import holds_json
from altac.data.properties import parse_property
from altac.data.sample import EVERYTHING, Request, draw_sets
from altac.data.sample_notes import answer, left_out, shortages
from altac.diagnostics.words import counted
from altac.system.files import write_whole


@click.command()
@file_argument(*PROGRAM)
@click.option("-n", "count", type=click.IntRange(1), required=True, help="How many inputs.")
@click.option(
    "--length", type=Lengths(), help="Range of lengths, in symbols; default: 0..20, or up to what FILE accepts."
)
@click.option(
    "--balance",
    metavar="PROPERTY",
    help="Draw each value of this property equally often, such as 'count(\"1\")' or output.",
)
@click.option("--seed", default=0, show_default=True, help="Random seed; the same seed draws the same inputs.")
@click.option("-o", "--output", type=File(*INPUTS), help="File to write; default: standard output.")
@click.option("--test", type=File(*INPUTS), help="File for a second set of inputs, disjoint from the first.")
@click.option("--test-count", type=click.IntRange(1), help="Size of the second set; default: a tenth of -n.")
@click.option("--test-length", type=Lengths(), help="Lengths in the second set; default: --length.")
@click.option("--answers", is_flag=True, help="Write JSON records with input, output and layers.")
@click.option("--repeat", is_flag=True, help="Allow an input several times if there are too few of a kind.")
@click.option("--keep-failing", is_flag=True, help="Keep inputs on which the program has no result.")
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
    """Draw inputs for FILE: all different, equally many of each length or of each value of a property.

    If there are too few different inputs of one kind, others get more instead, and a note says so.
    """
    if test is None and (test_count or test_length):
        raise click.UsageError("Say where to write the inputs for testing with --test FILE.")
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
    for path, request, some in zip((output, test), requests, drawn, strict=False):
        if path is None:
            for result in some.results:
                print_json(answer(result, interface)) if answers else click.echo(result.input)
        else:
            lines = [
                json.dumps(answer(result, interface), ensure_ascii=False) if answers else result.input
                for result in some.results
            ]
            write_whole(path, "".join(line + "\n" for line in lines).encode())
            say(f"{path}: {counted(request.count, 'input')} of lengths {request.least}..{request.most}")
        for note in shortages(some, balance or "length", results_only=bool(dropped)):
            say(note)
    if dropped:
        say(left_out(dropped))
