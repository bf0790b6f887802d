"""E04..: heads that attention cannot do."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal

from altac.diagnostics.diagnostic import Diagnostic, Note
from altac.diagnostics.record import record
from altac.diagnostics.span import Span
from altac.diagnostics.words import listed

FieldPlace = Literal["value", "step", "readout", "function", "constant"]  # `readout`: a condition between layers


@record
class HeadReadsHead(Diagnostic):
    code = "E0401"
    title = "a head reads variables, and `{name}` is a head"
    label = "the result of another head"
    help = "all heads of a layer look at once: store `{name}` in a variable, and read that in the next layer"
    name: str
    declared: Span

    @property
    def cause(self) -> Hashable:
        return HeadReadsHead, self.declared

    @property
    def notes(self) -> tuple[Note, ...]:
        return (Note(self.declared, "this head"),)


@record
class SeveralVariables(Diagnostic):
    code = "E0402"
    title = "a head brings a function of one variable, and this reads {listed}"
    label = "reads {listed}"
    help = "compute it into a variable in a layer before, or fetch each with a head of its own"
    names: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "listed": listed(self.names)}


@record
class SeveralInConjunct(Diagnostic):
    code = "E0403"
    title = "a condition relates one variable of the key and one of the query, and this reads {listed}"
    label = "reads {listed}"
    help = "split it with `and` where it can be split, or compute a part into a variable in a layer before"
    names: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "listed": listed(self.names)}


@record
class WhoseVariable(Diagnostic):
    code = "E0404"
    title = "whose `{name}`?"
    label = "at the position looked at, or at the one that looks"
    help = "write `key.{name}` for the position looked at, `query.{name}` for the one that looks"
    name: str

    @property
    def cause(self) -> Hashable:
        return WhoseVariable, self.name


@record
class KeyOutsideCondition(Diagnostic):
    code = "E0405"
    title = "`{side}.{name}` has a meaning only after `where`"
    label = "not in a head's condition"
    side: str
    name: str
    place: FieldPlace

    @property
    def cause(self) -> Hashable:
        return KeyOutsideCondition, self.side, self.name, self.place

    @property
    def help_text(self) -> str:
        match self.place:
            case "value":
                return "a head brings what the position looked at has; read the position's own value in the step"
            case "step" if self.side == "key":
                return f"bring it with a head: `head other = {self.name} where ...`"
            case "step":
                return f"write `{self.name}`"
            case "readout":
                return f"write `{self.name}`: every position is asked what it knows itself"
            case "function":
                return "pass it as an argument"
            case "constant":
                return "use constants here"


@record
class BadOffsets(Diagnostic):
    code = "E0406"
    title = "`at` takes whole numbers from {least:,} to {most:,}, and this is {value}"
    label = "not a relative position"
    help = "write `-1` (the one before), `{{-1, +1}}`, `..-1` (all before), `..0` or `1..` (all after)"
    value: str
    least: int
    most: int


@record
class EmptyOffsets(Diagnostic):
    code = "E0407"
    title = "`at` selects no position at all"
    label = "an empty range"
    help = "the smaller end comes first: `-3..-1`"


@record
class MeanOfOther(Diagnostic):
    code = "E0408"
    title = "`mean` averages numbers, and this can be {value}"
    label = "not always a number"
    help = 'count a condition: `mean (1 if token == "a" else 0)`, or leave `mean` out'
    value: str


@record
class MeanOfNone(MeanOfOther):
    name: str | None  # the variable, where one alone is averaged

    @property
    def help_text(self) -> str:
        place = "with `where`" if self.name is None else f"`where key.{self.name} != none`"
        return f"select only positions that have a number, {place}; `else` says what to bring if there are none"


@record
class SumOfOther(MeanOfOther):
    title = "`sum` adds whole numbers, and this can be {value}"
    label = "not always a whole number"
    name: str | None  # the variable, where one alone is added up

    @property
    def help_text(self) -> str:
        if self.value == "none":
            place = "with `where`" if self.name is None else f"`where key.{self.name} != none`"
            return f"select only positions that have a number, {place}"
        if self.value in ("true", "false"):
            return "count a condition: `head h = count where ...`, or `sum (2 if ... else 0)`"
        return "write `sum (1 if ... else 0)` to add up a condition; `mean` takes fractions"


@record
class NotOrdered(MeanOfOther):
    title = "`{which}` compares numbers, or symbols, and this can be {value}"
    label = "values without an order"
    which: str
    name: str | None  # the variable, where one alone is compared

    @property
    def help_text(self) -> str:
        if self.value != "none":
            return "let it be numbers alone, or symbols alone"
        place = "with `where`" if self.name is None else f"`where key.{self.name} != none`"
        return f"select only positions that have a value, {place}; `else` says what to bring if there are none"


@record
class MeanNeedsDomain(Diagnostic):
    code = "E0409"
    title = "this mean can take more than {limit:,} values"
    label = "too many to be a domain of its own"
    help = "let it be a number, `head {name}: number = mean ...`; or declare which values to round to: `{name}: 0..10`"
    name: str
    limit: int


@record
class SumNeedsDomain(MeanNeedsDomain):
    title = "this sum can take more than {limit:,} values"
    help = "select fewer positions, or add smaller numbers"


@record
class UnboundedCount(Diagnostic):
    code = "E0410"
    title = "`{name}` can select {number} positions, so it has too many values"
    label = "can select {number} positions"
    help = "bound the input: `input {input}: ... up to 50`, or count and average within `at -3..3`"
    name: str
    most: int | None
    input: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "number": "any number of" if self.most is None else f"{self.most:,}"}


@record
class OutsideHeadDomain(Diagnostic):
    code = "E0411"
    title = "`{name}` can bring {value}, which is not in its domain {domain}"
    label = "can bring {value}"
    help = "widen the domain, or leave it out: it follows from what the head brings"
    name: str
    value: str
    domain: str


@record
class NothingSelected(OutsideHeadDomain):
    title = "`{name}` can bring `none` (where nothing is selected), which is not in its domain {domain}"
    label = "can bring `none` (where nothing is selected)"
    help = "add a default with `else`, or declare `{optional}`"
    optional: str  # the domain with `none`


@record
class UselessDefault(Diagnostic):
    code = "E0412"
    title = "`{aggregate}` always has a value, so `else` is never used"
    label = "never used"
    help = "leave it out: nothing selected gives {value}"
    aggregate: str
    value: str


@record
class RelationTooLarge(Diagnostic):
    code = "E0413"
    title = "this head and those above it relate too many values"
    label = "too many combinations"
    help = "compare variables of smaller domains, for example one digit at a time"


@record
class ConditionTooLarge(RelationTooLarge):
    title = "this condition relates too many values"
    label = "{combinations:,} combinations of {listed}"
    combinations: int
    names: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "listed": listed(self.names)}


@record
class HeadOutsideStep(Diagnostic):
    code = "E0415"
    title = "`{name}` is a head, and heads have values only inside the step"
    label = "not known between layers"
    help = "store `{name}` in a variable, and read that"
    name: str

    @property
    def cause(self) -> Hashable:
        return HeadOutsideStep, self.name
