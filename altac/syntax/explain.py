"""From a token without a place to the diagnostic: what was expected, what was found, and what was probably meant."""

from __future__ import annotations

import re

from lark import Token

from altac.diagnostics import Diagnostic, Source, Span, closest, foreign
from altac.diagnostics.syntax_errors import (
    Ending,
    Expected,
    ReservedWord,
    Slip,
    UnclosedText,
    UnexpectedText,
    UnknownCharacter,
)
from altac.syntax.explain_heads import BEGINS, WITHOUT_VALUE, explain_aggregate, head_slip
from altac.syntax.explain_layers import Place, block_of, expected_in_layers, layer_slip

DECLARATIONS = (
    *("program", "import", "param", "const", "type", "def", "input", "frame", "var", "head", "step"),
    *("layer", "run", "halt", "layers", "output", "example"),
)
STATEMENTS = ("if", "elif", "else", "match", "case", "for", "let", "pass")
OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "DOUBLE_SLASH", "PERCENT", "EQ", "NE", "LT", "GT", "LE", "GE"}
CLOSING = {"(": ")", "[": "]", "{": "}"}
WORDS = {
    "COLON": Expected.COLON,
    "EQUAL": Expected.EQUAL,
    "RPAR": Expected.RPAR,
    "RSQB": Expected.RSQB,
    "RBRACE": Expected.RBRACE,
    "LPAR": Expected.LPAR,
    "COMMA": Expected.COMMA,
    "NAME": Expected.NAME,
    "STRING": Expected.STRING,
    "_NL": Expected.END,
    "_INDENT": Expected.BLOCK,
    "RANGE": Expected.RANGE,
    "IN": Expected.IN,
    "WHEN": Expected.WHEN,
    "TO": Expected.TO,
    "CASE": Expected.CASE,
    "ELSE": Expected.ELSE,
    "DOT": Expected.FIELD,
}
ENDINGS = {"_INDENT": Ending.INDENT, "_DEDENT": Ending.BLOCK, "$END": Ending.FILE, "_NL": Ending.LINE}
RESERVED = {"count", "exists", "mean", "first", "last", "all", "key", "query", "match", "case", "pass"}
PLACES = ("first", "last", "all")


def explain_character(source: Source, offset: int) -> Diagnostic:
    """A character that begins no token."""
    character = source.text[offset] if offset < len(source.text) else " "
    span = Span(source, offset, offset + 1)
    return UnclosedText(span, '"') if character == '"' else UnknownCharacter(span, character)


def explain_token(source: Source, length: int, token: Token, accepted: set[str]) -> Diagnostic:
    """A token that the grammar has no place for; `length` is where the parsed text ends."""
    start = min(token.start_pos if token.start_pos is not None else length, length)
    kind = token.type
    opened = _open_brackets(source, start if kind not in ("$END", "_NL", "_DEDENT") else length)
    first = source.text[source.text.rfind("\n", 0, start) + 1 : start].rstrip()
    if opened and (kind in ("$END", "_NL", "_DEDENT") or token in DECLARATIONS or first in ("layer", "run")):
        offset, bracket = opened[-1]
        return UnclosedText(Span(source, offset, offset + 1), CLOSING[bracket])
    word = str(token)
    if kind in ENDINGS:
        start, end = _line_end(source, start, kind)
    else:
        start, word = _operator(source, start, word)
        end = start + len(word.split("\n", 1)[0])
    span = Span(source, start, end)
    begin = source.text.rfind("\n", 0, start) + 1
    line = source.text[begin:start]
    rest = source.text[end:].split("\n", 1)[0]
    aggregate = explain_aggregate(source, start, end, kind, accepted)
    if aggregate is not None:
        return aggregate
    place = Place(block_of(source.text, begin), line, word, rest, kind, frozenset(accepted))
    in_layers = layer_slip(place, DECLARATIONS)
    is_output = line.split() == ["output"] and (rest.strip() or word in ("true", "false", "none"))
    is_name = "NAME" in accepted and "NUMBER" not in accepted and not is_output
    if is_name and re.fullmatch(r"[a-z_]+", word) and kind != "NAME" and in_layers is None:
        return ReservedWord(span, word)
    side = re.search(r"\b(key|query)\s*$", line)
    if accepted == {"DOT"} and side and re.search(rf"\bfor\s+{side[1]}\s+in\b", source.text):
        return ReservedWord(Span(source, begin + side.start(), begin + side.end(1)), side[1])
    found = ENDINGS.get(kind) or span.text
    expected = _expected(line, accepted)
    slip, meant = in_layers or _slip(line, word, rest, kind, accepted, "".join(bracket for _, bracket in opened))
    return UnexpectedText(span, expected, found, slip, line.strip(), meant)


def _expected(line: str, accepted: set[str]) -> tuple[Expected, ...]:
    """What could stand after the beginning of a line."""
    keyword = _first_word(line)
    before = line.rstrip()
    if (in_layers := expected_in_layers(line, accepted)) is not None:
        return (in_layers,)
    if "NUMBER" in accepted and "NAME" in accepted:
        if keyword in ("var", "input", "type") and re.fullmatch(r"\s*\w+\s+\w+\s*[:=]", before):
            return (Expected.DOMAIN,)
        if keyword == "head" and before.endswith("="):
            return (Expected.BROUGHT,)
        if before.endswith((" at", "\tat")):
            return (Expected.OFFSETS,)
        return (Expected.PATTERN if keyword == "case" else Expected.EXPRESSION,)
    if "PROGRAM" in accepted:
        return (Expected.DECLARATION,)
    if "MATCH" in accepted and "NAME" in accepted:
        return (Expected.STATEMENT,)
    if keyword == "case" and "STRING" in accepted:
        return (Expected.PATTERN,)
    if keyword == "frame":
        return (Expected.FRAMED,)
    if keyword == "output" and "FIRST" in accepted and "LAST" in accepted:
        return (Expected.READ_AT,)
    if keyword == "example" and not re.search(r'"\s*->', before):
        return (Expected.STRING if "STRING" in accepted else Expected.ARROW,)
    if keyword == "head" and before.endswith(("count", "exists")) and "WHERE" in accepted:
        return (Expected.SELECTION,)
    telling = [WORDS[name] for name in WORDS if name in accepted]
    if accepted & OPERATORS:
        closers = [WORDS[name] for name in ("RPAR", "RSQB", "RBRACE", "COLON", "EQUAL") if name in accepted]
        telling = closers or [Expected.OPERATOR]
    return tuple(dict.fromkeys(telling[:3])) or (Expected.NEXT_VALUE,)


def _first_word(line: str) -> str:
    word = re.match(r"\s*(\w*)", line)
    return word[1] if word else ""


Finding = tuple[Slip | None, str]


def _slip(line: str, word: str, rest: str, kind: str, accepted: set[str], opened: str) -> Finding:
    """What was probably meant, if one thing is likelier than others.

    Args:
        line: what stands before the word, and `rest` what stands after it.
        opened: the brackets around it.
    """
    indented, keyword, before = line[:1] == " ", _first_word(line), line.rstrip()
    if keyword == "output" and (output := _output_slip(line, word, rest, kind)) is not None:
        return output
    if keyword in ("case", "match") and (pattern := _case_slip(line, word, kind, opened, accepted)) is not None:
        return pattern, ""
    if accepted in ({"DOT"}, {"NAME"}) and (side := SIDE.search(line)) is not None:
        return Slip.SIDE, f"{side['side']}.{side['variable'] or _variable(word, rest, kind)}"
    if word in foreign.OPERATORS:
        return Slip.OPERATOR, ""
    is_import = keyword == "import" and not indented and kind != "NAME"
    if (keyword or word) in foreign.STATEMENTS and not is_import and "PROGRAM" not in accepted:
        return Slip.STATEMENT, ""
    if "PROGRAM" in accepted and kind == "NAME":
        return _declaration_slip(word)
    if word in STATEMENTS and "PROGRAM" in accepted:
        return Slip.STATEMENT_AT_TOP, ""
    if kind == "_INDENT":
        return Slip.INDENTED, ""
    if "_INDENT" in accepted:
        return Slip.NOT_INDENTED, ""
    if word == "if" and before.endswith("else"):
        return Slip.ELSE_IF, ""
    if kind in ENDINGS:
        return _end_slip(before.strip(), keyword, kind, accepted), ""
    if re.search(r"\b(select|aggregate)\s*\(", line):
        return Slip.SELECT, ""
    if before.endswith("?") and kind in BEGINS | {"LPAR", "MINUS"}:
        return Slip.CONDITIONAL, ""
    if keyword in WHOLE_LINES and (keyword != "halt" or accepted == {"WHEN"}):
        return WHOLE_LINES[keyword], ""
    if opened and word in (",", ":"):
        return _bracket_slip(word, opened), ""
    if keyword == "def" and (word == "->" or accepted == {"LPAR"}):
        return (Slip.FUNCTION_BODY if word == "->" else Slip.ARGUMENTS), ""
    if word in ("=", ":=", "==", ":"):
        return _assignment_slip(line, word, keyword, indented, accepted), ""
    if keyword == "head" and (order := head_slip(line, word)) is not None:
        return order, ""
    if word in PLACES and (name := re.search(r"(\w+)\s+at\s*$", line)):
        return Slip.PLACE_AFTER_AT, name[1] if word == "all" else f"{word} {name[1]}"
    if word == "at" and indented and (name := re.search(r"(\w+)\s*$", line)):
        place = rest.strip()
        brought = f"{place} {name[1]}" if place in ("first", "last") else f"{name[1]} at -1"
        return Slip.IN_EXPRESSION, f"other = {brought}"
    if keyword == "head" and re.search(r"=\s*(count|exists)\s*$", line):
        return Slip.VALUE_OF_COUNT, ""
    if before.endswith("//") or "//" in line.split('"')[-1]:
        return Slip.COMMENT, ""
    if re.fullmatch(r"\s*\w+\s*", line) and indented and re.fullmatch(r"[-+*/%|&^]", word):
        return Slip.AUGMENTED, ""
    if word in DECLARATIONS or word in RESERVED:
        return Slip.RESERVED, ""
    if word == ",":
        return (Slip.TUPLE if indented else None), ""
    return SIGNS.get(word), ""


WHOLE_LINES = {  # declarations of which one form says it all
    "layers": Slip.LAYERS_EQUAL,
    "halt": Slip.HALT_WHEN,
    "frame": Slip.FRAMED,
    "example": Slip.EXAMPLE,
}
SIGNS = {
    "&": Slip.AND_OF_SETS,
    "|": Slip.OR_OF_SETS,
    "{": Slip.BRACES,
    ".": Slip.FIELD,
    "then": Slip.THEN,
    "do": Slip.THEN,
}


SIDE = re.compile(r"((?P<variable>[A-Za-z_]\w*)\[)?\b(?P<side>key|query)\s*\.?\s*$")  # what a variable should follow


def _variable(word: str, rest: str, kind: str) -> str:
    """The variable that is meant after `key` or `query`."""
    if kind == "NAME":
        return word
    name = re.match(r"\W*([A-Za-z_]\w*)", rest) if word in ("[", "(", "{", ":", "->") else None
    return name[1] if name else "x"


PATTERNS = {  # what stands in a pattern that is none
    **dict.fromkeys(
        (">", "<", ">=", "<=", "==", "!=", "in", "and", "not", "if", "when", "where"), Slip.CONDITION_AS_PATTERN
    ),
    **dict.fromkeys(("or", "||", "&"), Slip.ALTERNATIVES),
    **dict.fromkeys(("..", "to"), Slip.PATTERN_RANGE),
    **dict.fromkeys(("+", "-", "*", "/", "//", "%", "[", "(", "key", "query"), Slip.COMPUTED_PATTERN),
    "as": Slip.CAPTURE,
    "else": Slip.REST,
}


def _case_slip(line: str, word: str, kind: str, opened: str, accepted: set[str]) -> Slip | None:
    """What is not a pattern, or not a subject of a `match`."""
    if _first_word(line) == "match":
        return Slip.SUBJECTS if opened == "(" and word == "," else None
    if re.search(r":|\bif\b", line):
        return None
    before = line.rstrip()
    if "STRING" in accepted and word in ("{", "[", "(", "*"):
        return {"(": Slip.PATTERNS, "*": Slip.REST}.get(word, Slip.SET_AS_PATTERN)
    if (kind == "NAME" and before.endswith("..")) or (
        word == ".." and re.search(r"case\s(.*\W)?[A-Za-z_]\w*$", before)
    ):
        return Slip.NAMED_END
    if before.endswith("..") or (word == "-" and before.endswith('"')):
        return Slip.PATTERN_RANGE if word != "..." else None
    return Slip.ALTERNATIVES if kind in ("STRING", "NUMBER") and "STRING" not in accepted else PATTERNS.get(word)


def _declaration_slip(word: str) -> Finding:
    """A line that does not begin with a declaration."""
    if word in foreign.DECLARATIONS:
        return Slip.DECLARED, ""
    known = closest(word, DECLARATIONS)
    return (Slip.NO_KEYWORD, "") if known is None else (Slip.MISSPELT, known)


def _output_slip(line: str, word: str, rest: str, kind: str) -> Finding | None:
    """What stands after `output` in place of a variable and where it is read."""
    if word == "at" and " where " in line:
        return Slip.WHERE_BEFORE_AT, ""
    begun = re.fullmatch(r"\s*output(\s+(?P<name>\w+))?(?P<at>\s+at(\s+(?P<place>first|last|all))?)?\s*", line)
    if begun is None or kind in ENDINGS:
        return None
    name = begun["name"]
    if word in PLACES and begun["at"] is None:
        variable = name or next(iter(re.findall(r"\w+", rest)), "x")
        return Slip.PLACE_OF_OUTPUT, f"{variable} at {word}"
    if begun["at"] and (begun["place"] is None or word in (",", *PLACES)):
        return Slip.PLACES_OF_OUTPUT, name
    if name is None or (kind == "NAME" and word in foreign.OPERATORS):
        return Slip.COMPUTED_OUTPUT, ""
    if word in ("[", "."):
        return Slip.PLACES_OF_OUTPUT, name
    if word == ":":
        return Slip.DOMAIN_OF_OUTPUT, name
    if word in ("if", "when") and " else " not in rest:
        return Slip.CONDITION_OF_OUTPUT, name
    return (Slip.SEVERAL_OUTPUTS if word == "," or kind == "NAME" else Slip.COMPUTED_OUTPUT), ""


def _bracket_slip(word: str, opened: str) -> Slip | None:
    """A comma or a colon in brackets that hold one value."""
    if opened.endswith("["):
        return Slip.SEVERAL_INDICES if word == "," else Slip.SLICE
    if opened.endswith("(") and word == ",":
        return Slip.TUPLE_AS_KEY if opened.endswith(("{(", "[(")) else Slip.TUPLE
    return None


def _end_slip(line: str, keyword: str, kind: str, accepted: set[str]) -> Slip | None:
    """The edit where a line ends too early."""
    if kind in ("_NL", "$END") and "COLON" in accepted:
        return {"var": Slip.NOT_DECLARED, "head": Slip.NO_VALUE}.get(keyword, Slip.THEN)
    if kind in ("_NL", "$END") and "EQUAL" in accepted:
        return Slip.NO_INITIAL if keyword == "var" else Slip.NO_VALUE
    if "ELSE" in accepted and " if " in line:
        return Slip.HALF_CHOICE
    return Slip.VALUE_MISSING if WITHOUT_VALUE.fullmatch(line) else None


def _assignment_slip(line: str, word: str, keyword: str, indented: bool, accepted: set[str]) -> Slip | None:
    """The edit where one of `=`, `:=`, `==` and `:` stands for another."""
    if word == ":":
        if keyword == "def":
            return Slip.FUNCTION_BODY
        if keyword in ("let", "const", "param") and "EQUAL" in accepted:
            return Slip.KIND_FOLLOWS
        return Slip.WRITE_EQUAL if keyword == "type" else None
    if word == ":=":
        return None if indented else Slip.DECLARED_WITH_WALRUS
    if word == "==":
        return Slip.DECLARED_WITH_COMPARISON if "EQUAL" in accepted else None
    if indented and re.fullmatch(r".*:\s*\w+\s*" if keyword in STATEMENTS else r"\s*\w+\s*", line):
        return Slip.ASSIGNED_WITH_EQUAL
    if keyword in ("var", "input") and "COLON" in accepted:
        return Slip.VARIABLE_WITHOUT_DOMAIN if keyword == "var" else Slip.INPUT_WITHOUT_ALPHABET
    return Slip.COMPARISON if keyword in ("if", "elif", "case", "halt", "head", "output") else None


def _operator(source: Source, start: int, word: str) -> tuple[int, str]:
    """The whole of an operator that another language has, where the token is a part of it."""
    for match in re.finditer(r"[!=<>&|*.+-]+", source.text[max(0, start - 2) : start + 3]):
        begin = max(0, start - 2) + match.start()
        if begin <= start < begin + len(match.group()) and match.group() in foreign.OPERATORS:
            return begin, match.group()
    return start, word


def _line_end(source: Source, offset: int, kind: str) -> tuple[int, int]:
    """Where to point for the end of a line or block: behind the last text before the offset."""
    if kind == "_INDENT":
        text = source.text
        match = re.compile(r"[ \n]*(#[^\n]*\n[ \n]*)*").match(text, offset)
        start = match.end() if match else offset
        end = text.find("\n", start)
        return start, end if end >= 0 else len(text)
    code = re.sub(r"#[^\n]*$", "", source.text[:offset], flags=re.MULTILINE) if kind != "_NL" else source.text[:offset]
    end = len(code.rstrip())
    return end, end + 1


def _open_brackets(source: Source, end: int) -> list[tuple[int, str]]:
    """The brackets that are open at the offset, the innermost last."""
    stack: list[tuple[int, str]] = []
    for match in re.finditer(r'"""(?:.|\n)*?"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|[()\[\]{}]', source.text[:end]):
        character = match.group()
        if character in CLOSING:
            stack.append((match.start(), character))
        elif character in CLOSING.values() and stack:
            stack.pop()
    return stack
