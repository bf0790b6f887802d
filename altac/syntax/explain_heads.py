"""What was probably meant by the words of heads: aggregates, in heads and elsewhere, `where` and `at`."""

from __future__ import annotations

import re

from altac.diagnostics import Diagnostic, Source, Span, closest
from altac.diagnostics.foreign import AGGREGATES
from altac.diagnostics.name_errors import UnknownAggregate
from altac.diagnostics.syntax_errors import Expected, MisplacedAggregate, Slip
from altac.syntax import tokens

BEGINS = {"NAME", "STRING", "NUMBER", "TRUE", "FALSE", "NONE", "LBRACE", "KEY", "QUERY"}  # tokens of a value
ALONE = ("count", "exists")  # aggregates that no value follows
BRINGS_ALONE = (*ALONE, "key", "query")  # known words that no value follows
WITHOUT = ("input", "frame", "layers", "example", "type", "param", "const", "def")  # declarations that no head serves
BROUGHT = re.compile(r"\s*head\s+\w+\s*(?::[^=]*)?=\s*(?P<word>[A-Za-z_]\w*)\s*")
BEFORE_VALUE = re.compile(rf"(?<![\w.])(?P<word>{'|'.join(tokens.AGGREGATES)})\s+$")
WITHOUT_VALUE = re.compile(rf"\s*head\b.*=\s*({'|'.join(word for word in AGGREGATES if word not in ALONE)})\s*")
GIVEN = re.compile(r"\s*(?:(?:var|let)\s+(?P<name>\w+)\s*(?::[^=]*)?=|\w+\s*:=)\s*$")  # all before the value
OPERAND = re.compile(r'\s*\(?(?:(?:key|query)\.)?(\w+|"[^"]*")')


def explain_aggregate(source: Source, start: int, end: int, kind: str, accepted: set[str]) -> Diagnostic | None:
    """A word that is no aggregate in its place, or an aggregate where none can stand.

    Args:
        start: where the token begins that the grammar has no place for, and `end` where it ends.
    """
    begin = source.text.rfind("\n", 0, start) + 1
    line, word = source.text[begin:start], source.text[start:end]
    brought = BROUGHT.fullmatch(line + word if kind == "ALL" else line)
    if brought is not None and (kind in BEGINS or kind == "ALL") and brought["word"] not in BRINGS_ALONE:
        called = Span(source, begin + brought.start("word"), begin + brought.end("word"))
        return UnknownAggregate(called, "function", called.text, closest(called.text, AGGREGATES))
    keyword = re.match(r"\s*(\w*)", line)[1]  # type: ignore[index]
    before = BEFORE_VALUE.search(line)
    if before is not None and kind in BEGINS - {"LBRACE"}:
        place, stands = begin + before.start("word"), keyword == "output" or "PLUS" in accepted
    elif word in AGGREGATES:
        place, stands = start, "NUMBER" in accepted or (line.split() == ["output"] and word not in ("first", "last"))
    else:
        return None
    begins_block = keyword in ("case", "layer") and ":" not in line  # with no expression before that
    if not stands or keyword in WITHOUT or begins_block or line.rstrip().endswith(" at"):
        return None
    aggregate = Span(source, place, place + len(before["word"] if before and place < start else word))
    line = source.text[begin:place]
    rest = source.text[aggregate.end :].split("\n", 1)[0].split("#", 1)[0].rstrip()
    given = GIVEN.fullmatch(line)
    name = (given and given["name"]) or "other"
    meant = f"{name} = {aggregate.text}{_brought(aggregate.text, rest, given is not None)}"
    wanted = (Expected.EXPRESSION,)
    return MisplacedAggregate(aggregate, wanted, aggregate.text, Slip.IN_EXPRESSION, line.strip(), meant)


def _brought(aggregate: str, rest: str, is_whole: bool) -> str:
    """What a head needs behind an aggregate; `is_whole` where the rest of the line belongs to it."""
    operand = OPERAND.match(rest)
    fits = re.match(r"\s+(where|at)\b" if aggregate in ALONE else r"\s+(?!where\b|at\b|else\b)[\w(\"]", rest)
    if is_whole and fits and not re.search(r"\bif\b", rest):
        return rest
    if aggregate in ALONE:
        return " where key.x == 1"
    return f" {operand[1] if operand and fits else 'x'}"


def head_slip(line: str, word: str) -> Slip | None:
    """The parts of a head in another order than that of the grammar, or one that is missing."""
    if "=" not in line and word in ("where", "at"):
        return Slip.BROUGHT
    if word in ("where", "at", "else") and WITHOUT_VALUE.fullmatch(line):
        return Slip.VALUE_MISSING
    if word in ("where", "at") and re.search(r"\belse\b", line):
        return Slip.ELSE_FIRST
    return Slip.AT_BEFORE_WHERE if word == "where" and re.search(r"\bat\b", line) else None
