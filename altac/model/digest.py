"""A hash of weights. Exported models bring this file along, so it imports nothing of altac."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from torch import Tensor


def digest_of(state: Mapping[str, object]) -> str:
    """A hash of the names, shapes and values of all tensors of a state; other entries do not count."""
    numbers = sha256()
    for name, tensor in sorted(state.items()):
        if isinstance(tensor, Tensor):
            numbers.update(f"{name} {tuple(tensor.shape)} ".encode())
            numbers.update(tensor.detach().float().cpu().contiguous().numpy().tobytes())
    return numbers.hexdigest()
