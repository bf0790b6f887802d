"""E0601, E0602: input texts that a program does not accept."""

from __future__ import annotations

from typing import Any

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record

LISTED = 20  # symbols that a help lists


@record
class UnknownSymbol(Diagnostic):
    code = "E0601"
    title = "`{shown}` is not a symbol of `{program}`"
    text: str
    program: str
    symbols: tuple[str, ...]
    suggestion: str | None

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "shown": self.text if len(self.text) <= 80 else self.text[:77] + "..."}

    @property
    def help_text(self) -> str:
        if len(self.text) > 1 and all(character in self.symbols for character in self.text):
            return "write a blank between symbols"
        if self.suggestion:
            return f"did you mean `{self.suggestion}`?"
        return "the symbols are: " + " ".join(self.symbols[:LISTED]) + (" ..." if len(self.symbols) > LISTED else "")


@record
class InputTooLong(Diagnostic):
    code = "E0602"
    title = "the input is longer than {longest} symbols, the most that `{program}` accepts"
    help = "shorten it, or declare a greater length with `up to`"
    longest: int
    program: str
