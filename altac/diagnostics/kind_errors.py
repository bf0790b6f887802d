"""E02..: values of the wrong kind, constants that are not, sets that cannot be domains."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Any

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.words import Witness, described, listed, when, with_article

OPERATORS = {  # those that are not written as they are called inside
    "truth": "`and`/`or`",
    "condition": "a condition",
    "negative": "`-`",
    "index": "`[...]`",
}


class Wanted(Enum):
    """What an operator needs."""

    NUMBER = "a number"
    NUMBERS = "numbers"
    WHOLE_NUMBERS = "whole numbers"
    RANGE_ENDS = "whole numbers or symbols"
    NUMBERS_OR_BOOLEANS = "two whole numbers or two booleans"
    NUMBERS_OR_SYMBOLS = "two numbers or two symbols"
    BOOLEAN = "a boolean"
    BOOLEANS = "booleans"
    SETS = "sets"
    COLLECTION = "a set, a list or a table"
    RIGHT_COLLECTION = "a set, a list or a table on its right"
    INDEXED = "a list or a table"
    INDEX = "a whole number as index of a list"


class Subject(Enum):
    """What must be constant."""

    PARAMETER = "a parameter"
    CONSTANT = "a constant"
    TYPE = "a type"
    DOMAIN = "a domain"
    ALPHABET = "an alphabet"
    LENGTH = "the greatest length"
    REPETITION = "the number of times that a token is repeated"
    LAYERS = "the number of layers"
    OFFSET = "a relative position"
    DEFAULT = "the default of a head"
    EXAMPLE = "the output of an example"
    LOOP = "what `for` goes through"
    COMPREHENSION = "what a comprehension goes through"
    FILTER = "the condition of a comprehension"
    ITEM = "an item of a list"
    ENTRY = "an entry of a table"
    PATTERN = "a pattern"


def operator_text(op: str) -> str:
    return OPERATORS.get(op, f"`{op}`")


@record
class WrongKind(Diagnostic):
    """Values of a kind that does not belong where they stand."""

    code = "E0201"


@record
class WrongOperand(WrongKind):
    op: str
    wanted: Wanted
    kind: str
    value: str
    operand: str  # as it is written
    fetched: str | None  # where the operand is indexed: what a head would have to fetch, None if it is a head itself
    witness: Witness

    @property
    def cause(self) -> Hashable:
        return WrongOperand, self.operand, self.help_text

    @property
    def message(self) -> str:
        return f"{operator_text(self.op)} needs {self.wanted.value}, not the {self.kind} {self.value}"

    @property
    def label_text(self) -> str:
        return when(self.witness).lstrip()

    @property
    def help_text(self) -> str:
        operand = self.operand
        match self.wanted, self.kind:
            case (Wanted.BOOLEANS, "symbol") if self.op == "truth":
                return 'repeat the comparison, `x == "a" or x == "b"`, or write `x in {"a", "b"}`'
            case (Wanted.BOOLEAN | Wanted.BOOLEANS, "number") if operand != self.value:
                return f"write a comparison, such as `{operand} != 0`"
            case (Wanted.BOOLEAN | Wanted.BOOLEANS, "symbol") if operand != self.value:
                return f"write a comparison, such as `{operand} == {self.value}`"
            case (Wanted.BOOLEAN | Wanted.BOOLEANS, _):
                return "write a comparison, such as `x == 1`, or `true` or `false`"
            case (Wanted.SETS, _):
                return f"a set of one value is `{{{operand}}}`; between booleans write `or` and `and`"
            case (Wanted.INDEXED, "symbol" | "number" | "boolean"):
                if self.fetched is None:
                    return f"`{operand}` is one value: for that of another position, let a head of its own look there"
                return (
                    f"`{operand}` is one value: a head brings that of another position, `head other = {self.fetched}`"
                )
            case (Wanted.COLLECTION, _):
                return "`len` counts what is in a set or a list; a head counts positions: `head n = count where ...`"
            case (Wanted.RIGHT_COLLECTION, _):
                return f"write a set, such as `{{{self.value}}}`"
            case (Wanted.INDEXED, "set"):
                return f"a set has no order: test what is in it, as in `x in {operand}`"
            case (Wanted.NUMBERS, "set") if self.op == "+":
                return "sets are united with `|`"
            case (Wanted.INDEX, "symbol"):
                return 'items of a list are counted from 0; a table has other keys: `{"a": 1, "b": 2}`'
            case (_, "symbol"):
                return (
                    "numbers stand without quotes; "
                    'of a symbol, compute `1 if x == "a" else 0`, or look it up in a table'
                )
            case (_, "boolean"):
                return f"make a number of it: `1 if {operand} else 0`"
        return f"write {self.wanted.value.removesuffix(' on its right')} in place of `{operand}`"


@record
class CollidingMembers(WrongKind):
    title = "a set cannot hold both `true` and 1, or both `false` and 0"
    help = 'use two variables, or a symbol such as `"yes"` beside the numbers'


@record
class LongResult(WrongKind):
    title = "the result of {operator} has more than {digits} digits"
    help = "compute with smaller numbers"
    op: str
    digits: int

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "operator": operator_text(self.op)}


@record
class LongRange(WrongKind):
    title = "`{low}..{high}` has more than {limit:,} values"
    help = "make it smaller"
    low: str
    high: str
    limit: int


@record
class RangeAcrossKinds(WrongKind):
    title = "`{low}..{high}` goes from {ends}"
    help = 'numbers stand without quotes, `0..9`, and symbols with, `"a".."z"`'
    low: str
    high: str

    def facts(self) -> dict[str, Any]:
        ends = "a symbol to a number" if self.low.startswith('"') else "a number to a symbol"
        return {**super().facts(), "ends": ends}


@record
class WordInRange(WrongKind):
    title = "a range goes from one character to another, and {end} has {length}"
    help = 'list longer symbols in braces: `{{"one", "two"}}`'
    end: str
    length: int


@record
class BackwardRange(WrongKind):
    title = "`{low}..{high}` begins with the later character"
    help = "write the earlier one first; capital letters come before small ones"
    low: str
    high: str


@record
class LargeConstant(WrongKind):
    title = "a constant has at most {limit:,} values inside, and this has {size:,}"
    help = "make it smaller"
    size: int
    limit: int


@record
class OptionalOfValue(WrongKind):
    title = "`?` adds `none` to a set, and this is the {kind} {text}"
    help = "put a range in parentheses: `(0..9)?`"
    kind: str
    text: str


@record
class FieldOfConstant(WrongKind):
    title = "`{name}` is {described}: the same at every position"
    label = "not a variable"
    help = "write `{name}`"
    name: str
    what: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "described": described(self.what)}


@record
class PatternOfVariable(WrongKind):
    title = "a pattern is made of constants, and `{name}` is {described}"
    label = "not a constant"
    help = "capture the value under a new name and compare it: `case value if value == {name}:`"
    name: str
    what: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "described": described(self.what)}


@record
class NeverEqual(Diagnostic):
    code = "E0202"
    title = "`{subject}` is never {value}"
    label = "it is one of {domain}"
    value: str
    subject: str
    domain: str
    suggestion: str | None

    @property
    def help_text(self) -> str:
        if self.suggestion:
            return f"did you mean `{self.suggestion}`?"
        return "compare with one of its values, or add this one to the domain"


@record
class DifferentKinds(Diagnostic):
    code = "E0203"
    title = "{one} and {other} are never equal"
    label = "compares {one} with {other}"
    help = 'compare values of one kind; `1`, `true` and `"1"` are three different values'
    left: str
    right: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "one": with_article(self.left), "other": with_article(self.right)}


@record
class ComparedBoolean(DifferentKinds):
    """A boolean is compared with 0 or 1."""

    boolean: str
    number: int

    @property
    def help_text(self) -> str:
        return f"write `{self.boolean}`" if self.number == 1 else f"write `not {self.boolean}`"


@record
class QuotedNumber(DifferentKinds):
    help = "numbers stand without quotes: `{value}`"
    value: str


@record
class UnquotedSymbol(DifferentKinds):
    help = 'write it as a symbol: `"{value}"`'
    value: str


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
            case "number":
                return f"a range is `0..{self.last}`; a set of one value is `{{{self.value}}}`"
        return f"a set of one value is `{{{self.value}}}`"


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
class ScalarOfOther(NotADomain):
    title = "a scalar variable has whole numbers only, and this domain has {value}"
    help = "leave out `scalar`"
    value: str


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
