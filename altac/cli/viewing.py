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

MOST_RULES = 200_000  # characters of the rules on a page


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
    from altac.engine.protocol import run_texts
    from altac.view import page, view_of

    result = run_texts(shown.model or shown.compiled.interpreter, [shown.input])[0]
    output = None if result.error is not None else result.text(shown.compiled.program.interface)
    axes, streams = [], []
    if shown.model is not None:
        tokens = [shown.compiled.program.interface.vocabulary.index(token) for token in shown.explainer.trace.tokens]
        axes = shown.model.metadata.stream.names
        streams = [stream[0] for layer, stream in shown.model.layers_and_residual([tokens]) if 0 not in layer.errors]
    rules, sizes = rules_and_sizes(shown.compiled)
    return page(view_of(shown.explainer, shown.input, output, rules, sizes, axes, streams)).encode()


def rules_and_sizes(compiled: Compiled) -> tuple[str, list[str]]:
    """Texts about a program; why there are none, where it has no weights."""
    from altac.analysis.sizes import sizes_text
    from altac.passes.rule_text import print_rules

    try:
        rules, sizes = print_rules(compiled.rules), list(sizes_text(compiled.stats()))
    except AltacError as error:
        return "", [str(error)]
    if len(rules) > MOST_RULES:
        lines, rest = rules[:MOST_RULES].splitlines()[:-1], rules.count("\n")
        rules = "\n".join([*lines, f"and {rest - len(lines):,} lines more; `altac rules` prints all"])
    return rules, sizes
