"""E0740 to E0744: what cannot be explained or shown. They have no place in a source text."""

from __future__ import annotations

from typing import Any

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.words import listed


@record
class NothingOfName(Diagnostic):
    code = "E0740"
    title = "`{program}` has no variable or head `{name}`"
    program: str
    name: str
    known: tuple[str, ...]
    suggestion: str | None

    @property
    def help_text(self) -> str:
        if self.suggestion is not None:
            return f"did you mean `{self.suggestion}`?"
        return f"there are {listed(self.known, 'and')}"


@record
class NoSuchPlace(Diagnostic):
    """A place that a run does not have; the classes below say which."""

    code = "E0741"


@record
class NoPosition(NoSuchPlace):
    title = "there is no position {position}: {there}"
    help = "{hint}"
    position: int
    positions: int

    def facts(self) -> dict[str, Any]:
        if not self.positions:
            return {**super().facts(), "there": "nothing is read", "hint": "give an input that is not empty"}
        there = f"this run has {self.positions}, counted from 0"
        return {**super().facts(), "there": there, "hint": f"name one from 0 to {self.positions - 1}: `--at 0`"}


@record
class NoLayer(NoSuchPlace):
    title = "there is no layer `{layer}` in this run"
    layer: str
    layers: int
    names: tuple[str, ...]  # of layers that ran, with their rounds
    suggestion: str | None

    @property
    def help_text(self) -> str:
        if self.suggestion is not None:
            return f"did you mean `--layer {self.suggestion}`?"
        example = f", or by its name and round: `--layer {self.names[0]}`" if self.names else ""
        return f"name one by its number, from 0 to {self.layers}{example}"


@record
class NotThere(NoSuchPlace):
    title = "`{name}` has no value in layer {layer}{called}"
    name: str
    layer: int
    run_of: str  # the name of the layer, and its round
    there: tuple[int, ...]  # layers in which it has one

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "called": self.run_of and f" ({self.run_of})"}

    @property
    def help_text(self) -> str:
        if not self.there:
            return "ask for something else: no layer of this run gives it a value"
        return f"leave out `--layer`, or name one in which it has: `--layer {self.there[-1]}`"


@record
class NoStates(Diagnostic):
    code = "E0742"
    title = "`{name}` learned from outputs alone, and its layers hold no variables of a program"
    help = "run the program that it learned from: `--engine interpreter`"
    name: str


@record
class ScoreOfAll(Diagnostic):
    code = "E0743"
    title = "`{name}` is a score, which is decided at the end, and no layer gives it a value"
    help = "ask for what it adds up, {reads}: `--var {first}`; `altac run --scores` shows the sums"
    name: str
    read: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "reads": listed(self.read, "or"), "first": self.read[0]}


@record
class TooLargeToShow(Diagnostic):
    code = "E0744"
    title = (
        "{what} of {positions:,} positions and {layers:,} layers is too large: {cells:,} cells, and at most {most:,}"
    )
    help = "give a shorter input"
    what: str
    positions: int
    layers: int
    cells: int
    most: int
