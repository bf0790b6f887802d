"""E0601, E0602, E0606: input texts that a program does not accept, and lines that hold none."""

from __future__ import annotations

from typing import Any

from altac.diagnostics.record import record
from altac.diagnostics.run_errors import RunFailed

LISTED = 20  # symbols that a help lists


@record
class UnknownSymbol(RunFailed):
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
class InputTooLong(RunFailed):
    code = "E0602"
    title = "the input is longer than {longest} symbols, the most that `{program}` accepts"
    help = "shorten it, or declare a greater length with `up to`"
    longest: int
    program: str


@record
class LengthNotAccepted(InputTooLong):
    """Inputs of such a length cannot be drawn."""

    title = "`{program}` accepts inputs up to length {longest}, not {length}"
    help = "ask for shorter ones"
    length: int


@record
class NoInput(RunFailed):
    """A line, or a file, that holds no input."""

    code = "E0606"


@record
class EmptyFile(NoInput):
    title = "the file is empty; an empty line would be the empty input"


@record
class LineTooLong(NoInput):
    title = "a line has at most {limit:,} bytes; the rest of the file is not read"
    limit: int


@record
class NotText(NoInput):
    title = "not UTF-8 text"


@record
class NotJson(NoInput):
    title = "not a JSON record: {problem}"
    problem: str  # as the parser says it


@record
class JsonTooDeep(NoInput):
    title = "not a JSON record: it is nested too deeply"


@record
class NotAnInputRecord(NoInput):
    title = 'a record is a text, or an object such as {{"input": "1 0 1"}}'


@record
class NotAnAnswerRecord(NoInput):
    title = "not a record of an input and its output"
    help = 'a record is an object such as {{"input": "1 0 1", "output": "0"}}'
