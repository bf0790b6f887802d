"""`altac zoo`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.files import PROGRAM, File
from altac.cli.opening import alta_files
from altac.cli.options import TOOLS, imports_from, imports_option
from altac.cli.output import say
from altac.cli.overwriting import refuse_overwriting
from altac.cli.progress import LateProgress
from altac.diagnostics import AltacError
from altac.diagnostics.suite_errors import SameName
from altac.diagnostics.words import counted
from altac.driver import Compiled, compile_source, is_library, load_source


@click.command()
@click.argument("paths", nargs=-1, required=True, type=File(*PROGRAM), metavar="FILE...")
@click.option("-o", "--output", type=File(), required=True, metavar="FOLDER", help="A folder to write, or to finish.")
@click.option(
    "--to",
    "tools",
    type=click.Choice(TOOLS),
    multiple=True,
    default=("transformer-lens", "huggingface", "gpt2"),
    show_default=True,
    help="A tool that is to open the models; may be repeated.",
)
@click.option("--only", metavar="NAME", multiple=True, help="Only the program of this name; may be repeated.")
@click.option("-n", "count", type=click.IntRange(1), default=200, show_default=True, help="Inputs of each data set.")
@click.option(
    "--pairs", type=click.IntRange(1), default=12, show_default=True, help="Counterfactuals for each variable."
)
@click.option(
    "--longest", type=click.IntRange(1), default=12, show_default=True, help="Length of inputs, in symbols, at most."
)
@click.option("--seed", default=0, show_default=True, help="Random seed; the same seed writes the same files.")
@imports_option
def command(
    paths: tuple[Path, ...],
    output: Path,
    tools: tuple[str, ...],
    only: tuple[str, ...],
    count: int,
    pairs: int,
    longest: int,
    seed: int,
) -> None:
    """Write a suite of models for the programs FILE..., or for those in folders.

    Each has a folder with its circuit, counterfactuals, a data set with answers, the model for other tools, and a card,
    which says what is not there, and why. A suite that was interrupted goes on where it was: what is there already,
    whole and from the same program, is not written again.
    """
    from altac.zoo.entry import Wanted
    from altac.zoo.resume import refuse_foreign
    from altac.zoo.suite import Task, write_suite

    refuse_foreign(output)
    programs = chosen([compiled_quietly(path) for path in alta_files(paths) if not is_library(path)], only)
    for path in paths:
        if not path.is_dir():
            refuse_overwriting([], path, folder=output)
    wanted = Wanted(tuple(dict.fromkeys(tools)), count, pairs, longest, seed)
    with LateProgress("programs", len(programs)) as progress:
        records = write_suite("Compiled models", map(Task.of, programs), wanted, output, progress)
    say(f"{output}: {counted(len(records), 'program')}")
    for tool in wanted.tools:
        taken = sum(record["tools"][tool]["takes"] for record in records)
        say(f"{output}: {tool} takes {taken:,} of {len(records):,}")


def compiled_quietly(path: Path) -> Compiled:
    return compile_source(load_source(path), imports_from=imports_from())


def chosen(programs: list[Compiled], only: tuple[str, ...]) -> list[Compiled]:
    """The programs that are asked for.

    Raises:
        AltacError: if two have one name.
        click.UsageError: if there is none of a name that is given.
    """
    named: dict[str, Compiled] = {}
    for compiled in programs:
        name = compiled.program.name
        if name in named:
            files = tuple(one.program.source.name for one in (named[name], compiled))
            raise AltacError([SameName(None, name, files)])
        named[name] = compiled
    for name in only:
        if name not in named:
            raise click.UsageError(f"There is no program `{name}`; there are {', '.join(named)}.")
    return [named[name] for name in only or named]
