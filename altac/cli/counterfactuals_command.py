"""`altac counterfactuals`."""

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
from altac.diagnostics.words import counted

LONGEST = 12  # symbols, where nothing is said


@click.command()
@file_argument(*PROGRAM)
@click.option("-n", "count", type=click.IntRange(1), required=True, help="How many pairs.")
@click.option("--flip", required=True, metavar="VARIABLE", help="What differs, alone: a variable or a head.")
@click.option("--length", type=Lengths(), help="Range of lengths, in symbols; default: 1..12, or what FILE accepts.")
@click.option("--seed", default=0, show_default=True, help="Random seed; the same seed finds the same pairs.")
@click.option("-o", "--output", type=File(*INPUTS), help="JSON Lines to write; default: standard output.")
@definitions
@imports_option
def command(
    file: Path,
    count: int,
    flip: str,
    length: tuple[int, int] | None,
    seed: int,
    output: Path | None,
    define: tuple[tuple[str, str], ...],
) -> None:
    """Find pairs of inputs for FILE that differ in one variable at one position, to patch from one to the other.

    The inputs of a pair differ in one symbol. After some layer, VARIABLE differs at one position, and nothing else.
    """
    from altac.circuits.counterfactuals import counterfactuals
    from altac.system.files import write_whole

    refuse_overwriting([output], file)
    interpreter = compile_file(file, define).interpreter
    longest = interpreter.interface.longest
    lengths = length or (1, LONGEST if longest is None else min(LONGEST, longest))
    with LateProgress("pairs", count) as progress:
        found = counterfactuals(interpreter, flip, count, lengths, seed, progress)
    if output is None:
        for one in found:
            print_json(one.to_dict())
        return
    lines = [json.dumps(one.to_dict(), ensure_ascii=False) + "\n" for one in found]
    write_whole(output, "".join(lines).encode())
    different = sum(one.outputs[0] != one.outputs[1] for one in found)
    say(f"{output}: {counted(len(found), 'pair')} in which `{flip}` differs alone; {different:,} with other outputs")
