"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from altac.cli.files import File
from altac.driver import DEFAULT_LEVEL
from altac.system.devices import why_unusable

F = TypeVar("F", bound=Callable[..., Any])
IMPORTS = "altac.imports_from"  # where a command keeps the folder that `imports_option` was given
SECONDS = {"s": 1, "m": 60, "h": 3600, "": 1}
TOOLS = ("transformer-lens", "huggingface", "gpt2", "onnx")  # the names of `altac.export.targets`, imported when used


class Definition(click.ParamType):  # type: ignore[type-arg]  # generic only in newer clicks
    """`NAME=VALUE`."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name.isidentifier():
            self.fail(f"`{value}` is not of the form NAME=VALUE, such as -D N=100", param, ctx)
        try:
            text.encode()
        except UnicodeEncodeError:
            self.fail("the value is not UTF-8 text", param, ctx)
        return name, text


def file_argument(*suffixes: str) -> Callable[[F], F]:
    return click.argument("file", type=File(*suffixes), metavar="FILE")


def definitions(function: F) -> F:
    option = click.option("-D", "define", type=Definition(), multiple=True, help="Set a `param` of the program.")
    return option(function)


def imports_option(function: F) -> F:
    """A folder from which programs may import; `imports_from` passes it on to what opens them."""

    option = click.option(
        "--imports-from",
        type=File(),
        metavar="FOLDER",
        help="Allow imports from this folder, beside the program's own.",
        expose_value=False,
        callback=lambda ctx, param, value: allow_imports(value),
    )
    return option(function)


def allow_imports(folder: Path | str | None) -> None:
    """Let the programs of this command import from a folder, beside their own."""
    click.get_current_context().meta[IMPORTS] = folder or None


def imports_from() -> Path | str | None:
    """The folder from which the programs of this command may import, beside their own."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(IMPORTS)


def level_option(function: F) -> F:
    option = click.option(
        "-O", "level", type=click.IntRange(0, 2), default=DEFAULT_LEVEL, show_default=True, help="Optimisation level."
    )
    return option(function)


def json_option(help: str) -> Callable[[F], F]:
    return click.option("--json", "as_json", is_flag=True, help=help)


def device_option(function: F) -> F:
    def known(ctx: click.Context, param: click.Parameter, value: str) -> str:
        return usable_device(value)

    option = click.option(
        "--device", default="cpu", show_default=True, callback=known, help="Where the model runs, such as cpu or cuda."
    )
    return option(function)


def usable_device(name: str) -> str:
    """The name of a device on which PyTorch can compute here.

    Raises:
        click.BadParameter: if it cannot.
    """
    reason = why_unusable(name)
    if reason is not None:
        raise click.BadParameter(f"`{name}` cannot be used here: {reason}", param_hint="'--device'")
    return name


class Time(click.ParamType):  # type: ignore[type-arg]  # generic only in newer clicks
    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh]?)", str(value), re.ASCII)
        if found is None or not float(found[1]):
            self.fail(f"`{value}` is not a time, such as 90s, 10m or 1h", param, ctx)
        return str(value), float(found[1]) * SECONDS[found[2]]
