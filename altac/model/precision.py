"""Number formats: their names, and 16-bit products on a CPU, kept away from a library that cannot always do them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

HALVES = {torch.float16, torch.bfloat16}


@contextmanager
def products(dtype: torch.dtype, device: torch.device) -> Iterator[None]:
    """Within it, products of this format run on this device.

    oneDNN's bfloat16 products end the process (illegal instruction) where a CPU announces AMX and the system does not
    allow it, and its float16 products can fail; PyTorch's own products do neither. It is off for those alone.
    """
    onednn: Any = torch.backends.mkldnn
    before = onednn.enabled
    onednn.enabled = before and not (device.type == "cpu" and dtype in HALVES)
    try:
        yield
    finally:
        onednn.enabled = before


@contextmanager
def executing(weight: torch.Tensor) -> Iterator[None]:
    """Within it, modules whose weights are like this one run: without gradients, and without warnings of infinities."""
    with torch.inference_mode(), products(weight.dtype, weight.device), np.errstate(all="ignore"):
        yield


def number_format(dtype: torch.dtype) -> str:
    """The name of a number format, as certificates have it."""
    return str(dtype).removeprefix("torch.")
