"""Text to tree.

Ensures: a `File` whose nodes all carry spans, or an `AltacError` that tells every independent syntax error in the
words of the language. A file is cut at its top-level lines only to go on after an error; the grammar decides alone
what is alta.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.indenter import DedentError, Indenter

from altac.diagnostics import AltacError, Diagnostic, Source, Span
from altac.diagnostics.syntax_errors import BadIndentation, NestedTooDeeply, UnclosedText, UnreadableFile
from altac.syntax import tree as t
from altac.syntax.build import Parsed, build_file
from altac.syntax.explain import explain_character, explain_token

DEEPEST = 100  # levels of nesting: later stages recurse over the tree, within Python's limit
MOST_ERRORS = 20


class Blocks(Indenter):
    """Turns changes of indentation into block tokens; brackets suspend it."""

    NL_type = "_NL"
    OPEN_PAREN_types = ["LPAR", "LSQB", "LBRACE"]
    CLOSE_PAREN_types = ["RPAR", "RSQB", "RBRACE"]
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 8


def grammar_path() -> Path:
    """The grammar inside the installed package, or at the top of a checkout."""
    packaged = Path(__file__).with_name("alta.lark")
    return packaged if packaged.exists() else Path(__file__).parents[2] / "grammar" / "alta.lark"


@cache
def _parser() -> Lark:
    return Lark(
        grammar_path().read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        postlex=Blocks(),
        propagate_positions=True,
        maybe_placeholders=True,
        cache=True,
    )


def read_source(path: str | Path) -> Source:
    """The text of a file as UTF-8; a byte-order mark is dropped, line breaks are normalised."""
    name = str(path)
    try:
        data = Path(path).read_bytes()
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        hint = "save the file as UTF-8"
        raise AltacError([UnreadableFile(None, name, f"line {line} is not UTF-8 text", hint)]) from None
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
        raise AltacError([UnreadableFile(None, name, reason, "check the path and its permissions")]) from None
    return Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))


def parse_source(source: Source) -> t.File:
    """The tree of a whole file.

    Raises:
        AltacError: with every independent syntax error.
    """
    diagnostic = _layout_problem(source)
    if diagnostic is not None:
        raise AltacError([diagnostic])
    try:
        return build_file(source, _parse_text(source, source.text))
    except AltacError as first:
        raise AltacError(_all_errors(source) or first.diagnostics) from None


def _parse_text(source: Source, text: str) -> Parsed:
    try:
        parsed = _parser().parse(text + "\n")
    except UnexpectedCharacters as error:
        raise AltacError([explain_character(source, error.pos_in_stream)]) from None
    except UnexpectedToken as error:
        accepted = error.accepts or error.expected
        raise AltacError([explain_token(source, len(text), error.token, set(accepted))]) from None
    except DedentError:
        raise AltacError([_dedent_problem(source, text)]) from None
    except UnexpectedInput as error:  # pragma: no cover - Lark raises no other kind for LALR
        raise AltacError([explain_character(source, error.pos_in_stream or 0)]) from None
    _check_depth(source, parsed)
    return parsed


def _all_errors(source: Source) -> list[Diagnostic]:
    """One error at most for each top-level chunk, each parsed alone at its own offset."""
    found: list[Diagnostic] = []
    starts = [match.start() for match in re.finditer(r"^(?![\s#)\]}])", source.text, re.MULTILINE)]
    depth = 0
    chunks: list[int] = []
    for start, end in zip(starts, [*starts[1:], len(source.text)], strict=True):
        if depth <= 0:
            chunks.append(start)
        code = re.sub(r'"""(.|\n)*?"""|"([^"\\\n]|\\.)*"|#[^\n]*', "", source.text[start:end])
        depth += sum(code.count(c) for c in "([{") - sum(code.count(c) for c in ")]}")
        depth = 0 if re.match(DECLARATION, source.text[end:]) else depth
    for start, end in zip(chunks, [*chunks[1:], len(source.text)], strict=True):
        if len(found) == MOST_ERRORS:
            break
        before = re.sub(r"[^\n]", " ", source.text[:start])
        try:
            build_file(source, _parse_text(source, before + source.text[start:end].rstrip()))
        except AltacError as error:
            found += error.diagnostics
    return found


DECLARATION = (
    r"(program|import|param|const|type|def|input|frame|var|head|step|halt|layers|output|example)\b"
)


def _layout_problem(source: Source) -> Diagnostic | None:
    """Tabs in the indentation, and strings or brackets that never close."""
    match = re.search(r"^ *\t[ \t]*(?=\S)", source.text, re.MULTILINE)
    if match:
        return BadIndentation(Span(source, match.start(), match.end()), "a block is indented with a tab", "a tab")
    if len(re.findall(r'"""', source.text)) % 2:
        start = source.text.rindex('"""')
        return UnclosedText(Span(source, start, start + 3), "docstring", '"""')
    return None


def _dedent_problem(source: Source, text: str) -> Diagnostic:
    """The first line whose indentation matches no open block."""
    levels = [0]
    for match in re.finditer(r"^( *)(?=[^\s#])", text, re.MULTILINE):
        width = len(match.group(1))
        while width < levels[-1]:
            levels.pop()
        if width > levels[-1]:
            previous = text[: match.start()].rstrip()
            if not previous.endswith(":"):
                span = Span(source, match.start(), match.end())
                return BadIndentation(span, "this line matches no block around it", f"{width} blanks")
            levels.append(width)
    return BadIndentation(Span(source, 0, 0), "a line matches no block around it", "some blanks")


def _check_depth(source: Source, parsed: Parsed) -> None:
    stack: list[tuple[Parsed, int]] = [(parsed, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > DEEPEST:
            span = Span(source, node.meta.start_pos, min(node.meta.end_pos, node.meta.start_pos + 1))
            raise AltacError([NestedTooDeeply(span, DEEPEST)])
        stack += [(child, depth + 1) for child in node.children if isinstance(child, Tree) and child.children]


__all__ = ["Token", "grammar_path", "parse_source", "read_source"]
