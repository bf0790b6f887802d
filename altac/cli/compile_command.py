"""`altac compile`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.files import PROGRAM, WEIGHTS, File
from altac.cli.opening import compile_file
from altac.cli.options import definitions, file_argument, imports_option, level_option
from altac.cli.output import say
from altac.cli.overwriting import refuse_overwriting
from altac.diagnostics.words import counted
from altac.driver import Compiled, load_source
from altac.syntax import parse_source


@click.command()
@file_argument(*PROGRAM)
@click.option("-o", "--output", type=File(*WEIGHTS), help="Where to write: OUT.pt or OUT.safetensors.")
@level_option
@definitions
@imports_option
@click.option(
    "--emit", type=click.Choice(["ast", "ir", "rules", "layout"]), help="Print the result of a stage of the compiler."
)
def command(file: Path, output: Path | None, level: int, define: tuple[tuple[str, str], ...], emit: str | None) -> None:
    """Compile the program FILE to the weights of a Transformer that computes the same."""
    if output is None and emit is None:
        raise click.UsageError("Say where to write (-o OUT.pt or -o OUT.safetensors), or what to print (--emit).")
    refuse_overwriting([output], file)
    if emit == "ast":
        from altac.syntax.dump import dump_tree

        click.echo(dump_tree(parse_source(load_source(file))))
        if output is None:
            return
    compiled = compile_file(file, define, level)
    if emit is not None and emit != "ast":
        click.echo(emitted(compiled, emit))
    if output is not None:
        compiled.save(output)
        sizes = compiled.model.stats()
        layers = len(compiled.program.layers)
        parts = [] if layers == 1 else [counted(layers, "layer")]
        parts += [counted(sizes["heads"], "head"), f"width {sizes['d_model']:,}"]
        shape = ", ".join([*parts, counted(sizes["hidden_units"], "hidden unit")])
        say(f"{output}: {shape}, {counted(sizes['parameters'], 'parameter')}")
        say(f"{output}: {compiled.blocks.certificate.summary}")


def emitted(compiled: Compiled, stage: str) -> str:
    """The text of what a stage made."""
    if stage == "ir":
        from altac.ir.program_text import print_program

        return print_program(compiled.program)
    if stage == "rules":
        from altac.passes.rule_text import print_rules

        return print_rules(compiled.rules).rstrip("\n")
    return "\n".join(f"{index:>5}  {name}" for index, name in enumerate(compiled.blocks.stream.names))
