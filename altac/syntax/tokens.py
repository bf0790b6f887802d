"""What the lexer's tokens mean where they stand: blocks, and words that are words of the language in few places only.

`layer` and `run` are words of the language where they begin a line at top level, `until` where it follows a value or a
layer in the line of a `run`. `max`, `min`, `closest` and `sum` are words of the language behind the `=` of a head if a
value follows; but `max(a, b)` is the function. Everywhere else they are names.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token
from lark.indenter import Indenter

WORDS = ("LAYER", "RUN", "UNTIL")
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
        tokens = _with_aggregates(list(_with_words(stream)))
        yield from super().process(iter(tokens))  # type: ignore[no-untyped-call]


def _with_words(stream: Iterator[Token]) -> Iterator[Token]:
    """The tokens, with names in place of words that are none of the language where they stand."""
    depth = 0
    begins, runs = True, False  # whether a line at top level begins, or one that begins with `run` goes on
    before = ""
    for token in stream:
        if token.type in WORDS and not (runs and before in ENDS_VALUE if token.type == "UNTIL" else begins):
            token = Token.new_borrow_pos("NAME", str(token), token)
        depth += (token.type in OPEN) - (token.type in CLOSE)
        is_end = token.type == "_NL" and depth <= 0
        runs = token.type == "RUN" or (runs and not is_end)
        begins = is_end and token.endswith("\n")
        before = token.type
        yield token


def _with_aggregates(tokens: list[Token]) -> list[Token]:
    """The tokens, with words in place of names that are aggregates where they stand."""
    for place, token in enumerate(tokens):
        if token.type == "HEAD":
            equal = _behind(tokens, place, "EQUAL")
            word = tokens[equal + 1] if equal + 1 < len(tokens) else None
            if word is not None and word.type == "NAME" and word in AGGREGATES and _takes_value(tokens, equal + 1):
                tokens[equal + 1] = Token.new_borrow_pos(word.upper(), str(word), word)
    return tokens


def _behind(tokens: list[Token], place: int, kind: str) -> int:
    """The next token of a kind in the same line, outside of brackets; the end if there is none."""
    depth = 0
    for there in range(place + 1, len(tokens)):
        depth += (tokens[there].type in OPEN) - (tokens[there].type in CLOSE)
        if depth < 0 or (depth == 0 and tokens[there].type == "_NL"):
            break
        if depth == 0 and tokens[there].type == kind:
            return there
    return len(tokens)


def _takes_value(tokens: list[Token], place: int) -> bool:
    """Whether a value follows a word, other than the arguments of a function."""
    if place + 1 == len(tokens) or tokens[place + 1].type not in BEGINS_VALUE:
        return False
    if tokens[place + 1].type != "LPAR" or tokens[place] not in ("max", "min"):
        return True
    depth = 0
    for token in tokens[place + 1 :]:
        depth += (token.type in OPEN) - (token.type in CLOSE)
        if depth == 0:
            return True
        if depth == 1 and token.type == "COMMA":
            return False
    return False
