"""Linear maps of streams that stand as columns, (d_model, batch * length), and what consists of them.

Compiled weights are mostly zeros, so a row of a linear map adds up a few rows of its input: `embedding_bag` adds up
whole rows, scaled by the weights. That is faster than a dense product up to a density of about a quarter
(docs/performance.md has the figures).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import embedding_bag

from altac.model.schedule import Flags
from altac.model.transformer import MLP, Readout

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

Array = NDArray[np.float32]

DENSEST = 0.25  # above, a dense product is faster
SMALL = 1 << 16  # multiplications; below, a dense product is faster, as its call is
BLOCK = 1 << 19  # numbers in the largest array, where a batch can be split: what fits a cache of a few megabytes


def array(tensor: Tensor) -> Array:
    result: Array = tensor.detach().numpy()
    return result


class SparseLinear:
    """A linear map of columns."""

    def __init__(self, weight: Float[Array, "outputs inputs"], bias: Float[Array, "outputs"] | None = None) -> None:
        self.dense = np.ascontiguousarray(weight)
        rows, inputs = self.dense.nonzero()
        self.is_dense = len(rows) > DENSEST * self.dense.size
        self.values = torch.from_numpy(self.dense[rows, inputs])
        self.inputs = torch.from_numpy(inputs)
        # where each output's inputs begin
        self.offsets = torch.from_numpy(np.searchsorted(rows, np.arange(len(self.dense) + 1)))
        self.bias = bias[:, None].copy() if bias is not None and bias.any() else None

    def __call__(self, columns: Float[Array, "inputs n"]) -> Float[Array, "outputs n"]:
        if self.dense.size * columns.shape[1] <= SMALL:
            product = self.dense @ columns
        elif self.is_dense:
            product = array(torch.from_numpy(self.dense) @ torch.from_numpy(columns))
        else:
            bag = embedding_bag(
                self.inputs,
                torch.from_numpy(columns),
                self.offsets,
                mode="sum",
                per_sample_weights=self.values,
                include_last_offset=True,
            )
            product = array(bag)
        if self.bias is not None:
            product += self.bias
        return product


def linear(plain: torch.nn.Linear) -> SparseLinear:
    return SparseLinear(array(plain.weight), array(plain.bias))


def saturated(hidden: Float[Array, "units n"]) -> Float[Array, "units n"]:
    """The values of hidden units, in place."""
    np.maximum(hidden, 0, out=hidden)
    np.minimum(hidden, 1, out=hidden)
    return hidden


class SparseMLP:
    """An MLP that adds its update to the columns."""

    def __init__(self, mlp: MLP) -> None:
        self.fc_in, self.fc_out = linear(mlp.fc_in), linear(mlp.fc_out)
        self.block = max(64, BLOCK // max(1, mlp.fc_in.out_features))

    def __call__(self, columns: Float[Array, "d_model n"]) -> Float[Array, "d_model n"]:
        n = columns.shape[1]
        if n <= self.block:
            result = self.fc_out(saturated(self.fc_in(columns)))
            result += columns
            return result
        result = np.empty_like(columns)
        for start in range(0, n, self.block):
            part = np.ascontiguousarray(columns[:, start : start + self.block])
            np.add(self.fc_out(saturated(self.fc_in(part))), part, out=result[:, start : start + self.block])
        return result


def columns_of(x: Float[Array, "batch length d_model"]) -> Float[Array, "d_model batch*length"]:
    """A stream as columns; no copy where a layer has made it."""
    return np.ascontiguousarray(x.transpose(2, 0, 1).reshape(x.shape[2], -1))


class SparseReadout:
    """A yes-or-no question to every position."""

    def __init__(self, readout: Readout) -> None:
        self.fc_in = linear(readout.fc_in)

    def __call__(self, x: Float[Array, "batch length d_model"]) -> Bool[Flags, "batch length"]:
        holds: Flags = saturated(self.fc_in(columns_of(x))).sum(axis=0) > 0.5
        return holds.reshape(x.shape[:2])
