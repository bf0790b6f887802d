"""E02..: values of the wrong kind."""

from __future__ import annotations

import re
from collections.abc import Hashable
from enum import Enum
from typing import Any

from altac.diagnostics.diagnostic import Diagnostic, Fix
from altac.diagnostics.record import record
from altac.diagnostics.span import Span
from altac.diagnostics.words import Witness, described, when, with_article

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

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return Fix.replace(self.span, self.suggestion) if self.suggestion else ()


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

    @property
    def fixes(self) -> tuple[Fix, ...]:
        plain = f"{self.boolean}" if self.boolean.isidentifier() else f"({self.boolean})"
        return Fix.replace(self.span, plain if self.number == 1 else f"not {plain}")


@record
class QuotedNumber(DifferentKinds):
    help = "numbers stand without quotes: `{value}`"
    value: str

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return replaced_once(self.span, f'"{self.value}"', self.value)


@record
class UnquotedSymbol(DifferentKinds):
    help = 'write it as a symbol: `"{value}"`'
    value: str

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return replaced_once(self.span, self.value, f'"{self.value}"')


def replaced_once(span: Span | None, old: str, new: str) -> tuple[Fix, ...]:
    """A fix that writes one text for another in a span, if it stands there once."""
    found = [] if span is None else list(re.finditer(rf"(?<!\w){re.escape(old)}(?!\w)", span.text))
    if span is None or len(found) != 1:
        return ()
    (match,) = found
    return Fix.replace(Span(span.source, span.start + match.start(), span.start + match.end()), new)
