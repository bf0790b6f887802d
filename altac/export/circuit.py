"""The circuit of an unrolled model: its blocks, its heads, its edges, by the names that its tool has for them.

Its layers are its blocks. Where a position is, and which one is the sink, is the same in all inputs of a length, so no
edge is about the dimensions that say so; neither is one about distance in the compiled weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from altac.circuits.build import Form
from altac.circuits.circuit import EMBED, LOGITS, Kind, Node, Ran, Where, answered, declared
from altac.circuits.static import Named, static_of
from altac.circuits.weights import HeadWeights, LayerWeights, MLPWeights, Weights
from altac.export.mlps import LESS
from altac.export.unrolled import Block, Unrolled, UnrolledHead
from altac.ir.arrays import Array
from altac.model.metadata import Metadata

if TYPE_CHECKING:
    from jaxtyping import Bool


def nothing(unrolled: Unrolled, block: int, head: int | None) -> tuple[float, ...] | None:
    """What a head brings where it selects nothing; None if that is no value of the program."""
    brought = None if head is None else unrolled.blocks[block].heads[head].nothing
    return None if brought is None else tuple(brought.tolist())


Places = Callable[[Unrolled, Kind, int, int | None], Where]  # of a node, by its kind, block, and number of the head


@dataclass(frozen=True)
class Seen:
    """The mask of attention in a stock Transformer: what stands behind a position, or nothing."""

    causal: bool
    heads: int

    def mask(self, valid: Bool[Tensor, "batch length"], /) -> Tensor:
        length = valid.shape[1]
        ahead = torch.ones(length, length, dtype=torch.bool).triu(1) & self.causal
        return torch.zeros(1, self.heads, length, length, dtype=torch.float64).masked_fill(ahead, -inf)


def nodes_of(described: Metadata, unrolled: Unrolled, places: Places) -> tuple[Node, ...]:
    """All nodes, in the order in which they act."""
    first = tuple(f"{name} at the beginning" for name in (*described.stream.variables, *described.stream.embedded))
    found = [Node(EMBED, Kind.EMBEDDING, first, -1, 0, places(unrolled, Kind.EMBEDDING, 0, None))]
    for number, block in enumerate(unrolled.blocks):
        for place, head in enumerate(block.heads):
            where = places(unrolled, Kind.HEAD, number, place)
            found.append(
                Node(name_of(block, head), Kind.HEAD, (declared(described.source, head.name),), number, place, where)
            )
        if block.mlp_name:
            rules = tuple(unit for unit in block.mlp.units if not unit.endswith(LESS))
            where = places(unrolled, Kind.UNITS, number, None)
            found.append(Node(block.mlp_name, Kind.UNITS, rules, number, 0, where))
    last = len(unrolled.blocks)
    readout = places(unrolled, Kind.READOUT, last, None)
    return (*found, Node(LOGITS, Kind.READOUT, (answered(described),), last, 0, readout))


def name_of(block: Block, head: UnrolledHead) -> str:
    """The name of a head as a node, as in altac's own circuits."""
    return f"{block.run.replace(' ', '.')}.attn.{head.name}"


def where_nodes_are(described: Metadata, unrolled: Unrolled, places: Places) -> dict[str, Any]:
    """For each node, by its name, where the tool finds it, as plain types."""
    found = nodes_of(described, unrolled, places)
    return {node.name: node.where.to_dict() for node in found if node.where is not None}


def form_of(described: Metadata, unrolled: Unrolled, tool: str, places: Places) -> Form:
    """What circuits are found in."""
    named = Named(
        described.interface.program,
        nodes_of(described, unrolled, places),
        tuple(block.run for block in unrolled.blocks),
        dict.fromkeys(range(-1, len(unrolled.blocks)), axes_of(unrolled)),
    )
    weights = weights_of(unrolled)
    runs = tuple(Ran(place, 1) for place in range(len(unrolled.blocks)))
    return Form(replace(static_of(named, weights, runs), tool=tool), weights, runs)


def axes_of(unrolled: Unrolled) -> dict[int, tuple[str, str]]:
    """What each dimension is about, and its name."""
    owners = {place: one.part.owner for one in unrolled.standing for place in one.place}
    return {place: (owners.get(place, name), name) for place, name in enumerate(unrolled.axes)}


def weights_of(unrolled: Unrolled) -> Weights:
    """The weights of an unrolled model, each of whose blocks is a layer."""
    tokens, positions = torch.from_numpy(unrolled.tokens), torch.from_numpy(unrolled.positions)

    def embed(given: Tensor) -> Tensor:
        sink = torch.full((len(given), 1), unrolled.sink)
        x = tokens[torch.cat([sink, given], dim=1)]
        return x + positions[: x.shape[1]]

    differ = (tokens[:-1] != tokens[:1]).any(dim=0) | (positions[1:] != positions[1:2]).any(dim=0)
    places = unrolled.places
    added = [one for one in (places.sink, places.padding, places.number, places.square, *places.one_hot) if one]
    state = sum(one.part.size for one in unrolled.standing if not one.run)
    differ[[place for place in added if place >= state]] = False
    layers = [layer_of(block, unrolled.causal) for block in unrolled.blocks]
    readout = (torch.from_numpy(unrolled.unembedding), torch.from_numpy(unrolled.unembedding_bias))
    shown = None
    if unrolled.shown is not None:
        shown = (torch.eye(unrolled.width, dtype=torch.float64)[[unrolled.shown]], torch.zeros(1, dtype=torch.float64))
    return Weights(embed, differ, None, layers, readout, shown, lead=1)


def layer_of(block: Block, causal: bool) -> LayerWeights:
    heads = {
        number: HeadWeights(
            number,
            both(head.query, head.query_bias),
            both(head.key, head.key_bias),
            both(head.value, head.value_bias),
            torch.from_numpy(np.ascontiguousarray(head.output)),
            None,
        )
        for number, head in enumerate(block.heads)
    }
    mlp = block.mlp
    mlps = [MLPWeights(*both(mlp.inward, mlp.inward_bias), *both(mlp.outward, mlp.outward_bias), inf)]
    cleared = torch.zeros(len(block.attention_bias), dtype=torch.bool)
    bias = torch.from_numpy(block.attention_bias)
    return LayerWeights(Seen(causal, len(block.heads)), heads, cleared, mlps if block.mlp_name else [], bias)


def both(weight: Array, bias: Array) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(np.ascontiguousarray(weight)), torch.from_numpy(bias)
