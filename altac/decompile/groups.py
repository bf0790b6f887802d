"""Variables as a program names them, and expressions about their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import groupby

from altac.decompile.places import STATE, Spot
from altac.ir.values import BOOL, Domain, Value, number, sort_key, source_text, value_key

NEVER, ALWAYS = "false", "true"
MOST_CASES = 8  # that are written one after the other rather than as a table
MOST_ROWS = 1000  # of a table


@dataclass(eq=False)
class Group:
    """Spots of which exactly one is hot.

    Attributes:
        values: the value that each spot stands for, None as long as they have no names.
        name: in the program.
        cuts: of a number that becomes a value, in the order of its spots; what is known under the name is the number.
        strict: which cuts are passed by greater numbers alone.
        is_asked: whether it is what is asked of a number without a finite domain.
        is_total: whether what is known under the name has no other values.
        is_number: whether it is a number without a finite domain, which has no values.
        constant: the place of the only value that it ever has.
    """

    spots: tuple[Spot, ...]
    values: list[Value] | None = None
    name: str = ""
    cuts: tuple[Fraction, ...] = ()
    strict: frozenset[int] = frozenset()
    is_asked: bool = False
    is_total: bool = True
    constant: int | None = None
    is_number: bool = False

    @cached_property
    def index(self) -> dict[Spot, int]:
        return {spot: place for place, spot in enumerate(self.spots)}

    @property
    def is_always_hot(self) -> bool:
        """Whether it is a variable that has one value in all states."""
        return len(self.spots) == 1 and self.spots[0][0] == STATE and not self.is_number

    @property
    def named(self) -> list[Value]:
        """Its values, which have names by now."""
        assert self.values is not None
        return self.values

    @property
    def domain(self) -> Domain:
        return Domain.of(self.named)

    def member(self, chosen: Sequence[int], side: str = "") -> str:
        """A condition: it has one of some values; `side` is "key." or "query." in the condition of a head."""
        places, name = sorted(set(chosen)), side + self.name
        if self.constant is not None:
            return ALWAYS if self.constant in places else NEVER
        if len(places) in (0, len(self.named)):
            return ALWAYS if places else NEVER
        if self.cuts:
            return self._between(places, name)
        values = [self.named[place] for place in places]
        others = [value for place, value in enumerate(self.named) if place not in set(chosen)]
        if self.is_total and self.domain == BOOL and len(values) == 1:
            return name if values[0] else f"not {name}"
        if len(values) == 1:
            return f"{name} == {source_text(values[0])}"
        if len(others) == 1 and self.is_total:
            return f"{name} != {source_text(others[0])}"
        return f"{name} in {set_of(values)}"

    def _between(self, places: list[int], name: str) -> str:
        """That a number is between some of its cuts."""
        found = []
        for _, run in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
            inside = [place for _, place in run]
            low, high, ends = inside[0] - 1, inside[-1], []
            if low >= 0:
                ends.append(f"{name} {'>' if low in self.strict else '>='} {number(self.cuts[low])}")
            if high < len(self.cuts):
                ends.append(f"{name} {'<=' if high in self.strict else '<'} {number(self.cuts[high])}")
            found.append(" and ".join(ends))
        return found[0] if len(found) == 1 else "(" + " or ".join(found) + ")"

    def mapped(self, targets: Sequence[Value], side: str = "") -> str:
        """An expression for a function of its value."""
        if self.is_number:
            return side + self.name
        if self.constant is not None:
            return source_text(targets[self.constant])
        keys, name = [value_key(target) for target in targets], side + self.name
        if len(set(keys)) == 1:
            return source_text(targets[0])
        cases: dict[object, list[int]] = {}
        for place, key in enumerate(keys):
            cases.setdefault(key, []).append(place)
        if self.cuts and self._counts(targets):
            return f"clamp({name}, {source_text(targets[0])}, {source_text(targets[-1])})"
        if not self.cuts:
            if keys == [value_key(value) for value in self.named] and self.is_total:
                return name
            if (shift := self._shift(targets)) is not None:
                return f"{name} {'-' if shift < 0 else '+'} {abs(shift)}"
            if self.is_total and len(cases) > MOST_CASES:
                rows = sorted(zip(self.named, targets, strict=True), key=lambda row: sort_key(row[0]))
                table = ", ".join(f"{source_text(one)}: {source_text(to)}" for one, to in rows)
                return f"{{{table}}}[{name}]"
        if set(cases) == {value_key(True), value_key(False)}:
            return self.member(cases[value_key(True)], side)
        if self.cuts and len(cases) > MOST_CASES and (whole := self._table(targets, name)) is not None:
            return whole
        ordered = list(cases.values()) if self.cuts else sorted(cases.values(), key=len)
        return self.cased([(places, source_text(targets[places[0]])) for places in ordered], side)

    def cased(self, cases: Sequence[tuple[list[int], str]], side: str = "") -> str:
        """The text of the case that holds; as a tree, since a program is not nested too deep."""
        if len(cases) == 1:
            return cases[0][1]
        if len(cases) <= MOST_CASES:
            (places, first), rest = cases[0], self.cased(cases[1:], side)
            return f"{first} if {self.member(places, side)} else {rest}"
        half = len(cases) // 2
        left, right = self.cased(cases[:half], side), self.cased(cases[half:], side)
        inside = [place for places, _ in cases[:half] for place in places]
        return f"({left}) if {self.member(inside, side)} else ({right})"

    def _table(self, targets: Sequence[Value], name: str) -> str | None:
        """A table of whole numbers between the cuts, or what it adds to these; None if cuts are other numbers."""
        if self.is_asked or any(cut.denominator != 1 for cut in self.cuts) or self.cuts[-1] - self.cuts[0] > MOST_ROWS:
            return None
        rows = {
            one: targets[sum(cut <= one for cut in self.cuts)]
            for one in range(int(self.cuts[0]) - 1, int(self.cuts[-1]) + 1)
        }
        while len(rows) > 1 and value_key(rows[min(rows)]) == value_key(rows[min(rows) + 1]):
            del rows[min(rows)]
        clamped = f"clamp({name}, {min(rows)}, {max(rows)})"
        for factor in (1, -1):
            offsets = {to - factor * one if type(to) is int else None for one, to in rows.items()}
            if len(offsets) == 1 and (offset := offsets.pop()) is not None:
                return f"{clamped} + {offset}" if factor == 1 else f"{offset} - {clamped}"
        return f"{{{', '.join(f'{one}: {source_text(to)}' for one, to in rows.items())}}}[{clamped}]"

    def _counts(self, targets: Sequence[Value]) -> bool:
        """Whether targets are the whole numbers between the cuts, or those of them between two."""
        low, high = targets[0], targets[-1]
        if (
            self.is_asked
            or not all(type(end) is int for end in (low, high))
            or any(cut.denominator != 1 for cut in self.cuts)
        ):
            return False
        numbers = [self.cuts[0] - 1 + place for place in range(len(targets))]
        return list(self.cuts) == numbers[1:] and list(targets) == [min(max(one, low), high) for one in numbers]  # type: ignore[type-var]

    def _shift(self, targets: Sequence[Value]) -> int | None:
        """By how much all targets are greater, if they are whole numbers and it is the same for all."""
        if not self.is_total:
            return None
        shifts = set()
        for target, value in zip(targets, self.named, strict=True):
            if not isinstance(target, int) or not isinstance(value, int) or isinstance(value, bool):
                return None
            shifts.add(target - value)
        return shifts.pop() if len(shifts) == 1 else None


def set_of(values: Sequence[Value]) -> str:
    """A set as an operand."""
    domain = Domain.of(values)
    text = str(domain)
    if text == "bool" or "?" in text:
        return "{" + ", ".join(map(source_text, domain)) + "}"
    return f"({text})" if " | " in text else text


@dataclass
class Names:
    """Names that are taken."""

    taken: set[str] = field(default_factory=set)

    def new(self, stem: str) -> str:
        count = 1
        while f"{stem}{count}" in self.taken:
            count += 1
        self.taken.add(f"{stem}{count}")
        return f"{stem}{count}"
