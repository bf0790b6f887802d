"""W01..: programs that are right but probably not what was meant."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from altac.diagnostics.diagnostic import Diagnostic, Fix, Severity
from altac.diagnostics.record import record
from altac.diagnostics.span import Span
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

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Its line is removed, where it is one that says nothing else, and no other line mentions the name.

        What is never read may still be mentioned: in a `let` that nothing reads.
        """
        if self.span is None:
            return ()
        text = self.span.source.text
        begin = text.rfind("\n", 0, self.span.start) + 1
        end = text.find("\n", begin) + 1 or len(text)
        line = text[begin:end]
        is_whole = re.match(r"\s*(let|const|type|def|head)\s", line) is not None
        brackets = sum(line.count(one) for one in "([{") == sum(line.count(one) for one in ")]}")
        is_last = not line[0].isspace() or _has_neighbour(text, begin, end)
        is_mentioned = re.search(rf"\b{re.escape(self.name)}\b", text[:begin] + text[end:]) is not None
        if is_whole and brackets and is_last and not is_mentioned:
            return Fix.replace(Span(self.span.source, begin, end), "", "remove it")
        return ()


def _has_neighbour(text: str, begin: int, end: int) -> bool:
    """Whether a line of a block has one of the same block before or behind it, so that it is not left empty."""
    indent = re.match(r"\s*", text[begin:end])
    same = re.compile(rf"{indent.group() if indent else ''}(?=\S)")
    before = text.rfind("\n", 0, max(0, begin - 1)) + 1
    return same.match(text, end) is not None or same.match(text, before) is not None


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

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """A case that does nothing, below the others."""
        if self.span is None:
            return ()
        text = self.span.source.text
        begin = text.rfind("\n", 0, self.span.start) + 1
        indent = len(text[begin:]) - len(text[begin:].lstrip(" "))
        found = re.compile(rf"[^\n]*(?:\n(?:[ \t]*(?:#[^\n]*)?(?=\n)| {{{indent + 1},}}[^\n]*))*").match(text, begin)
        end = begin if found is None else begin + len(found.group().rstrip())
        added = f"\n{' ' * (indent + 4)}case {self.wildcards}: pass"
        return Fix.replace(Span(self.span.source, end, end), added, f"add `case {self.wildcards}: pass`")


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
