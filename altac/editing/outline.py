"""What a text declares, as far as its tokens say: it need not parse."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from itertools import chain, pairwise

from lark import Token

from altac.syntax.scan import scan, words
from altac.syntax.tokens import CLOSE, LAYERS, OPEN


class Kind(Enum):
    """What a name stands for."""

    PROGRAM = "program"
    PARAMETER = "parameter"
    CONSTANT = "constant"
    TYPE = "type"
    FUNCTION = "function"
    INPUT = "input"
    VARIABLE = "variable"
    HEAD = "head"
    VALUE = "value of a layer"
    SCORE = "score"
    LAYER = "layer"
    ARGUMENT = "argument"
    LOCAL = "local name"


DECLARING = {
    "PROGRAM": Kind.PROGRAM,
    "PARAM": Kind.PARAMETER,
    "CONST": Kind.CONSTANT,
    "TYPE": Kind.TYPE,
    "DEF": Kind.FUNCTION,
    "INPUT": Kind.INPUT,
    "VAR": Kind.VARIABLE,
    "HEAD": Kind.HEAD,
    "SCORE": Kind.SCORE,
    "LAYER": Kind.LAYER,
    "LET": Kind.LOCAL,
    "FOR": Kind.LOCAL,
}
STATE = (Kind.VARIABLE, Kind.HEAD, Kind.VALUE)
MOST_TEXTS = 16  # whose tokens are remembered


@dataclass(frozen=True)
class Declared:
    """A name where it is declared.

    Attributes:
        layer: the layer in which it stands, "" outside of them.
        begin: where its declaration begins, and `finish` where its line ends; of a layer, its block.
        has_domain: whether a domain is written.
    """

    name: str
    kind: Kind
    start: int
    end: int
    layer: str
    begin: int
    finish: int
    has_domain: bool


@dataclass(frozen=True)
class Block:
    """A top-level declaration: its tokens, and where it begins and ends, without blank lines behind it."""

    tokens: tuple[Token, ...]
    begin: int
    finish: int


@dataclass(frozen=True)
class Outline:
    """A text as it is typed: its tokens, its top-level declarations, and the names in them."""

    text: str
    tokens: tuple[Token, ...]
    blocks: tuple[Block, ...]
    declared: tuple[Declared, ...]

    @cached_property
    def by_name(self) -> dict[str, list[Declared]]:
        """The declarations of each name, in order."""
        found: dict[str, list[Declared]] = {}
        for one in self.declared:
            found.setdefault(one.name, []).append(one)
        return found

    def token_at(self, offset: int) -> Token | None:
        """The token at an offset or, at the end of a word, the word."""
        around = [token for token in self.tokens if start_of(token) <= offset <= end_of(token)]
        return max(around, key=lambda token: (token[:1].isidentifier(), start_of(token)), default=None)

    def named(self, name: str, offset: int | None = None) -> Declared | None:
        """What a name was declared as: the last declaration before an offset, else the first one."""
        found = self.by_name.get(name, [])
        before = 0 if offset is None else bisect_right(found, offset, key=lambda one: one.start)
        if before:
            return found[before - 1]
        wide = (one for one in found if one.kind not in (Kind.LOCAL, Kind.ARGUMENT))
        return next(chain(wide, found), None)


def start_of(token: Token) -> int:
    return token.start_pos or 0


def end_of(token: Token) -> int:
    return token.end_pos or 0


@lru_cache(MOST_TEXTS)
def outline(text: str) -> Outline:
    """The outline of a text."""
    tokens = tuple(scan(text))
    blocks = _blocks(text, tokens)
    declared = [one for block in blocks for one in _declared(text, block)]
    captured = _captured(tokens, {one.name for one in declared})
    return Outline(text, tokens, blocks, tuple(sorted((*declared, *captured), key=lambda one: one.start)))


def _blocks(text: str, tokens: tuple[Token, ...]) -> tuple[Block, ...]:
    """The tokens from each that begins a line at its very start, unless brackets hold the line."""
    found: list[list[Token]] = []
    depth = 0
    for token in tokens:
        begins = text[start_of(token) - 1 : start_of(token)] in ("", "\n") and token.type != "COMMENT"
        if begins and (depth <= 0 or token.type in DECLARING):
            found.append([])
            depth = 0
        depth += (token.type in OPEN) - (token.type in CLOSE)
        if found and (token.type != "COMMENT" or text.rfind("\n", 0, start_of(token)) + 1 < start_of(token)):
            found[-1].append(token)
    return tuple(Block(tuple(block), start_of(block[0]), end_of(block[-1])) for block in found)


def _declared(text: str, block: Block) -> list[Declared]:
    found: list[Declared] = []
    tokens = block.tokens
    is_layer = tokens[0].type == "LAYER" and len(tokens) > 1
    layer = str(tokens[1]) if is_layer else ""
    for place, (word, name) in enumerate(pairwise(tokens)):
        kind = DECLARING.get(word.type)
        if kind is None or name.type not in (LAYERS if kind is Kind.LAYER else {"NAME"}):
            continue
        if kind is Kind.VARIABLE and is_layer:
            kind = Kind.VALUE
        line_end = text.find("\n", end_of(name))
        is_whole = place == 0
        finish = block.finish if is_whole else len(text) if line_end < 0 else line_end
        has_domain = place + 2 < len(tokens) and tokens[place + 2] == ":"
        inside = "" if kind is Kind.LAYER else layer
        found.append(
            Declared(str(name), kind, start_of(name), end_of(name), inside, start_of(word), finish, has_domain)
        )
        if kind is Kind.FUNCTION:
            found += _arguments(tokens[place + 2 :], start_of(word), finish)
    return found


def _arguments(tokens: tuple[Token, ...], begin: int, finish: int) -> list[Declared]:
    """The names in parentheses behind that of a function."""
    found: list[Declared] = []
    for token in tokens:
        if token.type == "NAME":
            found.append(Declared(str(token), Kind.ARGUMENT, start_of(token), end_of(token), "", begin, finish, False))
        elif token not in ("(", ","):
            break
    return found


def _captured(tokens: tuple[Token, ...], known: set[str]) -> list[Declared]:
    """The new names in patterns."""
    found: list[Declared] = []
    begin, waits = 0, False
    for before, token in zip((None, *tokens), tokens, strict=False):
        if token.type == "CASE":
            begin, waits = start_of(token), True
        elif token.type in ("COLON", "IF"):
            waits = False
        elif waits and token.type == "NAME" and before in ("case", ",") and token not in known:
            name = str(token)
            found.append(Declared(name, Kind.LOCAL, start_of(token), end_of(token), "", begin, end_of(token), False))
    return found


@lru_cache(1)
def word_types() -> frozenset[str]:
    """The types of tokens that are words of the language."""
    return frozenset(words().values())
