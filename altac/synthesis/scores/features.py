"""Features: what a score reads at a position, one value or two that stand together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from altac.synthesis.examples import Shape
from altac.synthesis.scores.lexicon import ATTRIBUTES, SHAPE, WORD, Lexicon

FIRST = 1_000  # the place of the first position, which is at no fixed distance
PLACES = {0: "", -1: "left", 1: "right", -2: "far_left", 2: "far_right", FIRST: "first"}
Key = tuple[str, ...]  # values of a feature's readings


@dataclass(frozen=True)
class Reading:
    """An attribute of the word at a place: a relative position, or the first one."""

    attribute: str
    place: int = 0

    @property
    def name(self) -> str:
        return f"{PLACES[self.place]}_{self.attribute}".removeprefix("_")

    def values(self, lexicon: Lexicon, words: Sequence[str]) -> list[str]:
        """What is read at each position of a text."""
        found = [lexicon.attribute(self.attribute, word) for word in words]
        if self.place == FIRST:
            return found[:1] * len(found)
        beside = [lexicon.edge] * min(abs(self.place), len(found))
        if self.place < 0:
            return beside + found[: self.place]
        return found[self.place :] + beside


@dataclass(frozen=True)
class Feature:
    """One reading, or two whose values count together."""

    readings: tuple[Reading, ...]

    @property
    def name(self) -> str:
        return "_and_".join(reading.name for reading in self.readings)

    @property
    def is_pair(self) -> bool:
        return len(self.readings) > 1

    @property
    def is_bounded(self) -> bool:
        """Whether the stream needs a dimension for each value."""
        return self.is_pair or self.readings[0].place != 0

    def keys(self, lexicon: Lexicon, words: Sequence[str]) -> Iterator[Key]:
        """The values at each position of a text, of words as they were read."""
        return zip(*(reading.values(lexicon, words) for reading in self.readings), strict=True)


BASE = Feature((Reading(WORD),))


def candidates(shape: Shape, classes: Sequence[str]) -> list[Feature]:
    """Features that may be worth having beside the words."""
    attributes = [*ATTRIBUTES, *classes]
    near = [-1] if shape == "one" else [-1, 1]
    far = [] if shape == "one" else [-2, 2]
    singles = [Reading(attribute) for attribute in attributes]
    if shape == "each":  # in a sum over all positions, neighbours say what the words themselves say
        singles += [Reading(attribute, place) for place in near for attribute in (WORD, *attributes)]
        singles += [Reading(attribute, place) for place in far for attribute in (WORD, *classes)]
    pairs = [(Reading(WORD, place), Reading(WORD)) for place in (*near, *far)]
    if shape == "one":
        pairs += [(Reading(WORD, -2), Reading(WORD)), (Reading(WORD, FIRST), Reading(WORD))]
        pairs += [(Reading(WORD, place), Reading("ending")) for place in (-1, FIRST)]
    else:
        pairs += [(Reading(WORD, place), Reading(SHAPE)) for place in near]
    pairs += [(Reading(name, place), Reading(name)) for name in (SHAPE, *classes) for place in near]
    return [Feature((single,)) for single in singles] + [Feature(pair) for pair in pairs]
