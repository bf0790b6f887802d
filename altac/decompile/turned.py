"""Weights in another basis of the stream: their coordinates are what they were before a rotation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from altac.decompile.heads import GAP
from altac.ir.arrays import Array
from altac.model.schedule import Flags
from altac.model.transformer import Transformer

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float64

READS = ("fc_in.weight", "query.weight", "key.weight", "value.weight", "unembedding.weight", "embedding.weight")
WRITES = ("fc_out.weight", "output.weight", "fc_out.bias")
ROUNDING = 1e-5  # of a coordinate, by the length of the vector
NEAR = 0.01  # of two numbers of a variable that count as the same, where weights are rounded


class Turned(Transformer):
    """Weights in another basis: the first dimensions are not the variables, which come back up to rounding only.

    They run in float64, since scores are large, and exact in float32 in the basis of single values alone.
    """

    variables: Float[Tensor, "d_state d_model"]

    @staticmethod
    def of(module: Transformer, variables: Float64[Array, "d_state d_model"]) -> Turned:
        result = Turned(module.config).double()
        result.load_state_dict(module.state_dict())
        result.variables = torch.from_numpy(variables)
        return result

    def same(
        self,
        x: Float[Tensor, "batch length d_model"],
        other: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
    ) -> Bool[Flags, "batch"]:
        equal = ((x - other) @ self.variables.T).abs().amax(dim=-1) < NEAR
        result: Flags = (equal | ~valid).all(dim=-1).cpu().numpy()
        return result

    def logits(self, residual: Float[Tensor, "batch length d_model"]) -> Float[Tensor, "batch length outputs"]:
        """Scores, which are whole numbers: of equal ones the first is the greatest."""
        result = super().logits(residual)
        return result.round() if self.config.outputs > 1 else result


def turned_back(module: Transformer, basis: Float64[Array, "directions d_model"], d_state: int) -> Transformer:
    """The module with coordinates in a basis, rounded to what they were before."""
    turn = torch.from_numpy(basis)
    state = {name: tensor.clone() for name, tensor in module.state_dict().items() if isinstance(tensor, Tensor)}
    for name, tensor in state.items():
        if name.endswith(READS):
            state[name] = rounded(tensor.double() @ turn.T, 1).to(tensor.dtype)
        elif name.endswith(WRITES):
            state[name] = rounded(turn @ tensor.double(), 0).to(tensor.dtype)
    config = replace(module.config, d_model=len(basis), d_state=d_state)
    result = Transformer(config).to(module.token_embedding.weight.dtype)
    result.load_state_dict({**state, "_extra_state": {"config": config.to_dict()}})
    return result


def rounded(tensor: Tensor, axis: int) -> Tensor:
    """Coordinates of vectors along an axis: whole numbers, multiples of a gap, or what they are."""
    if tensor.ndim == 1:
        axis = 0
    sizes = tensor.norm(dim=axis, keepdim=True).clamp(min=1)
    steps = torch.where(sizes * ROUNDING > 0.1, GAP, 1.0)
    whole = (tensor / steps).round() * steps
    return torch.where((tensor - whole).abs() <= 2 * ROUNDING * sizes, whole, tensor)
