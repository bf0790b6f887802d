"""The residual stream: which dimension means what. Index arithmetic lives here and nowhere else.

A part is some neighbouring dimensions that belong together: the values of a variable, one-hot, or a number. Variables
come first and stay through all layers. All other parts have their dimensions from the layer that writes them to the
last that reads them: what heads bring, what a layer introduces, one-hot forms of numbers, and features. Parts that are
never needed at the same time may share dimensions; a layer clears those of its own that others have used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from altac.ir.encode import decode_domain, encode_domain, encode_values
from altac.ir.numbers import is_open
from altac.ir.values import Domain, Value, source_text

LARGEST = 2**31  # no number in a stream is as large
MOST_SHARING = 10_000  # parts over one dimension
CLEARING = "(clear)"  # the head that clears scratch, besides those of a program
CARRYING = "(carry)"  # the head that adds up numbers that stand at its own position


class Kind(Enum):
    """What a part holds."""

    VARIABLE = "variable"  # the value of a variable, one-hot
    EVIDENCE = "evidence"  # what the token adds to the labels of a score, in place of the token itself
    HEAD = "head"  # the value that a head brings, one-hot
    NUMBER = "number"  # the number that a counting or averaging head brings, before it is a value
    FEATURE = "feature"  # the class of a sum, one-hot
    KEPT = "kept"  # a value that a step writes for later layers: introduced, or the copy of what a head brings; one-hot


OPEN = (Kind.VARIABLE, Kind.HEAD, Kind.KEPT)  # what can be read under the name of its owner, or be a number
STATE = (Kind.VARIABLE, Kind.EVIDENCE)  # what stays from layer to layer


@dataclass(frozen=True)
class Part:
    """Some neighbouring dimensions.

    Attributes:
        owner: the variable, value, head or feature that it belongs to.
        kind: what it holds of that.
        domain: the values; those of a feature are the numbers of its classes.
        after: the number of sub-layers of a layer, attention first, after which it stands; 0 for variables, which
            stand from the beginning of a layer and change at its end. A layer without attention counts as if it had it.
        start: its first dimension.
        layers: the numbers of the layer that writes it and of the last that reads it; None for variables.
        borders: of a NUMBER, ascending: up to border i it stands for value index `buckets[i]`.
        buckets: one more than borders; the last is that of the numbers above all borders.
        error: of a number without a finite domain, how far it may be off in float32.
        labels: of EVIDENCE, those of the score, each with a dimension for what the token adds to it.
    """

    owner: str
    kind: Kind
    domain: Domain
    after: int
    start: int
    layers: tuple[int, int] | None
    borders: tuple[float, ...] = ()
    buckets: tuple[int, ...] = ()
    error: float = 0.0
    labels: tuple[Value, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether one dimension holds a number, of whatever kind of part."""
        return self.kind is Kind.NUMBER or self.is_open

    @property
    def is_open(self) -> bool:
        """Whether it is a number without a finite domain."""
        return is_open(self.domain)

    @property
    def is_state(self) -> bool:
        """Whether it stays from layer to layer."""
        return self.kind in STATE

    @property
    def size(self) -> int:
        """The number of dimensions."""
        if self.kind is Kind.EVIDENCE:
            return len(self.labels)
        return 1 if self.is_number else len(self.domain)

    @cached_property
    def codes(self) -> NDArray[np.float64]:
        """What the dimensions hold for each value, (values, size); a number and EVIDENCE hold none."""
        assert not self.is_number
        assert self.kind is not Kind.EVIDENCE
        return np.eye(self.size)

    @property
    def place(self) -> range:
        """Its dimensions."""
        return range(self.start, self.start + self.size)

    def written_by(self, layer: int) -> bool:
        """Whether a layer makes it."""
        return self.layers is not None and self.layers[0] == layer

    def stands_before(self, layer: int) -> bool:
        """Whether a layer finds it there."""
        return self.layers is None or self.layers[0] < layer <= self.layers[1]

    def stands_after(self, layer: int) -> bool:
        """Whether it is there at the end of a layer (-1: before the first)."""
        return self.layers is None or self.layers[0] <= layer <= self.layers[1]

    @property
    def axes(self) -> list[Axis]:
        if self.kind is Kind.EVIDENCE:
            return [Axis(self, label) for label in self.labels]
        return [Axis(self, None)] if self.is_number else [Axis(self, value) for value in self.domain]

    def __str__(self) -> str:
        suffix = " (number)" if self.kind is Kind.NUMBER else ""
        return f"{self.owner}{suffix}"

    def to_dict(self) -> dict[str, Any]:
        described = {
            "owner": self.owner,
            "kind": self.kind.value,
            "domain": encode_domain(self.domain),
            "after": self.after,
            "start": self.start,
            "layers": None if self.layers is None else list(self.layers),
        }
        if self.kind is Kind.NUMBER:
            described |= {"borders": list(self.borders), "buckets": list(self.buckets)}
        if self.is_open:
            described["error"] = self.error
        if self.kind is Kind.EVIDENCE:
            described["labels"] = encode_values(self.labels)
        return described

    @staticmethod
    def from_dict(data: Any) -> Part:
        """The inverse of `to_dict`.

        Raises:
            ValueError, KeyError, TypeError: if the data are damaged.
        """
        kind, domain = Kind(data["kind"]), decode_domain(data["domain"])
        borders, buckets = tuple(map(float, data.get("borders", ()))), tuple(data.get("buckets", ()))
        wanted, error = kind is Kind.NUMBER, float(data.get("error", 0.0))
        if is_open(domain) and (kind not in OPEN or not 0 <= error < LARGEST):
            raise ValueError("its numbers are damaged")
        more = {Kind.NUMBER: ("borders", "buckets"), Kind.EVIDENCE: ("labels",)}.get(kind, ())
        more += ("error",) if is_open(domain) else ()
        if set(data) != {"owner", "kind", "domain", "after", "start", "layers", *more}:
            raise ValueError("its stream is damaged")
        if wanted and (len(buckets) != len(borders) + 1 or list(borders) != sorted(borders)):
            raise ValueError("its numbers are damaged")
        if not all(type(bucket) is int and 0 <= bucket < len(domain) for bucket in buckets):
            raise ValueError("its numbers are damaged")
        after = data["after"]
        if type(after) is not int or after < 0 or (after == 0) != (kind in STATE):
            raise ValueError("its sub-layers are damaged")
        start, layers = data["start"], data["layers"]
        if type(start) is not int or not 0 <= start < LARGEST or (layers is None) != (kind in STATE):
            raise ValueError("its stream is damaged")
        if layers is not None and (
            [type(end) for end in layers] != [int, int] or not 0 <= layers[0] <= layers[1] < LARGEST
        ):
            raise ValueError("its stream is damaged")
        if not isinstance(data["owner"], str):
            raise ValueError("its names are damaged")
        labels = decode_domain(data["labels"]).values if kind is Kind.EVIDENCE else ()
        where = (after, start, layers and tuple(layers))
        return Part(data["owner"], kind, domain, *where, borders, buckets, error, labels)


@dataclass(frozen=True)
class Axis:
    """One dimension: a value of its part, or the number (None)."""

    part: Part
    value: Value

    def __str__(self) -> str:
        if self.part.kind is Kind.EVIDENCE:
            return f"{self.part.owner} for {source_text(self.value)}"
        return f"{self.part.owner} (number)" if self.part.is_number else f"{self.part.owner}={source_text(self.value)}"


@dataclass(frozen=True)
class Stream:
    """All parts: variables first, then those of each layer in the order of layers."""

    parts: tuple[Part, ...]

    @property
    def names(self) -> list[str]:
        """A name for every dimension, such as `done=true`; of one that parts share, theirs in the order of layers.

        `kept x=1` is the copy that a step makes of what the head `x` brings.
        """
        found: list[dict[str, None]] = [{} for _ in range(self.d_model)]
        for part in self.parts:
            for dimension, axis in zip(part.place, part.axes, strict=True):
                copied = part.kind is Kind.KEPT and part.owner in self.heads
                found[dimension].setdefault(f"kept {axis}" if copied else str(axis))
        return [" / ".join(names) for names in found]

    @cached_property
    def d_model(self) -> int:
        return max((part.place.stop for part in self.parts), default=0)

    @cached_property
    def d_state(self) -> int:
        """The number of leading dimensions, which hold variables; the rest is scratch."""
        return sum(part.size for part in self.parts if part.is_state)

    # Parts by name -------------------------------------------------------------------------------------------

    @cached_property
    def variables(self) -> dict[str, Part]:
        """Where each variable stands from layer to layer."""
        return {part.owner: part for part in self.parts if part.is_state and part.kind is not Kind.EVIDENCE}

    @cached_property
    def embedded(self) -> dict[str, Part]:
        """Where what a score reads stands as what it adds to the labels: `token`, or nothing."""
        return {part.owner: part for part in self.parts if part.kind is Kind.EVIDENCE}

    @cached_property
    def heads(self) -> dict[str, Part]:
        """Where the value of each head stands in its layer: one-hot, or as a number where nothing makes it one-hot."""
        found: dict[str, Part] = {}  # in the order of the program: a number stands before its one-hot form
        for part in self.parts:
            if part.kind in (Kind.NUMBER, Kind.HEAD):
                found[part.owner] = part
        return found

    @cached_property
    def introduced(self) -> dict[str, Part]:
        """Where each value stands that a layer introduces."""
        return {part.owner: part for part in self.parts if part.kind is Kind.KEPT and part.owner not in self.heads}

    @property
    def domains(self) -> dict[str, Domain]:
        """Of all variables, then of what layers introduce, then of all heads."""
        named = (*self.embedded.items(), *self.variables.items(), *self.introduced.items(), *self.heads.items())
        return {name: part.domain for name, part in named}

    def view(self, layer: int) -> View:
        """What a layer reads and writes."""
        return View(self, layer)

    def standing(self, layer: int) -> dict[str, Part]:
        """Where what can be read at the end of a layer stands (-1: before the first): variables and what is kept."""
        return self._standing(layer, layer)

    def _standing(self, first: int, last: int) -> dict[str, Part]:
        """Where what stands from the end of one layer to that of another can be read."""
        found: dict[str, Part] = {}
        for part in self.parts:
            if part.kind in OPEN and part.stands_after(first) and part.stands_after(last):
                found[part.owner] = part  # the copy of what a head brings comes after the head
        return found

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
        named = [(part.owner, part.kind, part.layers and part.layers[0]) for part in parts]
        orders = [-1 if part.layers is None else part.layers[0] for part in parts]
        if len(set(named)) != len(named) or orders != sorted(orders):
            raise ValueError("its stream is damaged")
        if collide(parts):
            raise ValueError("its stream is damaged")
        stream = Stream(parts)
        if any(part.is_state != (part.place.stop <= stream.d_state) for part in parts):
            raise ValueError("its stream is damaged")
        return stream


def collide(parts: Sequence[Part]) -> bool:
    """Whether two parts need the same dimensions in the same layer, or too many share some."""
    reaching: list[Part] = []  # those that begin no later and end no earlier than the one at hand begins
    for part in sorted(parts, key=lambda part: part.start):
        reaching = [other for other in reaching if other.place.stop > part.start]
        if len(reaching) > MOST_SHARING or any(share(part, other) for other in reaching):
            return True
        reaching.append(part)
    return False


def share(left: Part, right: Part) -> bool:
    """Whether there is a layer in which both are needed."""
    if left.layers is None or right.layers is None:
        return True
    return left.layers[0] <= right.layers[1] and right.layers[0] <= left.layers[1]


@dataclass(frozen=True)
class View:
    """The stream as one layer sees it: what stands there before it, and what it makes itself."""

    stream: Stream
    layer: int

    @property
    def d_model(self) -> int:
        return self.stream.d_model

    @cached_property
    def own(self) -> tuple[Part, ...]:
        """What the layer makes."""
        return tuple(part for part in self.stream.parts if part.written_by(self.layer))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Variables, what is kept for this layer, and what it makes."""
        return tuple(
            part for part in self.stream.parts if part.stands_before(self.layer) or part.written_by(self.layer)
        )

    @cached_property
    def heads(self) -> dict[str, Part]:
        """Where the value of each of its own heads stands."""
        return {name: part for name, part in self.stream.heads.items() if part.written_by(self.layer)}

    @cached_property
    def kept(self) -> dict[str, Part]:
        """Where its step writes what later layers read."""
        return {part.owner: part for part in self.own if part.kind is Kind.KEPT}

    @cached_property
    def before(self) -> dict[str, Part]:
        """Where what the layer finds stands: variables, and what is kept for it."""
        return self.stream._standing(self.layer - 1, self.layer) if self.layer else dict(self.stream.variables)

    @cached_property
    def _one_hot(self) -> dict[str, range]:
        found = {name: part.place for name, part in self.before.items() if not part.is_number}
        made = (part for part in self.own if not part.is_number and part.kind is not Kind.KEPT)
        return found | {part.owner: part.place for part in made}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {part.owner: part.start for part in self.parts if part.is_number}

    def one_hot(self, name: str) -> list[int]:
        """The dimensions of the values of what the layer can read, in the order of its domain."""
        return list(self._one_hot[name])

    def number(self, name: str) -> int:
        """The dimension of a number."""
        return self._numbers[name]

    def is_number(self, name: str) -> bool:
        """Whether a dimension holds a number of this name."""
        return name in self._numbers
