"""W01..: programs that are right but probably not what was meant."""

from __future__ import annotations

from typing import Any, ClassVar

from altac.diagnostics.diagnostic import Diagnostic, Severity
from altac.diagnostics.record import record
from altac.diagnostics.words import Witness, listed, when


@record
class Warning_(Diagnostic):
    severity: ClassVar[Severity] = "warning"


@record
class Unused(Warning_):
    code = "W0101"
    title = "the {what} `{name}` is never read"
    label = "not used"
    help = "remove it"
    what: str
    name: str


@record
class NeverTaken(Warning_):
    code = "W0102"
    title = "{what} is never taken"
    label = "never true here"
    help = "remove it, or check the conditions above it"
    what: str


@record
class NothingLeft(NeverTaken):
    label = "the conditions above leave nothing"


@record
class CaseMissing(Warning_):
    code = "W0103"
    title = "this `match` leaves a case uncovered"
    help = "add the case, or `case {wildcards}: pass` if nothing is meant to happen"
    witness: Witness
    wildcards: str

    @property
    def label_text(self) -> str:
        return "nothing happens" + when(self.witness)


@record
class NeverSelects(Warning_):
    code = "W0104"
    title = "the head `{name}` never selects a position"
    label = "this never holds"
    help = "check the condition against the domains of the variables"
    name: str


@record
class HaltNeverChanges(Warning_):
    code = "W0105"
    title = "`halt when` reads only {listed}, which the step never changes"
    label = "always as at the beginning"
    help = "change it in the step, or stop after a number of `layers`"
    names: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "listed": listed(self.names)}


@record
class UntilNeverChanges(HaltNeverChanges):
    title = "`until` reads only {listed}, which no layer of the loop changes"
    label = "always as before the loop"
    help = "change it in a layer of the loop, or repeat it a number of times: `* N`"


@record
class OutputNeverChanges(Warning_):
    code = "W0106"
    title = "the output reads only {listed}, which the step never changes"
    label = "always as at the beginning"
    help = "change it in the step; or write `layers 0` if the initial values are the answer"
    names: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "listed": listed(self.names)}


@record
class LayerNeverChanges(OutputNeverChanges):
    title = "the output reads only {listed}, which no layer changes"
    help = (
        "change it in a layer, or name what a layer makes;\n"
        "if the initial values are the answer, write `step: pass` and `layers 0` in place of the layers"
    )


@record
class NeverRuns(Warning_):
    code = "W0107"
    title = "the layer `{name}` never runs"
    label = "not in the `run`"
    help = "add it: `run ..., {name}`; or remove it"
    name: str


@record
class RunsNoRound(NeverRuns):
    label = "repeated 0 times"
    help = "repeat it at least once, or remove it"
