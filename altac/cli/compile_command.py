"""`altac compile`."""

from __future__ import annotations

from pathlib import Path

import click

from altac.cli.options import compile_file, definitions, file_argument, imports_option, level_option, refuse_overwriting
from altac.driver import Compiled, load_source
from altac.ir.certificate import Certificate
from altac.syntax import parse_source


@click.command(short_help="Compile a program to PyTorch weights.")
@file_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write: OUT.pt or OUT.safetensors.")
@level_option
@definitions
@imports_option
@click.option(
    "--emit", type=click.Choice(["ast", "ir", "rules", "layout"]), help="Print what a stage of the compiler hands on."
)
def command(file: Path, output: Path | None, level: int, define: tuple[tuple[str, str], ...], emit: str | None) -> None:
    """Compile FILE to the weights of a Transformer that computes the same."""
    if output is None and emit is None:
        raise click.UsageError("Say where to write with -o OUT.pt (or OUT.safetensors), or what to --emit.")
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
        sizes = compiled.stats()
        heads, units = (
            f"{sizes[name]} {noun}{'s' * (sizes[name] != 1)}"
            for name, noun in (("heads", "head"), ("hidden_units", "hidden unit"))
        )
        width, parameters = sizes["d_model"], sizes["parameters"]
        click.echo(f"{output}: {heads}, width {width}, {units}, {parameters:,} parameters", err=True)
        click.echo(f"{output}: {certified(compiled.blocks.certificate)}", err=True)


def emitted(compiled: Compiled, stage: str) -> str:
    """The text of what a stage made."""
    if stage == "ir":
        from altac.ir.text import print_program

        return print_program(compiled.program)
    if stage == "rules":
        from altac.passes.text import print_rules

        return print_rules(compiled.rules).rstrip("\n")
    axes = compiled.blocks.stream.axes
    return "\n".join(f"{index:>5}  {axis}" for index, axis in enumerate(axes))


def certified(certificate: Certificate) -> str:
    """What the weights are exact for, in one line."""
    one = certificate.formats["float32"]
    others = [f"{name}: {limit.short}" for name, limit in certificate.formats.items() if name != "float32"]
    return f"exact in float32 for {one.text}, {certificate.runs} ({', '.join(others)})"
