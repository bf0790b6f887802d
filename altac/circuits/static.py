"""The static circuit, from the weights alone: who writes what another reads, followed backwards from the answer.

Units are followed one by one, although all units of an MLP are one node: what only useless units read is not needed.
A dimension that a layer clears is not passed on beyond it. Dimensions in which all tokens and positions begin alike,
and which nothing has written, tell nothing; nor do units that read these alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from altac.model.metadata import Metadata

if TYPE_CHECKING:
    from jaxtyping import Bool

Reading = dict[tuple[str, str], "Bool[Tensor, 'd_model']"]  # by node and port, what it still needs from before


@dataclass(frozen=True)
class Named:
    """Names for the weights of some runs of layers.

    Attributes:
        nodes: all of them, in the order in which they act.
        layers: the names of the runs.
        axes: for the embedding, -1, and for each run what the dimensions that it writes are about, and their names.
    """

    program: str
    nodes: tuple[Node, ...]
    layers: tuple[str, ...]
    axes: Mapping[int, Mapping[int, tuple[str, str]]]


def static(described: Metadata, weights: Weights, runs: Sequence[Ran]) -> Circuit:
    """The static circuit of some runs of layers."""
    places = {-1: -1} | {step: ran.place for step, ran in enumerate(runs)}
    axes = {place: axes_of(described, place) for place in set(places.values())}
    named = Named(
        described.interface.program,
        nodes_of(described, runs),
        tuple(run_names(described, runs)),
        {step: axes[place] for step, place in places.items()},
    )
    return static_of(named, weights, runs)


def static_of(named: Named, weights: Weights, runs: Sequence[Ran]) -> Circuit:
    """The static circuit of weights that have names."""
    nodes = named.nodes
    by_step = [[node for node in nodes if node.step == step] for step in range(len(runs))]
    awake = awake_units(weights, runs)
    needed: Reading = {(LOGITS, ""): weights.answer_reads}
    edges: list[Edge] = []

    def written(node: Node, writes: Bool[Tensor, "d_model"]) -> None:
        axes, readers = named.axes[node.step], list(needed.items())
        some = (torch.stack([reads for _, reads in readers]) & writes).any(dim=1).tolist()
        for (target, port), reads in (reader for reader, shares in zip(readers, some, strict=True) if shares):
            shared = (writes & reads).nonzero()[:, 0].tolist()
            owners = tuple(dict.fromkeys(axes[dimension][0] for dimension in shared))
            names = tuple(axes[dimension][1] for dimension in shared)
            edges.append(Edge(node.name, target, port, tuple(shared), names, owners))

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
    return Circuit(
        named.program, "static", named.layers, nodes, tuple(edges), count_candidates(nodes), 0, weights.width
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


def axes_of(described: Metadata, place: int) -> dict[int, tuple[str, str]]:
    """What the dimensions are about that a layer writes, and their names; -1: the embedding."""
    parts = [part for part in described.stream.parts if part.is_state or part.written_by(place)]
    return {
        dimension: (axis.part.owner, str(axis))
        for part in parts
        for dimension, axis in zip(part.place, part.axes, strict=True)
    }


def run_names(described: Metadata, runs: Sequence[Ran]) -> list[str]:
    names = described.layer_names
    return [f"{names[ran.place]} {ran.round}" if names[ran.place] else str(ran.round) for ran in runs]
