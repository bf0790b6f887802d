"""`lines("FILE")` and `table("FILE")`: constants from files beside the program.

Where the text of a file comes from is the business of a `Library` (altac/check/imports.py), as it is for imports. What
was read is part of the program, and travels with its weights.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from altac.check.imports import Absent, Library, Unavailable, located
from altac.diagnostics import AltacError, Source, Span
from altac.diagnostics.file_errors import (
    DataFromOutside,
    DataNotCarried,
    DataOfText,
    EmptyFile,
    EmptyLine,
    FileNotNamed,
    KeyTwice,
    NotJsonText,
    NotOneNumber,
    TableTooDeep,
    TableTooLarge,
    TooManyLines,
    TooMuchData,
    UnreadableData,
)
from altac.ir.values import Table, Value, number, source_text
from altac.syntax import tree as t
from altac.syntax.mentions import FILES, walk

LARGEST = 20_000_000  # bytes of a file
MOST_CHARACTERS = 40_000_000  # of all files that a program reads
MOST_WORDS = 200_000  # lines of a file, and values of an alphabet
MOST_VALUES = 2_000_000  # in a table, those inside others counted
DEEPEST = 20
DIGITS = 30
EXAMPLES = {"lines": "words.txt", "table": "classes.json"}
NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?", re.ASCII)


@dataclass
class DataFiles:
    """The files that a program reads, each once.

    Attributes:
        named: the files of the program and their names, as its imports spell them.
        texts: what was read, by paths from the program's folder.
    """

    library: Library
    named: Mapping[str, Source] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    _values: dict[tuple[str, str], Value] = field(default_factory=dict)

    def value(self, call: t.Call) -> Value:
        """What a call of `lines` or `table` stands for.

        Raises:
            AltacError: if it names no file, or the file is not available, or no list or table.
        """
        function, path = call.function.text, path_of(call)
        if path is None:
            raise AltacError([FileNotNamed(call.span, function, EXAMPLES[function])])
        name = located(self._name_of(call.span.source), path)
        if (function, name) not in self._values:
            text = self._text(name, path, call.span)
            read = lines_of if function == "lines" else table_of
            self._values[function, name] = read(text, path, call.span)
        return self._values[function, name]

    def _name_of(self, source: Source) -> str:
        """The name of the file that a text is from."""
        return next((name for name, other in self.named.items() if other is source), self.library.program)

    def _text(self, name: str, path: str, span: Span) -> str:
        if self.library.is_text:
            raise AltacError([DataOfText(span, path)])
        if name not in self.texts:
            try:
                text = self.library.read(name, LARGEST).text
            except Unavailable as problem:
                raise AltacError([_refusal(problem, span, path)]) from None
            if sum(map(len, self.texts.values())) + len(text) > MOST_CHARACTERS:
                raise AltacError([TooMuchData(span, path, MOST_CHARACTERS)])
            self.texts[name] = text
        return self.texts[name]


def _refusal(problem: Unavailable, span: Span, path: str) -> DataFromOutside | DataNotCarried | UnreadableData:
    match problem.why:
        case Absent.OUTSIDE:
            return DataFromOutside(span, path)
        case Absent.NOT_CARRIED:
            return DataNotCarried(span, path)
    return UnreadableData(span, path, problem.why)


def path_of(call: t.Call) -> str | None:
    """The file that a call names; None if it names none."""
    match call.arguments:
        case (t.Literal_(value=str(path)),) if path:
            return path
    return None


# Lines -----------------------------------------------------------------------------------------------------------


def lines_of(text: str, path: str, span: Span) -> Value:
    """One symbol for each line.

    Raises:
        AltacError: for an empty one, or too many.
    """
    found = text.removesuffix("\n").split("\n")
    if found == [""]:
        raise AltacError([EmptyFile(span, path)])
    if "" in found:
        raise AltacError([EmptyLine(span, path, 1 + found.index(""))])
    if len(found) > MOST_WORDS:
        raise AltacError([TooManyLines(span, path, MOST_WORDS)])
    return tuple(found)


# Tables ----------------------------------------------------------------------------------------------------------


class Entries(list[tuple[str, Any]]):
    """An object as it was read, with what stands in it twice."""


class Written(str):
    """A number as it was written."""


def table_of(text: str, path: str, span: Span) -> Value:
    """The value that JSON stands for: objects are tables, arrays are lists, null is `none`; numbers are exact.

    Raises:
        AltacError: if it is no JSON, or what no program could write.
    """
    try:
        data = json.loads(
            text, object_pairs_hook=Entries, parse_float=Written, parse_int=Written, parse_constant=Written
        )
    except json.JSONDecodeError as error:
        problem = f"{error.msg[:1].lower()}{error.msg[1:]} in line {error.lineno}, column {error.colno}"
        raise AltacError([NotJsonText(span, path, problem)]) from None
    except RecursionError:
        raise AltacError([TableTooDeep(span, path, DEEPEST)]) from None
    return _Reader(path, span).value(data, 0)


@dataclass
class _Reader:
    """Makes a value of what the parser has found in one file."""

    path: str
    span: Span
    left: int = MOST_VALUES

    def value(self, data: Any, depth: int) -> Value:
        self.left -= 1
        if self.left < 0:
            raise AltacError([TableTooLarge(self.span, self.path, MOST_VALUES)])
        if depth > DEEPEST:
            raise AltacError([TableTooDeep(self.span, self.path, DEEPEST)])
        match data:
            case Entries():
                return self.table(data, depth)
            case list():
                return tuple([self.value(item, depth + 1) for item in data])
            case Written():
                return self.number(data)
            case str():
                return self.symbol(data)
        return data  # type: ignore[no-any-return]  # a boolean, or None

    def table(self, entries: Entries, depth: int) -> Table:
        known = dict(entries)
        if len(known) < len(entries):
            seen: set[str] = set()
            twice = next(key for key, _ in entries if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise AltacError([KeyTwice(self.span, self.path, source_text(twice))])
        return Table([(self.symbol(key), self.value(one, depth + 1)) for key, one in entries])

    def symbol(self, text: str) -> str:
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                problem = "a text in it has half of a character, as `\\ud800`"
                raise AltacError([NotJsonText(self.span, self.path, problem)]) from None
        return text

    def number(self, text: str) -> Value:
        if len(text) <= DIGITS and text.isdecimal():
            return int(text)
        parts = NUMBER.fullmatch(text)
        if parts is None:
            raise self.refused(text, "is none")
        sign, whole, decimals, exponent = parts[1], parts[2], parts[3] or "", parts[4] or "0"
        if len(whole) <= DIGITS and not decimals and exponent == "0":
            return int(text)
        if len(whole) + len(decimals) > DIGITS or len(exponent) > 3 or abs(int(exponent)) > DIGITS:
            raise self.refused(text, "has too many digits")
        found = Fraction(int(sign + whole + decimals)) * Fraction(10) ** (int(exponent) - len(decimals))
        if max(abs(found.numerator), found.denominator) >= 10**DIGITS:
            raise self.refused(text, "has too many digits")
        return number(found)

    def refused(self, text: str, why: str) -> AltacError:
        shown = text if len(text) <= 40 else f"{text[:37]}..."
        return AltacError([NotOneNumber(self.span, self.path, shown, why, DIGITS)])


def named_by(files: Mapping[str, t.File]) -> Iterator[str]:
    """The files that some files name, by their paths from the program's folder, whether they are read or not."""
    for name, file in files.items():
        for node in walk(file):
            if isinstance(node, t.Call) and node.function.text in FILES and (path := path_of(node)) is not None:
                yield located(name, path)
