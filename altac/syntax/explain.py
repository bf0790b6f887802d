"""Syntax errors in words of the language: what was expected, what was found, and the likely edit."""

from __future__ import annotations

import re

from lark import Token

from altac.diagnostics import Diagnostic, Source, Span, closest
from altac.diagnostics.syntax_errors import ReservedWord, UnclosedText, UnexpectedText, UnknownCharacter

DECLARATIONS = (
    "program import param const type def input frame var head step halt layers output example".split()
)
STATEMENTS = "if elif else match case for let pass".split()
OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "DOUBLE_SLASH", "PERCENT", "EQ", "NE", "LT", "GT", "LE", "GE"}
OPENING = {"LPAR": ("parenthesis", ")"), "LSQB": ("bracket", "]"), "LBRACE": ("brace", "}")}
WORDS = {
    "COLON": "`:`",
    "EQUAL": "`=`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "RBRACE": "`}`",
    "LPAR": "`(`",
    "COMMA": "`,`",
    "NAME": "a name",
    "STRING": 'a text in double quotes, such as `"1 0 1"`',
    "_NL": "the end of the line",
    "_INDENT": "an indented block",
    "RANGE": "`..`",
    "IN": "`in`",
    "WHEN": "`when`",
    "TO": "`to`",
    "CASE": '`case`, as in `case "a":`',
    "ELSE": "`else`, as in `x if condition else y`",
    "DOT": "`.` and a variable's name",
}


def explain_character(source: Source, offset: int) -> Diagnostic:
    """A character that begins no token."""
    character = source.text[offset] if offset < len(source.text) else " "
    span = Span(source, offset, offset + 1)
    if character == '"':
        return UnclosedText(span, "symbol", '"')
    hints = {
        "'": 'symbols are written in double quotes: `"a"`',
        ";": "write one statement a line",
        "!": "write `not x`, and `a != b` for unequal",
        ".": "a range is `a..b`; a variable of another position is `key.x`",
        "\\": "a long line goes on inside brackets, without a backslash",
        "@": "heads are declared with `head`",
        "$": "remove it",
        "~": "write `not x`",
    }
    return UnknownCharacter(span, f"`{character}`" if character.isprintable() else repr(character),
                            hints.get(character, "remove it; outside of texts alta is written in ASCII"))


def explain_token(source: Source, length: int, token: Token, accepted: set[str]) -> Diagnostic:
    """A token that the grammar has no place for; `length` is where the parsed text ends."""
    start = min(token.start_pos if token.start_pos is not None else length, length)
    kind = token.type
    opened = _unclosed_bracket(source, start if kind not in ("$END", "_NL", "_DEDENT") else length)
    if opened is not None and (kind in ("$END", "_NL", "_DEDENT") or token in DECLARATIONS):
        what, closing = OPENING[opened[1]]
        return UnclosedText(Span(source, opened[0], opened[0] + 1), what, closing)
    if kind in ("_NL", "$END", "_INDENT", "_DEDENT"):
        start, end = _line_end(source, start, kind)
        found = "an indented line" if kind == "_INDENT" else "the end of the line"
        if kind in ("$END", "_DEDENT"):
            found = "the end of the block" if kind == "_DEDENT" else "the end of the file"
    else:
        end = start + len(token)
        found = f"`{token}`"
    span = Span(source, start, end)
    word = str(token)
    if re.fullmatch(r"[a-z_]+", word) and kind != "NAME" and "NAME" in accepted and "NUMBER" not in accepted:
        return ReservedWord(span, word)
    line = _logical_line(source, start)
    return UnexpectedText(span, _expected(line, accepted), found, _hint(line, word, kind, accepted))


def _expected(line: str, accepted: set[str]) -> str:
    first = re.match(r"\s*(\w*)", line)
    keyword = first.group(1) if first else ""
    before = line.rstrip()
    if "NUMBER" in accepted and "NAME" in accepted:
        if keyword in ("var", "input", "type") and re.fullmatch(r"\s*\w+\s+\w+\s*[:=](\s*scalar)?", before):
            return "a domain such as `0..9` or `{\"a\", \"b\"}`"
        if keyword == "head" and before.endswith("="):
            return "what the head brings back, such as `x at -1` or `count where key.x == 1`"
        if before.endswith((" at", "\tat")):
            return "relative positions such as `-1`, `{-1, +1}` or `..0`"
        if keyword == "case":
            return 'a pattern such as `"a"`, `1 | 2`, `0..9` or `_`'
        return "an expression"
    if "PROGRAM" in accepted:
        return "a declaration such as `var`, `head` or `step:`"
    if "MATCH" in accepted and "NAME" in accepted:
        return "a statement such as `x := 1` or `if x == 1:`"
    if keyword == "case" and "STRING" in accepted:
        return 'a pattern such as `"a"`, `1 | 2`, `0..9` or `_`'
    if keyword == "frame":
        return "a token such as `\"<s>\"` or the name of the input"
    if keyword == "output" and "FIRST" in accepted and "LAST" in accepted:
        return "`first`, `last` or `all`"
    if keyword == "example" and not re.search(r'"\s*->', before):
        return "`->` and the output" if "STRING" not in accepted else WORDS["STRING"]
    telling = [WORDS[name] for name in WORDS if name in accepted]
    if accepted & OPERATORS:
        closers = [WORDS[name] for name in ("RPAR", "RSQB", "RBRACE", "COLON", "EQUAL") if name in accepted]
        telling = closers or ["an operator or the end of the line"]
    if any(name.startswith("__ANON") for name in accepted) and not telling:
        return "`:=` and the next value"
    return " or ".join(dict.fromkeys(telling[:3])) or "something else"


def _hint(line: str, word: str, kind: str, accepted: set[str]) -> str:
    first = re.match(r"(\s*)(\w*)", line)
    assert first is not None
    indented, keyword = bool(first.group(1)), first.group(2)
    if "PROGRAM" in accepted and kind == "NAME":
        known = closest(word, DECLARATIONS)
        if known:
            return f"did you mean `{known}`?"
        return "a declaration begins with its keyword; assignments stand inside `step:`"
    if word in STATEMENTS and "PROGRAM" in accepted:
        return "statements stand inside `step:`, indented by four blanks"
    if kind == "_INDENT":
        return "begin declarations at the start of the line; only blocks after `:` are indented"
    if "_INDENT" in accepted:
        return "write the block on lines of its own, indented by four blanks; an empty one is `pass`"
    if word == "=" and indented and keyword not in STATEMENTS and re.fullmatch(r"\s*\w+\s*", line):
        return "`:=` gives a variable its next value: `" + keyword + " := ...`"
    if word == "=" and keyword == "var" and "COLON" in accepted:
        return "a variable needs a domain: `" + line.strip() + ": 0..9 = ...`"
    if word == "=":
        return "`==` compares; `:=` assigns"
    if word == ":=" and not indented:
        return "declarations use `=`; only the step assigns with `:=`"
    if word == "==" and "EQUAL" in accepted:
        return "declarations use `=`"
    if word == "&":
        return "write `and`"
    if word == "|":
        return "write `or`"
    if word == "if" and line.rstrip().endswith("else"):
        return "write `elif`"
    if "COLON" in accepted and kind in ("_NL", "$END"):
        if keyword == "var":
            return "a variable needs a domain: `" + line.strip() + ": 0..9 = 0`"
        return "end the line with `:`"
    if "EQUAL" in accepted and kind in ("_NL", "$END"):
        return "add `= ...`" + (", the initial value" if keyword == "var" else "")
    if kind == "NAME" and word in ("then", "do", "elseif", "switch", "while", "return"):
        return {
            "elseif": "write `elif`",
            "switch": "write `match`",
            "while": "layers repeat the step; use `if` and `halt when`",
            "return": "assign to a variable with `:=` and name it in `output`",
        }.get(word, "end the line with `:`")
    if "ELSE" in accepted and " if " in line and kind in ("_NL", "RPAR", "$END"):
        return "every choice has both sides: `x if condition else y`"
    return ""


def _logical_line(source: Source, offset: int) -> str:
    """The text from the start of the line up to the offset."""
    start = source.text.rfind("\n", 0, offset) + 1
    return source.text[start:offset]


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


def _unclosed_bracket(source: Source, end: int) -> tuple[int, str] | None:
    """The innermost bracket that is open at the offset, with its terminal's name."""
    names = {"(": "LPAR", "[": "LSQB", "{": "LBRACE"}
    stack: list[tuple[int, str]] = []
    for match in re.finditer(r'"""(?:.|\n)*?"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|[()\[\]{}]', source.text[:end]):
        character = match.group()
        if character in names:
            stack.append((match.start(), names[character]))
        elif character in ")]}" and stack:
            stack.pop()
    return stack[-1] if stack else None
