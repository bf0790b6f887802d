"""The table and the picture of the results."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.circuits.grading import METHODS, Record, summary

HEAD = ("method", "AUROC", "average precision", "precision at true size", "AUROC, live", "kept", "scored exactly 0")
MEASURES = ("AUROC", "average precision")


def markdown(found: dict[str, Any]) -> str:
    """What was found, as a page."""
    records, run = found["programs"], found["run"]
    base = np.mean([one["minimal"] / one["candidates"] for one in records])
    units = np.array([one["units"] for one in records]).sum(axis=0)
    parts = [
        f"{len(records)} programs, {sum(one['pairs'] for one in records):,} pairs of inputs, "
        f"{sum(one['candidates'] for one in records):,} edges that there could be, "
        f"{sum(one['minimal'] for one in records):,} in minimal circuits "
        f"({100 * base:.0f} % of a program's, on average).",
        table(HEAD, summary(records)),
        "Edges of minimal circuits that a method scores exactly 0, by what they end at:",
        table(("method", *kinds(records)), zeros(records)),
        f"Hidden units in clean runs: {share(units[0], units)} beyond 0 and 1, where the gradient is 0, "
        f"{share(units[1], units)} exactly there, {share(units[2], units)} between.",
        f"Programs: {', '.join(one['program'] for one in records)}.",
        f"{run['seconds']:,} s on {run['machine']}, torch {run['torch']}, Python {run['python']}.",
    ]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [" | ".join(head), " | ".join(["---"] + ["---:"] * (len(head) - 1)), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def share(part: int, whole: Any) -> str:
    return f"{100 * part / max(1, whole.sum()):.0f} %"


def kinds(records: Sequence[Record]) -> list[str]:
    found = {kind for one in records for kind in one["methods"]["EAP"]["exactly zero"]}
    return [kind for kind in ("query", "key", "value", "units", "readout") if kind in found]


def zeros(records: Sequence[Record]) -> list[list[str]]:
    rows = []
    for name in METHODS:
        counts = [one["methods"][name]["exactly zero"] for one in records]
        cells = []
        for kind in kinds(records):
            zero, every = (sum(one.get(kind, [0, 0])[place] for one in counts) for place in (0, 1))
            cells.append(f"{zero:,} of {every:,}")
        rows.append([name, *cells])
    return rows


def picture(records: Sequence[Record]) -> bytes:
    """Each program a dot, for each method; the bar is the mean. An SVG, the same bytes for the same results."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    names, dice, output = [*METHODS, "random scores"], np.random.default_rng(0), io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "altac", "font.family": "sans-serif"}):
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        for place, measure in enumerate(MEASURES):
            axes = figure.add_subplot(1, 2, place + 1)
            for row, name in enumerate(reversed(names)):
                found = [
                    (one["methods"][name]["minimal"] if name in METHODS else one["random"])[measure] for one in records
                ]
                axes.barh(row, np.mean(found), color="#cfdcec", height=0.7)
                axes.plot(found, row + dice.uniform(-0.25, 0.25, len(found)), ".", color="#33658a", markersize=3)
                axes.text(1.02, row, f"{np.mean(found):.2f}", va="center", fontsize=8)
            axes.set(xlim=(0, 1.12), xlabel=measure, yticks=range(len(names)))
            axes.set_yticklabels(list(reversed(names)) if place == 0 else [""] * len(names))
            axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(output, format="svg", metadata={"Date": None, "Creator": None})
    return output.getvalue()
