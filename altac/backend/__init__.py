"""Rules and heads to blocks of weights, in NumPy, over a residual stream with a name for every dimension."""

from altac.backend.blocks import Blocks
from altac.backend.build import build_blocks, build_without_step

__all__ = ["Blocks", "build_blocks", "build_without_step"]
