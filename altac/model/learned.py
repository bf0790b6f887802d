"""A compiled Transformer whose step was learned: one ordinary MLP stands in the place of each layer's compiled ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from altac.model.config import LearnedStepConfig, TransformerConfig
from altac.model.transformer import Transformer, TransformerLayer, without_padding

if TYPE_CHECKING:
    from jaxtyping import Bool, Float


class LearnedMLP(nn.Module):
    """A step that was trained: an ordinary MLP from the stream after attention to what the step writes.

    That is the variables, and what the layer keeps for later ones. The output replaces these rather than being added to
    them; all else stays as it is.
    """

    ACTIVATIONS: ClassVar[dict[str, Callable[[Tensor], Tensor]]] = {
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
    }

    def __init__(self, config: TransformerConfig, step: LearnedStepConfig, place: int) -> None:
        super().__init__()
        reads = list(step.reads[place])
        sizes = (len(reads), *step.hidden, config.d_state + len(step.keeps[place]))
        self.linears = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.activation = self.ACTIVATIONS[step.activation]
        self.restores = step.restore
        self.reads = None if len(reads) == config.d_model else reads  # the whole stream, or these dimensions of it

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... written"]:
        """The variables, then what is kept, as the MLP says them."""
        if self.reads is not None:
            x = x[..., self.reads]
        *hidden, last = self.linears
        for linear in hidden:
            x = self.activation(linear(x))
        result: Tensor = last(x)
        return result

    def restored(self, written: Float[Tensor, "... written"]) -> Float[Tensor, "... written"]:
        """The same as the next layer reads it: up to 1/4 off, and a zero or one is exactly that again."""
        if not self.restores:
            return written
        return (2 * written - 0.5).clamp(0, 1)


class LearnedLayer(TransformerLayer):
    """Compiled attention, and a learned step."""

    def __init__(self, config: TransformerConfig, step: LearnedStepConfig, place: int) -> None:
        super().__init__(config.d_model, config.layers[place])
        self.size = config.d_state
        self.keeps = list(step.keeps[place])
        self.learned = LearnedMLP(config, step, place)

    def forward(
        self,
        x: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
        mask: Float[Tensor, "batch heads length length+1"] | None,
    ) -> tuple[tuple[Float[Tensor, "batch length d_model"], ...], Bool[Tensor, "batch heads length"]]:
        streams, disagree = super().forward(x, valid, mask)
        x = streams[-1] if streams else x
        written = self.learned.restored(self.learned(x))
        after = torch.cat([written[..., : self.size], x[..., self.size :]], dim=-1)
        if self.keeps:
            after[..., self.keeps] = written[..., self.size :]
        return (*streams, without_padding(after, valid)), disagree


class LearnedTransformer(Transformer):
    """Compiled embeddings, attention and readouts around learned steps."""

    def __init__(self, config: TransformerConfig, step: LearnedStepConfig) -> None:
        super().__init__(config)
        self.step = step
        self.layers = nn.ModuleList(LearnedLayer(config, step, place) for place in range(len(config.layers)))
