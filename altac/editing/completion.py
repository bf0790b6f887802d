"""What can stand at a place: the grammar's parser says which words, and the declarations which names."""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token

from altac.editing.checking import Checked
from altac.editing.outline import DECLARING, STATE, Declared, Kind, Outline, end_of, outline, start_of
from altac.editing.words import BUILTIN, FUNCTIONS, WORDS
from altac.syntax.parse import accepted_after
from altac.syntax.scan import UNCLOSED, words

CONSTANTS = (Kind.PARAMETER, Kind.CONSTANT, Kind.TYPE, Kind.FUNCTION)
ANYWHERE = (*CONSTANTS, *STATE, Kind.ARGUMENT, Kind.LOCAL)
VALUES = ("token", "position")
LONGEST = 50_000  # characters of a declaration that are parsed to know what follows


@dataclass(frozen=True)
class Completion:
    """A text that can stand in place of the word that is being typed, from `start` to the offset.

    `kind` is None for words of the language, and for what is built in.
    """

    label: str
    kind: Kind | None
    detail: str
    start: int


def completions(text: str, offset: int, checked: Checked | None = None) -> list[Completion]:
    """What can be typed at an offset: names first, then words of the language, each in alphabetical order.

    What is already typed of a word does not choose among them: editors do that.

    Args:
        checked: what was found out about this text, or an earlier one: it has the domains.
    """
    offset = max(0, min(offset, len(text)))
    around = outline(text)
    inside = [token for token in around.tokens if start_of(token) < offset <= end_of(token)]
    if any(_is_text(token, offset) for token in inside):
        return []
    start = next((start_of(token) for token in inside if token[:1].isidentifier()), offset)
    before = [token for token in around.tokens if end_of(token) <= start and token.type != "COMMENT"]
    begun = text[_chunk(around, start) : start]
    accepted = accepted_after(begun) if len(begun) <= LONGEST else None
    by_type = {name: word for word, name in words().items()}
    if accepted is None:  # what stands before is wrong already, or more than can be read at once
        accepted = {"NAME", *by_type}
    found = {word: Completion(word, None, WORDS[word][0], start) for name, word in by_type.items() if name in accepted}
    names = _names(around, before, start, checked) if "NAME" in accepted else {}
    if _names_layer(_line(text, before, start)):  # no layer of the program has such a name, or it is among the names
        found = {}
    return [*_sorted(names), *_sorted({word: one for word, one in found.items() if word not in names})]


def _is_text(token: Token, offset: int) -> bool:
    """Whether an offset is inside a symbol, a docstring, a comment or a number."""
    if token.type in ("STRING", "LONG_STRING"):
        return offset < end_of(token)
    return token.type in (UNCLOSED, "COMMENT", "NUMBER")


def _sorted(found: dict[str, Completion]) -> list[Completion]:
    return [found[label] for label in sorted(found)]


def _chunk(around: Outline, offset: int) -> int:
    """Where the top-level declaration begins that goes on at an offset."""
    return max((block.begin for block in around.blocks if block.begin < offset), default=0)


def _names(around: Outline, before: list[Token], start: int, checked: Checked | None) -> dict[str, Completion]:
    """The names that can stand at a place, by the tokens before it."""
    last = before[-1].type if before else ""
    line = _line(around.text, before, start)
    begins = line[0].type if line else ""
    if last in DECLARING or last == "FRAME":
        return _of(around, start, (Kind.INPUT,), checked) if last == "FRAME" else {}
    if last == "DOT":
        return _of(around, start, STATE, checked) | _builtin(VALUES, start, checked)
    if _names_layer(line):
        return _of(around, start, (Kind.LAYER,), checked)
    if begins == "OUTPUT" and len(line) == 1:
        return _of(around, start, (Kind.VARIABLE, Kind.VALUE, Kind.HEAD, Kind.SCORE), checked)
    if not line and start > 0:
        return _of(around, start, (Kind.VARIABLE,), checked)
    return _of(around, start, ANYWHERE, checked) | _builtin((*VALUES, "bool", "number", *FUNCTIONS), start, checked)


def _line(text: str, before: list[Token], start: int) -> list[Token]:
    """The tokens of the line, up to an offset."""
    begin = text.rfind("\n", 0, start) + 1
    return [token for token in before if start_of(token) >= begin]


def _names_layer(line: list[Token]) -> bool:
    """Whether the name of a layer follows."""
    return bool(line) and line[0].type == "RUN" and line[-1].type in ("RUN", "COMMA", "LPAR")


def _of(around: Outline, start: int, kinds: tuple[Kind, ...], checked: Checked | None) -> dict[str, Completion]:
    declared = [one for one in around.declared if one.kind in kinds and _is_known(one, start)]
    return {one.name: Completion(one.name, one.kind, _detail(one, checked), start) for one in declared}


def _is_known(declared: Declared, offset: int) -> bool:
    """Whether a name can be known at an offset: arguments are in their function, local names after they stand."""
    if declared.start == offset:
        return False
    match declared.kind:
        case Kind.ARGUMENT:
            return declared.begin <= offset <= declared.finish + 1
        case Kind.LOCAL:
            return declared.end < offset
    return True


def _detail(declared: Declared, checked: Checked | None) -> str:
    domain = None if checked is None else checked.domain(declared.name)
    return declared.kind.value if domain is None else f"{declared.kind.value}: {domain}"


def _builtin(names: tuple[str, ...], start: int, checked: Checked | None) -> dict[str, Completion]:
    found = {}
    for name in names:
        domain = None if checked is None else checked.domain(name)
        found[name] = Completion(name, None, BUILTIN[name] if domain is None else f"{name}: {domain}", start)
    return found
