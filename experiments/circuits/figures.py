"""A table and a picture of what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

from experiments.circuits.methods import METHODS

TRUTHS = ("live", "minimal")
HEADER = """\
| method | against | median AUROC | mean average precision | mean precision at size | perfect | seconds |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
"""


def table(records: Sequence[dict[str, Any]]) -> str:
    """All methods against both sets, and where scores are zero, in Markdown."""
    text = HEADER
    for truth in TRUTHS:
        share = mean(one["edges"][truth] / one["edges"]["candidates"] for one in records)
        text += f"| random order | {truth} | 0.500 | {share:.3f} | {share:.3f} | 0 of {len(records)} | |\n"
        for method in METHODS:
            found = [one["methods"][method] for one in records]
            some = [one[truth] for one in found]
            perfect = sum(one["auroc"] == 1 for one in some)
            text += (
                f"| {method} | {truth} | {median(one['auroc'] for one in some):.3f} "
                f"| {mean(one['precision'] for one in some):.3f} | {mean(one['at size'] for one in some):.3f} "
                f"| {perfect} of {len(records)} | {sum(one['seconds'] for one in found):.0f} |\n"
            )
    reads = ("query", "key", "value", "units", "readout")
    text += f"\n| method | {' | '.join(reads)} | enough |\n| --- |{' ---: |' * (len(reads) + 1)}\n"
    for method in METHODS:
        found = [one["methods"][method] for one in records]
        counts = [[one["zero"].get(name, (0, 0)) for one in found] for name in reads]
        cells = [f"{sum(a for a, _ in some)} of {sum(b for _, b in some)}" for some in counts]
        enough = sum(one["enough"] for one in found)
        text += f"| {method} | {' | '.join(cells)} | {enough} of {len(records)} |\n"
    return text


def picture(records: Sequence[dict[str, Any]], path: Path) -> None:
    """For each method the AUROC of all programs against the minimal circuit, from the worst to the best."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "altac"
    figure, axes = pyplot.subplots(figsize=(7, 3.5), layout="constrained")
    for method, colour in zip(METHODS, ("#2f7d4f", "#b0521b", "#3557a5"), strict=True):
        found = sorted(one["methods"][method]["minimal"]["auroc"] for one in records)
        axes.plot(range(1, len(found) + 1), found, label=method, color=colour, marker=".", markersize=4, linewidth=1)
    axes.axhline(0.5, color="#888888", linewidth=0.8, linestyle=":")
    axes.set_xlabel("programs, from the worst to the best of each method")
    axes.set_ylabel("AUROC, minimal circuit")
    axes.set_ylim(0, 1.02)
    axes.legend(frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
