"""Devices that PyTorch computes on."""

from __future__ import annotations


def why_unusable(name: str) -> str | None:
    """Why PyTorch cannot compute on a device here; None if it can."""
    if name == "cpu":
        return None
    import torch

    try:
        torch.zeros(1, device=name).item()
    # by device: no driver or no such number; built without CUDA; a backend that cannot compute
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        return str(error).splitlines()[0]
    return None
