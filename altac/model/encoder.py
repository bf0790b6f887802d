"""A Transformer encoder as it is usually trained: what learns a task from inputs and outputs alone.

Pre-norm blocks of attention and an MLP, with a relative bias as in T5 or with position embeddings. Layers may share
their weights, and then their number may differ from input to input. Nothing in this file depends on the compiler.

    state = torch.load("run/model.pt", weights_only=True)
    model = Encoder(EncoderConfig.from_dict(state["_extra_state"]["config"]))
    model.load_state_dict(state)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from altac.model.config import EncoderConfig

BUCKETS, FARTHEST = 32, 128  # of relative distances
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def distance_buckets(length: int, device: torch.device) -> Tensor:
    """The bucket of each pair of positions, (query, key): half for each side, exact when near, wider when far."""
    positions = torch.arange(length, device=device)
    distance = positions[None, :] - positions[:, None]
    side, exact = BUCKETS // 2, BUCKETS // 4
    size = distance.abs()
    far = torch.log(size.clamp(min=1).float() / exact) / math.log(FARTHEST / exact) * (side - exact)
    near = torch.where(size < exact, size, (exact + far.long()).clamp(max=side - 1))
    return near + side * (distance > 0)


class Block(nn.Module):
    """One layer: attention, then an MLP, each behind a norm and beside the stream."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.attention_norm = nn.LayerNorm(config.width)
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.output = nn.Linear(config.width, config.width)
        self.mlp_norm = nn.LayerNorm(config.width)
        parts: list[nn.Module] = []
        for size, wider in pairwise((config.width, *config.hidden)):
            parts += [nn.Linear(size, wider), ACTIVATIONS[config.activation]()]
        self.mlp = nn.Sequential(*parts, nn.Linear((config.width, *config.hidden)[-1], config.width))

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Args: x (batch, length, width); bias (batch, heads or 1, query, key), added to the scores."""
        batch, length, width = x.shape
        parts = self.query_key_value(self.attention_norm(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        found = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        x = x + self.output(found.transpose(1, 2).reshape(batch, length, width))
        result: Tensor = x + self.mlp(self.mlp_norm(x))
        return result


class Encoder(nn.Module):
    """Embeddings, layers and a readout at every position."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.extra: dict[str, Any] = {"config": config.to_dict()}
        self.token_embedding = nn.Embedding(config.vocabulary, config.width)
        self.position_embedding = nn.Embedding(config.positions, config.width) if config.positions else None
        self.distance_bias = None if config.positions else nn.Embedding(BUCKETS, config.heads)
        self.blocks = nn.ModuleList(Block(config) for _ in range(1 if config.shared else config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.readout = nn.Linear(config.width, config.outputs)

    def get_extra_state(self) -> dict[str, Any]:
        return self.extra

    def set_extra_state(self, state: dict[str, Any]) -> None:
        self.extra = state

    def streams(self, tokens: Tensor, lengths: Tensor, layers: Tensor) -> Iterator[Tensor]:
        """The residual stream (batch, length, width) before the first layer and after every layer.

        A sequence stays as it is after its last layer.

        Args:
            tokens: (batch, length) token indices; any index stands at padding.
            lengths: (batch,) number of positions of each sequence.
            layers: (batch,) number of layers of each sequence.
        """
        length = tokens.shape[1]
        positions = torch.arange(length, device=tokens.device)
        x = self.token_embedding(tokens)
        bias = torch.zeros(1, 1, length, length, device=x.device)
        if self.position_embedding is not None:
            x = x + self.position_embedding(positions)
        elif self.distance_bias is not None:
            bias = self.distance_bias(distance_buckets(length, x.device)).permute(2, 0, 1)[None]
        padding = positions >= lengths[:, None]
        bias = bias.masked_fill(padding[:, None, None, :], -1e9)  # finite, for a sequence without any position
        yield x
        for number in range(int(layers.max())):
            block = self.blocks[0 if self.config.shared else number]
            after = block(x, bias)
            x = torch.where((number < layers)[:, None, None], after, x)
            yield x

    def logits(self, stream: Tensor) -> Tensor:
        """Scores of the values of the output variable, (batch, length, outputs)."""
        result: Tensor = self.readout(self.norm(stream))
        return result

    def forward(self, tokens: Tensor, lengths: Tensor, layers: Tensor) -> Tensor:
        """The scores after the last layer; arguments as of `streams`."""
        *_, last = self.streams(tokens, lengths, layers)
        return self.logits(last)
