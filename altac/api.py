"""altac from Python. Torch is imported only by what needs it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, overload

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import RunFailed
from altac.driver import DEFAULT_LEVEL, Compiled, Overrides, compile_source, load_source, open_model
from altac.engine.trace import Result, RunError, Trace
from altac.ir.interface import InputError

if TYPE_CHECKING:
    from altac.engine.protocol import Engine
    from altac.model.encoder_model import EncoderModel
    from altac.model.model import Model
    from altac.verification.report import Report


def compile(
    path_or_text: str | os.PathLike[str],
    *,
    level: int = DEFAULT_LEVEL,
    params: Overrides | None = None,
    imports_from: str | os.PathLike[str] | None = None,
) -> Compiled:
    """Check a program and compile it.

    Args:
        path_or_text: a path, or the text of a program (recognised by a line break).
        level: 0 for plain rules, 1 or 2 for optimised ones.
        params: values for the program's `param`s.
        imports_from: a folder from which it may import files, beside the program's own.

    Raises:
        AltacError: with every error and warning, printable as the command line shows them.
    """
    if level not in (0, 1, 2):
        raise ValueError(f"level is 0, 1 or 2, not {level!r}")
    source = load_source(path_or_text if isinstance(path_or_text, str) else Path(path_or_text))
    return compile_source(source, level, params, imports_from)


def load(path: str | os.PathLike[str], *, device: str = "cpu") -> Model | EncoderModel:
    """Load compiled weights, `.pt` or `.safetensors`.

    Raises:
        AltacError: if the file is missing, damaged or no model of altac; code in it is never run.
    """
    return open_model(Path(path), device)


@overload
def run(program: str | os.PathLike[str] | Compiled | Model | EncoderModel, inputs: str) -> Result: ...
@overload
def run(
    program: str | os.PathLike[str] | Compiled | Model | EncoderModel, inputs: list[str] | tuple[str, ...]
) -> list[Result]: ...
def run(
    program: str | os.PathLike[str] | Compiled | Model | EncoderModel, inputs: str | list[str] | tuple[str, ...]
) -> Result | list[Result]:
    """Run one input or many: a program in the interpreter, weights in the model.

    Args:
        program: a path to a program or to weights, the text of a program, or what `compile` or `load` returned.

    Returns:
        A result for each input; an input that fails carries its error, and the others still run.

    Raises:
        AltacError: if the program or the weights cannot be used.
    """
    from altac.engine.protocol import run_texts

    engine = _engine(program)
    if isinstance(inputs, str):
        return run_texts(engine, [inputs])[0]
    return run_texts(engine, list(inputs))


def trace(program: str | os.PathLike[str] | Compiled | Model | EncoderModel, text: str) -> Trace:
    """The value of every variable and head at every position, layer by layer.

    Raises:
        AltacError: if the program cannot be used, or does not accept the input. A run that fails in the middle is a
            trace up to there, with an error.
    """
    from altac.engine.protocol import trace_text

    try:
        return trace_text(_engine(program), text)
    except InputError as error:
        raise AltacError([RunFailed.of(RunError(error.code, str(error), error.help))]) from None


def verify(
    program: str | os.PathLike[str] | Compiled | Model | EncoderModel,
    weights: str | os.PathLike[str] | Model | EncoderModel | None = None,
    *,
    budget: int = 2000,
    random: int = 200,
    length: int | None = None,
    seed: int = 0,
    jobs: int = 1,
) -> Report:
    """Compare weights with their program, on the state after every sub-layer; and with what they say of themselves.

    Args:
        program: a path to a program, its text, or what `compile` returned; or weights, for the program that they carry.
        weights: a path to weights, or what `load` returned; those that the program compiles to if None.
        budget: inputs that are compared exhaustively, short ones first.
        random: random inputs of up to `length` symbols (as many as the program allows if None).
        jobs: processes for what takes long. With more than one, a script needs `if __name__ == "__main__":`.

    Returns:
        A report. It is `equal` only if enough was compared, and all of the description belongs to the weights.

    Raises:
        AltacError: if the program or the weights cannot be used.
    """
    from altac.verification.verify import prepare

    opened = _opened(program)
    if not isinstance(opened, Compiled):
        if weights is not None:
            raise ValueError("give the program first, then the weights: both of these are weights")
        name = None if opened is program else str(program)
        return prepare(None, opened, budget, random, seed, length, name).run(jobs=jobs)
    if weights is None:
        return prepare(opened, opened.model, budget, random, seed, length).run(jobs=jobs)
    is_path = isinstance(weights, str | os.PathLike)
    model = load(weights) if isinstance(weights, str | os.PathLike) else weights
    return prepare(opened, model, budget, random, seed, length, str(weights) if is_path else None).run(jobs=jobs)


def _engine(program: str | os.PathLike[str] | Compiled | Model | EncoderModel) -> Engine:
    opened = _opened(program)
    return opened.interpreter if isinstance(opened, Compiled) else opened


def _opened(program: str | os.PathLike[str] | Compiled | Model | EncoderModel) -> Compiled | Model | EncoderModel:
    if isinstance(program, str | os.PathLike):
        if str(program).endswith((".pt", ".pth", ".safetensors")) and "\n" not in str(program):
            return load(program)
        return compile(program)
    return program
