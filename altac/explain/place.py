"""The place that a user asks about: a name, a position and a layer, each of which may be missing."""

from __future__ import annotations

import re

from altac.diagnostics import AltacError, closest
from altac.diagnostics.explain_errors import NoLayer, NoPosition, NothingOfName, NotThere, ScoreOfAll
from altac.engine.trace import Trace
from altac.explain.facts import Fact
from altac.explain.run import Explainer


def place(explainer: Explainer, name: str | None, position: int | None, layer: str | None) -> Fact:
    """The fact that is asked about.

    Args:
        name: of a variable or head; the output if None.
        position: if None, that of the output where it is read at one position, else the last.
        layer: its number, its name (for its last round), or `NAME.ROUND`; the last in which there is a value if None.

    Raises:
        AltacError: if the run has no such place.
    """
    trace, program = explainer.trace, explainer.program
    known = [one for one in trace.domains if one in explainer.domains and not explainer.is_test(one)]
    if name is None:
        name = program.interface.variable
        if program.score is not None:
            raise AltacError([ScoreOfAll(None, name, program.score.scoring.reads)])
    if name not in known:
        if program.score is not None and name == program.interface.variable:
            raise AltacError([ScoreOfAll(None, name, program.score.scoring.reads)])
        raise AltacError([NothingOfName(None, program.name, name, tuple(known), closest(name, known))])
    positions = len(trace.tokens)
    if position is None:
        shown = explainer.shown
        position = shown[0] if len(shown) == 1 and program.interface.at != "all" else positions - 1
    if not 0 <= position < positions:
        raise AltacError([NoPosition(None, max(position, 0) if not positions else position, positions)])
    there = [number for number in range(trace.layers + 1) if has_row(trace, name, number)]
    if layer is None:
        if not there:
            raise AltacError([NotThere(None, name, trace.layers, label(trace, trace.layers), ())])
        return Fact(there[-1], position, name)
    number = layer_number(trace, layer)
    if number not in there:
        raise AltacError([NotThere(None, name, number, label(trace, number), tuple(there))])
    return Fact(number, position, name)


def asked(explainer: Explainer, name: str | None, position: int | None, layer: str | None) -> list[Fact]:
    """The fact that is asked about and, where that is the output, those by which it is read at its position."""
    fact = place(explainer, name, position, layer)
    is_output = name is None and layer is None and fact.position in explainer.shown
    return [fact, *explainer.shown_by(fact.position)] if is_output else [fact]


def has_row(trace: Trace, name: str, layer: int) -> bool:
    """Whether something has values after a layer, or as a head in it."""
    if name in trace.variables:
        return trace.knows(name, layer)
    return layer > 0 and name in trace.ran[layer - 1].heads


def label(trace: Trace, layer: int) -> str:
    """The name of a layer of a run with its round, "" where it has none."""
    return trace.ran[layer - 1].label if layer else ""


def layer_number(trace: Trace, text: str) -> int:
    """The number of a layer in a run, from what a user calls it.

    Raises:
        AltacError: if there is none.
    """
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,9}", text) and int(text) <= trace.layers:
        return int(text)
    names = [f"{one.name}.{one.round}" for one in trace.ran if one.name]
    asked = re.sub(r"[\s.]+", ".", text)
    if asked in names:
        return names.index(asked) + 1
    rounds = [number for number, one in enumerate(trace.ran, 1) if one.name == asked]
    if one_of := rounds[-1:]:
        return one_of[0]
    raise AltacError([NoLayer(None, text, trace.layers, tuple(names), closest(asked, names))])
