"""Many rules that give one variable its value, as a tree of conditional expressions rather than all in a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from altac.decompile.groups import Group
from altac.decompile.recovered import FoundRule
from altac.ir.values import Value, source_text

FEW = 8  # rules that are rather written in a row
MOST_NODES = 5000  # of a tree

Cube = tuple[Mapping[Group, frozenset[int]], int]  # what is asked of some variables, and the place of the value


class TooLarge(Exception):
    """A tree would have too many nodes."""


def decided(group: Group, rules: Sequence[FoundRule]) -> str | None:
    """What a variable becomes; None if rules are few, or not of the form that makes a tree."""
    cubes = []
    for rule in rules:
        condition = rule.condition
        asked = {source: chosen for source, chosen in condition.parts if source.constant is None}
        never = any(source.constant not in chosen for source, chosen in condition.parts if source not in asked)
        for target, place in rule.adds:
            if target is group and not never:
                cubes.append((asked, place))
                if len(condition.parts) != condition.least:
                    return None
    if len(cubes) <= FEW:
        return None
    try:
        return Tree(group.named, MOST_NODES).text(cubes)
    except TooLarge:
        return None


@dataclass
class Tree:
    """Conditional expressions, one in the other.

    Attributes:
        values: of the variable.
        left: how many more nodes it may have.
    """

    values: Sequence[Value]
    left: int

    def text(self, cubes: Sequence[Cube]) -> str:
        """The variable that tells least cases apart, and then the others.

        What no cube says anything about never occurs; where several hold, they say the same.

        Raises:
            TooLarge: if there are too many nodes.
        """
        self.left -= 1
        if self.left < 0:
            raise TooLarge
        sources = list(dict.fromkeys(source for asked, _ in cubes for source in asked))
        if len({place for _, place in cubes}) == 1 or not sources:
            return source_text(self.values[cubes[0][1]])
        classes = {source: classes_of(source, cubes) for source in sources}
        source = min(sources, key=lambda source: len(classes[source]))
        if len(sources) == 1:
            places = {place: cubes[holding[0]][1] for holding, some in classes[source].items() for place in some}
            every = filled(source, places)
            return nested(source.mapped([self.values[every[place]] for place in range(len(source.spots))]))
        cases: dict[str, list[int]] = {}
        for holding, some in classes[source].items():
            rest = [
                ({one: chosen for one, chosen in asked.items() if one is not source}, place)
                for asked, place in (cubes[number] for number in holding)
            ]
            cases.setdefault(self.text(rest), []).extend(some)
        if len(cases) == 1:
            return next(iter(cases))
        ordered = sorted(cases.items(), key=lambda case: len(case[1]))
        return nested(source.cased([(sorted(places), text) for text, places in ordered]))


def nested(text: str) -> str:
    return f"({text})" if " if " in text else text


def classes_of(source: Group, cubes: Sequence[Cube]) -> dict[tuple[int, ...], list[int]]:
    """The values of a variable by the cubes that may hold; without those of which none does."""
    found: dict[tuple[int, ...], list[int]] = {}
    for place in range(len(source.spots)):
        holding = tuple(
            number for number, (asked, _) in enumerate(cubes) if source not in asked or place in asked[source]
        )
        if holding:
            found.setdefault(holding, []).append(place)
    return found


def filled(source: Group, places: Mapping[int, int]) -> dict[int, int]:
    """A function of a variable, also for values that never occur: of a sum as for the value below or above."""
    if not source.cuts:
        usual = Counter(places.values()).most_common(1)[0][0]
        return {place: places.get(place, usual) for place in range(len(source.spots))}
    found, last = {}, places[min(places)]
    for place in range(len(source.spots)):
        found[place] = last = places.get(place, last)
    return found
