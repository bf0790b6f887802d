"""E00..: text that is not alta."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

from altac.diagnostics import foreign
from altac.diagnostics.diagnostic import Diagnostic, Edit, Fix, Note
from altac.diagnostics.record import record
from altac.diagnostics.span import Span
from altac.diagnostics.syntax_fixes import layout_fixes, slip_fixes, word_written
from altac.diagnostics.syntax_words import Ending as Ending
from altac.diagnostics.syntax_words import Expected as Expected
from altac.diagnostics.syntax_words import Slip as Slip
from altac.diagnostics.words import joined, listed

BRACKETS = {")": "parenthesis", "]": "bracket", "}": "brace", '"': "symbol", '"""': "docstring"}
NEEDED = {  # what every program declares
    "program": "`program parity`, its name",
    "input": '`input bits: {"0", "1"}`, what it reads',
    "step:": "`layer NAME:` and an indented block of heads and statements; or one `step:`, which repeats",
    "halt when": "`halt when done` for a variable that becomes true, or `layers 1`",
    "output": "`output parity at last`, what is read off at the end",
}


@record
class UnexpectedText(Diagnostic):
    code = "E0001"
    title = "expected {wanted}, found {shown}"
    label = "not understood here"
    expected: tuple[Expected, ...]
    found: str | Ending
    slip: Slip | None
    before: str  # what stands before it on the line
    meant: str = ""  # what mends it, where a template needs that

    @property
    def cause(self) -> Hashable:
        if self.slip is None:
            return self
        line = {"before": "", "first": "", "last": ""}  # one slip on two lines has one cause
        return UnexpectedText, self.slip, self.slip.value.format(**self.facts() | line)

    def facts(self) -> dict[str, Any]:
        words = self.before.split()
        first = words[0] if words else ""
        word = self.found if isinstance(self.found, str) else ""
        return {
            **super().facts(),
            "wanted": joined([what.value for what in self.expected], "or"),
            "shown": self.found.value if isinstance(self.found, Ending) else f"`{self.found}`",
            "word": word,
            "first": first,
            "last": words[-1] if words else "",
            "operator": foreign.OPERATORS.get(word, ""),
            "statement": foreign.STATEMENTS.get(first or word, "").format(first or word),
            "declaration": foreign.DECLARATIONS.get(word, ""),
        }

    @property
    def help_text(self) -> str:
        return "" if self.slip is None else self.slip.value.format(**self.facts())

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return () if self.slip is None or self.span is None else slip_fixes(self.slip, self.span, self.meant)


@record
class MisplacedAggregate(UnexpectedText):
    title = "`{word}` is an aggregate, and stands only after the `=` of a head"
    label = "in an expression"


@record
class UnknownCharacter(Diagnostic):
    code = "E0002"
    title = "the character {shown} means nothing here"
    label = "not part of the language"
    character: str

    @property
    def cause(self) -> Hashable:
        return UnknownCharacter, self.character

    def facts(self) -> dict[str, Any]:
        shown = f"`{self.character}`" if self.character.isprintable() else repr(self.character)
        return {**super().facts(), "shown": shown}

    @property
    def help_text(self) -> str:
        return foreign.CHARACTERS.get(self.character, "remove it; outside of texts alta is plain ASCII")

    @property
    def fixes(self) -> tuple[Fix, ...]:
        word = word_written(self.help_text)
        return () if word is None else Fix.replace(self.span, word)


@record
class UnclosedText(Diagnostic):
    code = "E0003"
    title = "this {what} is never closed"
    label = "opened here"
    help = "add the missing `{closing}`"
    closing: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "what": BRACKETS[self.closing]}


@record
class BadIndentation(Diagnostic):
    code = "E0004"
    help = "indent every block by four blanks, and its lines alike"

    @property
    def cause(self) -> Hashable:
        return (type(self),)


@record
class UnmatchedIndentation(BadIndentation):
    title = "this line matches no block around it"
    label = "indented by {width} blanks"
    width: int


@record
class TabIndentation(BadIndentation):
    title = "a block is indented with a tab"
    label = "indented by a tab"

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return () if self.span is None else layout_fixes(self.span.source)


@record
class ReservedWord(Diagnostic):
    code = "E0005"
    title = "`{word}` is a word of the language and cannot be a name"
    label = "reserved"
    help = "choose another name, such as `{word}_` or `my_{word}`"
    word: str

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Another name, where all places of this one are known."""
        places = () if self.span is None else (self.span, *self.again)
        if self.span is None or len(re.findall(rf"\b{self.word}\b", self.span.source.text)) > len(places):
            return ()
        return (Fix(f"write `{self.word}_`", tuple(Edit(place, f"{self.word}_") for place in places)),)

    @property
    def cause(self) -> Hashable:
        return ReservedWord, self.word


@record
class NestedTooDeeply(Diagnostic):
    code = "E0006"
    title = "this is nested more than {limit} levels deep"
    label = "the innermost level that was read"
    help = "name parts of it with `let` or `const`, or split it over several statements"
    limit: int


@record
class UnreadableFile(Diagnostic):
    """A source text that cannot be read."""

    code = "E0007"
    title = "cannot read `{name}`: {reason}"
    help = "check the path and its permissions"
    name: str
    reason: str  # as the system says it


@record
class WeightsForProgram(UnreadableFile):
    help = "name a program, or run these weights with `altac run {name}`"


@record
class UnreadableSource(UnreadableFile):
    """The source text in a model file."""

    help = "compile the program again"


@record
class FileTooLarge(UnreadableFile):
    help = "check that it is a program"
    limit: int

    @staticmethod
    def of(name: str, limit: int) -> FileTooLarge:
        return FileTooLarge(None, name, f"it is larger than {limit:,} bytes", limit)


@record
class NotUtf8(UnreadableFile):
    help = "save the file as UTF-8"
    line: int

    @staticmethod
    def of(name: str, line: int) -> NotUtf8:
        return NotUtf8(None, name, f"line {line} is not UTF-8 text", line)


@record
class BadEscape(Diagnostic):
    code = "E0008"
    title = 'a symbol knows the escapes `\\"` and `\\\\` only'
    label = "unknown escape in here"
    help = "write the character itself; a backslash is written twice"


@record
class MisplacedDeclaration(Diagnostic):
    """A second declaration of a kind of which a file has one, such as `step:`."""

    code = "E0009"
    title = "a program has one `{what}`, and this is the second"
    label = "the second one"
    help = "keep one `{what}`"
    what: str
    first: Span

    @property
    def cause(self) -> Hashable:
        return MisplacedDeclaration, self.what

    @property
    def notes(self) -> tuple[Note, ...]:
        return (Note(self.first, "the first one"),)


@record
class MissingDeclaration(Diagnostic):
    """What every program has and this one lacks."""

    code = "E0010"
    title = "the program has no {names}"
    missing: tuple[str, ...]
    score: str | None  # one that it declares

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "names": listed(self.missing, "or")}

    @property
    def label_text(self) -> str:
        return "every program needs " + ("one" if len(self.missing) == 1 else "them")

    @property
    def help_text(self) -> str:
        scored = {"output": f"`output {self.score}`", "step:": "`layer read:` and, below it, an indented `pass`"}
        edits = [NEEDED[name] if self.score is None else scored.get(name, NEEDED[name]) for name in self.missing]
        return f"add {edits[0]}" if len(edits) == 1 else "add\n" + "\n".join(f"  {edit}" for edit in edits)


@record
class OnlyNames(MissingDeclaration):
    """A file that others can import, where a program is needed."""

    title = "this file has no program, only names for programs to import"
    file: str

    @property
    def label_text(self) -> str:
        return ""

    @property
    def help_text(self) -> str:
        return f'check or run a program that imports it: `import "{self.file}"`'


@record
class NumberTooLong(Diagnostic):
    code = "E0011"
    title = "a number has at most {limit} characters"
    label = "too long"
    help = "no variable has that many values: write a smaller number"
    limit: int


@record
class ProgramTooLong(Diagnostic):
    code = "E0012"
    title = "a program has at most {limit:,} words, numbers and signs"
    label = "one too many"
    help = "let a comprehension, a function or a loop say what repeats"
    limit: int
