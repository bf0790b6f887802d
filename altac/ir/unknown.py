"""What symbols are read as that are not in the alphabet of a program.

Exported models bring this file along, so it imports nothing of altac.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from altac.ir.values import Value

KINDS = ((str.isdigit, "d"), (str.isupper, "X"), (str.islower, "x"))
LONGEST = 4  # characters of a shape


def shape(text: str) -> str:
    """What kinds of characters are in a text, neighbours of one kind as one: `Xx` for `Rome`, `d-x` for `1950-ish`.

    A digit is `d`, a capital letter `X`, a small one `x`, and every other character itself.
    """
    kinds = [next((kind for holds, kind in KINDS if holds(one)), one) for one in text]
    return "".join(kind for at, kind in enumerate(kinds) if at == 0 or kinds[at - 1] != kind)[:LONGEST]


def is_shape(text: str) -> bool:
    """Whether some symbol has this shape."""
    known = {kind for _, kind in KINDS}
    return (
        0 < len(text) <= LONGEST
        and all(one != other for one, other in pairwise(text))
        and not any(one.isspace() or (one not in known and any(holds(one) for holds, _ in KINDS)) for one in text)
    )


@dataclass(frozen=True)
class Unknown:
    """Symbols of the alphabet that stand for all that are not in it.

    Attributes:
        other: what any such symbol is read as.
        shapes: what those of some shapes are read as instead.
    """

    other: Value
    shapes: tuple[tuple[str, Value], ...] = ()

    @cached_property
    def _by_shape(self) -> dict[str, Value]:
        return dict(self.shapes)

    @property
    def symbols(self) -> tuple[Value, ...]:
        return (self.other, *(symbol for _, symbol in self.shapes))

    def symbol(self, text: str) -> Value:
        """What a text is read as."""
        return self._by_shape.get(shape(text), self.other) if self.shapes else self.other
