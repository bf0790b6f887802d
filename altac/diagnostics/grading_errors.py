"""E0750 to E0756: exercises, and programs that are not what an exercise asks for, or take too long to tell.

E0754 is of notebooks.
"""

from __future__ import annotations

from typing import Any

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.words import counted, listed


@record
class NoSuchExercise(Diagnostic):
    code = "E0750"
    title = "there is no exercise `{name}`"
    name: str
    suggestion: str | None

    @property
    def help_text(self) -> str:
        if self.suggestion is not None:
            return f"did you mean `{self.suggestion}`? Say so with `--exercise {self.suggestion}`"
        return "name one with `--exercise NAME`; `altac exercise` lists them"


@record
class BadExercise(Diagnostic):
    code = "E0751"
    title = "`{folder}` is not an exercise: {reason}"
    help = "mend it: an exercise is a folder with README.md, NAME.alta, exercise.json and cases.jsonl"
    folder: str
    reason: str


@record
class UnfitInterface(Diagnostic):
    """The program does not read or say what the exercise asks for; `wanted` is how the exercise declares it."""

    code = "E0752"
    help = "declare it as the exercise does: `{wanted}`"
    wanted: str


@record
class SymbolsMissing(UnfitInterface):
    title = "the exercise has inputs with {symbols}, which `{program}` does not read"
    label = "not among these"
    program: str
    missing: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "symbols": listed(self.missing)}


@record
class InputsTooLong(UnfitInterface):
    title = "the exercise has {inputs}, and `{program}` reads at most {longest:,} symbols"
    label = "too short"
    program: str
    longest: int
    asked: int | None  # None: inputs of any length

    def facts(self) -> dict[str, Any]:
        inputs = "inputs of any length" if self.asked is None else f"inputs of up to {counted(self.asked, 'symbol')}"
        return {**super().facts(), "inputs": inputs}


@record
class NeverSaid(UnfitInterface):
    title = "`{variable}` is never one of the right answers of this exercise: {right}"
    label = "says something else"
    help = "let it have these values: {right}"
    variable: str
    answers: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "right": listed(self.answers)}


@record
class DoesNotWrite(UnfitInterface):
    title = "the exercise asks for a program that writes, and `{program}` gives one answer and ends"
    label = "is not read again"
    help = "let it write: `{wanted}`"
    program: str


@record
class OtherForm(Diagnostic):
    """The exercise asks for a certain form of program, and this one has another."""

    code = "E0753"


@record
class TooManyHeads(OtherForm):
    title = "`{program}` has {heads}, and the exercise asks for {asked}"
    label = "one too many"
    program: str
    count: int
    most: int

    def facts(self) -> dict[str, Any]:
        asked = f"at most {self.most}" if self.most else "a program without a head"
        return {**super().facts(), "heads": counted(self.count, "head"), "asked": asked}

    @property
    def help_text(self) -> str:
        if not self.most:
            return "leave the heads out: each position knows enough by itself"
        return "let one head bring what several bring, or find it from what a position knows already"


@record
class TooManyLayers(OtherForm):
    title = "`{program}` runs {layers}, and the exercise asks for at most {most}"
    label = "one too many"
    help = "let one layer do the work of several: all its heads look at once"
    program: str
    count: int
    most: int

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "layers": counted(self.count, "layer")}


@record
class HasLoop(OtherForm):
    title = "`{program}` repeats a layer, and the exercise asks for a program without a loop"
    label = "repeats"
    help = "let heads look at all positions at once, in place of going from neighbour to neighbour"
    program: str


@record
class IsNotCausal(OtherForm):
    title = "the exercise asks for a causal program, and `{program}` does not say that it is one"
    label = "may look at later positions"
    help = "add a line `causal`; `altac check` then proves it, or shows what looks ahead"
    program: str


@record
class TooSlow(Diagnostic):
    """`altac grade` was given too little time."""

    seconds: float

    @property
    def more(self) -> float:
        return 10 * self.seconds

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "more": self.more}


@record
class CasesStopped(TooSlow):
    code = "E0755"
    title = "{stopped} of {cases} were stopped, since all together may take {seconds:g} seconds: the first is `{input}`"
    help = "look for a loop that does not end: `altac trace`; or give more time: `--time {more:g}s`"
    count: int
    all: int
    input: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "stopped": f"{self.count:,}", "cases": counted(self.all, "case")}


@record
class WeightsStopped(TooSlow):
    code = "E0756"
    title = "all answers of `{program}` are right, and its weights were not made within {seconds:g} seconds"
    help = "let domains be as small as the exercise needs; or give more time: `--time {more:g}s`"
    program: str
