"""The same function in another basis of the stream: what reads it and what writes it is turned by one rotation."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from altac.model.transformer import Transformer
from tests.decompile.permuted import READS, WRITES, permuted


def rotated(module: Transformer, seed: int = 0) -> Transformer:
    """Weights of which dimensions, heads and units are in another order, and the stream in another basis.

    The rotation is drawn from all of them, and mixes variables with what layers use. Answers are the same up to
    rounding. But no state comes back exactly, so that a run that goes on for ever is not noticed; and which of several
    greatest scores is taken is left to rounding.
    """
    result = permuted(module, seed)
    width = module.config.d_model
    drawn, corner = np.linalg.qr(np.random.default_rng(seed).standard_normal((width, width)))
    rotation = torch.from_numpy(drawn * np.sign(np.diag(corner)))
    state = {name: tensor.clone() for name, tensor in result.state_dict().items() if isinstance(tensor, Tensor)}
    for name, tensor in state.items():
        if name.endswith(READS):
            state[name] = (tensor.double() @ rotation).to(tensor.dtype)
        elif name.endswith(WRITES):
            state[name] = (rotation.T @ tensor.double()).to(tensor.dtype)
    result.load_state_dict({**state, "_extra_state": {"config": result.config.to_dict()}})
    return result
