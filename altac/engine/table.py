"""A trace as a table for people: positions across, layers down, changed values marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from altac.engine.trace import Trace
from altac.ir.values import UNCLEAR, NoValue, source_text, value_text


@dataclass(frozen=True)
class Cell:
    """A value as text; whether it differs from the layer before, and whether there is none."""

    text: str
    changed: bool = False
    missing: bool = False


def render_trace(
    trace: Trace, names: list[str], positions: list[int], width: int | None = None, colour: bool = False
) -> str:
    """The table.

    Heads stand above the variables of the layer that reads them. A value that differs from the layer before is bold in
    colour, and has a `*` without. `no value` stands where the residual stream holds none; a symbol of that text has
    quotes, and so has the symbol `none` where `none` is another value.

    Args:
        width: of the terminal; positions that do not fit go into further tables below. None for one table.
    """
    return "\n\n".join("\n".join(lines) for (lines,) in _tables([trace], names, positions, width, colour))


def render_difference(expected: Trace, found: Trace, names: list[str], width: int | None = None) -> str:
    """Both traces of one input as one table: lines that are not the same stand twice, after `-` and after `+`."""
    positions = list(range(len(expected.tokens)))
    tables = []
    for table in _tables([expected, found], names, positions, None if width is None else width - 2, colour=False):
        lines = []
        for left, right in zip_longest(*table):
            if left == right:
                lines.append(f"  {left}")
            else:
                lines += [f"{sign} {line}" for sign, line in (("-", left), ("+", right)) if line is not None]
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


def difference_text(expected: Trace, found: Trace, width: int | None = None) -> str:
    """The difference of the traces of interpreter and weights on one input, with the errors that they end in."""
    names = [name for name in expected.domains if name not in ("token", "position")]
    inner = render_difference(expected, found, names, width)
    lines = ["--- interpreter", "+++ weights", inner]
    for sign, trace in (("-", expected), ("+", found)):
        if trace.error is not None:
            lines.append(f"{sign} {trace.error.message}")
    if expected.difference(found) is None:
        lines.append("(nothing to be seen here: the difference is within a layer, or in the output)")
    return "\n".join(lines)


def _tables(
    traces: list[Trace], names: list[str], positions: list[int], width: int | None, colour: bool
) -> Iterator[list[list[str]]]:
    """The lines of each trace, in tables whose columns fit all of them."""
    heads = [name for name in names if name in traces[0].heads]
    variables = [name for name in names if name in traces[0].variables]
    label = max([len(name) for name in (*heads, *variables)] + [len("position")])
    columns = [{position: _column(trace, heads, variables, position) for position in positions} for trace in traces]
    widths = {
        position: max(len(cell.text) + 1 for column in columns for cell in column[position]) for position in positions
    }
    blocks: list[list[int]] = [[]]
    used = label + 8
    for position in positions:
        if width is not None and blocks[-1] and used + widths[position] + 2 > width:
            blocks.append([])
            used = label + 8
        blocks[-1].append(position)
        used += widths[position] + 2
    for block in blocks:
        tables = []
        for trace, column in zip(traces, columns, strict=True):
            lines = []
            for number, (layer, name, kind) in enumerate(_rows(trace, heads, variables)):
                cells = [_cell(column[position][number], widths[position], kind, colour) for position in block]
                start = f"{layer:>5}  {name:<{label}}"
                lines.append(("  ".join([start, *cells])).rstrip())
            tables.append(lines)
        yield tables


def _rows(trace: Trace, heads: list[str], variables: list[str]) -> list[tuple[str, str, str]]:
    """(layer, name, kind) of every line."""
    rows = [("layer", "position", "title"), ("", "token", "title")]
    for layer in range(trace.layers + 1):
        group = [("head", name) for name in heads if layer > 0] + [("variable", name) for name in variables]
        for number, (kind, name) in enumerate(group):
            rows.append((str(layer) if number == 0 else "", name, kind))
    return rows


def _column(trace: Trace, heads: list[str], variables: list[str], position: int) -> list[Cell]:
    """The cells of one position."""
    cells = [Cell(str(position)), Cell(value_text(trace.tokens[position]))]
    for layer in range(trace.layers + 1):
        for name in (*heads, *variables) if layer else variables:
            value = trace.value(name, layer, position)
            if isinstance(value, NoValue):
                cells.append(Cell(str(value), missing=True))
                continue
            before = trace.index(name, layer - 1, position) if layer and name in variables else None
            changed = before is not None and before != trace.index(name, layer, position)
            text = source_text(value) if value == str(UNCLEAR) else trace.domains[name].text(value)
            cells.append(Cell(text, changed))
    return cells


def _cell(cell: Cell, width: int, kind: str, colour: bool) -> str:
    text = f"{cell.text:>{width - 1}}"
    if not colour:
        return text + ("*" if cell.changed else " ")
    if cell.changed or cell.missing:
        return f"\x1b[1;{31 if cell.missing else 32}m{text} \x1b[0m"
    return f"\x1b[2m{text} \x1b[0m" if kind in ("head", "title") else f"{text} "
