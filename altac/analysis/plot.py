"""Accuracy as a picture: bars for one property, a heat map for two. Needs matplotlib."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from altac.analysis.evaluate import Key, Tally
from altac.diagnostics.words import readable
from altac.ir.values import Value, sort_key, source_text, value_key
from altac.system.extras import require

FEW = 20  # values of a property; where there are more, cells of a heat map have no text
WIDTH, HEIGHT = 60, 18  # of the axes of a picture, in characters and in lines
Share = Callable[[Tally], float]


def plot(title: str, properties: Sequence[str], cells: Mapping[Key, Tally]) -> bytes:
    """A PNG of one or two properties.

    Raises:
        AltacError: without matplotlib.
    """
    figures = require("matplotlib.figure", "plot")
    figure = figures.Figure(figsize=(7.0, 4.5), layout="constrained")
    figure.suptitle(readable(title))
    if len(properties) == 1:
        bars(figure.subplots(), properties[0], cells)
    else:
        shares: list[tuple[str, Share]] = [("right answers", right)]
        if any(tally.none for tally in cells.values()):
            shares.append(("without an answer", none))
            figure.set_figwidth(13.0)
        for axes, (name, share) in zip(figure.subplots(1, len(shares), squeeze=False)[0], shares, strict=True):
            figure.colorbar(heat_map(axes, name, properties, cells, share), ax=axes)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    return buffer.getvalue()


def right(tally: Tally) -> float:
    return tally.right / tally.inputs


def none(tally: Tally) -> float:
    return tally.none / tally.inputs


def bars(axes: Any, name: str, cells: Mapping[Key, Tally]) -> None:
    """The shares of right, wrong and no answers, one above the other."""
    labels = [source_text(key[0]) for key in cells]
    rights, nones = (np.array([share(tally) for tally in cells.values()]) for share in (right, none))
    wrongs = 1 - rights - nones
    places = np.arange(len(labels))
    axes.bar(places, rights, color="#4477aa", label="right")
    axes.bar(places, wrongs, bottom=rights, color="#ee8866", label="wrong")
    if nones.any():
        axes.bar(places, nones, bottom=rights + wrongs, color="#bbbbbb", label="no answer")
    ticks(axes.xaxis, labels, across(labels))
    axes.set(xlabel=name, ylabel="share of inputs", ylim=(0, 1))
    axes.figure.legend(loc="outside lower center", ncols=3)


def heat_map(axes: Any, title: str, properties: Sequence[str], cells: Mapping[Key, Tally], share: Share) -> Any:
    """One share for each pair of values; pairs without inputs stay white."""
    columns, rows = (ordered([key[place] for key in cells]) for place in range(2))
    grid = np.full((len(rows), len(columns)), np.nan)
    for (column, row), tally in cells.items():
        grid[rows[value_key(row)][0], columns[value_key(column)][0]] = share(tally)
    image = axes.imshow(grid, vmin=0, vmax=1, cmap="viridis", origin="lower", aspect="auto")
    if max(grid.shape) <= FEW:
        for row, column in np.argwhere(~np.isnan(grid)).tolist():
            value = grid[row, column]
            colour = "black" if value > 0.6 else "white"
            shown = f"{min(100 * value, 100 if value == 1 else 99):.0f}"
            axes.text(column, row, shown, ha="center", va="center", color=colour, fontsize=7)
    names = [text for _, text in columns.values()]
    ticks(axes.xaxis, names, across(names))
    ticks(axes.yaxis, [text for _, text in rows.values()], HEIGHT)
    axes.set(title=title, xlabel=properties[0], ylabel=properties[1])
    return image


def ordered(values: Sequence[Value]) -> dict[Any, tuple[int, str]]:
    """The different values in their order: the place and the text of each."""
    different = sorted({value_key(value): value for value in values}.values(), key=sort_key)
    return {value_key(value): (place, source_text(value)) for place, value in enumerate(different)}


def across(labels: Sequence[str]) -> int:
    """How many labels stand side by side, with two characters between them; at least one."""
    return max(1, WIDTH // (2 + max(map(len, labels))))


def ticks(axis: Any, labels: Sequence[str], most: int) -> None:
    """Every k-th label, so that they do not overlap."""
    step = -(-len(labels) // most)
    axis.set_ticks(range(0, len(labels), step), labels[::step])
