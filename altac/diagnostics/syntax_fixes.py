"""The edits that mend slips, where one is likelier than all others."""

from __future__ import annotations

import re

from altac.diagnostics import foreign
from altac.diagnostics.diagnostic import Edit, Fix
from altac.diagnostics.span import Source, Span
from altac.diagnostics.syntax_words import Slip

WRITTEN = re.compile(r"(?:write|a minus is written) `(\S+)`")
BLANKS = 4  # of a tab
SIGNS = {  # in place of what was found
    Slip.ASSIGNED_WITH_EQUAL: ":=",
    Slip.DECLARED_WITH_WALRUS: "=",
    Slip.DECLARED_WITH_COMPARISON: "=",
    Slip.COMPARISON: "==",
    Slip.AND_OF_SETS: "and",
    Slip.OR_OF_SETS: "or",
    Slip.WRITE_EQUAL: "=",
    Slip.INPUT_WITHOUT_ALPHABET: ":",
}
INSERTED = {  # behind what stands before
    Slip.VARIABLE_WITHOUT_DOMAIN: ": 0..9",
    Slip.NOT_DECLARED: ": 0..9 = 0",
}


def word_written(advice: str) -> str | None:
    """The word that some advice says is to be written, if it says nothing else."""
    found = WRITTEN.fullmatch(advice)
    return None if found is None else found[1]


def slip_fixes(slip: Slip, span: Span, meant: str) -> tuple[Fix, ...]:
    """The edit that mends a slip.

    Args:
        span: what was found.
        meant: what mends it, where a slip knows that.
    """
    source, text = span.source, span.source.text
    begin = text.rfind("\n", 0, span.start) + 1
    line = text[begin : span.start]
    before = begin + len(line.rstrip())
    if slip in SIGNS:
        return Fix.replace(span, SIGNS[slip])
    if slip in INSERTED:
        return Fix.replace(Span(source, before, before), INSERTED[slip], f"add `{INSERTED[slip]}`")
    match slip:
        case Slip.MISSPELT:
            return Fix.replace(span, meant)
        case Slip.OPERATOR:
            word = word_written(foreign.OPERATORS.get(span.text, ""))
            return () if word is None else Fix.replace(span, word)
        case Slip.STATEMENT:
            return _first_word(source, begin, line or span.text)
        case Slip.THEN:
            return Fix.replace(Span(source, before, span.end if span.text in ("then", "do") else before), ":")
        case Slip.ELSE_IF:
            start = line.rfind("else")
            return Fix.replace(Span(source, begin + start, span.end), "elif") if start >= 0 else ()
        case Slip.COMMENT:
            start = text.find("//", begin, span.end)
            return Fix.replace(Span(source, start, start + 2), "#") if start >= 0 else ()
        case Slip.LAST_COMMA:
            return (
                Fix.replace(Span(source, before - 1, before), "", "remove the comma")
                if line.rstrip()[-1:] == ","
                else ()
            )
        case Slip.HALT_WHEN:
            is_word = span.text in ("if", "until", "while", "where", "at")
            return Fix.replace(
                span if is_word else Span(source, span.start, span.start), "when" if is_word else "when "
            )
        case Slip.AUGMENTED:
            name = line.strip()
            end = text.find("=", span.end)
            return Fix.replace(Span(source, span.start, end + 1), f":= {name} {span.text}") if end == span.end else ()
    return ()


def _first_word(source: Source, begin: int, line: str) -> tuple[Fix, ...]:
    """What is written in place of the word with which a line begins."""
    found = re.match(r"\s*(\w+)", line)
    word = None if found is None else word_written(foreign.STATEMENTS.get(found[1], ""))
    if found is None or word is None:
        return ()
    return Fix.replace(Span(source, begin + found.start(1), begin + found.end(1)), word)


def layout_fixes(source: Source) -> tuple[Fix, ...]:
    """Blanks in place of all tabs with which lines begin."""
    found = [match for match in re.finditer(r"^[ \t]+", source.text, re.MULTILINE) if "\t" in match.group()]
    edits = [Edit(Span(source, one.start(), one.end()), one.group().expandtabs(BLANKS)) for one in found]
    return (Fix("indent with blanks", tuple(edits)),) if edits else ()
