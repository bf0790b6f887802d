"""The certificate of compiled weights: for which inputs a number format computes exactly what the program says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NO_INPUT = -1  # a longest input shorter than the empty one: the format is exact for none


@dataclass(frozen=True)
class Limit:
    """What one number format is exact for.

    Attributes:
        longest: the greatest number of input symbols; None for any, NO_INPUT for none.
        reason: why not longer inputs, or why not longer ones than the program accepts; may be empty.
    """

    longest: int | None
    reason: str = ""

    def within(self, longest: int | None) -> Limit:
        """The limit for inputs up to a length; None for any."""
        return self if longest is None or not self.exceeds(Limit(longest)) else Limit(longest)

    def exceeds(self, other: Limit) -> bool:
        """Whether this one claims longer inputs."""
        return other.longest is not None and (self.longest is None or self.longest > other.longest)

    @property
    def text(self) -> str:
        if self.longest is None:
            return "inputs of any length"
        return f"inputs up to length {self.longest:,}" if self.longest >= 0 else "no input"

    @property
    def short(self) -> str:
        return "any length" if self.longest is None else f"length {self.longest:,}" if self.longest >= 0 else "none"


@dataclass(frozen=True)
class Certificate:
    """The limits of all formats by name (`float32` first), and the number of layers.

    `layers` is None where the program halts by itself. However many there are, each starts from exact zeros and ones,
    so the limits hold for any number of layers. `decimals` are the numbers without a finite domain that are not known
    exactly, by name, and how many digits behind the point are; all else is exact.
    """

    formats: Mapping[str, Limit]
    layers: int | None
    decimals: Mapping[str, int] = field(default_factory=dict)

    @property
    def runs(self) -> str:
        """The number of layers in words."""
        return "any number of layers" if self.layers is None else f"{self.layers} layer{'s' * (self.layers != 1)}"

    @property
    def summary(self) -> str:
        """What the weights are exact for, in one line."""
        others = [f"{name}: {limit.short}" for name, limit in self.formats.items() if name != "float32"]
        known = "".join(f", {line}" for line in self.known)
        return f"exact in float32 for {self.formats['float32'].text}, {self.runs} ({', '.join(others)}){known}"

    @property
    def known(self) -> list[str]:
        """How far numbers are known that are not exact."""
        return [f"`{name}` to {digits} decimal{'s' * (digits != 1)}" for name, digits in self.decimals.items()]

    def to_dict(self) -> dict[str, Any]:
        formats = {name: {"longest": limit.longest, "reason": limit.reason} for name, limit in self.formats.items()}
        return {"formats": formats, "layers": self.layers, "decimals": dict(self.decimals)}

    @staticmethod
    def from_dict(data: Any) -> Certificate:
        """The inverse of `to_dict`.

        Raises:
            ValueError: if it is damaged.
        """
        try:
            formats = {
                str(name): Limit(limit["longest"], str(limit["reason"])) for name, limit in data["formats"].items()
            }
            layers = data["layers"]
            decimals = {str(name): digits for name, digits in data["decimals"].items()}
        except (KeyError, TypeError, AttributeError):
            raise ValueError("its certificate is damaged") from None
        numbers = [layers, *(limit.longest for limit in formats.values())]
        if not all(number is None or (type(number) is int and number >= NO_INPUT) for number in numbers):
            raise ValueError("its certificate is damaged")
        if not all(type(digits) is int for digits in decimals.values()):
            raise ValueError("its certificate is damaged")
        if "float32" not in formats or formats["float32"].longest == NO_INPUT:
            raise ValueError("its certificate is damaged")
        return Certificate(formats, layers, decimals)
