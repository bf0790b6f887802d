"""W01..: programs that are right but probably not meant so."""

from __future__ import annotations

from typing import ClassVar

from altac.diagnostics.diagnostic import Diagnostic, Severity
from altac.diagnostics.record import record


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
    label = "{reason}"
    help = "remove it, or check the conditions above it"
    what: str
    reason: str


@record
class CaseMissing(Warning_):
    code = "W0103"
    title = "this `match` leaves a case uncovered"
    label = "nothing happens{witness}"
    help = "add the case, or `case {wildcards}: pass` if nothing is meant to happen"
    witness: str
    wildcards: str


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
    title = "`halt when` reads only {name}, which the step never changes"
    label = "always as at the beginning"
    help = "assign it in the step, or stop after a number of `layers`"
    name: str


@record
class OutputNeverChanges(Warning_):
    code = "W0106"
    title = "the output reads only {name}, which the step never changes"
    label = "always as at the beginning"
    help = "assign it in the step; or write `layers 0` if the initial values are the answer"
    name: str
