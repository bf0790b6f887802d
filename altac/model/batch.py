"""Batches of sequences as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from altac.model.config import TransformerConfig
from altac.model.metadata import Metadata

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


def chunks(described: Metadata, batch: Sequence[Sequence[int]], numbers: int) -> Iterator[int]:
    """Sizes of parts of a batch whose largest tensor has at most so many numbers."""
    config: TransformerConfig = described.config
    length = max((len(tokens) for tokens in batch), default=0) or 1
    widths = [config.d_model, *(described.learned.hidden if described.learned else ()), 1]
    for layer in config.layers:
        widths += [*layer.hidden_sizes, sum(layer.value_sizes), len(layer.value_sizes) * length]
    size = max(1, numbers // (length * max(widths)))
    rest = len(batch)
    while rest > 0:
        yield min(size, rest)
        rest -= size
