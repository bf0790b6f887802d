"""The tokens of any text, as they are typed: what means nothing is a token too, so no text is refused.

Terminals and their order are the grammar's, so a text that parses has the tokens that the parser sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice

from lark import Token

from altac.syntax.parse import MOST_TOKENS, terminals
from altac.syntax.tokens import AGGREGATES, in_context

UNCLOSED, UNKNOWN = "UNCLOSED", "UNKNOWN"  # a text that does not end, and a character that begins no token
BLANKS = "BLANKS"
MOST = 2 * MOST_TOKENS + 1  # that are looked at: every one may have a line break before it
BROKEN = rf'(?P<{UNCLOSED}>"""(?:.|\n)*|"[^"\n]*)|(?P<{BLANKS}>[\t \f]+)|(?P<{UNKNOWN}>.|\n)'
COMMENT = re.compile(r"#[^\n]*")


@cache
def words() -> dict[str, str]:
    """The words of the language with the names of their terminals."""
    found = {str(terminal.pattern.value): terminal.name for terminal in terminals()}
    return {word: name for word, name in found.items() if word.isalpha()} | {word: word.upper() for word in AGGREGATES}


@cache
def signs() -> tuple[str, ...]:
    """The signs of the language, the longest first."""
    found = [str(one.pattern.value) for one in terminals() if one.pattern.type == "str"]
    return tuple(sorted((sign for sign in found if not re.match(r"\w", sign)), key=lambda sign: (-len(sign), sign)))


@cache
def _lexer() -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern for every token, and the terminals of those that are texts."""
    fixed = {str(one.pattern.value): one.name for one in terminals() if one.pattern.type == "str"}
    regular = [one for one in terminals() if one.pattern.type == "re" and not one.name.startswith("__")]
    regular.sort(key=lambda one: (-one.priority, -one.pattern.max_width, -len(one.pattern.value)))
    parts = [f"(?P<{one.name}>{one.pattern.to_regexp()})" for one in regular]
    parts.append(f"(?P<SIGN>{'|'.join(map(re.escape, signs()))})")
    return re.compile("|".join([*parts, BROKEN])), fixed


def scan(text: str) -> list[Token]:
    """The tokens of a text in order, comments among them, each of the type that it has where it stands.

    Blanks and line breaks are left out; every other character is in one of the tokens, up to the `MOST`th: no text that
    has more is a program.
    """
    found: list[Token] = []
    for token in in_context(islice(_raw(text), MOST)):
        if token.type == "_NL":
            start = token.start_pos or 0
            matches = COMMENT.finditer(token)
            found += [_token("COMMENT", one.group(), start + one.start()) for one in matches]
        else:
            found.append(token)
    return found


def _raw(text: str) -> Iterator[Token]:
    pattern, fixed = _lexer()
    for match in pattern.finditer(text):
        kind, value = match.lastgroup or UNKNOWN, match.group()
        if kind != BLANKS:
            yield _token(fixed.get(value, kind), value, match.start())


def _token(kind: str, text: str, start: int) -> Token:
    return Token(kind, text, start_pos=start, end_pos=start + len(text))
