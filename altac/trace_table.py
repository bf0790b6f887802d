"""A trace as a table for people: positions across, layers down, changed values marked."""

from __future__ import annotations

from altac.ir.trace import Trace
from altac.ir.values import value_text


def render_trace(
    trace: Trace, names: list[str], positions: list[int], width: int | None = None, colour: bool = False
) -> str:
    """The table.

    Heads stand above the variables of the layer that reads them. A value that differs from the layer before is bold in
    colour, and has a `*` without.

    Args:
        width: of the terminal; positions that do not fit go into further tables below. None for one table.
    """
    heads = [name for name in names if name in trace.heads]
    variables = [name for name in names if name in trace.variables]
    label = max([len(name) for name in (*heads, *variables)] + [len("position")])
    columns = {position: _column(trace, heads, variables, position) for position in positions}
    widths = {position: max(len(cell) for cell, _ in column) for position, column in columns.items()}
    blocks: list[list[int]] = [[]]
    used = label + 8
    for position in positions:
        if width is not None and blocks[-1] and used + widths[position] + 2 > width:
            blocks.append([])
            used = label + 8
        blocks[-1].append(position)
        used += widths[position] + 2
    rows = _rows(trace, heads, variables)
    tables = []
    for block in blocks:
        lines = []
        for number, (layer, name, kind) in enumerate(rows):
            cells = [_cell(*columns[position][number], widths[position], kind, colour) for position in block]
            start = f"{layer:>5}  {name:<{label}}"
            lines.append(("  ".join([start, *cells])).rstrip())
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


def _rows(trace: Trace, heads: list[str], variables: list[str]) -> list[tuple[str, str, str]]:
    """(layer, name, kind) of every line."""
    rows = [("layer", "position", "title"), ("", "token", "title")]
    for layer in range(trace.layers + 1):
        group = [("head", name) for name in heads if layer > 0] + [("variable", name) for name in variables]
        for number, (kind, name) in enumerate(group):
            rows.append((str(layer) if number == 0 else "", name, kind))
    return rows


def _column(trace: Trace, heads: list[str], variables: list[str], position: int) -> list[tuple[str, bool]]:
    """The cells of one position, each with whether it changed."""
    cells = [(str(position), False), (value_text(trace.tokens[position]), False)]
    for layer in range(trace.layers + 1):
        cells += [(value_text(trace.value(name, layer, position)), False) for name in heads if layer > 0]
        for name in variables:
            rows = trace.variables[name]
            changed = layer > 0 and rows[layer, position] != rows[layer - 1, position]
            cells.append((value_text(trace.value(name, layer, position)), bool(changed)))
    return [(text + ("*" if changed else " "), changed) for text, changed in cells]


def _cell(text: str, changed: bool, width: int, kind: str, colour: bool) -> str:
    padded = f"{text:>{width}}"
    if not colour:
        return padded
    padded = padded[:-1].rjust(width - 1) + " "
    if changed:
        return f"\x1b[1;32m{padded}\x1b[0m"
    return f"\x1b[2m{padded}\x1b[0m" if kind in ("head", "title") else padded
