"""Binary floating-point formats, and how far rounding can move a sum.

docs/exactness.md has the model of arithmetic and the lemmas, whose names are used here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, log1p


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: significant bits, its greatest number, and its least one of full precision."""

    name: str
    bits: int
    largest: float
    smallest: float

    @property
    def unit(self) -> float:
        """The relative error of one rounding."""
        return 2.0**-self.bits

    def grown(self, roundings: int) -> float:
        """The relative error after this many roundings: (1 + u)^k - 1."""
        return expm1(roundings * log1p(self.unit))

    def holds_exactly(self, steps: float, step: float = 1.0) -> bool:
        """Whether all multiples of `step`, a power of two, up to `steps` of them, are numbers of the format."""
        return steps <= 2**self.bits and steps * step <= self.largest


FLOAT32 = Format("float32", 24, 3.4028234e38, 2.0**-126)
FORMATS = (
    FLOAT32,
    Format("float64", 53, 1.7976931e308, 2.0**-1022),
    Format("bfloat16", 8, 3.3895313e38, 2.0**-126),
    Format("float16", 11, 65504.0, 2.0**-14),
)
