"""The view of a run together with what is said of its program and of its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from altac.analysis.sizes import sizes_text
from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.explain import Explainer
from altac.passes.rule_text import print_rules
from altac.view.making import view_of
from altac.view.payload import View

if TYPE_CHECKING:
    from altac.model.model import Model

MOST_RULES = 200_000  # characters of the rules on a page


def view_of_run(compiled: Compiled, model: Model | None, explainer: Explainer, text: str) -> View:
    """The view of a run on a text.

    Args:
        model: the weights, if these ran: then it has their stream.

    Raises:
        AltacError: if the run is too large.
    """
    interface = compiled.program.interface
    result = run_texts(model or compiled.interpreter, [text])[0]
    output = None if result.error is not None else result.text(interface)
    axes, streams = [], []
    if model is not None:
        tokens = [interface.vocabulary.index(token) for token in explainer.trace.tokens]
        axes = model.metadata.stream.names
        streams = [stream[0] for layer, stream in model.layers_and_residual([tokens]) if 0 not in layer.errors]
    rules, sizes = rules_and_sizes(compiled)
    return view_of(explainer, text, output, rules, sizes, axes, streams)


def rules_and_sizes(compiled: Compiled) -> tuple[str, list[str]]:
    """Texts about a program; why there are none, where it has no weights."""
    try:
        rules, sizes = print_rules(compiled.rules), list(sizes_text(compiled.stats()))
    except AltacError as error:
        return "", [str(error)]
    if len(rules) > MOST_RULES:
        lines, rest = rules[:MOST_RULES].splitlines()[:-1], rules.count("\n")
        rules = "\n".join([*lines, f"and {rest - len(lines):,} lines more; `altac rules` prints all"])
    return rules, sizes
