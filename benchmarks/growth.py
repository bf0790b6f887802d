"""Growth: time and size as functions of length, domain sizes and number of rules, with fitted exponents."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from altac.diagnostics import Source
from altac.driver import Compiled, compile_source
from altac.engine.protocol import run_texts
from benchmarks.runner import time_function
from benchmarks.suite import Size, compiled, layer_time


@dataclass
class Curve:
    """Points (x, y); `slope` is the exponent e of the fit y = c * x ** e to their upper half."""

    name: str
    x_name: str
    y_name: str
    points: list[tuple[float, float]] = field(default_factory=list)

    @property
    def slope(self) -> float:
        """Least squares on logarithms; of the upper half, where constants matter less."""
        upper = self.points[len(self.points) // 2 - 1 :] if len(self.points) > 3 else self.points
        xs, ys = [math.log(x) for x, _ in upper], [math.log(max(y, 1e-9)) for _, y in upper]
        x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
        spread = sum((x - x_mean) ** 2 for x in xs)
        return sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / spread

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "x": self.x_name, "y": self.y_name, "slope": self.slope, "points": self.points}


def by_length(size: Size) -> Iterator[Curve]:
    """One layer of one input, and a whole run in the interpreter, which has as many layers as bits."""
    parity = compiled("parity")
    for execution in ("sparse", "dense"):
        curve = Curve(f"parity: one layer, {execution}", "positions", "seconds")
        for power in range(size.points):
            length = 64 << power
            curve.points.append((length, layer_time(parity, execution, 1, length, size).median))
        yield curve
    curve = Curve("parity: interpreter, all layers", "positions", "seconds")
    for power in range(size.points):
        length = 16 << power
        timing = time_function(lambda length=length: run_texts(parity.interpreter, ["1" * length]), size.runs)  # type: ignore[misc]
        curve.points.append((length, timing.median))
    yield curve


def by_domain(size: Size) -> Iterator[Curve]:
    """Programs whose parameter N is the size of domains."""
    for name in size.domains:
        curves = {what: Curve(f"{name}: {what}", "N", what) for what in ("seconds", "hidden units", "parameters")}
        rules = Curve(f"{name}: seconds", "hidden units", "seconds")
        for power in range(size.points):
            number = 8 << power
            if name == "subleq" and number > 32:  # each point takes four times as long as the one before
                break
            program = compiled(name, N=number).program
            stats = Compiled(program, (), 2).stats()
            timing = time_function(lambda program=program: Compiled(program, (), 2).blocks, min(size.runs, 3))  # type: ignore[misc]
            curves["seconds"].points.append((number, timing.median))
            curves["hidden units"].points.append((number, stats["hidden_units"]))
            curves["parameters"].points.append((number, stats["parameters"]))
            rules.points.append((stats["hidden_units"], timing.median))
        yield from curves.values()
        yield rules


def by_rules(size: Size) -> Iterator[Curve]:
    """A step of more and more assignments, each with rules of its own: the passes alone."""
    for level in (0, 1, 2):
        curve = Curve(f"many assignments: passes of -O{level}", "rules", "seconds")
        for power in range(size.points):
            program = compile_source(Source("many.alta", many(4 << power)), level).program
            rules = Compiled(program, (), level).rules
            timing = time_function(lambda program=program, level=level: Compiled(program, (), level).rules, size.runs)  # type: ignore[misc]
            curve.points.append((len(rules.rules), timing.median))
        yield curve


def many(count: int) -> str:
    """A program with `count` variables that each follow a table of their own."""
    lines = ["program many", "input word: 0..7"]
    for number in range(count):
        table = ", ".join(f"{value}: {(value * (number + 2) + number) % 8}" for value in range(8))
        lines += [f"const T{number} = {{{table}}}", f"var v{number}: 0..7 = {number % 8}"]
    lines += [
        "step:",
        *(f"    if token > {number % 7}:\n        v{number} := T{number}[v{number}]" for number in range(count)),
    ]
    return "\n".join([*lines, "layers 1", "output v0", ""])


def plot(curves: Sequence[Curve], path: Path) -> str:
    """Write a log-log plot, if matplotlib is installed; returns a line that says what was done."""
    try:
        from matplotlib.figure import Figure as Canvas
    except ImportError:
        return "no plot, because matplotlib is not installed: it comes with the extra `plot`"
    kinds = list(dict.fromkeys((curve.x_name, curve.y_name) for curve in curves))
    canvas = Canvas(figsize=(5 * len(kinds), 5), layout="constrained")
    for place, (x_name, y_name) in enumerate(kinds, 1):
        axes = canvas.add_subplot(1, len(kinds), place, xscale="log", yscale="log", xlabel=x_name, ylabel=y_name)
        for curve in curves:
            if (curve.x_name, curve.y_name) == (x_name, y_name):
                label = f"{curve.name} ({curve.slope:.2f})"
                axes.plot(*zip(*curve.points, strict=True), marker="o", label=label)
        axes.grid(True, which="both", alpha=0.2)
        axes.legend(fontsize=7)
    canvas.savefig(path, dpi=120)
    return f"wrote {path}"
