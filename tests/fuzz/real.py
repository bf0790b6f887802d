"""Numbers without a finite domain in random programs: averages, sums, comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzz.generator import Generator

AMOUNTS = ("0", "1", "2", "-1", "1/2", "-2/3", "0.3")
FACTORS = ("", "", "", "2 * ", "1/2 * ", "-3 * ", "0.1 * ")


@dataclass
class Numbers:
    """The numbers of a program: variables, what layers above have made, and what the heads of this layer bring."""

    variables: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    asking: bool = False  # whether a step stands here, which can ask something of them

    @property
    def found(self) -> list[str]:
        """What a layer finds."""
        return [*self.variables, *self.made]

    @property
    def readable(self) -> list[str]:
        """What a step reads."""
        return [*self.found, *self.heads]


def variable(generator: Generator, text: str) -> str:
    """A variable that is a number."""
    source = generator.pick(generator.given)
    first, second = generator.pick(AMOUNTS), generator.pick(AMOUNTS)
    generator.numbers.variables.append(text)
    return f"var {text}: number = {first} if {generator.comparison(source, source.text)} else {second}"


def head(generator: Generator, text: str) -> str:
    """A head that brings a number: an average, or what stands at one position."""
    offsets, reach = generator.offsets()
    where = generator.where()
    aggregates = ["first ", "last ", "closest ", *([""] * 2 if reach == 1 else [])]
    if reach is not None or generator.bounded:
        aggregates += ["mean "] * 4
    aggregate = generator.pick(aggregates)
    found = generator.numbers.found
    if found and generator.chance(2):
        value = generator.pick(found)
    else:
        one = generator.pick(generator.plain)
        first, second = generator.pick(AMOUNTS), generator.pick(AMOUNTS)
        value = f"({first} if {generator.comparison(one, one.text)} else {second})"
    generator.numbers.heads.append(text)
    return f"head {text}: number = {aggregate}{value}{where}{offsets} else {generator.pick(AMOUNTS)}"


def total(generator: Generator, names: Sequence[str], condition: str) -> str:
    """A sum of numbers, and of what depends on a condition."""
    terms = [f"{generator.pick(FACTORS)}{generator.pick(names)}" for _ in range(generator.source.integer(1, 3))]
    text = terms[0] + "".join(generator.pick([" + ", " - "]) + f"({term})" for term in terms[1:])
    if generator.chance(2):
        text += f" + ({generator.pick(AMOUNTS)} if {condition} else {generator.pick(AMOUNTS)})"
    return text


def asked(generator: Generator, names: Sequence[str]) -> str:
    """A comparison of numbers."""
    left = generator.pick([generator.pick(names), total(generator, names, "true")])
    right = generator.pick([*AMOUNTS, generator.pick(names)])
    whole = [one for one in generator.variables if one.has(Fraction) and not one.optional]
    if whole and generator.chance(4):
        right = f"{generator.pick(whole).text} / 2"
    return f"{left} {generator.pick(['<', '<=', '>', '>=', '==', '!='])} {right}"


def assignments(generator: Generator, names: Sequence[str], condition: str) -> list[str]:
    """What becomes of variables: a sum on every path, or an amount that is added on some."""
    lines = []
    for name in generator.numbers.variables:
        match generator.source.integer(0, 4):
            case 0:
                lines.append(f"    {name} := {total(generator, names, condition)}")
            case 1:
                lines += [f"    if {condition}:", f"        {name} := {name} + {generator.pick(AMOUNTS)}"]
            case 2:
                lines.append(f"    {name} := {generator.pick(AMOUNTS)} if {condition} else {generator.pick(AMOUNTS)}")
    return lines
