"""Pictures of circuits: layers from left to right, and what acts at once above each other."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

from altac.circuits.circuit import Circuit, Edge, Kind, Node, order
from altac.diagnostics.words import counted
from altac.system.extras import require

ENDS = {"query": -7.0, "key": 0.0, "value": 7.0, "": 0.0}  # where an edge arrives, below the middle of a box
COLOURS = {"query": "#aa3377", "key": "#228833", "value": "#4477aa", "": "#555555"}
FILLS = {Kind.EMBEDDING: "#eeeeee", Kind.HEAD: "#dde8f5", Kind.UNITS: "#fdeccf", Kind.READOUT: "#eeeeee"}
CHARACTER, HEIGHT, ROW, GAP, MARGIN, TOP = 7.3, 26.0, 46.0, 96.0, 16.0, 62.0  # in pixels
MOST_SHOWN = 12  # rules in a tooltip


@dataclass(frozen=True)
class Box:
    """A node in a picture: its middle, and its width."""

    node: Node
    x: float
    y: float
    width: float
    label: str

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Plan:
    """Where everything is; `titles` have the middle of each layer."""

    boxes: dict[str, Box]
    titles: list[tuple[float, str]]
    width: float
    height: float


def label_of(node: Node) -> str:
    """The name of a node without its layer, and of units how many rules there are."""
    match node.kind:
        case Kind.EMBEDDING | Kind.READOUT:
            return node.name
        case Kind.HEAD:
            return node.name.split(".attn.", 1)[1]
        case Kind.UNITS:
            return counted(len(node.means), "rule")


def title(circuit: Circuit) -> str:
    """What a circuit is, in a line."""
    on = f" on {counted(circuit.pairs, 'pair')} of inputs" if circuit.pairs else ""
    if circuit.dropped:
        on += f", {circuit.dropped:,} dropped that did not settle"
    share = f"{len(circuit.edges)} of {circuit.candidates:,} edges"
    return f"{circuit.program}: {circuit.kind} circuit{on}, {counted(len(circuit.layers), 'layer')}, {share}"


def plan(circuit: Circuit) -> Plan:
    columns = [list(column) for _, column in groupby(sorted(circuit.nodes, key=order), key=order)]
    tallest = max(map(len, columns), default=1)
    boxes, middles, x = dict[str, Box](), dict[int, list[float]](), MARGIN
    for column in columns:
        labels = [label_of(node) for node in column]
        width = max(map(len, labels)) * CHARACTER + 18
        top = TOP + (tallest - len(column)) * ROW / 2
        for number, (node, label) in enumerate(zip(column, labels, strict=True)):
            boxes[node.name] = Box(node, x + width / 2, top + number * ROW + ROW / 2, width, label)
        middles.setdefault(column[0].step, []).append(x + width / 2)
        x += width + GAP
    titles = [
        ((some[0] + some[-1]) / 2, circuit.layers[step])
        for step, some in middles.items()
        if 0 <= step < len(circuit.layers)
    ]
    width = max(x - GAP + MARGIN, len(title(circuit)) * CHARACTER + 2 * MARGIN)
    return Plan(boxes, titles, width, TOP + tallest * ROW + MARGIN + 22)


def curve_of(found: Plan, edge: Edge) -> list[tuple[float, float]]:
    """The four points of a Bezier curve; one that passes other nodes goes above them."""
    start, end = found.boxes[edge.source], found.boxes[edge.target]
    x, y = end.left, end.y + ENDS[edge.port]
    bend = max(30.0, (x - start.right) / 2)
    between = any(start.right < box.x < x for box in found.boxes.values())
    lift = ROW if between else 0.0
    return [(start.right, start.y), (start.right + bend, start.y - lift), (x - bend, y - lift), (x, y)]


def explained(node: Node) -> str:
    """A node's name and what it means."""
    more = [f"and {len(node.means) - MOST_SHOWN} more"] if len(node.means) > MOST_SHOWN else []
    return "\n".join([node.name, *node.means[:MOST_SHOWN], *more])


def words_of(edge: Edge) -> str:
    port = f" as {edge.port}" if edge.port else ""
    return f"{edge.source} -> {edge.target}{port}: {', '.join(edge.shares)}"


def svg(circuit: Circuit) -> bytes:
    """An SVG whose boxes and lines say what they are where a pointer rests on them."""
    found, lines = plan(circuit), list[str]()
    size = f'width="{found.width:.0f}" height="{found.height:.0f}" viewBox="0 0 {found.width:.0f} {found.height:.0f}"'
    lines.append(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Menlo, Consolas, monospace" font-size="12">'
    )
    lines.append('<rect width="100%" height="100%" fill="white"/>')
    lines.append(f'<text x="{MARGIN:.0f}" y="22" font-weight="bold">{escape(title(circuit))}</text>')
    for x, name in found.titles:
        lines.append(f'<text x="{x:.1f}" y="48" text-anchor="middle" fill="#777777">{escape(name)}</text>')
    for edge in circuit.edges:
        curve = [f"{x:.1f} {y:.1f}" for x, y in curve_of(found, edge)]
        path = f"M {curve[0]} C {curve[1]} {curve[2]} {curve[3]}"
        lines.append(
            f'<path d="{path}" fill="none" stroke="{COLOURS[edge.port]}"><title>{escape(words_of(edge))}</title></path>'
        )
    for box in found.boxes.values():
        top = box.y - HEIGHT / 2
        shape = f'x="{box.left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{HEIGHT:.0f}" rx="5"'
        lines.append(f"<g><title>{escape(explained(box.node))}</title>")
        lines.append(f'<rect {shape} fill="{FILLS[box.node.kind]}" stroke="#777777"/>')
        lines.append(f'<text x="{box.x:.1f}" y="{box.y + 4:.1f}" text-anchor="middle">{escape(box.label)}</text></g>')
    x = MARGIN
    for port, colour in COLOURS.items():
        name = port or "other"
        lines.append(f'<text x="{x:.1f}" y="{found.height - 10:.1f}" fill="{colour}">{name}</text>')
        x += (len(name) + 2) * CHARACTER
    return ("\n".join([*lines, "</svg>"]) + "\n").encode()


def png(circuit: Circuit) -> bytes:
    """The same as a PNG.

    Raises:
        AltacError: without matplotlib.
    """
    figures, paths = require("matplotlib.figure", "plot"), require("matplotlib.path", "plot")
    patches: Any = require("matplotlib.patches", "plot")
    found = plan(circuit)
    figure = figures.Figure(figsize=(found.width / 100, found.height / 100))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, found.width), ylim=(found.height, 0))
    axes.axis("off")
    font: dict[str, Any] = {"family": "monospace", "size": 8.5}
    axes.text(MARGIN, 22, title(circuit), weight="bold", **font)
    for x, name in found.titles:
        axes.text(x, 48, name, ha="center", color="#777777", **font)
    codes = [paths.Path.MOVETO, paths.Path.CURVE4, paths.Path.CURVE4, paths.Path.CURVE4]
    for edge in circuit.edges:
        axes.add_patch(
            patches.PathPatch(
                paths.Path(curve_of(found, edge), codes), fill=False, edgecolor=COLOURS[edge.port], lw=0.8
            )
        )
    for box in found.boxes.values():
        where = (box.left, box.y - HEIGHT / 2)
        axes.add_patch(
            patches.Rectangle(where, box.width, HEIGHT, facecolor=FILLS[box.node.kind], edgecolor="#777777", zorder=2)
        )
        axes.text(box.x, box.y, box.label, ha="center", va="center", zorder=3, **font)
    x = MARGIN
    for port, colour in COLOURS.items():
        axes.text(x, found.height - 10, port or "other", color=colour, **font)
        x += (len(port or "other") + 2) * CHARACTER
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    return buffer.getvalue()


def dot(circuit: Circuit) -> bytes:
    """For Graphviz: `dot -Tsvg`."""
    lines = ["digraph circuit {", f"  label={quoted(title(circuit))};", "  rankdir=LR; node [shape=box, style=filled];"]
    for node in circuit.nodes:
        about = f"label={quoted(node.name)}, tooltip={quoted(explained(node))}, fillcolor={quoted(FILLS[node.kind])}"
        lines.append(f"  {quoted(node.name)} [{about}];")
    for edge in circuit.edges:
        words = f"{edge.port}: " if edge.port else ""
        about = f"label={quoted(words + shown(edge.shares))}, color={quoted(COLOURS[edge.port])}"
        lines.append(f"  {quoted(edge.source)} -> {quoted(edge.target)} [{about}];")
    return ("\n".join([*lines, "}"]) + "\n").encode()


def shown(names: Sequence[str]) -> str:
    return ", ".join(names)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
