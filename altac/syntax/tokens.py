"""What the lexer's tokens mean where they stand: blocks, and words that are words of the language in few places only.

`layer` and `run` are words of the language where they begin a line at top level, `until` where it follows a value or a
layer in the line of a `run`. Everywhere else they are names, as they were before the language had layers.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token
from lark.indenter import Indenter

WORDS = ("LAYER", "RUN", "UNTIL")
OPEN, CLOSE = ("LPAR", "LSQB", "LBRACE"), ("RPAR", "RSQB", "RBRACE")
LAYERS = {"NAME", "COUNT", "EXISTS", "MEAN", "FIRST", "LAST"}  # what a layer may be called
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
        yield from super().process(_with_words(stream))  # type: ignore[no-untyped-call]


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
