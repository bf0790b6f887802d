"""A compiled Transformer whose step was learned: one ordinary MLP stands in the place of a layer's compiled ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from altac.model.config import LearnedStepConfig, TransformerConfig
from altac.model.transformer import Transformer, without_padding

if TYPE_CHECKING:
    from jaxtyping import Bool, Float


class LearnedMLP(nn.Module):
    """A step that was trained: an ordinary MLP from the stream after attention to the variables after the step.

    Its output replaces the variables rather than being added to them; scratch stays as it is.
    """

    ACTIVATIONS: ClassVar[dict[str, Callable[[Tensor], Tensor]]] = {
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
    }

    def __init__(self, config: TransformerConfig, step: LearnedStepConfig) -> None:
        super().__init__()
        sizes = (config.d_model, *step.hidden, config.d_state)
        self.linears = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.activation = self.ACTIVATIONS[step.activation]
        self.restores = step.restore
        self.real_dimensions = list(step.real_dimensions)

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_state"]:
        """The variables as the MLP says them."""
        *hidden, last = self.linears
        for linear in hidden:
            x = self.activation(linear(x))
        result: Tensor = last(x)
        return result

    def restored(self, state: Float[Tensor, "... d_state"]) -> Float[Tensor, "... d_state"]:
        """The variables as the next layer reads them: up to 1/4 off, and a zero or one is exactly that again."""
        if not self.restores:
            return state
        result = (2 * state - 0.5).clamp(0, 1)
        result[..., self.real_dimensions] = state[..., self.real_dimensions]
        return result


class LearnedTransformer(Transformer):
    """Compiled embeddings, attention and readouts around a learned step."""

    def __init__(self, config: TransformerConfig, step: LearnedStepConfig) -> None:
        super().__init__(config)
        self.step = step
        self.learned = LearnedMLP(config, step)

    def layer(
        self,
        x: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
        mask: Float[Tensor, "batch heads length length+1"] | None,
    ) -> tuple[tuple[Float[Tensor, "batch length d_model"], ...], Bool[Tensor, "batch heads length"]]:
        streams, disagree = super().layer(x, valid, mask)
        x = streams[-1] if streams else x
        state = self.learned.restored(self.learned(x))
        after = torch.cat([state, x[..., self.config.d_state :]], dim=-1)
        return (*streams, without_padding(after, valid)), disagree
