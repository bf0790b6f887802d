"""What `altac explain`, `altac view` and `altac trace --html` share: a run together with its program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from altac.cli.opening import compile_file, holds_weights, open_weights
from altac.diagnostics import AltacError
from altac.diagnostics.explain_errors import NoStates
from altac.driver import Compiled, embedded_program
from altac.ir.interface import InputError

if TYPE_CHECKING:
    from altac.explain import Explainer
    from altac.model.model import Model


@dataclass(frozen=True, eq=False)
class Shown:
    """A run on an input: its program, and the weights if these ran."""

    input: str
    compiled: Compiled
    model: Model | None
    explainer: Explainer


def run_to_show(path: Path, text: str, engine: str | None, define: tuple[tuple[str, str], ...]) -> Shown:
    """The run of a program or of weights on one input.

    Args:
        engine: as that of `open_engine`.

    Raises:
        AltacError: if the input is not accepted, or the weights have no states that a program explains.
    """
    from altac.engine.protocol import trace_text
    from altac.explain import Explainer

    model = None
    if holds_weights(path):
        found = open_weights(path, define)
        compiled = embedded_program(found.metadata)
        if engine != "interpreter":
            from altac.model.model import Model

            if not isinstance(found, Model):
                raise AltacError([NoStates(None, str(path))])
            model = found
    else:
        compiled = compile_file(path, define)
        model = compiled.model if engine == "transformer" else None
    try:
        trace = trace_text(model or compiled.interpreter, text)
    except InputError as error:
        raise AltacError([error.problem.of_input(text)]) from None
    return Shown(text, compiled, model, Explainer(compiled.program, trace))


def page_of(shown: Shown) -> bytes:
    """The page of a run.

    Raises:
        AltacError: if it is too large.
    """
    from altac.view import page
    from altac.view.running import view_of_run

    return page(view_of_run(shown.compiled, shown.model, shown.explainer, shown.input)).encode()
