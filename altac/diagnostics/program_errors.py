"""E05..: declarations that do not fit together, and programs beyond what can be compiled exactly."""

from __future__ import annotations

from typing import Any

from altac.diagnostics.diagnostic import Diagnostic, Note
from altac.diagnostics.record import record
from altac.diagnostics.run_errors import RunFailed
from altac.diagnostics.span import Span
from altac.diagnostics.words import counted


@record
class BadFrame(Diagnostic):
    """A frame that does not hold the input once."""

    code = "E0501"
    title = "the frame does not hold the input"
    label = "no `{input}` in it"
    help = 'a frame holds the input `{input}` once, with tokens around it: `frame "<s>" {input}`'
    input: str


@record
class OtherNameInFrame(BadFrame):
    title = "the frame names `{name}`, which is not the input"
    label = "the input is `{input}`"
    name: str


@record
class InputTwiceInFrame(BadFrame):
    title = "the frame holds the input twice"
    label = "the second one"


@record
class BadAlphabet(Diagnostic):
    """A symbol that input text cannot hold."""

    code = "E0502"
    label = "in this alphabet"
    help = "choose symbols without blanks, each with a text of its own"
    symbol: str


@record
class SymbolWithoutText(BadAlphabet):
    title = "the symbol {symbol} cannot be read from text: only symbols, numbers and booleans have a text"


@record
class SymbolWithBlanks(BadAlphabet):
    title = "the symbol {symbol} cannot be read from text: it is empty or has blanks in it"


@record
class SymbolsOfOneText(BadAlphabet):
    title = "the symbol {symbol} cannot be read from text: {other} has the same text"
    other: str


@record
class NoOtherShape(BadAlphabet):
    title = "the table does not say what a symbol is read as whose shape is not in it"
    label = "it has no entry for {symbol}"
    help = 'add one, as `"": "<unk>"`'


@record
class NoShape(BadAlphabet):
    title = "no symbol has the shape {symbol}"
    label = "it is a key of this table"
    help = (
        "a shape has `d` for digits, `X` for capital letters and `x` for small ones, neighbours of one kind as one, "
        "and four characters at most, as {example}"
    )
    example: str


@record
class BadExample(Diagnostic):
    """An example that the program can never pass."""

    code = "E0503"
    label = "in this example"


@record
class UnreadableExample(BadExample):
    problem: RunFailed  # what running the input would report

    @property
    def message(self) -> str:
        return self.problem.reason

    @property
    def help_text(self) -> str:
        return self.problem.help_text


@record
class ImpossibleOutput(BadExample):
    title = "the output can never be `{text}`"
    text: str
    suggestion: str | None
    variable: str
    domain: str

    @property
    def help_text(self) -> str:
        return f"did you mean `{self.suggestion}`?" if self.suggestion else f"`{self.variable}` is {self.domain}"


@record
class BadImport(Diagnostic):
    """A file that cannot be imported."""

    code = "E0504"
    label = "imported here"


@record
class ImportCycle(BadImport):
    title = "files import each other: {chain}"
    help = "move what both need into a third file, and import that"
    files: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "chain": " -> ".join(self.files)}


@record
class TooManyImports(BadImport):
    title = "the program imports more than {limit} files"
    help = "put what belongs together into one file"
    limit: int


@record
class UnreadableImport(BadImport):
    title = "cannot read `{path}`: {reason}"
    help = "the path is relative to the importing file"
    path: str
    reason: str


@record
class ImportFromOutside(BadImport):
    title = "cannot read `{path}`: it is not in the folder of the program"
    help = "move it there, or allow its folder: `--imports-from FOLDER` (in Python `imports_from=`)"
    path: str


@record
class ImportNotCarried(BadImport):
    title = "cannot read `{path}`: the model file does not carry it"
    help = "compile the program again: the weights then carry what it imports"
    path: str


@record
class ImportsTooLarge(BadImport):
    title = "with this file the program has more than {limit:,} characters"
    help = "import less, or shorten the comments"
    limit: int


@record
class ImportsTooLong(BadImport):
    title = "with this file the program has more than {limit:,} words, numbers and signs"
    help = "import less, and let a comprehension, a function or a loop say what repeats"
    limit: int


@record
class ImportOfProgram(BadImport):
    title = "`{path}` declares more than names"
    help = "an imported file declares `const`, `type`, `def` and `param` only"
    path: str


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
    written: int  # symbols that the program writes at most

    @property
    def message(self) -> str:
        return super().message + (f" with {counted(self.written, 'symbol')} written" if self.written else "")

    @property
    def help_text(self) -> str:
        less = "; or write less: `generate ... up to N`" if self.written else ""
        if self.possible is None:
            only = f"no length{' of the input alone' * bool(self.written)} will do"
            return f"{only}: use numbers that are smaller, fewer, or farther apart, or fewer rounds{less}"
        return f"bound the input by `up to {self.possible}`{less}"
