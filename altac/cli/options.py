"""Options that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from altac.diagnostics import AltacError, Diagnostic
from altac.driver import (
    DEFAULT_LEVEL,
    Compiled,
    compile_source,
    embedded_program,
    imported_by,
    load_source,
    open_model,
)

if TYPE_CHECKING:
    from rich.text import Text

    from altac.engine.protocol import Engine
    from altac.ir.program import Program
    from altac.model.encoder_model import EncoderModel
    from altac.model.model import Model

F = TypeVar("F", bound=Callable[..., Any])
Place = Path | str | None  # of a file; None or "" where an option is not given
WEIGHTS = (".pt", ".pth", ".safetensors")
PROGRAMS = (".alta", "")  # such as /dev/stdin
IMPORTS = "altac.imports_from"  # where a command keeps the folder that `imports_option` was given


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


def file_argument(function: F) -> F:
    return click.argument("file", type=click.Path(path_type=Path), metavar="FILE")(function)


def alta_files(paths: tuple[Path, ...]) -> list[Path]:
    """The files that are named, and the alta files of the folders that are."""
    files: list[Path] = []
    for path in paths:
        is_folder = os.path.isdir(path)  # noqa: PTH112 - `Path.is_dir` fails on names that are too long
        files += sorted(path.rglob("*.alta")) if is_folder else [path]
    if not files:
        raise click.UsageError("there is no .alta file in these folders")
    return files


def definitions(function: F) -> F:
    option = click.option("-D", "define", type=Definition(), multiple=True, help="Override a `param` of the program.")
    return option(function)


def imports_option(function: F) -> F:
    """A folder from which programs may import; `imports_from` tells it to what opens them."""

    option = click.option(
        "--imports-from",
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="Allow imports from this folder, beside the program's own.",
        expose_value=False,
        callback=lambda ctx, param, value: allow_imports(value),
    )
    return option(function)


def allow_imports(folder: Place) -> None:
    """Let the programs of this command import from a folder, beside their own."""
    click.get_current_context().meta[IMPORTS] = folder or None


def imports_from() -> Place:
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


def compile_file(path: Path, define: tuple[tuple[str, str], ...] = (), level: int = DEFAULT_LEVEL) -> Compiled:
    """A compiled program; its warnings go to standard error.

    Raises:
        AltacError: for a file that is no program, or holds errors.
    """
    if path.suffix in WEIGHTS:
        raise click.UsageError(f"`{path}` is a file of weights; this command takes a program, such as `parity.alta`.")
    compiled = compile_source(load_source(path), level, dict(define), imports_from())
    show_warnings(compiled.warnings)
    return compiled


def refuse_overwriting(outputs: Iterable[Place], program: Place, *inputs: Place, folder: Place = None) -> None:
    """Make sure that no output is a file that is read, or another output: by another spelling, or by a link.

    Args:
        program: FILE; what it imports is read, too.
        folder: where outputs go whose names are not known; nothing that is read may be in it.

    Raises:
        click.UsageError: if one is; nothing is written yet.
    """
    written = [Path(one) for one in outputs if one]
    known = [Path(one) for one in (program, *inputs) if one and str(one) != "-"]
    if program and (folder or any(map(os.path.lexists, written))):
        known += imports_of(Path(program))
    for number, output in enumerate(written):
        if any(is_same(output, one) for one in written[:number]):
            raise click.UsageError(f"One output would overwrite the other: both are `{output}`.")
        for one in known:
            if is_same(output, one):
                what = "program" if program and is_same(one, Path(program)) else "input"
                raise click.UsageError(f"`{output}` would overwrite the {what} `{one}`; choose another name for it.")
    for one in known if folder else ():
        if Path(os.path.realpath(one)).is_relative_to(os.path.realpath(str(folder))):
            raise click.UsageError(f"`{folder}` holds `{one}`, and could overwrite it; choose another folder with -o.")


def imports_of(path: Path) -> list[Path]:
    """The files that a program imports; none for weights, or if there are errors, with which nothing is written."""
    try:
        return [] if path.suffix in WEIGHTS else imported_by(load_source(path), imports_from())
    except AltacError:
        return []


def is_same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, which need not be there yet."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return os.path.realpath(str(one).replace("\0", "?")) == os.path.realpath(str(other).replace("\0", "?"))


def show_warnings(warnings: tuple[Diagnostic, ...]) -> None:
    from altac.cli.main import show_diagnostics

    if warnings:
        show_diagnostics(AltacError(warnings))


def holds_weights(path: Path) -> bool:
    """Whether a file holds weights or a program, by its suffix.

    Raises:
        click.UsageError: if it holds neither.
    """
    if path.suffix not in (*WEIGHTS, *PROGRAMS):
        known = f"weights ({', '.join(WEIGHTS)}) nor a program (.alta)"
        raise click.UsageError(f"`{path}` is neither a file of {known}.")
    return path.suffix in WEIGHTS


def open_engine(path: Path, engine: str | None, define: tuple[tuple[str, str], ...], device: str = "cpu") -> Engine:
    """The interpreter or the model for a program or a file of weights.

    Args:
        engine: "interpreter" or "transformer"; None for the one that the file is made for.
    """
    if not holds_weights(path):
        compiled = compile_file(path, define)
        if engine == "transformer":
            return on_device(compiled.model, device)
        return compiled.interpreter
    model = open_weights(path, define, device)
    return model if engine != "interpreter" else embedded_program(model.metadata).interpreter


def open_weights(path: Path, define: tuple[tuple[str, str], ...], device: str = "cpu") -> Model | EncoderModel:
    if define:
        raise click.UsageError("-D changes a program; compiled weights keep the values they were compiled with.")
    return open_model(path, device)


def open_program(path: Path, engine: str | None, define: tuple[tuple[str, str], ...]) -> tuple[Program, Model | None]:
    """A program or that of weights, and the weights, unless the interpreter is to run."""
    if not holds_weights(path):
        compiled = compile_file(path, define)
        return compiled.program, compiled.model if engine == "transformer" else None
    from altac.model.model import Model

    model = open_weights(path, define)
    if engine != "interpreter" and not isinstance(model, Model):
        raise click.UsageError(f"`{path}` learned from outputs alone, so it has no states; try --engine interpreter.")
    program = embedded_program(model.metadata).program
    return program, model if isinstance(model, Model) and engine != "interpreter" else None


def on_device(model: Model, device: str) -> Model:
    model.module.to(device)
    return model


def device_option(function: F) -> F:
    def known(ctx: click.Context, param: click.Parameter, value: str) -> str:
        return usable_device(value)

    option = click.option("--device", default="cpu", show_default=True, callback=known, help="Where the model runs.")
    return option(function)


def usable_device(name: str) -> str:
    """The name of a device on which PyTorch can compute here.

    Raises:
        click.BadParameter: if it cannot.
    """
    if name != "cpu":
        import torch

        try:
            torch.zeros(1, device=name).item()
        except (RuntimeError, AssertionError) as error:
            reason = str(error).splitlines()[0]
            raise click.BadParameter(f"`{name}` cannot be used here: {reason}", param_hint="'--device'") from None
    return name


def is_terminal() -> bool:
    return sys.stdout.isatty()


def print_lines(lines: Iterable[Text]) -> None:
    """Print styled lines, none of them folded; colours only on a terminal."""
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False)
    for line in lines:
        console.print(line)
