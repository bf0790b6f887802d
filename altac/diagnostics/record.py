"""Frozen dataclasses that are cheap to define.

There are more than a hundred classes of diagnostics and syntax nodes, and `dataclass(frozen=True)` writes and compiles
six methods for each: a third of the time of `altac check` was spent on that. Here a class gets an `__init__` of its own
and shares the rest.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

C = TypeVar("C", bound=type)


class Record:
    """Equal to a record of the same class with equal fields; a field that is set cannot be set again, or deleted."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return _compared(self) == _compared(other)

    def __hash__(self) -> int:
        return hash(_compared(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{entry.name}={getattr(self, entry.name)!r}" for entry in fields(self) if entry.repr)  # type: ignore[arg-type]
        return f"{type(self).__qualname__}({shown})"

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")


def _compared(instance: Any) -> tuple[object, ...]:
    return tuple(getattr(instance, entry.name) for entry in fields(instance) if entry.compare)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: C) -> C:
    """Make a dataclass of a subclass of `Record`."""
    made: C = dataclass(eq=False, repr=False)(cls)  # type: ignore[assignment]
    return made
