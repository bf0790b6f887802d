"""Batches of sequences as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Int


def batch_tensors(
    batch: Sequence[Sequence[int]], device: torch.device
) -> tuple[Int[Tensor, "batch length"], Int[Tensor, "batch"]]:
    """Padded tokens, and lengths, on a device."""
    lengths = np.array([len(tokens) for tokens in batch], np.int64)
    positions = max(1, int(lengths.max(initial=0)))  # never without a position: padding is one
    tokens = np.zeros((len(batch), positions), np.int64)
    flat = np.fromiter(chain.from_iterable(batch), np.int64, int(lengths.sum()))
    tokens[np.arange(positions) < lengths[:, None]] = flat
    return torch.from_numpy(tokens).to(device), torch.from_numpy(lengths).to(device)
