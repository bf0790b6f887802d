"""`altac stats`."""

from __future__ import annotations

import json
from pathlib import Path

import click
from click.core import ParameterSource

from altac.cli.options import (
    WEIGHTS,
    compile_file,
    definitions,
    file_argument,
    imports_option,
    json_option,
    level_option,
    open_weights,
)
from altac.ir.certificate import Certificate


@click.command(short_help="Print the sizes of a Transformer, and where it is exact.")
@file_argument
@level_option
@definitions
@imports_option
@json_option("As one JSON record.")
@click.pass_context
def command(context: click.Context, file: Path, level: int, define: tuple[tuple[str, str], ...], as_json: bool) -> None:
    """Print the sizes of the Transformer that FILE becomes, or is, and up to which length it is exact."""
    if file.suffix in WEIGHTS:
        if context.get_parameter_source("level") is not ParameterSource.DEFAULT:
            raise click.UsageError("-O is for programs; weights have the level that they were compiled at.")
        sizes = open_weights(file, define).stats()
    else:
        sizes = compile_file(file, define, level).stats()
    if as_json:
        click.echo(json.dumps(sizes))
        return
    passes = sizes.pop("passes", [])
    certificate = sizes.pop("certificate", None)
    width = max(len(name) for name in sizes) + 2
    for name, value in sizes.items():
        shown = "unbounded" if value is None else f"{value:,}" if isinstance(value, int) else value
        click.echo(f"{name.replace('_', ' '):<{width}}{shown:>12}")
    if passes:
        click.echo(f"\n{'hidden units after':<{width}}{'units':>12}{'saved':>10}")
    before = None
    for one in passes:
        units = one["hidden_units"]
        saved = "" if before is None else f"{before - units:,}"
        click.echo(f"  {one['pass']:<{width - 2}}{units:>12,}{saved:>10}".rstrip())
        before = units
    if certificate is None:
        return
    exact = Certificate.from_dict(certificate)
    learned = "" if sizes.get("learned", "nothing") == "nothing" else " but for what it learned"
    click.echo(f"\nexact{learned}, for {exact.runs}, in")
    for name, limit in exact.formats.items():
        click.echo(f"  {name:<{width - 2}}{limit.text}" + (f"; {limit.reason}" if limit.reason else ""))
