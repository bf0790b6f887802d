"""From the files that are named on the command line to programs, weights and engines."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from altac.cli.options import imports_from
from altac.cli.output import show_diagnostics
from altac.diagnostics import AltacError
from altac.driver import (
    DEFAULT_LEVEL,
    Compiled,
    compile_source,
    embedded_program,
    load_source,
    open_model,
)
from altac.targets.target import SUFFIXES

if TYPE_CHECKING:
    from altac.engine.protocol import Engine
    from altac.interpret import Interpreter
    from altac.ir.program import Program
    from altac.model.encoder_model import EncoderModel
    from altac.model.model import Model

PROGRAMS = (".alta", "")  # such as /dev/stdin


def alta_files(paths: tuple[Path, ...]) -> list[Path]:
    """The files that are named, and the alta files of the folders that are."""
    files: list[Path] = []
    for path in paths:
        is_folder = os.path.isdir(path)  # noqa: PTH112 - `Path.is_dir` fails on names that are too long
        files += sorted(path.rglob("*.alta")) if is_folder else [path]
    if not files:
        raise click.UsageError("There is no .alta file in these folders.")
    return files


def compile_file(path: Path, define: tuple[tuple[str, str], ...] = (), level: int = DEFAULT_LEVEL) -> Compiled:
    """A compiled program; its warnings go to standard error.

    Raises:
        AltacError: for a file that is not a program, or holds errors.
    """
    compiled = compile_source(load_source(path), level, dict(define), imports_from())
    if compiled.warnings:
        show_diagnostics(AltacError(compiled.warnings))
    return compiled


def holds_weights(path: Path) -> bool:
    """Whether a file holds weights or a program, by its suffix.

    Raises:
        click.UsageError: if it holds neither.
    """
    if path.suffix not in (*SUFFIXES, *PROGRAMS):
        known = f"weights ({', '.join(SUFFIXES)}) nor a program (.alta)"
        raise click.UsageError(f"`{path}` is neither a file of {known}.")
    return path.suffix in SUFFIXES


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
        raise click.UsageError(f"`{path}` learned from outputs alone and has no states; try --engine interpreter.")
    program = embedded_program(model.metadata).program
    return program, model if isinstance(model, Model) and engine != "interpreter" else None


def on_device(model: Model, device: str) -> Model:
    model.module.to(device)
    return model


def program_and_weights(engine: Engine) -> tuple[Interpreter, Model | None]:
    """The program that says what is right, and the weights, if these run and have states."""
    from altac.interpret import Interpreter

    if isinstance(engine, Interpreter):
        return engine, None
    from altac.model.model import Model

    model = cast("Model | EncoderModel", engine)
    return embedded_program(model.metadata).interpreter, model if isinstance(model, Model) else None
