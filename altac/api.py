"""altac from Python. Torch is imported only by what needs it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import UnusableDevice, WrongArgument
from altac.driver import DEFAULT_LEVEL, Compiled, Overrides, compile_source, load_source, open_model
from altac.engine.protocol import Engine, check_texts, run_texts, trace_text
from altac.engine.trace import Result, Trace
from altac.system.devices import why_unusable
from altac.targets.target import SUFFIXES

if TYPE_CHECKING:
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
    if not _is_path(path_or_text):
        raise WrongArgument.error("a program", "a path or a text", path_or_text, '"programs/parity.alta"')
    if type(level) is not int or level not in (0, 1, 2):
        raise WrongArgument.error("`level`", "0, 1 or 2", level, "level=2")
    if params is not None and not (isinstance(params, Mapping) and all(isinstance(name, str) for name in params)):
        raise WrongArgument.error("`params`", "a dict from names to values", params, 'params={"N": 10}')
    source = load_source(path_or_text if isinstance(path_or_text, str) else Path(path_or_text))
    return compile_source(source, level, params, imports_from)


def load(path: str | os.PathLike[str], *, device: str = "cpu") -> Model | EncoderModel:
    """Load compiled weights, `.pt` or `.safetensors`.

    Raises:
        AltacError: if the file is missing, damaged or not a model of altac, or if PyTorch cannot use the device; code
            in the file is never run.
    """
    if not _is_path(path):
        raise WrongArgument.error("a file of weights", "a path", path, '"parity.pt"')
    if not isinstance(device, str):
        raise WrongArgument.error("`device`", "a name", device, 'device="cuda"')
    reason = why_unusable(device)
    if reason is not None:
        raise AltacError([UnusableDevice(None, device, reason)])
    return open_model(Path(path), device)


@overload
def run(program: str | os.PathLike[str] | Compiled | Engine, inputs: str) -> Result: ...  # type: ignore[overload-overlap]
@overload
def run(program: str | os.PathLike[str] | Compiled | Engine, inputs: Iterable[str]) -> list[Result]: ...
def run(program: str | os.PathLike[str] | Compiled | Engine, inputs: str | Iterable[str]) -> Result | list[Result]:
    """Run one input or many: a program in the interpreter, weights in the model.

    Args:
        program: a path to a program or to weights, the text of a program, what `compile` or `load` returned, or any
            other engine.

    Returns:
        A result for each input; an input that fails carries its error, and the others still run.

    Raises:
        AltacError: if the program or the weights cannot be used, or the inputs are not texts.
    """
    if isinstance(inputs, str):
        return run_texts(_engine(program), [inputs])[0]
    texts: Any = inputs if isinstance(inputs, bytes) or not isinstance(inputs, Iterable) else list(inputs)
    check_texts(texts)
    return run_texts(_engine(program), texts)


def trace(program: str | os.PathLike[str] | Compiled | Engine, text: str) -> Trace:
    """The value of every variable and head at every position, layer by layer.

    Raises:
        AltacError: if the program cannot be used, or does not accept the input. A run that fails in the middle is a
            trace up to there, with an error.
    """
    return trace_text(_engine(program), text)


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
    from altac.model.encoder_model import EncoderModel
    from altac.model.model import Model
    from altac.verification.verify import prepare

    numbers = {"budget": (budget, 0), "random": (random, 0), "seed": (seed, None), "jobs": (jobs, 1)}
    for argument, (number, least) in numbers.items():
        if type(number) is not int or (least is not None and number < least):
            wanted = "a whole number" if least is None else f"a whole number from {least} on"
            raise WrongArgument.error(f"`{argument}`", wanted, number, f"{argument}={least or 0}")

    found = opened(program)
    if not isinstance(found, Compiled):
        if weights is not None:
            raise WrongArgument.error(
                "the program of weights",
                "a path, a text, or what `compile` returned",
                program,
                'altac.verify("parity.alta", "parity.pt")',
            )
        if not isinstance(found, Model | EncoderModel):
            raise WrongArgument.error("what is verified", "a program or weights", program, '"parity.pt"')
        name = None if found is program else str(program)
        return prepare(None, found, budget, random, seed, length, name).run(jobs=jobs)
    if weights is None:
        return prepare(found, found.model, budget, random, seed, length).run(jobs=jobs)
    is_path = isinstance(weights, str | os.PathLike)
    model = load(weights) if isinstance(weights, str | os.PathLike) else weights
    return prepare(found, model, budget, random, seed, length, str(weights) if is_path else None).run(jobs=jobs)


def _engine(program: str | os.PathLike[str] | Compiled | Engine) -> Engine:
    found = opened(program)
    return found.interpreter if isinstance(found, Compiled) else found


def opened(program: str | os.PathLike[str] | Compiled | Engine) -> Compiled | Engine:
    """What is given for a program: that of a path or a text is compiled, weights are loaded.

    Raises:
        AltacError: if it is nothing of all this, or cannot be used.
    """
    if isinstance(program, str | os.PathLike):
        if str(program).endswith(SUFFIXES) and "\n" not in str(program):
            return load(program)
        return compile(program)
    if not isinstance(program, Compiled) and not hasattr(type(program), "finish"):
        expected = "a path, a text, or what `compile` or `load` returned"
        raise WrongArgument.error("a program", expected, program, '"programs/parity.alta"')
    return program


def _is_path(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, os.PathLike) and isinstance(os.fspath(value), str))
