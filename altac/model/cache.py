"""A run of a causal model one position at a time: keys and values of earlier positions are kept, and never change.

In a causal model, what stands at a position is the same in every longer sequence. So a new position needs its own
stream alone, and the keys and values that each layer had in each round at the positions before it. Where a loop takes
as many rounds as it needs, all positions take as many as the slowest: earlier ones are settled (their variables stay
as they are), and their keys and values in rounds that nobody needed before are computed once, when somebody does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from altac.model.config import TransformerConfig
from altac.model.transformer import Attention, Transformer, TransformerLayer

if TYPE_CHECKING:
    from jaxtyping import Float, Int


@dataclass
class Memory:
    """The keys and values of one layer in one round, (1, positions, sizes)."""

    keys: Float[Tensor, "1 positions keys"]
    values: Float[Tensor, "1 positions values"]

    def extended(self, keys: Tensor, values: Tensor) -> Memory:
        return Memory(torch.cat([self.keys, keys], dim=1), torch.cat([self.values, values], dim=1))


@dataclass
class Loop:
    """What is kept of an entry of the schedule.

    Attributes:
        memories: for each round those of its layers; None of one without attention.
        x: the stream of all positions after the last of these rounds.
    """

    memories: list[list[Memory | None]] = field(default_factory=list)
    x: Float[Tensor, "1 positions d_model"] | None = None


class Disagreement(Exception):
    """A head selects positions that disagree, or a loop does not end: whole runs say which, and how."""


@dataclass
class Cache:
    """A sequence that grows.

    Attributes:
        module: the model.
        most_rounds: of a loop that waits for a condition.
        positions: how many there are.
        loops: what is kept of every entry of the schedule.
        layers: how many layers the run of the whole sequence takes.
        x: the final stream of all positions.
    """

    module: Transformer
    most_rounds: int
    positions: int = 0
    loops: list[Loop] = field(default_factory=list)
    layers: int = 0
    x: Float[Tensor, "1 positions d_model"] | None = None

    @property
    def config(self) -> TransformerConfig:
        return self.module.config

    def extend(self, tokens: Int[Tensor, "1 new"]) -> Float[Tensor, "1 new d_model"]:
        """The final stream of some new positions.

        Raises:
            Disagreement: if a head disagrees, or a loop does not end.
        """
        new: Tensor = self.module.token_embedding(tokens)
        if self.module.position_embedding is not None:
            places = torch.arange(self.positions, self.positions + tokens.shape[1], device=tokens.device)
            new = new + self.module.position_embedding(places)
        self.loops = self.loops or [Loop() for _ in self.config.entries]
        self.layers = 0
        for entry, (layers, times) in enumerate(self.config.entries):
            new = self.loop(self.loops[entry], entry, layers, times, new)
        self.positions += tokens.shape[1]
        self.x = joined(self.x, new)
        return new

    def loop(self, loop: Loop, entry: int, layers: range, times: int | None, new: Tensor) -> Tensor:
        """All rounds of an entry at new positions, and at earlier ones those that they did not need."""
        rounds, begun = 0, len(loop.memories)
        while True:
            if times is not None and rounds == times:
                break
            if times is None and rounds >= begun and self.holds(entry, new) and self.holds(entry, loop.x):
                break
            if times is None and rounds >= self.most_rounds:
                raise Disagreement
            if rounds == len(loop.memories):  # no position before has taken this round
                loop.memories.append([None] * len(layers))
                if loop.x is not None:
                    loop.x = self.round(loop.memories[rounds], layers, loop.x, 0)
            new = self.round(loop.memories[rounds], layers, new, self.positions)
            rounds += 1
        self.layers += rounds * len(layers)
        loop.x = joined(loop.x, new)
        return new

    def holds(self, entry: int, x: Tensor | None) -> bool:
        """Whether what an entry waits for holds at some positions."""
        return x is None or bool(self.module.until[str(entry)](x).all())

    def round(self, memories: list[Memory | None], layers: range, x: Tensor, start: int) -> Tensor:
        """One round of some layers at positions from `start` on, after whose keys and values theirs are kept."""
        for place, number in enumerate(layers):
            layer: Any = self.module.layers[number]
            assert isinstance(layer, TransformerLayer)
            if layer.attention is not None:
                update, memories[place] = attend(layer.attention, x, memories[place], start)
                x = x + update
            for mlp in layer.mlps:
                x = x + mlp(x)
        return x


def looks_back(module: Transformer) -> bool:
    """Whether no head looks ahead, as edits of weights can make it: only then what was found stays as it is."""
    heads: list[Any] = [layer.attention for layer in module.layers if layer.attention is not None]
    return all(bool(one.relative_bias[:, one.reach + 2 :].isneginf().all()) for one in heads)


def joined(before: Tensor | None, new: Tensor) -> Tensor:
    return new if before is None else torch.cat([before, new], dim=1)


def attend(
    attention: Attention, x: Float[Tensor, "1 new d_model"], memory: Memory | None, start: int
) -> tuple[Float[Tensor, "1 new d_model"], Memory]:
    """Attention of new positions to themselves and all before; as `Attention.forward`, of which it takes some rows.

    Raises:
        Disagreement: if a head selects positions that disagree.
    """
    keys, values = attention.key(x), attention.value(x)
    memory = Memory(keys, values) if memory is None or start == 0 else memory.extended(keys, values)
    length = memory.keys.shape[1]
    queries = torch.arange(start, start + x.shape[1], device=x.device)
    distance = torch.arange(length, device=x.device)[None, :] - queries[:, None]
    bucket = distance.clamp(-attention.reach - 1, attention.reach + 1) + attention.reach + 1
    margin = 0.5 / (length + 1)
    results = []
    for head, (query, key, value, sink) in enumerate(
        zip(
            torch.split(attention.query(x), attention.query_sizes, dim=-1),
            torch.split(memory.keys, attention.query_sizes, dim=-1),
            torch.split(memory.values, attention.value_sizes, dim=-1),
            torch.split(attention.sink_value, attention.value_sizes),
            strict=True,
        )
    ):
        sloped = distance.abs() if attention.symmetric[head] else distance
        bias = attention.relative_bias[head, bucket] + attention.slope[head] * sloped
        scores = torch.cat(
            [query @ key.transpose(1, 2) + bias, attention.sink_score[head].expand(1, len(queries), 1)], -1
        )
        weights = scores.softmax(dim=-1)
        result = weights[:, :, :-1] @ value + weights[:, :, -1:] * sink
        if attention.one_value[head] and bool(((result > margin) & (result < 1 - margin)).any()):
            raise Disagreement
        results.append(result)
    update: Tensor = attention.output(torch.cat(results, dim=-1))
    return update, memory
