"""All inputs of one length and one value of a property: how many there are, and each by its number.

A property reads only the length, counts of symbols and the symbols at the ends (`Property`). So inputs fall into
*profiles*: the symbols at the ends, and for each class of symbols that it does not tell apart, how many others there
are. The inputs of a profile are counted by a formula and numbered without listing them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, product
from math import comb, prod

from altac.data.properties import Property
from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import BadProperty
from altac.ir.interface import Interface
from altac.ir.values import Value, value_key

MOST_PROFILES = 200_000  # of one length

Word = tuple[Value, ...]


@dataclass(frozen=True)
class Profile:
    """Inputs that begin with `front`, end with `back`, and have `counts[i]` symbols of `classes[i]` between."""

    front: Word
    back: Word
    classes: tuple[Word, ...]
    counts: tuple[int, ...]

    @cached_property
    def size(self) -> int:
        """How many inputs these are."""
        choices: int = prod(len(symbols) ** count for symbols, count in zip(self.classes, self.counts, strict=True))
        return arrangements(self.counts) * choices

    def word(self, number: int) -> Word:
        """One of the inputs, by its number."""
        order, number = divmod(number, self.size // arrangements(self.counts))
        counts, left = list(self.counts), arrangements(self.counts)
        middle: list[Value] = []
        for rest in range(sum(counts), 0, -1):
            for place, count in enumerate(counts):  # noqa: B007 - the class is used after the loop
                starts = left * count // rest  # arrangements that begin with this class
                if order < starts:
                    break
                order -= starts
            counts[place] -= 1
            left = starts
            number, symbol = divmod(number, len(self.classes[place]))
            middle.append(self.classes[place][symbol])
        return (*self.front, *middle, *self.back)


@dataclass(frozen=True)
class InputClass:
    """All inputs of a length for which the property has one value."""

    length: int
    value: Value
    profiles: tuple[Profile, ...]

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(profile.size for profile in self.profiles))

    @property
    def size(self) -> int:
        return self._ends[-1]

    def word(self, number: int) -> Word:
        """One of the inputs, by its number."""
        place = bisect_right(self._ends, number)
        return self.profiles[place].word(number - (self._ends[place - 1] if place else 0))


def cells(interface: Interface, found: Property, length: int) -> list[InputClass]:
    """All inputs of a length, by the value of a property, in the order in which values are met.

    Raises:
        AltacError: if the property has no value for some of them, or tells too many kinds of inputs apart.
    """
    by_value: dict[object, tuple[Value, list[Profile]]] = {}
    for profile in profiles(interface, found, length):
        value = found(profile.word(0))
        by_value.setdefault(value_key(value), (value, []))[1].append(profile)
    return [InputClass(length, value, tuple(some)) for value, some in by_value.values()]


def profiles(interface: Interface, found: Property, length: int) -> Iterator[Profile]:
    alphabet = interface.alphabet.values
    kinds: dict[tuple[bool, ...], list[Value]] = {}
    for symbol in alphabet:
        kinds.setdefault(tuple(value_key(symbol) in keys for keys in found.counted), []).append(symbol)
    classes = tuple(tuple(some) for some in kinds.values())
    front = min(length, int("first" in found.ends))
    back = min(length - front, int("last" in found.ends))
    rest = length - front - back
    number = len(alphabet) ** (front + back) * comb(rest + len(classes) - 1, len(classes) - 1)
    if number > MOST_PROFILES:
        reason = f"it tells {number:,} kinds of inputs of length {length} apart, and {MOST_PROFILES:,} is the most"
        raise AltacError([BadProperty(None, found.text, reason)])
    for ends in product(alphabet, repeat=front + back):
        for counts in compositions(rest, len(classes)):
            yield Profile(ends[:front], ends[front:], classes, counts)


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """All ways to write a number as a sum of so many, in order."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in compositions(total - first, parts - 1):
            yield (first, *rest)


def arrangements(counts: Sequence[int]) -> int:
    """In how many orders so many things of each kind can stand."""
    return prod(comb(end, count) for end, count in zip(accumulate(counts), counts, strict=True))
