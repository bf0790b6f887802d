"""E02..: constants that are not, and sets that cannot be domains."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.words import listed


class Subject(Enum):
    """What must be constant."""

    PARAMETER = "a parameter"
    CONSTANT = "a constant"
    TYPE = "a type"
    DOMAIN = "a domain"
    ALPHABET = "an alphabet"
    UNKNOWN = "the symbol that others are read as"
    LENGTH = "the greatest length"
    REPETITION = "the number of times that a token is repeated"
    LAYERS = "the number of layers"
    WRITTEN = "how much is written"
    END = "what ends the writing"
    ROUNDS = "the number of rounds"
    OFFSET = "a relative position"
    DEFAULT = "the default of a head"
    EXAMPLE = "the output of an example"
    LOOP = "what `for` goes through"
    COMPREHENSION = "what a comprehension goes through"
    FILTER = "the condition of a comprehension"
    ITEM = "an item of a list"
    ENTRY = "an entry of a table"
    PATTERN = "a pattern"
    LABELS = "the labels of a score"
    EVIDENCE = "a table of a score"
    FACTOR = "a factor in a score"
    TEMPERATURE = "a temperature"


@record
class NotConstant(Diagnostic):
    code = "E0204"
    title = "{what.value} must be known when the program is compiled"
    label = "`{name}` changes while the program runs"
    what: Subject
    name: str

    @property
    def cause(self) -> Hashable:
        return NotConstant, self.what, self.name

    @property
    def help_text(self) -> str:
        match self.what:
            case Subject.LOOP:
                return f"go through all values, and compare in the loop: `for i in 0..9:` and `if i < {self.name}:`"
            case Subject.LAYERS:
                return "use a constant or a parameter, or stop with `halt when`"
            case Subject.OFFSET:
                return "select by what positions know: `where key.position == query.position - 1`"
        return "use constants and parameters here"


@record
class NotADomain(Diagnostic):
    """What stands where a domain is declared, and cannot be one."""

    code = "E0205"
    label = "not a domain"


@record
class ValueAsDomain(NotADomain):
    title = "a domain is a finite set of values, and this is the {kind} {value}"
    kind: str
    value: str
    last: int  # of a range that may be meant

    @property
    def help_text(self) -> str:
        match self.kind:
            case "list":
                return f"write it in braces: `{{{self.value[1:-1]}}}`"
            case "table":
                return "a domain of its keys is `{key for key in ...}`"
            case "number":
                return f"a range is `0..{self.last}`; a set of one value is `{{{self.value}}}`"
        return f"a set of one value is `{{{self.value}}}`"


@record
class ElementTwice(NotADomain):
    title = "a domain has every value once, and this list has {value} twice"
    label = "element {second:,} is element {first:,} again"
    help = "remove one of them; in a file read by `lines`, they stand in lines {first} and {second}"
    value: str
    first: int
    second: int

    @property
    def cause(self) -> Hashable:
        return ElementTwice, self.value, self.first, self.second


@record
class EmptyDomain(NotADomain):
    title = "a domain is a finite set of values, and this one is empty"
    is_range: bool

    @property
    def help_text(self) -> str:
        return "a range begins with its smaller end: `0..9`" if self.is_range else "write its values: `{0, 1}`"


@record
class LargeDomain(NotADomain):
    title = "a domain has at most {limit:,} values, and this one has {size:,}"
    help = "every value needs a dimension of its own: use fewer, or keep digits in several variables"
    size: int
    limit: int


@record
class DomainOfCollections(NotADomain):
    title = "a domain holds symbols, numbers, booleans and sets, and this one holds a {kind}"
    help = "use symbols, numbers or sets"
    kind: str


@record
class NotAnInteger(Diagnostic):
    code = "E0206"
    title = "{what.value} must be a whole number from {least} to {most:,}, and this is {value}"
    label = "out of range, or not a whole number"
    help = "write a whole number from {least} to {most:,}"
    what: Subject
    least: int
    most: int
    value: str


@record
class UnknownParameter(Diagnostic):
    code = "E0207"
    title = "the program has no parameter `{name}`"
    name: str
    known: tuple[str, ...]
    suggestion: str | None

    @property
    def help_text(self) -> str:
        if self.suggestion:
            return f"did you mean `-D {self.suggestion}=...`?"
        return f"its parameters are {listed(self.known)}" if self.known else "declare it with `param`"


@record
class BadParameter(Diagnostic):
    code = "E0208"
    title = "`-D {name}={text}` is not a {kind}"
    help = "the declared value is a {kind}; give another one, such as `-D {name}={example}`"
    name: str
    text: str
    kind: str
    example: str


@record
class DuplicateKey(Diagnostic):
    code = "E0210"
    title = "the table has two different entries for {key}"
    label = "the second one"
    help = "keep one of them"
    key: str


@record
class NotACollection(Diagnostic):
    code = "E0209"
    title = "`for` goes through a set or a list, and this is the {kind} {value}"
    label = "not a collection"
    help = "write a range such as `0..9` or a list such as `[1, 2]`"
    kind: str
    value: str


@record
class RangeInBraces(Diagnostic):
    """A range is a set already, and braces around it would make a set of sets."""

    code = "E0211"
    title = "`{range}` in braces would be one element, a set"
    label = "a set of its own"
    help = "join ranges and values with `|`, as in `{range} | {{x, y}}`; write `({range})` if the set itself is meant"
    range: str
