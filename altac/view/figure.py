"""The table of a run as a figure for papers and talks. Needs matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Literal

from altac.diagnostics import AltacError
from altac.diagnostics.explain_errors import TooLargeToShow
from altac.diagnostics.words import readable
from altac.engine.table import Cell, Row, table_cells
from altac.engine.trace import Trace
from altac.system.extras import require

MOST_CELLS = 4000
LINE, CHARACTER, GAP = 0.21, 0.085, 0.22  # inches: the height of a line, the width of a character, between columns
SIZE = 9  # points
FORE, SOFT, HEAD, MARK, MARKED, MISSING = "#1d2733", "#5a6673", "#6a4c93", "#a03c05", "#fff1e2", "#b00020"


def figure(trace: Trace, names: Sequence[str], positions: Sequence[int], form: Literal["svg", "png"]) -> bytes:
    """The figure: positions across, layers down, changed values marked.

    Args:
        names: variables and heads, `positions` likewise.

    Raises:
        AltacError: without matplotlib, or if there are too many values.
    """
    count = len(positions) * (trace.layers + 1) * len(names)
    if count > MOST_CELLS:
        raise AltacError([TooLargeToShow(None, "a figure", len(positions), trace.layers, count, MOST_CELLS)])
    matplotlib = require("matplotlib", "plot")
    figures = require("matplotlib.figure", "plot")
    lines = table_cells(trace, list(names), list(positions))
    first = wide([start for _, start, _ in lines])
    labels = wide([row.name for row, _, _ in lines])
    columns = [
        wide([cell.text for _, _, cells in lines for cell in cells[place : place + 1]])
        for place in range(len(positions))
    ]
    width, height = first + labels + sum(columns) + GAP, LINE * (len(lines) + 1)
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "altac", "text.parse_math": False}):
        drawing = figures.Figure(figsize=(width, height))
        axes = drawing.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        for number, (row, start, cells) in enumerate(lines):
            middle = LINE * (number + 1)
            if row.is_first and row.layer >= 0:
                axes.plot([GAP / 2, width - GAP / 2], [middle - LINE / 2] * 2, color="#d5dbe1", linewidth=0.6)
            write(axes, GAP / 2, middle, start, SOFT, "left")
            write(axes, GAP / 2 + first, middle, row.name, HEAD if row.kind == "head" else FORE, "left")
            right = GAP / 2 + first + labels
            for cell, column in zip(cells, columns, strict=True):
                draw_cell(axes, row, cell, right, middle, column)
                right += column
        buffer = io.BytesIO()
        metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        drawing.savefig(buffer, format=form, dpi=200, facecolor="white", metadata=metadata)
    return buffer.getvalue()


def draw_cell(axes: Any, row: Row, cell: Cell, left: float, middle: float, width: float) -> None:
    if cell.changed:
        corners = [left + GAP / 4, left + width - GAP / 4]
        axes.fill_between(corners, middle - LINE * 0.45, middle + LINE * 0.45, color=MARKED, linewidth=0)
    colour = {"title": SOFT if row.name == "position" else FORE, "head": HEAD, "variable": FORE}[row.kind]
    colour = MISSING if cell.missing else MARK if cell.changed else colour
    write(axes, left + width / 2, middle, cell.text, colour, "center", bold=cell.changed)


def write(axes: Any, x: float, y: float, text: str, colour: str, side: str, bold: bool = False) -> None:
    weight = "bold" if bold else "normal"
    axes.text(
        x, y, readable(text), color=colour, ha=side, va="center", fontsize=SIZE, family="monospace", weight=weight
    )


def wide(texts: Sequence[str]) -> float:
    """The width of a column with such texts, in inches."""
    return max(map(len, texts), default=0) * CHARACTER + GAP
