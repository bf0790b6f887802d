"""E0512 to E0514, W0108: scores that are no sums of tables, and tables that do not fit."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic, Fix
from altac.diagnostics.record import record
from altac.diagnostics.warnings import Warning_
from altac.diagnostics.words import listed


@record
class BadTerm(Diagnostic):
    """What is not a term of a score; the classes below say what it is instead."""

    code = "E0512"


@record
class NotATerm(BadTerm):
    title = "a score adds up tables, and `{text}` is none"
    label = "neither a table nor `TABLE[x]`"
    help = "write `TABLE[x]`, where `const TABLE = {{value: {{label: number}}}}` says what each value of `x` adds"
    text: str


@record
class TableWithoutIndex(BadTerm):
    title = "`{text}` is a table of tables, and a score adds up what it says of one value"
    label = "of which value?"
    help = "write `{text}[x]`, where `x` is a variable or a head"
    text: str


@record
class TermOfSeveral(BadTerm):
    title = "a term of a score reads one variable or head, and this one reads {listed}"
    label = "reads {count}"
    help = "make them one value before: `var both = ...` in the last layer, and write `TABLE[both]`"
    names: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "listed": listed(self.names), "count": len(self.names)}


@record
class EntryNotLabels(BadTerm):
    title = "{owner} is {value}, and that is no table of labels"
    label = "must be a table from labels to numbers"
    help = "write `{{{label_}: 1}}` for what adds 1 to {label_}"
    owner: str
    value: str
    label_: str


@record
class BadEntry(Diagnostic):
    """An entry of a table of a score that does not fit."""

    code = "E0513"


@record
class UnknownLabel(BadEntry):
    title = "{owner} gives a number to {value}, which is no label of `{score}`"
    label = "gives a number to {value}"
    owner: str
    value: str
    score: str
    labels: str
    suggestion: str | None

    @property
    def help_text(self) -> str:
        if self.suggestion is not None:
            return f"did you mean {self.suggestion}?"
        return f"the labels are {self.labels}: remove the entry, or add the label"

    @property
    def fixes(self) -> tuple[Fix, ...]:
        is_written = self.span is not None and self.span.text == self.value
        return Fix.replace(self.span, self.suggestion) if is_written and self.suggestion is not None else ()


@record
class NotANumber(BadEntry):
    title = "{owner} gives {label_} {value}, and that is no number"
    label = "gives {label_} {value}"
    help = "write a whole number or a fraction"
    owner: str
    label_: str
    value: str


@record
class ScoreTooLarge(BadEntry):
    title = "the sums of `{score}` can reach {greatest}, and float32 holds whole numbers up to {most} exactly"
    label = "{denominator}"
    help = "round the numbers of its tables to fewer digits, or to multiples of one fraction"
    score: str
    greatest: str
    most: str
    parts: int

    def facts(self) -> dict[str, object]:
        fine = "as whole numbers" if self.parts == 1 else f"in parts of 1/{self.parts:,}, of which all are multiples"
        return {**super().facts(), "denominator": fine}


@record
class ScoreTooWide(BadEntry):
    title = "the tables of `{score}` need {labels:,} labels by {width:,} dimensions, and at most {most:,} numbers fit"
    label = "too large"
    help = "group the labels, or the values that it reads, into classes"
    score: str
    labels: int
    width: int
    most: int


@record
class BadTemperature(BadEntry):
    title = "a temperature is a number above zero, and this is {value}"
    label = "not above zero"
    help = "leave it out, which is `temperature 1`"
    value: str


@record
class MisusedScore(Diagnostic):
    """A score is read by something else, or something else is taken for one."""

    code = "E0514"


@record
class ScoreElsewhere(MisusedScore):
    title = "the score `{name}` is decided at the end, and only the output reads it"
    label = "a score is no value of a position"
    help = "write `output {name}`; for a value that layers read, compute it in a layer"
    name: str


@record
class PooledVariable(MisusedScore):
    title = "`pooled` adds up scores, and `{name}` is a {what}"
    label = "nothing to add up"
    help = "leave out `pooled`, or declare a score: `score {name}_score: ... = TABLE[{name}]`"
    name: str
    what: str


@record
class PooledPlace(MisusedScore):
    title = "a pooled output is one for all positions, and `at {place}` picks one of them"
    label = "`pooled` or `at {place}`"
    help = "leave one of them out"
    place: str


@record
class EntryNeverRead(Warning_):
    code = "W0108"
    title = "{owner} has entries for what `{reads}` never is: {value}"
    label = "never looked up: {value}"
    help = "remove them, or check how they and `{reads}` are written"
    owner: str
    value: str
    reads: str
