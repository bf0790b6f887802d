"""`python -m benchmarks`: measure, print tables, and write `build/bench.json` and `build/growth.png`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import growth, suite
from benchmarks.editors import editors
from benchmarks.growth import Curve
from benchmarks.onnx import onnx
from benchmarks.peers import peers
from benchmarks.runner import machine
from benchmarks.suite import FULL, SMALL, Figure
from benchmarks.writing import writing

PARTS = {
    "processes": suite.processes,
    "words": suite.words,
    "lowering": suite.lowering,
    "interpreter": suite.interpreter,
    "traces": suite.traces,
    "model": suite.model,
    "peers": peers,
    "writing": writing,
    "maps": suite.linear_maps,
}
ASKED = {"onnx": onnx, "editors": editors}  # only if asked for: they need what `make bench` does not install


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure altac on this machine.")
    parser.add_argument("--small", action="store_true", help="only show that everything runs; the figures mean nothing")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch (default: 1)")
    parser.add_argument("--only", choices=[*PARTS, *ASKED], nargs="+", help="measure these alone, and write no file")
    parser.add_argument("--folder", type=Path, default=Path("build"), help="where the results go (default: build)")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    size = SMALL if options.small else FULL
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    described = machine(options.threads)
    console.print(", ".join(f"{name} {value}" for name, value in described.items()))
    figures: list[Figure] = []
    for name, part in {**PARTS, **ASKED}.items():
        if name in (PARTS if options.only is None else options.only):
            found = list(part(size))
            console.print(figure_table(found))
            figures += found
    if options.only is not None:
        return
    curves = [curve for part in (growth.by_length, growth.by_domain, growth.by_rules) for curve in part(size)]
    console.print(curve_table(curves))
    options.folder.mkdir(parents=True, exist_ok=True)
    result = {
        "machine": described,
        "figures": [figure.to_dict() for figure in figures],
        "growth": [curve.to_dict() for curve in curves],
    }
    target = options.folder / "bench.json"
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    console.print(f"wrote {target}; {growth.plot(curves, options.folder / 'growth.png')}")


def figure_table(figures: Iterable[Figure]) -> Table:
    figures = list(figures)
    table = Table(title=figures[0].group if figures else "", title_justify="left")
    for name in ("what", "median", "min", "max", "goal", "published", ""):
        table.add_column(name, justify="left" if name in ("what", "") else "right")
    for one in figures:
        low, high = (one.timing.runs[0], one.timing.runs[-1]) if one.timing else (None, None)
        goal = (
            "" if one.goal is None else f"{'met' if one.value <= one.goal else 'MISSED'}: {shown(one.goal, one.unit)}"
        )
        ends = ["" if end is None else shown(end, one.unit) for end in (low, high)]
        what = f"{one.group}: {one.name}"
        table.add_row(what, shown(one.value, one.unit), *ends, goal, one.published, one.detail)
    return table


def curve_table(curves: Iterable[Curve]) -> Table:
    table = Table(title="growth: y = c * x ** slope", title_justify="left")
    for name in ("what", "x", "from", "to", "y", "from", "to", "slope"):
        table.add_column(name, justify="left" if name in ("what", "x", "y") else "right")
    for curve in curves:
        (x0, y0), (x1, y1) = curve.points[0], curve.points[-1]
        unit = "s" if curve.y_name == "seconds" else ""
        ends = [shown(y0, unit), shown(y1, unit)]
        table.add_row(curve.name, curve.x_name, f"{x0:,.0f}", f"{x1:,.0f}", curve.y_name, *ends, f"{curve.slope:.2f}")
    return table


def shown(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value:.3g} s" if value >= 1 else f"{1000 * value:.3g} ms"
    return f"{value:,.3g} {unit}".rstrip() if unit else f"{value:,.0f}"


if __name__ == "__main__":
    main()
