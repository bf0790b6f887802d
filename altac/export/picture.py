"""A picture of what every part of the weights reads and writes, from the weights alone. Plain SVG."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import torch
from torch import Tensor

from altac.diagnostics.words import counted
from altac.ir.stream import CLEARING, Part, View
from altac.model.learned import LearnedLayer
from altac.model.model import Model
from altac.model.transformer import MLP, Attention, TransformerLayer

WIDTH, HEIGHT, GAP, COLUMN = 170, 24, 10, 270  # of a box, between boxes, and from one column to the next
TOP, SIDE = 56, 20
STYLE = (
    "text { font: 12px system-ui, sans-serif; fill: #222 } .title { font-weight: 600 } "
    "rect { stroke: #888; rx: 4 } .state { fill: #eef3fb } .head { fill: #fdf1dc } .units { fill: #e8f5e9 } "
    "path { fill: none; stroke: #667; stroke-opacity: .45 } svg { background: #fff }"
)


@dataclass(frozen=True)
class Box:
    """Something that reads or is read; `column` is its place from left to right."""

    name: str
    kind: str
    column: int


@dataclass(frozen=True)
class Panel:
    """What one layer does."""

    title: str
    boxes: tuple[Box, ...]
    lines: tuple[tuple[Box, Box], ...]

    @property
    def height(self) -> int:
        columns = [box.column for box in self.boxes]
        return TOP + max(map(columns.count, columns), default=0) * (HEIGHT + GAP)


def circuit_picture(model: Model) -> str:
    """SVG: the layers from top to bottom; in each what it finds, its heads, its MLPs, and what it leaves."""
    panels = [panel(model, place) for place in range(len(model.metadata.config.layers))]
    columns = 1 + max((box.column for one in panels for box in one.boxes), default=0)
    width, height = 2 * SIDE + WIDTH + (columns - 1) * COLUMN, sum(one.height for one in panels) + SIDE
    parts, top = [], 0
    for one in panels:
        parts.append(drawn(one, top))
        top += one.height
    name = escape(model.metadata.interface.program)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f"<title>{name}: what heads and hidden units read and write</title>\n<style>{STYLE}</style>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def panel(model: Model, place: int) -> Panel:
    """What a layer reads and writes, by its weights."""
    described, layer = model.metadata, model.module.layers[place]
    view, name = described.stream.view(place), described.layer_names[place]
    assert isinstance(layer, TransformerLayer)
    lines: list[tuple[Box, Box]] = []
    mlps = writers(layer, model, place)
    last = 2 + len(mlps)

    def found(part: Part) -> Box:  # before the layer, or what one of its heads brings
        made = next((head for head in heads.values() if head.name == str(part.owner)), None)
        return made if made is not None and part in view.own else Box(str(part), "state", 0)

    heads = {
        name: Box(name, "head", 1) for name in described.head_names[place] if name != CLEARING and name in view.heads
    }
    if isinstance(layer.attention, Attention):
        for number, name_of_head in enumerate(described.head_names[place]):
            if name_of_head in heads:
                reads = parts_of(view, head_reads(layer.attention, number))
                lines += [(found(part), heads[name_of_head]) for part in reads if part not in view.own]
    for number, (units, read, written) in enumerate(mlps):
        box = Box(f"MLP {number + 1}: {units}", "units", 2 + number)
        lines += [(found(part), box) for part in parts_of(view, read) if part not in made_by_units(view)]
        left = [part for part in parts_of(view, written) if part.is_state or part in view.kept.values()]
        lines += [(box, Box(str(part), "state", last)) for part in left]
    boxes = dict.fromkeys([*heads.values(), *(box for line in lines for box in line)])
    title = f"Layer {name}" if name else "The layer"
    return Panel(title, tuple(boxes), tuple(dict.fromkeys(lines)))


def made_by_units(view: View) -> list[Part]:
    """What MLPs of the layer make for later MLPs of it."""
    heads = view.heads.values()
    return [part for part in view.own if part not in heads and part.owner not in view.heads]


def writers(layer: TransformerLayer, model: Model, place: int) -> list[tuple[str, Tensor, Tensor]]:
    """For each MLP how large it is, and which dimensions it reads and writes, as flags."""
    found = []
    for mlp in layer.mlps:
        assert isinstance(mlp, MLP)
        units, read = counted(mlp.fc_in.out_features, "unit"), (mlp.fc_in.weight != 0).any(dim=0)
        found.append((units, read, (mlp.fc_out.weight != 0).any(dim=1)))
    if isinstance(layer, LearnedLayer) and model.metadata.learned is not None:
        read, written = (torch.zeros(model.width, dtype=torch.bool) for _ in range(2))
        read[list(model.metadata.learned.reads[place])] = True
        written[: model.metadata.config.d_state] = True
        written[list(model.metadata.learned.keeps[place])] = True
        found.append(("trained", read, written))
    return found


def head_reads(attention: Attention, number: int) -> Tensor:
    """Which dimensions queries, keys and values of a head read, as flags."""
    sizes = (attention.query_sizes, attention.query_sizes, attention.value_sizes)
    maps = (attention.query, attention.key, attention.value)
    rows = [torch.split(one.weight, list(size))[number] for one, size in zip(maps, sizes, strict=True)]
    return (torch.cat(rows) != 0).any(dim=0)


def parts_of(view: View, flags: Tensor) -> list[Part]:
    """The parts of which some dimension is flagged."""
    dimensions = set(flags.nonzero()[:, 0].tolist())
    return [part for part in view.parts if dimensions.intersection(part.place)]


def drawn(one: Panel, top: int) -> str:
    """A panel from a height on."""
    places: dict[Box, tuple[int, int]] = {}
    counts: dict[int, int] = {}
    for box in one.boxes:
        row = counts.get(box.column, 0)
        counts[box.column] = row + 1
        places[box] = (SIDE + box.column * COLUMN, top + TOP + row * (HEIGHT + GAP))
    lines = [curve(places[left], places[right]) for left, right in one.lines]
    boxes = [text for box, (x, y) in places.items() for text in boxed(box, x, y)]
    return "\n".join([f'<text class="title" x="{SIDE}" y="{top + 36}">{escape(one.title)}</text>', *lines, *boxes])


def curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    (x, y), (to, at) = (start[0] + WIDTH, start[1] + HEIGHT // 2), (end[0], end[1] + HEIGHT // 2)
    middle = (x + to) // 2
    return f'<path d="M{x} {y} C{middle} {y} {middle} {at} {to} {at}"/>'


def boxed(box: Box, x: int, y: int) -> Iterable[str]:
    shown = box.name if len(box.name) <= 24 else f"{box.name[:23]}…"
    return (
        f'<rect class="{box.kind}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text x="{x + 8}" y="{y + 16}">{escape(shown)}</text>',
    )
