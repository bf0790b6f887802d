"""Checks that compiled weights hold nothing dead: no unit without an effect, no dimension that nothing writes or needs.

A part is written and read in its own layers; others may have its dimensions before and after. A dimension is needed if
the computation reads it (a query, key, value, hidden unit or readout), or if the trace does: the trace shows the value
of every variable and head, so all of their values keep their dimensions, even those that the computation infers from
the absence of the others. Features are not in the trace; each of their dimensions must be read.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from altac.backend.blocks import Blocks, LayerBlock, ReadoutBlock
from altac.diagnostics import InternalError
from altac.ir.arrays import Mask
from altac.ir.stream import CLEARING, Kind, Part


def verify_nothing_dead(blocks: Blocks) -> None:
    """Check the blocks of a program.

    Raises:
        InternalError: naming what is dead.
    """
    written, read = written_axes(blocks), read_axes(blocks)
    named = [(axis, part.start + place) for part in blocks.stream.parts for place, axis in enumerate(part.axes)]
    dead = [f"nothing writes `{axis}`" for axis, dimension in named if not written[axis.part][dimension]]
    dead += [
        f"nothing reads `{axis}`"
        for axis, dimension in named
        if axis.part.kind is Kind.FEATURE and not read[axis.part][dimension]
    ]
    used = {part.owner for part in blocks.stream.parts if read[part][part.place].any()} | summed(blocks)
    owners = dict.fromkeys(part.owner for part in blocks.stream.parts)
    dead += [f"nothing reads any of `{owner}`" for owner in owners if owner not in used]
    kept = (part for part in blocks.stream.parts if part.kind is Kind.KEPT and part.owner in used)
    dead += [f"nothing reads what is kept of `{part}`" for part in kept if not read[part][part.place].any()]
    for mlp in (mlp for layer in blocks.layers for mlp in layer.mlps):
        effect = (mlp.outward.weight != 0).any(axis=0)
        dead += [f"the unit `{mlp.units[unit]}` does nothing" for unit in np.flatnonzero(~effect)]
    if dead:
        raise InternalError("; ".join(dead))


def summed(blocks: Blocks) -> set[str]:
    """The heads whose numbers become part of others as they are written."""
    heads = [head for layer in blocks.layers for head in layer.heads]
    return {head.name for head in heads if len(head.output.T) == 1 and np.count_nonzero(head.output) > 1}


def written_axes(blocks: Blocks) -> dict[Part, Mask]:
    """For every part which dimensions an embedding or its layers write, clearing left out."""
    embedded: Mask = (blocks.tokens != 0).any(axis=0)
    if blocks.positions is not None:
        embedded |= (blocks.positions != 0).any(axis=0)
    layers = [written_by(layer, len(embedded)) for layer in blocks.layers]
    return {
        part: np.any([embedded, *layers], axis=0) if part.layers is None else layers[part.layers[0]]
        for part in blocks.stream.parts
    }


def written_by(layer: LayerBlock, d_model: int) -> Mask:
    written = np.zeros(d_model, np.bool_)
    for head in layer.heads:
        brings = (head.value.weight != 0).any(axis=1) | (head.value.bias != 0) | (head.sink_value != 0)
        if head.name != CLEARING:
            written |= (head.output[:, brings] != 0).any(axis=1)
    for mlp in layer.mlps:
        written |= (mlp.outward.weight != 0).any(axis=1) | (mlp.outward.bias != 0)
    return written


def read_axes(blocks: Blocks) -> dict[Part, Mask]:
    """For every part which dimensions a query, key, value, hidden unit or readout reads while it is there."""
    d_model = blocks.stream.d_model
    layers = [read_by(layer, d_model) for layer in blocks.layers]
    ends = {place: np.zeros(d_model, np.bool_) for place in range(-1, len(layers))}  # at the end of every layer
    for place, mask in readouts(blocks):
        ends[place] |= mask
    found: dict[Part, Mask] = {}
    for part in blocks.stream.parts:
        first, last = (0, len(layers) - 1) if part.layers is None else part.layers
        masks = layers[first : last + 1] + [mask for place, mask in ends.items() if part.stands_after(place)]
        found[part] = np.any(masks, axis=0)
    return found


def read_by(layer: LayerBlock, d_model: int) -> Mask:
    read = np.zeros(d_model, np.bool_)
    for head in layer.heads:
        brought = head.value.weight[(head.output != 0).any(axis=0) & (head.name != CLEARING)]
        for weight in (head.query.weight, head.key.weight, brought):
            read |= (weight != 0).any(axis=0)
    for mlp in layer.mlps:
        read |= (mlp.inward.weight != 0).any(axis=0)
    return read


def readouts(blocks: Blocks) -> Iterator[tuple[int, Mask]]:
    """What is read at the end of layers."""

    def asked(readout: ReadoutBlock) -> Mask:
        found: Mask = (readout.inward.weight != 0).any(axis=0)
        return found

    last = len(blocks.layers) - 1
    yield last, (blocks.unembedding.weight != 0).any(axis=0)
    if blocks.shown is not None:
        yield last, asked(blocks.shown)
    for entry in blocks.schedule:
        if entry.until is not None:
            yield entry.layers.start - 1, asked(entry.until)
            yield entry.layers.stop - 1, asked(entry.until)
