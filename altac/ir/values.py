"""Values and domains.

A value is a boolean, an exact number, a symbol, `none` (None), a set of values, or, in constants only, a list (tuple)
or a table. Booleans are not numbers: `true` and `1` are different values everywhere, although Python compares them
equal; `value_key` is the identity that altac uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal


class Table(Mapping["Value", "Value"]):
    """A constant table; keys are compared by `value_key`."""

    def __init__(self, entries: Iterable[tuple[Value, Value]]) -> None:
        self._entries = {value_key(key): (key, value) for key, value in entries}

    def __getitem__(self, key: Value) -> Value:
        return self._entries[value_key(key)][1]

    def __contains__(self, key: object) -> bool:
        return value_key(key) in self._entries  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Value]:
        return (key for key, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def entries(self) -> Iterable[tuple[Value, Value]]:
        """Keys with their values, as `items`, which looks every key up again."""
        return self._entries.values()

    @property
    def keyed(self) -> Mapping[Any, tuple[Value, Value]]:
        """Keys and their values, by the `value_key` of the key."""
        return self._entries

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(frozenset((key, value_key(value)) for key, (_, value) in self._entries.items()))


class NoValue(Enum):
    """Stands in a trace where the residual stream holds none of a variable's values; never a value of a program."""

    UNCLEAR = "no value"

    def __repr__(self) -> str:
        return "<no value>"

    def __str__(self) -> str:
        return self.value


UNCLEAR = NoValue.UNCLEAR
Value = bool | int | Fraction | str | None | frozenset[Any] | tuple[Any, ...] | Table
Kind = Literal["boolean", "number", "symbol", "none", "set", "list", "table"]


def kind_of(value: Value) -> Kind:
    match value:
        case bool():
            return "boolean"
        case int() | Fraction():
            return "number"
        case str():
            return "symbol"
        case None:
            return "none"
        case frozenset():
            return "set"
        case tuple():
            return "list"
    return "table"


def value_key(value: Value) -> Any:
    """A hashable identity that keeps `true` and `1` apart, also inside sets and lists."""
    if value.__class__ is str:
        return value
    if value.__class__ is bool:
        return ("boolean", value)
    match value:
        case frozenset():
            return frozenset(value_key(element) for element in value)
        case tuple():
            return tuple(value_key(item) for item in value)
    return value


COLLECTIONS = frozenset((frozenset, tuple, Table))


def value_size(value: Value) -> int:
    """How many values a value is made of: itself and those inside."""
    if value.__class__ not in COLLECTIONS:
        return 1
    inside = [*value, *value.values()] if isinstance(value, Table) else value
    return 1 + sum([value_size(item) if item.__class__ in COLLECTIONS else 1 for item in inside])


def same(left: Value, right: Value) -> bool:
    return bool(value_key(left) == value_key(right))


KIND_ORDER = ["number", "boolean", "symbol", "set", "list", "table", "none"]


def sort_key(value: Value) -> tuple[int, Any]:
    """The canonical order: numbers, booleans, symbols by their text, sets, and `none` last."""
    kind = kind_of(value)
    order = KIND_ORDER.index(kind)
    if isinstance(value, frozenset):
        return order, (len(value), sorted(sort_key(element) for element in value))
    if isinstance(value, tuple):
        return order, tuple(sort_key(item) for item in value)
    if kind in ("none", "table"):
        return order, 0
    return order, value


def number(value: Fraction | int) -> int | Fraction:
    """The canonical form of an exact number: an int where it is whole."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def value_text(value: Value) -> str:
    """How a value stands in input and output text: symbols without quotes."""
    match value:
        case str():
            return value
        case frozenset() | tuple():
            return source_text(value).replace(" ", "")
    return source_text(value)


def source_text(value: Value) -> str:
    """How a value is written in a program."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "none"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case frozenset():
            return set_text(value)
        case tuple():
            return "[" + ", ".join(source_text(item) for item in value) + "]"
        case Table():
            return "{" + ", ".join(f"{source_text(key)}: {source_text(value[key])}" for key in value) + "}"
    return str(value)


def set_text(values: Iterable[Value]) -> str:
    """A set as a program would write it, with ranges where whole numbers, or symbols, follow each other."""
    pieces: list[str] = []
    ranges: list[str] = []
    runs: list[list[Value]] = []  # values that follow each other
    for value in sorted(values, key=sort_key):
        if runs and _follows(runs[-1][-1], value):
            runs[-1].append(value)
        else:
            runs.append([value])
    for run in runs:
        if len(run) >= (SHORTEST_OF_SYMBOLS if isinstance(run[0], str) else 2):
            ranges.append(f"{source_text(run[0])}..{source_text(run[-1])}")
        else:
            pieces += map(source_text, run)
    if ranges and not pieces:
        return " | ".join(ranges)
    return " | ".join([*ranges, "{" + ", ".join(pieces) + "}"])


SHORTEST_OF_SYMBOLS = 3  # `{"0", "1"}` reads better than a range


def _follows(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return len(left) == len(right) == 1 and ord(right) == ord(left) + 1
    return type(left) is int and type(right) is int and right == left + 1


def is_plain_symbol(text: str) -> bool:
    """Whether a symbol can stand in input text, where blanks separate symbols."""
    return bool(text) and not re.search(r"\s", text)


@dataclass(frozen=True)
class Domain:
    """A finite, non-empty, ordered set of values; the order is canonical and gives each value its index."""

    values: tuple[Value, ...]

    @staticmethod
    def of(values: Iterable[Value]) -> Domain:
        values = list(values)
        if all(value.__class__ is str for value in values):
            return Domain(tuple(sorted(set(values))))  # type: ignore[type-var]
        unique = {value_key(value): value for value in values}
        return Domain(tuple(sorted(unique.values(), key=sort_key)))

    @cached_property
    def _index(self) -> dict[Any, int]:
        return {value_key(value): position for position, value in enumerate(self.values)}

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.values)

    def __contains__(self, value: Value) -> bool:
        return value_key(value) in self._index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Domain) and list(self._index) == list(other._index)

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(self._index))

    def __hash__(self) -> int:
        return self._hash

    def index(self, value: Value) -> int:
        """The index of a value; KeyError if it is not in the domain."""
        return self._index[value_key(value)]

    def text(self, value: Value) -> str:
        """How one of the values stands in output text: the symbol `none` has quotes where `none` is another value."""
        return source_text(value) if value == "none" and None in self else value_text(value)

    def __str__(self) -> str:
        values = [value for value in self.values if value is not None]
        if {value_key(value) for value in values} == {value_key(True), value_key(False)}:
            text = "bool"
        else:
            text = set_text(values)
        if len(values) == len(self.values):
            return text
        return f"({text})?" if ".." in text and text != "bool" else f"{text}?"


BOOL = Domain.of((False, True))
