"""E05..: declarations that do not fit together, and programs beyond what can be compiled exactly."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic, Note
from altac.diagnostics.record import record
from altac.diagnostics.span import Span


@record
class FrameWithoutInput(Diagnostic):
    code = "E0501"
    title = "the frame {problem}"
    label = "here"
    help = 'a frame holds the input `{input}` once, with tokens around it: `frame "<s>" {input}`'
    problem: str
    input: str


@record
class BadAlphabet(Diagnostic):
    code = "E0502"
    title = "the symbol {symbol} cannot be read from text: {reason}"
    label = "in this alphabet"
    help = "choose symbols without blanks, each with a text of its own"
    symbol: str
    reason: str


@record
class BadExample(Diagnostic):
    code = "E0503"
    title = "{problem}"
    label = "in this example"
    help = "{hint}"
    problem: str
    hint: str


@record
class BadImport(Diagnostic):
    code = "E0504"
    title = "{problem}"
    label = "imported here"
    help = "{hint}"
    problem: str
    hint: str


@record
class HaltAndLayers(Diagnostic):
    code = "E0505"
    title = "a program stops with `halt when` or after `layers`, not both"
    label = "the second way to stop"
    help = "keep one of them"
    first: Span

    @property
    def notes(self) -> tuple[Note, ...]:
        return (Note(self.first, "the first one"),)


@record
class TooManyRules(Diagnostic):
    code = "E0506"
    title = "the step becomes {count} rules, more than the {limit} that are allowed"
    label = "`{variable}` alone needs {most}: it depends on {reads}"
    help = (
        "split it over several layers: assign a part of it to a variable first, and use that in the next layer\n"
        "(-O0 and -O1 need more rules than -O2, the default)"
    )
    count: str
    limit: str
    variable: str
    most: str
    reads: str


@record
class NotSeparable(Diagnostic):
    code = "E0507"
    title = "float32 is not exact for `{head}` at length {length}"
    label = "{reason}"
    head: str
    length: int
    reason: str
    possible: int | None

    @property
    def help_text(self) -> str:
        if self.possible is None:
            return "no length will do: use numbers that are smaller, fewer, or farther apart"
        return f"bound the input by `up to {self.possible}`"
