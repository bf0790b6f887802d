"""What the lexer's tokens mean where they stand: blocks, and words that are words of the language in few places only.

`layer`, `run`, `score`, `causal` and `generate` are words of the language where they begin a line at top level,
`until` where it follows a value or a layer in the line of a `run`, or `generate` itself, `temperature` where it
follows a value in the line of a `score`, and `pooled` where it follows the name in the line of an `output`. `closest`
and `sum` are words of the language behind the `=` of a head if a value follows, `max` and `min` there unless they are
called: `max(a, b)` is the function. Everywhere else they are names.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token
from lark.exceptions import LexError
from lark.indenter import Indenter

BEGINS_LINE = {"LAYER", "RUN", "SCORE", "CAUSAL", "GENERATE"}
WORDS = BEGINS_LINE | {"UNTIL", "TEMPERATURE", "POOLED"}
OPEN, CLOSE = ("LPAR", "LSQB", "LBRACE"), ("RPAR", "RSQB", "RBRACE")
LAYERS = {"NAME", "COUNT", "EXISTS", "MEAN", "FIRST", "LAST"}  # what a layer may be called
AGGREGATES = ("max", "min", "closest", "sum")
BEGINS_VALUE = {"NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NONE", "KEY", "QUERY", "NOT", *OPEN}
ENDS_VALUE = LAYERS | {"NUMBER", "STRING", "TRUE", "FALSE", "NONE", "QMARK", *CLOSE}


class Indentation(Indenter):
    """Turns changes of indentation into block tokens; brackets suspend it."""

    @property
    def NL_type(self) -> str:
        return "_NL"

    @property
    def OPEN_PAREN_types(self) -> list[str]:
        return list(OPEN)

    @property
    def CLOSE_PAREN_types(self) -> list[str]:
        return list(CLOSE)

    @property
    def INDENT_type(self) -> str:
        return "_INDENT"

    @property
    def DEDENT_type(self) -> str:
        return "_DEDENT"

    @property
    def tab_len(self) -> int:
        return 8

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        yield from super().process(in_context(stream))  # type: ignore[no-untyped-call]


def in_context(stream: Iterator[Token]) -> Iterator[Token]:
    """The tokens of the lexer, each of the type that it has where it stands."""
    return _with_aggregates(_with_words(stream))


def _with_words(stream: Iterator[Token]) -> Iterator[Token]:
    """The tokens, with names in place of words that are none of the language where they stand."""
    depth = 0
    begins, line = True, ""  # whether a line at top level begins; what the line begins with, once it has begun
    before = ""
    for token in stream:
        if token.type in WORDS and not (begins if token.type in BEGINS_LINE else _follows(token.type, line, before)):
            token = Token.new_borrow_pos("NAME", str(token), token)
        depth += (token.type in OPEN) - (token.type in CLOSE)
        is_end = token.type == "_NL" and depth <= 0
        line = "" if is_end else line or token.type
        begins = is_end and token.endswith("\n")
        before = token.type
        yield token


def _follows(word: str, line: str, before: str) -> bool:
    """Whether a word stands where it is one, by what its line begins with and what is before it."""
    match word:
        case "UNTIL":
            return before == "GENERATE" or (line == "RUN" and before in ENDS_VALUE)
        case "TEMPERATURE":
            return line == "SCORE" and before in ENDS_VALUE
    return line == "OUTPUT" and before == "NAME"


def _with_aggregates(stream: Iterator[Token]) -> Iterator[Token]:
    """The tokens, with words in place of names that are aggregates where they stand."""
    depth, waits = 0, False  # whether the `=` of a head is still to come
    for token in stream:
        yield token
        depth = 0 if token.type == "HEAD" else depth + (token.type in OPEN) - (token.type in CLOSE)
        waits = token.type == "HEAD" or (waits and not (token.type == "_NL" and depth <= 0))
        if waits and depth == 0 and token.type == "EQUAL":
            waits = False
            yield from _brought(stream)


def _brought(stream: Iterator[Token]) -> Iterator[Token]:
    """The tokens behind the `=` of a head: no more is read ahead than is needed."""
    held: list[Token] = []
    failure: LexError | None = None
    answer: bool | None = None
    try:
        while answer is None and (token := next(stream, None)) is not None:
            held.append(token)
            answer = _is_aggregate(held)
    except LexError as error:  # told after what stands before it
        failure = error
    if answer:
        held[0] = Token.new_borrow_pos(held[0].upper(), str(held[0]), held[0])
    yield from held
    if failure is not None:
        raise failure


def _is_aggregate(tokens: list[Token]) -> bool | None:
    """Whether the first token is an aggregate: a value follows, and not arguments. None where it is not clear yet."""
    word, *others = tokens
    if word.type != "NAME" or word not in AGGREGATES:
        return False
    if not others:
        return None
    if word not in ("max", "min"):
        return others[0].type in BEGINS_VALUE
    if others[0].type != "LPAR":  # no variable can have these names
        return True
    depth = sum((token.type in OPEN) - (token.type in CLOSE) for token in others)
    if depth == 1 and others[-1].type == "COMMA":
        return False
    return None if depth else True
