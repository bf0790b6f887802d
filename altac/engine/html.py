"""Traces and results as HTML, for notebooks. It can be read without styles, too: what changed is bold, with a `*`."""

from __future__ import annotations

from html import escape

from altac.diagnostics.words import counted, readable
from altac.engine.table import Cell, Row, table_cells
from altac.engine.trace import Result, Trace
from altac.ir.values import value_text

MOST_CELLS = 4000  # positions times layers times names
CELL = "text-align:center;padding:.1em .6em"
STYLES = {"title": "color:#5a6673", "head": "color:#6a4c93", "variable": ""}
CHANGED, MISSING = "color:#a03c05;background:#fff1e2", "color:#b00020"


def html_trace(trace: Trace) -> str | None:
    """The table of a trace, None where it is too large."""
    names = [name for name in trace.domains if name not in ("token", "position")]
    if len(trace.tokens) * (trace.layers + 1) * max(len(names), 1) > MOST_CELLS:
        return None
    lines = [line(*one) for one in table_cells(trace, names, list(range(len(trace.tokens))))]
    error = "" if trace.error is None else f"<p>{trace.error.code}: {escape(readable(trace.error.message))}</p>"
    return f'<table style="font-family:monospace;border-collapse:collapse">{"".join(lines)}</table>{error}'


def line(row: Row, start: str, cells: list[Cell]) -> str:
    """A line of the table; the first of a layer has its number and name."""
    top = "border-top:1px solid #d5dbe1;" if row.is_first and row.layer >= 0 else ""
    label = f'<th style="{top}text-align:left;{STYLES[row.kind]}">'
    first = "layer" if row.layer < 0 and row.is_first else start
    return (
        f'<tr><th style="{top}text-align:left">{escape(first)}</th>{label}{escape(row.name)}</th>'
        + "".join(cell_of(row, cell, top) for cell in cells)
        + "</tr>"
    )


def cell_of(row: Row, cell: Cell, top: str) -> str:
    text, style = (
        escape(readable(cell.text)),
        MISSING if cell.missing else CHANGED if cell.changed else STYLES[row.kind],
    )
    shown = f"<b>{text}*</b>" if cell.changed else text
    return f'<td style="{top}{CELL};{style}">{shown}</td>'


def html_result(result: Result) -> str:
    """The input, and the output or why there is none."""
    given = f"<code>{escape(readable(result.input)) or '(empty)'}</code>"
    if result.error is not None:
        return f"<div>{given} &rarr; {result.error.code}, {escape(readable(result.error.message))}</div>"
    output = " ".join(map(value_text, result.output or ()))
    after = counted(result.layers, "layer")
    return f"<div>{given} &rarr; <code>{escape(readable(output)) or '(nothing)'}</code> after {after}</div>"
