"""The residual stream: which dimension means what. Index arithmetic lives here and nowhere else.

A stream is a row of parts, and a part is some neighbouring dimensions that belong together: the values of a variable,
one-hot, or a number. Variables come first and stay from layer to layer. Scratch follows, which every layer clears at
its start: what heads bring, one-hot forms of numbers, and features.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from altac.ir.encode import decode_domain, encode_values
from altac.ir.values import Domain, Value, source_text

LARGEST = 2**31  # no number in a stream is as large
CLEARING = "(clear)"  # the head that clears scratch, besides those of a program


class Kind(Enum):
    """What a part holds."""

    VARIABLE = "variable"  # the value of a variable, one-hot
    SCALAR = "scalar"  # the number that a `scalar` variable is
    HEAD = "head"  # the value that a head brings, one-hot
    NUMBER = "number"  # the number that a counting or averaging head brings, before it is a value
    ONE_HOT = "one-hot"  # the value of a `scalar` variable, one-hot
    FEATURE = "feature"  # the class of a sum, one-hot


STATE = (Kind.VARIABLE, Kind.SCALAR)
NUMBERS = (Kind.SCALAR, Kind.NUMBER)


@dataclass(frozen=True)
class Part:
    """Some neighbouring dimensions.

    Attributes:
        owner: the variable, head or feature that it belongs to.
        kind: what it holds of that.
        domain: the values; those of a feature are the numbers of its classes.
        after: the number of sub-layers of a layer, attention first, after which it stands; 0 for variables, which
            stand from the beginning of a layer and change at its end.
        borders: of a NUMBER, ascending: up to border i it stands for value index `buckets[i]`.
        buckets: one more than borders; the last is that of the numbers above all borders.
    """

    owner: str
    kind: Kind
    domain: Domain
    after: int
    borders: tuple[float, ...] = ()
    buckets: tuple[int, ...] = ()

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def is_state(self) -> bool:
        """Whether it stays from layer to layer."""
        return self.kind in STATE

    @property
    def size(self) -> int:
        """The number of dimensions."""
        return 1 if self.is_number else len(self.domain)

    @cached_property
    def codes(self) -> NDArray[np.float64]:
        """What the dimensions hold for each value, (values, size). A NUMBER has none: it holds no value."""
        if self.kind is Kind.SCALAR:
            return np.array([[float(value)] for value in self.domain])  # type: ignore[arg-type]
        assert not self.is_number
        return np.eye(self.size)

    @property
    def axes(self) -> list[Axis]:
        return [Axis(self, None)] if self.is_number else [Axis(self, value) for value in self.domain]

    def __str__(self) -> str:
        suffix = {Kind.NUMBER: " (number)", Kind.ONE_HOT: " (one-hot)"}.get(self.kind, "")
        return f"{self.owner}{suffix}"

    def to_dict(self) -> dict[str, Any]:
        described = {
            "owner": self.owner,
            "kind": self.kind.value,
            "domain": encode_values(self.domain.values),
            "after": self.after,
        }
        if self.kind is Kind.NUMBER:
            described |= {"borders": list(self.borders), "buckets": list(self.buckets)}
        return described

    @staticmethod
    def from_dict(data: Any) -> Part:
        """The inverse of `to_dict`.

        Raises:
            ValueError, KeyError, TypeError: if the data are damaged.
        """
        kind, domain = Kind(data["kind"]), decode_domain(data["domain"])
        borders, buckets = tuple(map(float, data.get("borders", ()))), tuple(data.get("buckets", ()))
        wanted = kind is Kind.NUMBER
        if set(data) != {"owner", "kind", "domain", "after", *(("borders", "buckets") if wanted else ())}:
            raise ValueError("its stream is damaged")
        if wanted and (len(buckets) != len(borders) + 1 or list(borders) != sorted(borders)):
            raise ValueError("its numbers are damaged")
        if not all(type(bucket) is int and 0 <= bucket < len(domain) for bucket in buckets):
            raise ValueError("its numbers are damaged")
        if kind is Kind.SCALAR and not all(
            isinstance(value, int | Fraction) and -LARGEST < value < LARGEST for value in domain
        ):
            raise ValueError("a domain does not fit its dimension")
        after = data["after"]
        if type(after) is not int or after < 0 or (after == 0) != (kind in STATE):
            raise ValueError("its sub-layers are damaged")
        if not isinstance(data["owner"], str):
            raise ValueError("its names are damaged")
        return Part(data["owner"], kind, domain, after, borders, buckets)


@dataclass(frozen=True)
class Axis:
    """One dimension: a value of its part, or the number (None)."""

    part: Part
    value: Value

    def __str__(self) -> str:
        return f"{self.part.owner} (number)" if self.part.is_number else f"{self.part.owner}={source_text(self.value)}"


@dataclass(frozen=True)
class Stream:
    """All parts, in the order of their dimensions: those of the state first."""

    parts: tuple[Part, ...]

    @cached_property
    def places(self) -> dict[Part, range]:
        """The dimensions of every part."""
        ends = list(accumulate((part.size for part in self.parts), initial=0))
        return {part: range(start, start + part.size) for part, start in zip(self.parts, ends, strict=False)}

    @property
    def axes(self) -> list[Axis]:
        return [axis for part in self.parts for axis in part.axes]

    @property
    def names(self) -> list[str]:
        """A name for every dimension, such as `done=true`."""
        return [str(axis) for axis in self.axes]

    @cached_property
    def d_model(self) -> int:
        return sum(part.size for part in self.parts)

    @cached_property
    def d_state(self) -> int:
        """The number of leading dimensions, which hold variables; the rest is scratch."""
        return sum(part.size for part in self.parts if part.is_state)

    @property
    def scratch(self) -> range:
        """The dimensions that every layer clears."""
        return range(self.d_state, self.d_model)

    # Parts by name -------------------------------------------------------------------------------------------

    @cached_property
    def variables(self) -> dict[str, Part]:
        """Where each variable stands from layer to layer."""
        return {part.owner: part for part in self.parts if part.is_state}

    @cached_property
    def heads(self) -> dict[str, Part]:
        """Where the value of each head stands: one-hot, or as a number where nothing makes it one-hot."""
        found: dict[str, Part] = {}  # in the order of the program: a number stands before its one-hot form
        for part in self.parts:
            if part.kind in (Kind.NUMBER, Kind.HEAD):
                found[part.owner] = part
        return found

    @property
    def domains(self) -> dict[str, Domain]:
        """Of all variables, then of all heads."""
        return {name: part.domain for name, part in (*self.variables.items(), *self.heads.items())}

    @cached_property
    def _one_hot(self) -> dict[str, range]:
        return {part.owner: place for part, place in self.places.items() if not part.is_number}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {part.owner: place.start for part, place in self.places.items() if part.is_number}

    def one_hot(self, name: str) -> list[int]:
        """The dimensions of the values of a variable, head or feature, in the order of its domain."""
        return list(self._one_hot[name])

    def number(self, name: str) -> int:
        """The dimension of a number: a scalar variable, or what a counting or averaging head brings."""
        return self._numbers[name]

    def is_number(self, name: str) -> bool:
        """Whether a dimension holds a number of this name."""
        return name in self._numbers

    # JSON ----------------------------------------------------------------------------------------------------

    def to_list(self) -> list[dict[str, Any]]:
        return [part.to_dict() for part in self.parts]

    @staticmethod
    def from_list(data: Any) -> Stream:
        """The inverse of `to_list`.

        Raises:
            ValueError, KeyError, TypeError: if the data are damaged.
        """
        if not isinstance(data, list):
            raise ValueError("its stream is damaged")
        parts = tuple(Part.from_dict(part) for part in data)
        named = [(part.owner, part.is_number) for part in parts]
        state = [part.is_state for part in parts]
        if len(set(named)) != len(named) or state != sorted(state, reverse=True):
            raise ValueError("its stream is damaged")
        return Stream(parts)
