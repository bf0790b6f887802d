"""The program text of what was recovered, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from altac.decompile.groups import Group
from altac.decompile.head_text import head_lines
from altac.decompile.naming import beginning
from altac.decompile.places import STATE
from altac.decompile.recovered import Condition, Recovered
from altac.decompile.scores import score_lines
from altac.decompile.step_text import any_of, asked_text, condition_text, number_line, step_lines
from altac.diagnostics import Source
from altac.ir.interface import LONGEST, Interface
from altac.ir.unknown import Unknown
from altac.ir.values import Table, Value, source_text
from altac.syntax.format import format_source


def program_text(found: Recovered, interface: Interface, is_bounded: bool) -> str:
    """A program that does what the weights do.

    Args:
        is_bounded: whether it declares a greatest length; the weights may be exact for no longer inputs just so.

    Raises:
        Undecided: if there is something that a program cannot say.
    """
    lines = [f"program {interface.program}", "", *input_lines(interface, is_bounded), ""]
    lines += [variable_line(found, group) for group in found.state if group.name not in ("token", "position")]
    numbers = [group for group in found.groups if group.is_number and group.spots[0][0] == STATE]
    lines += [number_line(found, group) for group in numbers if not found.is_evidence(group)]
    for target, spot in found.tests.items():
        target.name = asked_text(found, spot)
    layers = range(len(found.weights.layers))
    for layer in layers:
        body = [*head_lines(found, interface, layer), *step_lines(found, layer)] or ["pass"]
        lines += ["", f"layer layer{layer + 1}:", *(f"    {line}" for line in body)]
    lines += ["", *run_lines(found), *output_lines(found, interface)]
    return format_source(Source("decompiled.alta", "\n".join(lines) + "\n"))


# Input and variables ---------------------------------------------------------------------------------------------


def input_lines(interface: Interface, is_bounded: bool) -> Iterator[str]:
    line = f"input {interface.input_name}: {interface.alphabet}"
    if is_bounded and interface.longest is not None and interface.longest <= LONGEST:
        line += f" up to {interface.longest}"
    yield line + ("" if interface.unknown is None else f" else {unknown_text(interface.unknown)}")
    if interface.before or interface.after:
        around = [frame_text(interface, tokens) for tokens in (interface.before, interface.after)]
        yield " ".join(["frame", *around[0], interface.input_name, *around[1]])


def unknown_text(unknown: Unknown) -> str:
    if not unknown.shapes:
        return source_text(unknown.other)
    return source_text(Table([*unknown.shapes, ("", unknown.other)]))


def frame_text(interface: Interface, tokens: Sequence[int]) -> Iterator[str]:
    for token, same in groupby(tokens):
        times = len(list(same))
        yield source_text(interface.vocabulary.values[token]) + (f" * {times}" if times > 1 else "")


def variable_line(found: Recovered, group: Group) -> str:
    by, places = beginning(found, group)
    known = next((one for one in found.state if one.name == by), None)
    values = [group.named[place] for place in places]
    if known is not None:
        return f"var {group.name}: {group.domain} = {known.mapped([values[place] for place in order(found, known)])}"
    if len(set(places)) == 1:
        return f"var {group.name}: {group.domain} = {source_text(values[0])}"
    symbols: Sequence[Value] = found.vocabulary if by == "token" else range(len(places))
    return f"var {group.name}: {group.domain} = {Group((), list(symbols), by).mapped(values)}"


def order(found: Recovered, group: Group) -> list[int]:
    """For each value of the token or the position its number."""
    _, places = beginning(found, group)
    return [places.index(place) for place in range(len(group.spots))]


# Schedule and output ---------------------------------------------------------------------------------------------


def readout_text(conditions: Sequence[Condition | None]) -> str:
    return any_of([condition_text(one) for one in conditions if one is not None])


def run_lines(found: Recovered) -> Iterator[str]:
    config = found.weights.config
    if not config.layers:
        yield from ("step:", "    pass", "layers 0")
        return
    entries = []
    for number_of, (layers, times) in enumerate(config.entries):
        names = [f"layer{layer + 1}" for layer in layers]
        text = names[0] if len(names) == 1 else f"({', '.join(names)})"
        if times is None:
            text += f" until {readout_text(found.until[number_of])}"
        elif times != 1:
            text += f" * {times}"
        entries.append(text)
    yield f"run {', '.join(entries)}"


def output_lines(found: Recovered, interface: Interface) -> Iterator[str]:
    where = "" if found.weights.shown is None else f" where {readout_text(found.shown)}"
    if interface.scoring is not None:
        yield from score_lines(found, interface)
        name, at = interface.variable, " pooled" if interface.scoring.pooled else f" at {interface.at}"
    else:
        assert found.output is not None
        name, at = found.output.name, f" at {interface.at}"
    if interface.writing is None:
        yield f"output {name}{'' if at == ' at all' else at}{where}"
        return
    yield "causal"
    yield f"output {name}{at}{where}"
    end_value = interface.writing.end
    until = "" if end_value is None else f" until {source_text(interface.domain.values[end_value])}"
    yield f"generate{until} up to {interface.writing.most}"
