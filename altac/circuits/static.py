"""The static circuit, from the weights alone: who writes what another reads, followed backwards from the answer.

Units are followed one by one, although all units of an MLP are one node: what only useless units read is not needed.
A dimension that a layer clears is not passed on beyond it. Dimensions in which all tokens and positions begin alike,
and which nothing has written, tell nothing; nor do units that read these alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from altac.circuits.circuit import (
    EMBED,
    LOGITS,
    PORTS,
    Circuit,
    Edge,
    Kind,
    Node,
    Ran,
    count_candidates,
    nodes_of,
    order,
)
from altac.circuits.weights import Weights
from altac.ir.stream import Axis
from altac.model.metadata import Metadata

if TYPE_CHECKING:
    from jaxtyping import Bool

Reading = dict[tuple[str, str], "Bool[Tensor, 'd_model']"]  # by node and port, what it still needs from before


def static(described: Metadata, weights: Weights, runs: Sequence[Ran]) -> Circuit:
    """The static circuit of some runs of layers."""
    nodes = nodes_of(described, runs)
    by_step = [[node for node in nodes if node.step == step] for step in range(len(runs))]
    awake = awake_units(weights, runs)
    needed: Reading = {(LOGITS, ""): weights.answer_reads}
    edges: list[Edge] = []

    def written(node: Node, writes: Bool[Tensor, "d_model"]) -> None:
        axes = axes_of(described, -1 if node.kind is Kind.EMBEDDING else runs[node.step].place)
        for (target, port), reads in needed.items():
            shared = (writes & reads).nonzero()[:, 0].tolist()
            if shared:
                found = [axes[dimension] for dimension in shared]
                owners = tuple(dict.fromkeys(axis.part.owner for axis in found))
                edges.append(Edge(node.name, target, port, tuple(shared), tuple(map(str, found)), owners))

    for step in reversed(range(len(runs))):
        layer = weights.layers[runs[step].place]
        for node in reversed([node for node in by_step[step] if node.kind is Kind.UNITS]):
            mlp, wanted = layer.mlps[node.number], anything(needed)
            useful = ((mlp.outward != 0) & wanted[:, None]).any(dim=0) & awake[step][node.number]
            written(node, (mlp.outward[:, useful] != 0).any(dim=1))
            if useful.any():
                needed[node.name, ""] = (mlp.inward[useful] != 0).any(dim=0)
        wanted, useful_heads = anything(needed), []
        for node in reversed([node for node in by_step[step] if node.kind is Kind.HEAD]):
            head = layer.heads[node.number]
            written(node, head.writes)
            if (head.writes & wanted).any():
                useful_heads.append((node, head))
        if layer.cleared.any():
            needed = {reader: reads & ~layer.cleared for reader, reads in needed.items()}
        for node, head in useful_heads:
            needed |= {(node.name, port): head.reads(port) for port in PORTS}
    written(nodes[0], weights.embedding_writes)
    place = {node.name: order(node) for node in nodes}
    edges.sort(key=lambda edge: (place[edge.source], edge.source != EMBED, place[edge.target], edge.ends))
    layers = tuple(run_names(described, runs))
    return Circuit(
        described.interface.program,
        "static",
        layers,
        nodes,
        tuple(edges),
        count_candidates(nodes),
        0,
        described.config.d_model,
    )


def anything(needed: Reading) -> Bool[Tensor, "d_model"]:
    """What any of some readers needs."""
    return torch.stack(list(needed.values())).any(dim=0)


def awake_units(weights: Weights, runs: Sequence[Ran]) -> list[list[Bool[Tensor, "units"]]]:
    """For each run and each MLP the units that read something which differs from position to position."""
    differs, found = weights.embedding_writes, []
    for ran in runs:
        layer = weights.layers[ran.place]
        differs = differs.clone()
        if layer.cleared.any():
            differs &= ~layer.cleared
        for head in layer.heads.values():
            differs |= head.writes
        awake = []
        for mlp in layer.mlps:
            awake.append(((mlp.inward != 0) & differs).any(dim=1))
            differs = differs | (mlp.outward[:, awake[-1]] != 0).any(dim=1)
        found.append(awake)
    return found


def axes_of(described: Metadata, place: int) -> dict[int, Axis]:
    """What the dimensions mean that a layer writes; -1: the embedding."""
    parts = [part for part in described.stream.parts if part.is_state or part.written_by(place)]
    return {dimension: axis for part in parts for dimension, axis in zip(part.place, part.axes, strict=True)}


def run_names(described: Metadata, runs: Sequence[Ran]) -> list[str]:
    names = described.layer_names
    return [f"{names[ran.place]} {ran.round}" if names[ran.place] else str(ran.round) for ran in runs]
