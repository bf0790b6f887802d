"""Checks that compiled weights hold nothing dead: no unit without an effect, no dimension that nothing writes or needs.

A dimension is needed if the computation reads it (a query, key, value, hidden unit or readout), or if the trace does:
the trace shows the value of every variable and head, so all of their values keep their dimensions, even those that the
computation infers from the absence of the others. Features are not in the trace; each of their dimensions must be read.
"""

from __future__ import annotations

import numpy as np

from altac.backend.blocks import Blocks
from altac.diagnostics import InternalError
from altac.ir.arrays import Mask
from altac.ir.stream import Kind


def verify_nothing_dead(blocks: Blocks) -> None:
    """Check the blocks of a program.

    Raises:
        InternalError: naming what is dead.
    """
    axes = blocks.stream.axes
    written, read = written_axes(blocks), read_axes(blocks)
    dead = [f"nothing writes `{axes[index]}`" for index in np.flatnonzero(~written)]
    dead += [
        f"nothing reads `{axes[index]}`" for index in np.flatnonzero(~read) if axes[index].part.kind is Kind.FEATURE
    ]
    used = {axes[index].part.owner for index in np.flatnonzero(read)}
    owners = dict.fromkeys(part.owner for part in blocks.stream.parts)
    dead += [f"nothing reads any of `{owner}`" for owner in owners if owner not in used]
    for mlp in blocks.mlps:
        effect = (mlp.outward.weight != 0).any(axis=0)
        dead += [f"the unit `{mlp.units[unit]}` does nothing" for unit in np.flatnonzero(~effect)]
    if dead:
        raise InternalError("; ".join(dead))


def written_axes(blocks: Blocks) -> Mask:
    """Which dimensions an embedding, a head or a hidden unit writes, clearing left out."""
    written: Mask = (blocks.tokens != 0).any(axis=0)
    if blocks.positions is not None:
        written |= (blocks.positions != 0).any(axis=0)
    for head in blocks.heads:
        brings = (head.value.weight != 0).any(axis=1) | (head.value.bias != 0) | (head.sink_value != 0)
        written |= (head.output[:, brings] > 0).any(axis=1)
    for mlp in blocks.mlps:
        written |= (mlp.outward.weight != 0).any(axis=1) | (mlp.outward.bias != 0)
    return written


def read_axes(blocks: Blocks) -> Mask:
    """Which dimensions a query, key, value, hidden unit or readout reads, clearing left out."""
    read: Mask = (blocks.unembedding.weight != 0).any(axis=0)
    for head in blocks.heads:
        brought = head.value.weight[(head.output > 0).any(axis=0)]
        for weight in (head.query.weight, head.key.weight, brought):
            read |= (weight != 0).any(axis=0)
    readouts = [readout for readout in (blocks.halt, blocks.shown) if readout is not None]
    for inward in (*(mlp.inward for mlp in blocks.mlps), *(readout.inward for readout in readouts)):
        read |= (inward.weight != 0).any(axis=0)
    return read
