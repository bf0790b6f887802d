"""What was probably meant in and around layers: the lines of `layer` and `run`, and declarations inside of blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from altac.diagnostics import closest
from altac.diagnostics.foreign import OPERATORS, REPEATING
from altac.diagnostics.syntax_errors import Expected, Slip
from altac.syntax.tokens import LAYERS

ENDS = ("_NL", "$END", "_DEDENT")
UNTIL = ("while", "when", "if", "where", "for", "unless")
SIGNS = ("->", "+", "&", "|", "and", "then", "/")


@dataclass(frozen=True)
class Place:
    """Where a token stands that the grammar has no place for."""

    block: str  # the word with which the last line at top level begins
    line: str  # what stands before the token on its line
    word: str
    rest: str  # what stands after it
    kind: str
    accepted: frozenset[str]

    @property
    def begun(self) -> str:
        return self.line.strip()

    @property
    def keyword(self) -> str:
        return re.match(r"\w*", self.begun)[0]  # type: ignore[index]

    @property
    def is_named(self) -> bool:
        """Whether a layer's name could stand here."""
        return "NAME" in self.accepted and "EXISTS" in self.accepted and "NUMBER" not in self.accepted


def block_of(text: str, start: int) -> str:
    """The first word of the last line that begins at top level, up to the line that begins at `start`."""
    words = re.findall(r"^(\w+)", text[: text.find("\n", start) if "\n" in text[start:] else None], re.MULTILINE)
    return words[-1] if words else ""


def expected_in_layers(line: str, accepted: set[str]) -> Expected | None:
    """What could stand after the beginning of a line, if only layers have such a place."""
    if re.match(r"run\b", line):
        if "UNTIL" in accepted:
            return Expected.REPEATED
        if "EXISTS" in accepted:
            return Expected.LAYER
    return Expected.LAYER_ITEM if {"HEAD", "MATCH"} <= accepted and "PROGRAM" not in accepted else None


def layer_slip(place: Place, declarations: tuple[str, ...]) -> tuple[Slip, str] | None:
    """What was probably meant, and what mends it."""
    if place.keyword == "var" and re.search(r":\s*scalar\s*$", place.line):
        return Slip.SCALAR, ""
    if place.line[:1] == " ":
        found = _slip_in_block(place, declarations)
        name = re.match(r"\s*([A-Za-z_]\w*)", place.rest)
        return None if found is None else (found, name[1] if name else "y")
    match place.keyword:
        case "run":
            return _slip_of_run(place)
        case "layer" | "layers" | "step":
            return _slip_of_block(place)
    return None


def _slip_in_block(place: Place, declarations: tuple[str, ...]) -> Slip | None:
    begun, keyword, word = place.begun, place.keyword, place.word
    begins = "LET" in place.accepted and (not begun or begun.endswith(":"))
    if begins and word in declarations and not re.match(r"\s*(:=|=(?!=)|$)", place.rest):
        if place.block == "step" and word == "var":
            return Slip.VAR_IN_STEP
        return Slip.DIRECTLY_IN_LAYER if place.block == "layer" and word in ("head", "var") else Slip.DECLARED_IN_BLOCK
    if begun in ("layer", "run") and place.kind in LAYERS | {"LPAR"}:
        return Slip.DECLARED_IN_BLOCK
    if place.block != "layer":
        return None
    if keyword in REPEATING and begun == keyword:
        return Slip.REPEATED
    if keyword not in ("var", "head"):
        return None
    if word in (":=", "=="):
        return Slip.WRITE_EQUAL if "EQUAL" in place.accepted else None
    if "EQUAL" in place.accepted and place.kind in ENDS:
        return Slip.NO_VALUE
    return None


def _slip_of_block(place: Place) -> tuple[Slip, str] | None:
    """The lines that begin with `layer`, `layers` and `step`."""
    keyword, word = place.keyword, place.word
    if keyword == "step" and place.kind in LAYERS and "COLON" in place.accepted:
        return Slip.STEP_WITH_NAME, ""
    if keyword == "layers" and word == ":" and (name := re.fullmatch(r"layers\s+([A-Za-z_]\w*)", place.begun)):
        return Slip.LAYER_BLOCK, name[1]
    if keyword in ("layer", "step") and ":" in place.begun and word in ("head", "var", "if", "for", "match"):
        return Slip.NOT_INDENTED, ""
    if keyword != "layer" or ":" in place.begun:
        return None
    if place.is_named:
        if place.kind == "NUMBER":
            return Slip.LAYERS_COUNTED, ""
        return (Slip.LAYER_NAMED, "") if place.kind in ("COLON", *ENDS) else None
    return None if place.kind in ENDS else (Slip.LAYER_BLOCK, place.begun.split()[-1])


def _slip_of_run(place: Place) -> tuple[Slip, str] | None:
    word, kind, before = place.word, place.kind, place.line.rstrip()
    in_group = "RPAR" in place.accepted and "UNTIL" not in place.accepted
    if place.is_named:
        if kind == "NUMBER":
            name = re.match(r"\s*\*?\s*([A-Za-z_]\w*)", place.rest)
            return Slip.TIMES, f"{before} {name[1] if name else 'look'} * {word}"
        if word in ("(", "[", "{"):
            return Slip.GROUP, ""
        if word == "step":
            limit = re.match(r"\s*(?:\*|until\b)\s*([^,#]*[^,#\s])", place.rest)
            how = "layers" if limit is None or "*" in limit[0].split(maxsplit=1)[0] else "halt when"
            return Slip.STEP_IN_RUN, f"{how} {limit[1] if limit else 1}"
        if kind in (*ENDS, "RPAR") and re.search(r",\s*(#.*)?$", before):
            return Slip.LAST_COMMA, ""
        return (Slip.NO_LAYER, "") if kind in (*ENDS, "COMMA", "RPAR", "COLON", "STAR") else None
    if in_group and (kind in ("STAR", "UNTIL") or word in UNTIL):
        return Slip.GROUP, ""
    if kind == "UNTIL":
        return Slip.ONE_LIMIT, ""
    if word == ":":
        return Slip.RUN_BLOCK, ""
    if "UNTIL" in place.accepted:
        if re.search(r"(run|,)\s+until$", before):
            return Slip.NO_LAYER, ""
        if word in UNTIL:
            return Slip.UNTIL, ""
        number = re.match(r"\s*([0-9]+)", word + place.rest if kind == "NUMBER" else place.rest)
        if number and (kind == "NUMBER" or word in ("x", "times")):
            return Slip.TIMES, f"{before} * {number[1]}"
        if kind == "NAME" and closest(word, ("until",)) and place.rest.strip():
            return Slip.MISSPELT, "until"
    elif re.search(r"\*[^,*]*$", before) and kind in ("PLUS", "MINUS", "STAR", "SLASH", "DOUBLE_SLASH", "PERCENT"):
        return Slip.COUNT, ""
    follows = kind in LAYERS or word == "(" or ("UNTIL" in place.accepted and word in SIGNS)
    return (Slip.COMMAS, "") if follows and word not in OPERATORS and "NUMBER" not in place.accepted else None
