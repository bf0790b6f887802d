"""`altac generate`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.files import File
from altac.cli.options import TOOLS
from altac.cli.output import say
from altac.cli.progress import LateProgress
from altac.diagnostics.words import counted

TRIES = 500  # pairs of inputs that are looked at for each variable: there are many programs


@click.command()
@click.option("--count", type=click.IntRange(1), required=True, help="How many programs.")
@click.option("--seed", default=0, show_default=True, help="Random seed; the same seed writes the same files.")
@click.option("-o", "--output", type=File(), required=True, metavar="FOLDER", help="A folder to write, or to finish.")
@click.option("--to", "tools", type=click.Choice(TOOLS), multiple=True, help="A tool to open them; may be repeated.")
@click.option("-n", "inputs", type=click.IntRange(1), default=100, show_default=True, help="Inputs of each data set.")
@click.option(
    "--pairs", type=click.IntRange(1), default=6, show_default=True, help="Counterfactuals for each variable."
)
def command(count: int, seed: int, output: Path, tools: tuple[str, ...], inputs: int, pairs: int) -> None:
    """Write random programs that are worth looking at, each with its circuit, counterfactuals, a data set and a card.

    All of them halt. Every variable and head matters to the output, the output is not nearly always the same, and no
    two programs give the same outputs on a sample of inputs. What is there already, whole and from the same call, is
    not written again.
    """
    from altac.generate.grammar import LONGEST
    from altac.generate.interesting import text_of
    from altac.generate.search import search
    from altac.zoo.entry import Wanted
    from altac.zoo.resume import refuse_foreign
    from altac.zoo.suite import Task, write_suite

    refuse_foreign(output)
    with LateProgress("programs drawn", count) as progress:
        drafts = list(search(count, seed, progress))
        tasks = [Task(draft.name, f"{draft.name}.alta", text_of(draft), {}) for draft in drafts]
        progress.stage("programs written", count)
        wanted = Wanted(tuple(dict.fromkeys(tools)), inputs, pairs, LONGEST, seed, TRIES)
        write_suite("Random programs", tasks, wanted, output, progress)
    say(f"{output}: {counted(count, 'program')}")
