"""The colours of a text: what each of its tokens is, as far as the text says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from lark import Token

from altac.editing.outline import Kind, Outline, end_of, outline, start_of, word_types
from altac.syntax.scan import UNCLOSED, UNKNOWN


class Colour(Enum):
    """The kinds of tokens; those of the language server protocol, by their names there."""

    KEYWORD = "keyword"
    CONSTANT = "enumMember"  # `true`, `none`, and names of constants
    PARAMETER = "parameter"
    TYPE = "type"
    FUNCTION = "function"
    VARIABLE = "variable"
    HEAD = "property"
    LAYER = "class"
    PROGRAM = "namespace"
    STRING = "string"
    NUMBER = "number"
    COMMENT = "comment"
    OPERATOR = "operator"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Piece:
    """Some characters of one colour; `declares` says that a name is declared there."""

    start: int
    end: int
    colour: Colour
    declares: bool = False


FIXED = {
    "STRING": Colour.STRING,
    "LONG_STRING": Colour.STRING,
    UNCLOSED: Colour.STRING,
    "NUMBER": Colour.NUMBER,
    "COMMENT": Colour.COMMENT,
    "TRUE": Colour.CONSTANT,
    "FALSE": Colour.CONSTANT,
    "NONE": Colour.CONSTANT,
    UNKNOWN: Colour.UNKNOWN,
}
BUILTIN = {
    **dict.fromkeys(("bool", "number"), Colour.TYPE),
    **dict.fromkeys(("token", "position"), Colour.VARIABLE),
    **dict.fromkeys(("min", "max", "abs", "clamp", "len", "lines", "table"), Colour.FUNCTION),
}


def semantic_tokens(text: str) -> list[Piece]:
    """Every token of a text, in order; no two overlap."""
    around = outline(text)
    declared = {one.start for one in around.declared}
    layers = {one.name for one in around.declared if one.kind is Kind.LAYER}
    found = []
    in_run = False
    for place, token in enumerate(around.tokens):
        in_run = token.type == "RUN" or (in_run and not _begins_line(text, token))
        is_layer = in_run and token in layers
        found.append(
            Piece(start_of(token), end_of(token), _colour(around, place, is_layer), start_of(token) in declared)
        )
    return found


def _begins_line(text: str, token: Token) -> bool:
    return text[start_of(token) - 1 : start_of(token)] in ("", "\n")


def _colour(around: Outline, place: int, is_layer: bool) -> Colour:
    token = around.tokens[place]
    if is_layer or (place > 0 and around.tokens[place - 1].type == "LAYER" and token.type not in FIXED):
        return Colour.LAYER if token[:1].isidentifier() else Colour.OPERATOR
    if token.type in FIXED:
        return FIXED[token.type]
    if token.type in word_types():
        return Colour.KEYWORD
    if token.type != "NAME":
        return Colour.OPERATOR
    declared = around.named(str(token), start_of(token))
    if declared is None:
        return BUILTIN.get(str(token), Colour.VARIABLE)
    return colour_of(declared.kind)


def colour_of(kind: Kind) -> Colour:
    """The colour of a name."""
    match kind:
        case Kind.PROGRAM:
            return Colour.PROGRAM
        case Kind.PARAMETER | Kind.CONSTANT:
            return Colour.CONSTANT
        case Kind.TYPE:
            return Colour.TYPE
        case Kind.FUNCTION:
            return Colour.FUNCTION
        case Kind.INPUT | Kind.VARIABLE | Kind.LOCAL | Kind.VALUE | Kind.SCORE:
            return Colour.VARIABLE
        case Kind.HEAD:
            return Colour.HEAD
        case Kind.LAYER:
            return Colour.LAYER
        case Kind.ARGUMENT:
            return Colour.PARAMETER
    assert_never(kind)
