"""The pictures of the README, drawn anew: `python -m tests.docs.pictures`, or `make pictures`.

Two show a terminal, one is a figure of `experiments/parity`. A test compares the texts in them, which are those of the
program, of the diagnostic and of the results.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.figure import Figure
from rich.console import Console
from rich.text import Text

from altac.check import check_file
from altac.diagnostics import AltacError, Source, render_all
from altac.diagnostics.render import terminal
from altac.driver import compile_source
from altac.engine.protocol import trace_text
from altac.engine.table import render_trace
from altac.syntax import parse_source, read_source
from experiments.parity.figures import read_results
from experiments.parity.inputs import TRAIN
from experiments.parity.settings import OUTPUT, TRACE
from tests.docs.pages import ROOT

FOLDER = ROOT / "docs"
RESULTS = ROOT / "experiments" / "parity" / "results"
FONT_OF_THE_WEB = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
DISTANCE = """program distance
input bits: {"0", "1"}
var seen: 0..3 = 0
head left = seen at -1 else 0
step:
    seen := left + 1
layers 3
output seen
"""
LINES = {  # of the figure: a setting of the experiment, what it is, and a colour
    "relative": ("learned from traces of programs/parity.alta", "#4477aa"),
    "output-relative": ("learned from outputs, relative positions", "#ee8866"),
    "output-absolute": ("learned from outputs, absolute positions", "#bb5566"),
}
TOGETHER = 5  # lengths in a point of the figure: there are few short inputs


def screen(command: str, output: str) -> str:
    """A terminal that shows a command and its output, with its colours."""
    text = Text.from_ansi(output)
    width = max(len(line) for line in [f"$ {command}", *text.plain.splitlines()])
    console = Console(record=True, width=width + 1, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text(f"$ {command}", style="bold"), text, "", sep="\n", highlight=False)
    picture = console.export_svg(title="altac", unique_id="altac")
    return FONT_OF_THE_WEB.sub("", picture).replace("Fira Code, monospace", "Menlo, Consolas, monospace")


def diagnostic() -> str:
    """What the checker says about a counter that leaves its domain."""
    try:
        found = check_file(parse_source(Source("distance.alta", DISTANCE)))[1]
    except AltacError as error:
        found = list(error.diagnostics)
    return screen("altac check distance.alta", render_all(found, terminal))


def trace() -> str:
    """The run of `programs/parity.alta` on three ones."""
    engine = compile_source(read_source(ROOT / "programs" / "parity.alta")).interpreter
    names = [name for name in engine.domains if name not in ("token", "position")]
    table = render_trace(trace_text(engine, "1 1 1"), names, [0, 1, 2, 3], colour=True)
    return screen('altac trace programs/parity.alta "1 1 1"', table)


def accuracy() -> str:
    """Right answers by length, of what was learned from traces and from outputs alone."""
    results = read_results(RESULTS, {**TRACE, **OUTPUT})
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "altac", "font.family": "sans-serif"}):
        figure = Figure(figsize=(7, 3.6), layout="constrained")
        axes = figure.subplots()
        for name, (label, colour) in LINES.items():
            right: Counter[int] = Counter()
            asked: Counter[int] = Counter()
            for summary in results[name]:
                measured = next(iter(summary["measured"].values()))  # with the state restored, where there are both
                for length, counts in measured["length"].items():
                    group = max(1, -(-int(length) // TOGETHER)) * TOGETHER
                    right[group] += counts[0]
                    asked[group] += counts[1]
            groups = sorted(asked)
            longer = [group for group in groups if group > TRAIN]
            share = 100 * sum(right[group] for group in longer) / sum(asked[group] for group in longer)
            axes.plot(
                [group - TOGETHER / 2 + 0.5 for group in groups],
                [100 * right[group] / asked[group] for group in groups],
                label=f"{label}: {share:.1f} % of longer inputs",
                color=colour, linewidth=2, marker="o",
            )  # fmt: skip
        axes.axvspan(0, TRAIN + 0.5, color="#eeeeee")
        axes.text(TRAIN / 2, 8, "lengths in training", ha="center", color="#666666")
        axes.set(xlim=(0, 40), ylim=(0, 104), xlabel="number of bits", ylabel="right answers, %")
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", frameon=False)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return "".join(line.rstrip() + "\n" for line in buffer.getvalue().splitlines())


PICTURES: dict[str, Callable[[], str]] = {
    "diagnostic.svg": diagnostic,
    "trace.svg": trace,
    "accuracy.svg": accuracy,
}


def texts(picture: str) -> list[str]:
    """All texts in an SVG file, in its order."""
    return list(_texts(picture))


def _texts(picture: str) -> Iterator[str]:
    for element in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text"):
        text = "".join(element.itertext()).replace("\xa0", " ").strip()
        if text:
            yield text


def draw(folder: Path = FOLDER) -> None:
    for name, picture in PICTURES.items():
        (folder / name).write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    draw()
