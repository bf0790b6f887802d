"""Rules and heads to blocks of weights, in NumPy, over a residual stream with a name for every dimension."""

from altac.backend.assemble import build_blocks, build_without_step
from altac.backend.blocks import Blocks

__all__ = ["Blocks", "build_blocks", "build_without_step"]
