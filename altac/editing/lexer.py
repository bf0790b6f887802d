"""The lexer of alta for Pygments, which finds it by its entry point: colours on paper, in notebooks and on sites."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from pygments.lexer import Lexer  # type: ignore[import-untyped]
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, Text, _TokenType  # type: ignore[import-untyped]

from altac.editing.highlight import Colour, semantic_tokens


class AltaLexer(Lexer):  # type: ignore[misc]
    """Every token as an editor shows it; whole texts and fragments, right or wrong."""

    name = "alta"
    aliases = ("alta",)
    filenames = ("*.alta",)
    mimetypes = ("text/x-alta",)
    url = ""

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """The tokens with their offsets; what stands between them is text."""
        end = 0
        for piece in semantic_tokens(text):
            if piece.start > end:
                yield end, Text, text[end : piece.start]
            yield piece.start, token_of(piece.colour), text[piece.start : piece.end]
            end = piece.end
        if end < len(text):
            yield end, Text, text[end:]


def token_of(colour: Colour) -> _TokenType:
    """What Pygments calls a colour."""
    match colour:
        case Colour.KEYWORD:
            return Keyword
        case Colour.CONSTANT:
            return Name.Constant
        case Colour.PARAMETER | Colour.VARIABLE:
            return Name.Variable
        case Colour.TYPE:
            return Keyword.Type
        case Colour.FUNCTION:
            return Name.Function
        case Colour.HEAD:
            return Name.Attribute
        case Colour.LAYER:
            return Name.Class
        case Colour.PROGRAM:
            return Name.Namespace
        case Colour.STRING:
            return String
        case Colour.NUMBER:
            return Number
        case Colour.COMMENT:
            return Comment
        case Colour.OPERATOR:
            return Operator
        case Colour.UNKNOWN:
            return Error
    assert_never(colour)
