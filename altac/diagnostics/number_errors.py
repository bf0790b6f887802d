"""E0414, E0515, E0523 and E0524: what cannot be done with numbers that have no finite domain."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record


@record
class Nonlinear(Diagnostic):
    """What is not linear in a number; the classes below say what it is instead."""

    code = "E0515"


@record
class NonlinearNumber(Nonlinear):
    title = "`{number}` is a number without a finite domain, and it can only be added, scaled and compared"
    label = "needs a value of a finite domain"
    help = (
        "compare it with a constant, as in `{number} > 1/2`; or let a head bring one of finitely many values: "
        "`head x: {{0, 1/2, 1}} = mean ...`"
    )
    number: str


@record
class NumberInSet(Nonlinear):
    title = "`in` asks which value of a set something is, and `{number}` is a number without a finite domain"
    label = "no value of a set"
    help = "write a comparison for each: `{number} == 1 or {number} == 2`"
    number: str


@record
class DividedByNumber(Nonlinear):
    title = "this divides by `{number}`, which is a number without a finite domain"
    label = "is not linear in it"
    help = "a `mean` divides by how many positions it selects; or give what you divide by a finite domain"
    number: str


@record
class NumberChosen(Nonlinear):
    title = "this chooses between {left} and {right}, and a choice of numbers is not linear"
    label = "reads other numbers, or with other factors, on each side"
    help = (
        "let both sides read the same numbers with the same factors, and differ in what is added: "
        "`x + (1 if c else 0)`; or give the numbers a finite domain"
    )
    left: str
    right: str


@record
class NumberKept(Nonlinear):
    title = "`{name}` becomes {sum_} here, and keeps its number elsewhere: that is a choice of numbers, and not linear"
    label = "not on every path"
    help = (
        "assign it on every path, with the same numbers and factors; or change it by what is added: "
        "`{name} := {name} + 1`"
    )
    name: str
    sum_: str


@record
class FactorsDiffer(Nonlinear):
    title = "`{name}` becomes {one} here and {other} elsewhere: that is a choice of numbers, and not linear"
    label = "reads other numbers, or with other factors"
    help = "let all assignments of `{name}` in this layer read the same numbers with the same factors"
    name: str
    one: str
    other: str


@record
class ComparedWithOther(Nonlinear):
    title = "`{number}` is a number, and {value} is none"
    label = "is never equal"
    help = "compare it with a number"
    number: str
    value: str


@record
class TooManyTests(Nonlinear):
    title = "this compares a number with something that has more than {most} values"
    label = "each value needs a hidden unit"
    help = "make what it is compared with a number, too: `var bound: number = ...` in the layer before"
    most: int


@record
class NumberElsewhere(Diagnostic):
    """A number where only values of finite domains can be read."""

    code = "E0414"


@record
class NumberInCondition(NumberElsewhere):
    title = "`{name}` is a number without a finite domain, and {where} reads values"
    label = "a number"
    help = "compare it in a layer above, `var high = {name} > 1/2`, and read `high` here"
    name: str
    where: str


@record
class NumberBrought(NumberElsewhere):
    title = "`{aggregate}` cannot bring `{text}`, which is a number without a finite domain"
    label = "a number"
    help = (
        "bring it by `mean {text}`, or from one position: `{text} at -1 else 0`, `first {text}`, `last {text}`, "
        "`closest {text}`"
    )
    aggregate: str
    text: str


@record
class SeveralNumbers(NumberElsewhere):
    title = "a head brings a number as it is, and this calculates with one"
    label = "not the name of a number alone"
    help = "give the result a name in a layer above, `var x: number = {text}`, and bring `x`"
    text: str


@record
class SelectsSeveral(NumberElsewhere):
    title = "`{name}` may select several positions, and their numbers may differ"
    label = "which one?"
    help = (
        "`mean {text}` is their average; `first {text}`, `last {text}`, `closest {text}` and an offset, "
        "`at -1`, choose one"
    )
    name: str
    text: str


@record
class NotOfNumbers(Diagnostic):
    """Something that is no number, where a number is declared."""

    code = "E0523"


@record
class ValueForNumber(NotOfNumbers):
    title = "`{name}` is a number, and {value} is none"
    label = "must be a number"
    help = "write a number; or declare a domain that has {value}"
    name: str
    value: str


@record
class NumberMissing(NotOfNumbers):
    title = "`{name}` is a number, and where nothing is selected it has none"
    label = "may select nothing"
    help = "say which number it is then: `else 0`"
    name: str


@record
class NumberCombined(NotOfNumbers):
    title = "`number` is all numbers, and stands alone: `{text}` is no domain"
    label = "not a finite set"
    help = "write `number`, or a finite set of values"
    text: str


@record
class NumberOfAggregate(NotOfNumbers):
    title = "`{aggregate}` brings no number"
    label = "declared as `number`"
    help = "leave the domain out: it follows"
    aggregate: str


@record
class NumberGrows(Diagnostic):
    """A number that a bound on its error is unknown of, since it changes in every round."""

    code = "E0524"
    name: str


@record
class NumberGrowsUntil(NumberGrows):
    title = "nothing bounds `{name}`: it may grow with every round of this loop, and how many there are is not known"
    label = "repeats until a condition holds"
    help = "repeat the loop a number of times, `* 10`; or assign what does not depend on the number itself"


@record
class NumberGrowsLong(NumberGrows):
    title = "nothing bounds `{name}`: it may still change after {most:,} rounds of this loop, and no more are followed"
    label = "repeats {rounds:,} times"
    help = "repeat the loop `* {most}` at the most; or assign what does not depend on the number itself"
    rounds: int
    most: int
