"""A trace as a table for people: positions across, layers down, changed values marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from altac.engine.trace import Trace
from altac.ir.values import UNCLEAR, NoValue, source_text, value_text

Kind = Literal["title", "head", "variable"]


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

    Heads stand above the variables of the layer that reads them, and what a layer introduces where it is known. A value
    that differs from the layer before is bold in colour, and has a `*` without. `no value` stands where the residual
    stream holds none; a symbol of that text has quotes, and so has the symbol `none` where `none` is another value.

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
    rows = [_rows(traces, trace.layers, names) for trace in traces]
    columns = [
        {position: _column(trace, lines, position) for position in positions}
        for trace, lines in zip(traces, rows, strict=True)
    ]
    widths = {
        position: max(len(cell.text) + 1 for column in columns for cell in column[position]) for position in positions
    }
    label = max([len(name) for name in names] + [len("position")])
    ran = max((len(one.text) + 1 for trace in traces for one in trace.ran if one.name), default=0)
    blocks: list[list[int]] = [[]]
    used = ran + label + 8
    for position in positions:
        if width is not None and blocks[-1] and used + widths[position] + 2 > width:
            blocks.append([])
            used = ran + label + 8
        blocks[-1].append(position)
        used += widths[position] + 2
    for block in blocks:
        tables = []
        for trace, lines, column in zip(traces, rows, columns, strict=True):
            table = []
            for number, row in enumerate(lines):
                cells = [_cell(column[position][number], widths[position], row.kind, colour) for position in block]
                start = f"{_beginning(trace, row, ran)}  {row.name:<{label}}"
                table.append(("  ".join([start, *cells])).rstrip())
            tables.append(table)
        yield tables


@dataclass(frozen=True)
class Row:
    """A line: what it shows of which layer; `is_first` of those of its layer."""

    layer: int
    name: str
    kind: Kind
    is_first: bool


def _rows(traces: list[Trace], layers: int, names: list[str]) -> list[Row]:
    """The lines of so many layers: heads of their own layer, and what is known after it, in any of the traces."""
    rows = [Row(-1, "position", "title", True), Row(-1, "token", "title", False)]
    kinds: list[tuple[Kind, str]] = [("head", name) for name in names if name in traces[0].heads]
    kinds += [("variable", name) for name in names if name in traces[0].variables]
    for layer in range(layers + 1):
        reached = [trace for trace in traces if layer <= trace.layers]
        group = [(kind, name) for kind, name in kinds if any(_has(trace, name, layer) for trace in reached)]
        rows += [Row(layer, name, kind, not number) for number, (kind, name) in enumerate(group)]
    return rows


def _has(trace: Trace, name: str, layer: int) -> bool:
    """Whether there is anything to show; where weights hold no value of a variable of the program, that is."""
    return trace.knows(name, layer) or (name in trace.variables and trace.knows(name, 0))


def table_cells(trace: Trace, names: list[str], positions: list[int]) -> list[tuple[Row, str, list[Cell]]]:
    """The lines of the table: what each shows, the layer with its name where the line is its first, and the cells."""
    rows = _rows([trace], trace.layers, names)
    columns = [_column(trace, rows, position) for position in positions]
    width = max((len(one.text) + 1 for one in trace.ran if one.name), default=0)
    return [
        (row, _beginning(trace, row, width).strip(), [column[number] for column in columns])
        for number, row in enumerate(rows)
    ]


def _beginning(trace: Trace, row: Row, width: int) -> str:
    """The number of the layer and, where layers have names, its name and round."""
    number = "layer" if row.layer < 0 else str(row.layer)
    name = trace.ran[row.layer - 1].text if row.layer > 0 and width else ""
    shown = f"{number:>5} {name:<{width - 1}}" if width else f"{number:>5}"
    return shown if row.is_first else " " * len(shown)


def _column(trace: Trace, rows: list[Row], position: int) -> list[Cell]:
    """The cells of one position."""
    cells = [Cell(str(position)), Cell(value_text(trace.tokens[position]))]
    for row in rows[len(cells) :]:
        value = trace.value(row.name, row.layer, position)
        if isinstance(value, NoValue):
            cells.append(Cell(str(value), missing=True))
            continue
        follows = row.kind == "variable" and row.layer > 0 and _has(trace, row.name, row.layer - 1)
        index = trace.index(row.name, row.layer, position)
        changed = follows and index != trace.index(row.name, row.layer - 1, position)
        text = source_text(value) if value == str(UNCLEAR) else trace.domains[row.name].text(value)
        cells.append(Cell(text, changed))
    return cells


def _cell(cell: Cell, width: int, kind: str, colour: bool) -> str:
    text = f"{cell.text:>{width - 1}}"
    if not colour:
        return text + ("*" if cell.changed else " ")
    if cell.changed or cell.missing:
        return f"\x1b[1;{31 if cell.missing else 32}m{text} \x1b[0m"
    return f"\x1b[2m{text} \x1b[0m" if kind in ("head", "title") else f"{text} "
