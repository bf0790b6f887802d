"""E00..: text that is not alta."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Any

from altac.diagnostics import foreign
from altac.diagnostics.diagnostic import Diagnostic, Note
from altac.diagnostics.record import record
from altac.diagnostics.span import Span
from altac.diagnostics.words import joined, listed

BRACKETS = {")": "parenthesis", "]": "bracket", "}": "brace", '"': "symbol", '"""': "docstring"}
NEEDED = {  # what every program declares
    "program": "`program parity`, its name",
    "input": '`input bits: {"0", "1"}`, what it reads',
    "step:": "`layer NAME:` and an indented block of heads and statements; or one `step:`, which repeats",
    "halt when": "`halt when done` for a variable that becomes true, or `layers 1`",
    "output": "`output parity at last`, what is read off at the end",
}


class Expected(Enum):
    """What could stand where something else was found."""

    COLON = "`:`"
    EQUAL = "`=`"
    RPAR = "`)`"
    RSQB = "`]`"
    RBRACE = "`}`"
    LPAR = "`(`"
    COMMA = "`,`"
    NAME = "a name"
    STRING = 'a text in double quotes, such as `"1 0 1"`'
    END = "the end of the line"
    BLOCK = "an indented block"
    RANGE = "`..`"
    IN = "`in`"
    WHEN = "`when`"
    TO = "`to`"
    CASE = '`case`, as in `case "a":`'
    ELSE = "`else`, as in `x if condition else y`"
    FIELD = "`.` and a variable's name"
    DOMAIN = 'a domain such as `0..9` or `{"a", "b"}`'
    BROUGHT = "what the head brings, such as `x at -1` or `count where key.x == 1`"
    OFFSETS = "relative positions such as `-1`, `{-1, +1}` or `..0`"
    PATTERN = 'a pattern such as `"a"`, `1 | 2`, `0..9` or `_`'
    EXPRESSION = "an expression"
    DECLARATION = "a declaration such as `var`, `head` or `step:`"
    STATEMENT = "a statement such as `x := 1` or `if x == 1:`"
    LAYER_ITEM = "a head, a `var` or a statement"
    LAYER = "the name of a layer"
    REPEATED = "`,`, `*`, `until` or the end of the line"
    FRAMED = 'a token such as `"<s>"` or the name of the input'
    READ_AT = "`first`, `last` or `all`"
    ARROW = "`->` and the output"
    SELECTION = "`where`, `at` or the end of the line"
    OPERATOR = "an operator or the end of the line"
    NEXT_VALUE = "`:=` and the next value"


class Ending(Enum):
    """What was found where no text is."""

    INDENT = "an indented line"
    BLOCK = "the end of the block"
    FILE = "the end of the file"
    LINE = "the end of the line"


class Slip(Enum):
    """What was probably meant, and the edit: templates over what stands before the place and what was found there."""

    OPERATOR = "{operator}"
    STATEMENT = "{statement}"
    DECLARED = "{declaration}"
    MISSPELT = "did you mean `{meant}`?"
    NO_KEYWORD = "a declaration begins with its keyword; assignments stand inside `step:`"
    STATEMENT_AT_TOP = "statements stand inside `step:`, indented by four blanks"
    SET_AS_PATTERN = (
        "a set cannot stand in a pattern: capture the value and compare it, as in `case s if s == {{1, 2}}:`;\n"
        'one of several values is written `"a" | "b"`'
    )
    INDENTED = "begin declarations at the start of the line; only blocks after `:` are indented"
    NOT_INDENTED = "write the block on lines of its own, indented by four blanks; an empty one is `pass`"
    ELSE_IF = "write `elif`"
    VALUE_OF_COUNT = "`{last}` takes no value: write a condition after `where`, as in `{last} where key.x == 1`"
    COMMENT = "a comment begins with `#`; `//` divides"
    AUGMENTED = "there is no `{word}=`: write `{first} := {first} {word} ...`"
    RESERVED = "`{word}` is a word of the language; a variable needs another name"
    AT_BEFORE_WHERE = "`where` stands before `at`: `head h = x where key.y == 1 at ..-1`"
    WHERE_BEFORE_AT = "`at` stands before `where`: `output x at last where x != 0`"
    ELSE_FIRST = "`else` stands last: `head h = x where key.y == 1 at ..-1 else 0`"
    PLACE_OF_OUTPUT = "the place stands last, after `at`: `output {meant}`"
    PLACES_OF_OUTPUT = "write `at first`, `at last` or `at all`, or a condition: `output {meant} where {meant} != 0`"
    CONDITION_OF_OUTPUT = "the positions to read are chosen after `where`: `output {meant} where {meant} != 0`"
    DOMAIN_OF_OUTPUT = "the domain stands where the variable is declared: `var {meant}: 0..9 = 0`"
    SELECT = foreign.SELECT
    PLACE_AFTER_AT = "write `{meant}`; after `at` stand distances, such as `-1`"
    IN_EXPRESSION = "let a head bring it: `head {meant}`"
    SEVERAL_OUTPUTS = "a program has one output variable"
    COMPUTED_OUTPUT = "`output` names a variable: compute into one in the step, and name that"
    AND_OF_SETS = "write `and`; `&` is for sets"
    OR_OF_SETS = "write `or`; `|` is for sets"
    BRACES = "a block begins with `:` and is indented"
    FIELD = "a variable of another position is `key.x`, in the condition of a head"
    SIDE = "write `{meant}`, a variable of that position"
    THEN = "end the line with `:`"
    TUPLE_AS_KEY = (
        "a key is one value: nest tables, `{{0: {{1: 2}}}}` and `T[a][b]`, or use one number, `T[10 * a + b]`"
    )
    SUBJECTS = "several subjects stand without parentheses: `match a, b:`"
    PATTERNS = "the patterns of several subjects stand without parentheses: `case 1, 2:`"
    CONDITION_AS_PATTERN = "a condition stands after `if`: `case _ if x > 3:`"
    ALTERNATIVES = "one of several values is written `1 | 2`"
    PATTERN_RANGE = 'a range has two ends: `0..9`, `"a".."f"`'
    NAMED_END = "give the range a name, `const LOW = 0..N`, and write `case LOW:`"
    COMPUTED_PATTERN = "capture the value and compare it: `case n if n == x + 1:`"
    CAPTURE = "a name alone captures the value: `case n if n in 0..9:`"
    REST = "what is left is `case _:`"
    CONDITIONAL = "write `x if condition else y`"
    ARGUMENTS = "arguments stand in parentheses: `def f(n) = n + 1`"
    HALT_WHEN = "write `halt when ...`"
    FRAMED = 'tokens are written in quotes, with blanks between them: `frame "<s>" bits`'
    EXAMPLE = 'write `example "1 0 1" -> 0`'
    BROUGHT = "what a head brings stands after `=`: `head h = x where ...`"
    VALUE_MISSING = "say of what: `{last} x`"
    TUPLE = "there are no tuples: compare or assign one value at a time"
    SEVERAL_INDICES = "an index is one value: write `T[a][b]` for a list of lists"
    SLICE = "there are no slices: name the items, as in `[T[i] for i in 0..3]`"
    NOT_DECLARED = "a variable needs a domain: `{before}: 0..9 = 0`"
    NO_INITIAL = "add `= ...`, the initial value"
    NO_VALUE = "add `= ...`"
    HALF_CHOICE = "every choice has both sides: `x if condition else y`"
    FUNCTION_BODY = "a function is one expression: `{before} = ...`"
    KIND_FOLLOWS = "its kind follows from its value: `{before} = ...`"
    WRITE_EQUAL = "write `{before} = ...`"
    DECLARED_WITH_WALRUS = "declarations use `=`; only the step assigns with `:=`"
    DECLARED_WITH_COMPARISON = "declarations use `=`"
    ASSIGNED_WITH_EQUAL = "`:=` gives a variable its next value: `{before} := ...`"
    VARIABLE_WITHOUT_DOMAIN = "a variable needs a domain: `{before}: 0..9 = ...`"
    INPUT_WITHOUT_ALPHABET = 'the input needs an alphabet: `{before}: {{"a", "b"}}`'
    LAYERS_EQUAL = "write `layers 3`"
    COMPARISON = "write `==`, which compares"
    DIRECTLY_IN_LAYER = "`{word}` stands directly in the layer, before the block: a block inside of it holds statements"
    DECLARED_IN_BLOCK = "declarations begin at the start of a line, outside of `step:` and of layers"
    SCALAR = "what is stored in one real dimension is a number: write `number` in place of `scalar` and the domain"
    REPEATED = "what is in a layer is done once: write `if` here, and repeat the layer with `run look until done`"
    STEP_WITH_NAME = "a block with a name is a layer: `layer {word}:`"
    LAYER_NAMED = "a layer has a name: `layer look:`"
    LAYER_BLOCK = "a layer is a block: `layer {meant}:`, and below it indented lines"
    LAYERS_COUNTED = "a number of layers is written `layers {word}`"
    VAR_IN_STEP = "`let {meant} = ...` names a value here; a variable stands above the step: `var {meant}: 0..9 = 0`"
    STEP_IN_RUN = "`step:` repeats without a `run`: write `{meant}`"
    LAST_COMMA = "remove the comma, or name the layer that runs next"
    NO_LAYER = "write names of layers with commas between them: `run look until done, mark`"
    GROUP = "a group is names in parentheses, with `*` or `until` behind it: `(look, mark) until done`"
    TIMES = "the number of times stands behind `*`: `{meant}`"
    COUNT = "put the number of times in parentheses: `look * (N + 1)`"
    ONE_LIMIT = "one layer or group has one `*` or one `until`"
    UNTIL = "write `until`, and when to stop"
    COMMAS = "commas stand between the layers: `run look until done, mark`"
    RUN_BLOCK = "`run` says in which order layers run; what is in one stands below `layer look:`"


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


@record
class ReservedWord(Diagnostic):
    code = "E0005"
    title = "`{word}` is a word of the language and cannot be a name"
    label = "reserved"
    help = "choose another name, such as `{word}_` or `my_{word}`"
    word: str

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
