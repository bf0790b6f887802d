"""Models whose every choice is a softmax with noise, many restarts in one computation.

All variables are one-hot over the same number of values (Friedman, Wettig and Chen, 2023). The first dimension of every
tensor is that of restarts. As the temperature falls, what is drawn from the Gumbel softmax (Jang, Gu and Poole, 2017)
becomes a choice; a relation is drawn cell by cell, or as one key value for each query value.

Dimensions: R restarts, B texts, N positions, D values, V variables, H heads, T tables.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from altac.synthesis.gradient.discrete import offsets
from altac.synthesis.gradient.rounding import Choices
from altac.synthesis.gradient.spec import HIDDEN, Spec

CERTAIN = 1e-3  # the least that is left of the chance that a position is not selected
TINY = 1e-20


def choose(logits: Tensor, heat: float | None) -> Tensor:
    """A Gumbel softmax over the last dimension; without heat, the greatest."""
    if heat is None:
        return functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    noise = -torch.empty_like(logits).exponential_().clamp_min_(TINY).log()
    return ((logits + noise) / heat).softmax(-1)


def decide(logits: Tensor, heat: float | None) -> Tensor:
    """The same for each entry alone, between no and yes."""
    if heat is None:
        return (logits > 0).to(logits.dtype)
    draw = torch.rand_like(logits).clamp_(1e-6, 1 - 1e-6)
    return ((logits + draw.logit()) / heat).sigmoid()


class Layer(nn.Module):
    """The parameters of one layer, and what they choose."""

    def __init__(self, spec: Spec, number: int, restarts: int) -> None:
        super().__init__()
        sizes, width = spec.sizes, spec.width
        heads = sizes.lookers + sizes.counters
        of_heads, of_tables = spec.readable(number)
        self.spec, self.heads = spec, heads

        def parameter(*shape: int, scale: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(restarts, *shape) * scale)

        reads, known, inputs = 2 * heads + sizes.lookers, len(of_heads), of_tables.shape[1]
        self.reads = parameter(reads, known, scale=known**-0.5)
        self.inputs = parameter(2 * sizes.tables, inputs, scale=inputs**-0.5)
        published = sizes.model == "published"
        self.related = parameter(heads, width, width, scale=width**-0.5 if published else 1.0)
        self.sides = parameter(heads, len(spec.sides), scale=0.3)
        self.orders = parameter(sizes.lookers, 3, scale=0.3)
        if published:
            self.into = parameter(sizes.tables, 2 * width, HIDDEN, scale=HIDDEN**-0.5)
            self.bias = parameter(sizes.tables, 1, HIDDEN, scale=0.1)
            self.out_of = parameter(sizes.tables, HIDDEN, width, scale=width**-0.5)
        else:
            self.cells = parameter(sizes.tables, width, width, width, scale=1.0)
        self.mask_reads: Tensor
        self.mask_inputs: Tensor
        self.register_buffer("mask_reads", forbidden(of_heads))
        self.register_buffer("mask_inputs", forbidden(np.repeat(of_tables, 2, axis=0)))
        self.register_buffer(
            "seen", torch.tensor(np.stack([offsets(spec.positions)[side] for side in spec.sides])).float()
        )
        self.register_buffer("before", torch.tensor(preferred(spec.positions)).float())
        self.seen: Tensor
        self.before: Tensor

    def table_logits(self) -> Tensor:
        """(R, T, D, D, D): from two values to a value."""
        if self.spec.sizes.model == "free":
            return self.cells
        width = self.spec.width
        left, right = self.into[:, :, :width], self.into[:, :, width:]
        hidden = functional.relu(left[:, :, :, None] + right[:, :, None] + self.bias[:, :, None])
        return torch.einsum("rtabh,rthd->rtabd", hidden, self.out_of)

    def relation(self, heat: float | None) -> Tensor:
        if self.spec.sizes.model == "free":
            return decide(self.related, heat)
        return choose(self.related, heat)

    def side(self, heat: float | None) -> Tensor:
        """(R, H, N, N): which keys each query sees."""
        if self.spec.sizes.model == "free":
            return torch.einsum("rhs,snm->rhnm", choose(self.sides, heat), self.seen)
        place = self.spec.sides.index("..0") if self.spec.backwards else 0
        return self.seen[place].expand(len(self.sides), self.heads, -1, -1)

    def order(self, heat: float | None) -> Tensor:
        """(R, H, N, N, N): for each query, which keys come before which."""
        if self.spec.sizes.model == "free":
            return torch.einsum("rho,onkm->rhnkm", choose(self.orders, heat), self.before[:3])
        return self.before[3].expand(len(self.orders), self.spec.sizes.lookers, -1, -1, -1)

    def forward(self, known: Tensor, valid: Tensor, heat: float | None) -> Tensor:
        """The variables with those of this layer: (R, V, B, N, D)."""
        spec, sizes = self.spec, self.spec.sizes
        restarts, _, texts, size, width = known.shape
        heads, lookers = self.heads, sizes.lookers
        read = torch.bmm(choose(self.reads + self.mask_reads, heat), known.flatten(2))
        read = read.view(restarts, -1, texts, size, width)
        keys, queries, values = read[:, :heads], read[:, heads : 2 * heads], read[:, 2 * heads :]
        wanted = (queries.reshape(restarts, heads, texts * size, width) @ self.relation(heat)).view_as(queries)
        selected = wanted @ keys.transpose(-1, -2)  # (R, H, B, N, N)
        side = self.side(heat)[:, :, :size, :size]
        selected = selected * side[:, :, None] * valid[:, None, :]
        counted = selected[:, lookers:].sum(-1)[..., None]
        counts = functional.relu(1 - (counted - torch.arange(width, device=known.device)).abs())
        looking = selected[:, :lookers].clamp(0, 1)
        missed = torch.log1p(-looking * (1 - CERTAIN))
        order = self.order(heat)[:, :, :size, :size, :size]
        earlier = (missed.transpose(2, 3) @ order).transpose(2, 3)
        attention = looking * earlier.exp()
        none = missed.sum(-1).exp()[..., None]
        brought = attention @ values
        if spec.sizes.model == "free":
            brought = torch.cat([brought[..., :1] + none, brought[..., 1:]], -1)
        else:
            brought = brought + none * values[:, :, :, :1]
        known = torch.cat([known, brought, counts], 1)
        if not sizes.tables:
            return known
        inputs = torch.bmm(choose(self.inputs + self.mask_inputs, heat), known.flatten(2))
        inputs = inputs.view(restarts, sizes.tables, 2, texts * size, width)
        pairs = inputs[:, :, 0, :, :, None] * inputs[:, :, 1, :, None, :]
        made = pairs.flatten(3) @ choose(self.table_logits(), heat).flatten(2, 3)
        return torch.cat([known, made.view(restarts, sizes.tables, texts, size, width)], 1)

    def choices(self) -> list[Choices]:
        """What each restart has chosen."""
        with torch.no_grad():
            heads, tables = self.heads, self.spec.sizes.tables
            reads = (self.reads + self.mask_reads).argmax(-1).cpu().numpy()
            inputs = (self.inputs + self.mask_inputs).argmax(-1).view(len(reads), tables, 2).cpu().numpy()
            related = (self.relation(None) > 0).cpu().numpy()
            sides, orders = self.sides.argmax(-1).cpu().numpy(), self.orders.argmax(-1).cpu().numpy()
            cells = self.table_logits().argmax(-1).cpu().numpy()
        return [
            Choices(row[:heads], row[heads : 2 * heads], row[2 * heads :], *parts)
            for row, *parts in zip(reads, related, sides, orders, inputs, cells, strict=True)
        ]


class Network(nn.Module):
    """Layers, and a readout that is linear in all variables."""

    def __init__(self, spec: Spec, restarts: int) -> None:
        super().__init__()
        self.spec = spec
        self.parts = [Layer(spec, number, restarts) for number in range(spec.sizes.layers)]
        self.layers = nn.ModuleList(self.parts)
        variables = spec.before(spec.sizes.layers)
        self.readout = nn.Parameter(torch.randn(restarts, variables, spec.width, spec.labels) / math.sqrt(spec.labels))

    def variables(self, tokens: Tensor, valid: Tensor, heat: float | None) -> Tensor:
        """All variables (R, V, B, N, D) of texts (B, N), whose symbols stand as values of the width."""
        width, restarts = self.spec.width, len(self.readout)
        places = torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens)
        given = torch.stack([functional.one_hot(tokens, width), functional.one_hot(places, width)]).to(valid.dtype)
        known = given.expand(restarts, *given.shape)
        for layer in self.parts:
            known = layer(known, valid, heat)
        return known

    def forward(self, tokens: Tensor, valid: Tensor, told: Tensor, heat: float | None) -> Tensor:
        """The logits (R, told positions, labels).

        Args:
            told: the numbers of the positions that have an output, of all positions of all texts.
        """
        known = self.variables(tokens, valid, heat).flatten(2, 3)[:, :, told]
        return (known @ self.readout).sum(1)

    def choices(self) -> list[list[Choices]]:
        """For each restart what each layer has chosen."""
        of_layers = [layer.choices() for layer in self.parts]
        return [list(one) for one in zip(*of_layers, strict=True)]


def forbidden(readable: Any) -> Tensor:
    """What is added to logits so that only what can be read is chosen."""
    return torch.where(torch.tensor(readable), 0.0, -1e9)


def preferred(size: int) -> Any:
    """For the first, the last, the closest and the closest but the own: (4, query, key, key): which comes first."""
    places = np.arange(size)
    apart = np.abs(places[None, :] - places[:, None])
    after = places[None, :] > places[:, None]
    ranks = np.stack(
        [
            np.broadcast_to(places, (size, size)),
            np.broadcast_to(-places, (size, size)),
            2 * apart + after,
            np.where(apart == 0, 4 * size, 2 * apart + after),
        ]
    )
    return ranks[..., :, None] < ranks[..., None, :]
