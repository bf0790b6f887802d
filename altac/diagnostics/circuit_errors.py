"""E0731 and E0732: circuits, and pairs of inputs for patching."""

from __future__ import annotations

from typing import Any

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.words import counted, listed


@record
class NoCircuit(Diagnostic):
    code = "E0731"


@record
class NotPlain(NoCircuit):
    title = "the circuit of these weights is not known: {reason}"
    help = "take weights that altac has compiled, without hooks, ablations or other parts"
    reason: str


@record
class NoRounds(NoCircuit):
    title = "`{program}` repeats layers until a condition holds, and a circuit has a fixed number of layers"
    help = "say how many, `--layers 8`, or give inputs, `--pairs FILE`: then it is as many as they take"
    program: str


@record
class OtherLayers(NoCircuit):
    title = "`{program}` cannot run {layers}: {reason}"
    help = "take {nearest}"
    program: str
    count: int
    reason: str
    nearest: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "layers": counted(self.count, "layer")}


@record
class NotThatExport(NoCircuit):
    title = "`{folder}` is not what `{file}` is exported as: {reason}"
    help = "export it again, `altac export {file} --to transformer-lens -o {folder}`, with its options"
    folder: str
    file: str
    reason: str


@record
class NoPairs(NoCircuit):
    title = "the {kind} circuit is one on some inputs, and there are none"
    help = (
        "give pairs of inputs, `--pairs FILE`, as `altac counterfactuals` writes them; `--set static` needs no inputs"
    )
    kind: str


@record
class BadPair(NoCircuit):
    title = "{place}: {reason}"
    help = 'a line is like {{"clean": "1 0 1", "corrupted": "1 1 1"}}'
    place: str
    reason: str


@record
class NotSettled(NoCircuit):
    title = 'after {layers}, the answer to "{text}" is not what it was when its run ended'
    help = "take pairs whose runs have equally many layers: this program goes on changing what it has found"
    count: int
    text: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "layers": counted(self.count, "layer")}


@record
class NoCounterfactuals(Diagnostic):
    code = "E0732"


@record
class UnknownFlip(NoCounterfactuals):
    title = "`{program}` has no variable `{name}`"
    help = "{hint}"
    program: str
    name: str
    nearest: str | None
    known: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        hint = f"its variables are {listed(self.known)}" if self.nearest is None else f"did you mean `{self.nearest}`?"
        return {**super().facts(), "hint": hint}


@record
class NeverAlone(NoCounterfactuals):
    title = "`{name}` never differs alone: in {tried} of inputs that differ in one symbol, it differs {how}"
    help = "flip another variable, or allow other lengths, `--length 2..6`"
    name: str
    count: int
    every: bool  # that there are of these lengths
    differs: int  # pairs in which it differs at all
    others: tuple[str, ...]  # what differs beside it

    def facts(self) -> dict[str, Any]:
        how = "in none of them"
        if self.differs:
            beside = f", or together with {listed(self.others)}" if self.others else ""
            how = f"at several positions at once{beside}"
        return {**super().facts(), "tried": looked_at(self.count, self.every), "how": how}


@record
class TooFewPairs(NoCounterfactuals):
    title = "there are only {found:,} pairs in which `{name}` differs alone, among {tried}, not {count:,}"
    help = "ask for fewer, `-n {found}`, or allow other lengths, `--length 2..12`"
    name: str
    count: int
    found: int
    looked: int
    every: bool  # that there are of these lengths

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "tried": looked_at(self.looked, self.every)}


def looked_at(count: int, every: bool) -> str:
    return f"all {counted(count, 'pair')}" if every else counted(count, "pair")
