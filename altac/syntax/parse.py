"""Text to tree.

Ensures: a `File` whose nodes all carry spans, or an `AltacError` that reports every independent syntax error in the
words of the language. The grammar alone decides what is alta; a file is cut into pieces only to find further errors.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from lark.indenter import DedentError
from lark.lexer import TerminalDef

from altac.diagnostics import AltacError, Diagnostic, Source, Span, tell_once
from altac.diagnostics.syntax_errors import (
    FileTooLarge,
    NestedTooDeeply,
    NotUtf8,
    ProgramTooLong,
    TabIndentation,
    UnclosedText,
    UnexpectedText,
    UnknownCharacter,
    UnmatchedIndentation,
    UnreadableFile,
    WeightsForProgram,
)
from altac.syntax import tree as t
from altac.syntax.build import Parsed, build_file
from altac.syntax.explain import DECLARATIONS, explain_character, explain_token
from altac.syntax.tokens import Indentation
from altac.system.files import open_regular

DEEPEST = 100  # levels of nesting: later stages recurse over the tree, within Python's limit
LARGEST_FILE = 2_000_000  # bytes
CHECKPOINT, TENSORS = b"PK\x03\x04", b'\0\0\0\0{"'  # .pt begins so, .safetensors from 4 on
MOST_TOKENS = 50_000  # of a program with its imports: what takes a second or two to parse
MOST_ERRORS = 20
MOST_REPARSED = 100_000  # characters that are parsed again to find further errors
TOKEN = re.compile(
    r'#[^\n]*|"""(?:.|\n)*?"""|"(?:[^"\\\n]|\\.)*"?|[0-9]+\.[0-9]+|\w+|:=|\.\.|//|->|[=!<>]=|[^\s\w]'
)  # never more than a token of the grammar
QUOTED = re.compile(
    r'"""(?:.|\n)*?(?:"""|\Z)|"(?:[^"\\\n]|\\.)*"|#[^\n]*'
)  # what no bracket, tab or quote inside counts in
DECLARATION = re.compile(rf"({'|'.join(DECLARATIONS)})\b")


def grammar_path() -> Path:
    """The grammar inside the installed package, or at the top of a checkout."""
    packaged = Path(__file__).with_name("alta.lark")
    return packaged if packaged.exists() else Path(__file__).parents[2] / "grammar" / "alta.lark"


def _tables(grammar: str) -> str | bool:
    """Where Lark keeps the tables of the grammar between runs, or False.

    They are pickled, so the place must be one that only the user writes to; Lark's own is the folder of all users'
    temporary files.
    """
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "altac"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
        mine = status.st_uid == os.getuid()
    except (OSError, RuntimeError, AttributeError):
        return False
    if status.st_mode & 0o022 or not mine:
        return False
    return str(folder / f"grammar-{sha256(grammar.encode()).hexdigest()[:16]}")


@cache
def _parser() -> Lark:
    grammar = grammar_path().read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        lexer="basic",
        postlex=Indentation(),
        propagate_positions=True,
        maybe_placeholders=True,
        cache=_tables(grammar),
    )


def read_source(path: str | Path, largest: int = LARGEST_FILE) -> Source:
    """The text of a file as UTF-8; a byte-order mark is dropped, line breaks are normalised."""
    return decode_source(str(path), read_data(path, largest))


def read_data(path: str | Path, largest: int = LARGEST_FILE) -> bytes:
    """What is in a file of at most so many bytes.

    Raises:
        AltacError: if it cannot be read.
    """
    try:
        with open_regular(Path(path)) as file:
            return bounded(str(path), file, largest)
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
        raise AltacError([UnreadableFile(None, str(path), reason)]) from None


def bounded(name: str, file: BinaryIO, largest: int = LARGEST_FILE) -> bytes:
    """What is in an open file.

    Raises:
        AltacError: if it is weights, or longer than it may be.
    """
    data = file.read(largest + 1)
    if data.startswith(CHECKPOINT) or data[4:10] == TENSORS:
        raise AltacError([WeightsForProgram(None, name, "it is a file of weights, not a program")])
    if len(data) > largest:
        raise AltacError([FileTooLarge.of(name, largest)])
    return data


def decode_source(name: str, data: bytes) -> Source:
    """The text of some data as UTF-8; a byte-order mark is dropped, line breaks are normalised.

    Raises:
        AltacError: if it is not UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AltacError([NotUtf8.of(name, data[: error.start].count(b"\n") + 1)]) from None
    return Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))


def parse_source(source: Source) -> t.File:
    """The tree of a whole file.

    Raises:
        AltacError: with every independent syntax error.
    """
    diagnostic = _layout_problem(source) or _length_problem(source)
    if diagnostic is not None:
        raise AltacError([diagnostic])
    try:
        return build_file(source, _parse_text(source, source.text))
    except AltacError as first:
        raise AltacError(_all_errors(source) or first.diagnostics) from None


def parse_quietly(source: Source) -> t.File | None:
    """The tree of a text; None where `parse_source` would have errors, which nobody looks for here."""
    if _layout_problem(source) is not None or _length_problem(source) is not None:
        return None
    try:
        return build_file(source, _parse_text(source, source.text))
    except AltacError:
        return None


def lex_source(source: Source) -> list[Token]:
    """The tokens of a text that parses, with those of its blocks; without blanks and comments."""
    return list(_parser().lex(source.text + "\n"))


def terminals() -> Collection[TerminalDef]:
    """What the grammar makes tokens of."""
    return _parser().terminals


def accepted_after(text: str) -> set[str] | None:
    """The terminals that can follow a text, by their names; None if it is wrong already."""
    state = _parser().parse_interactive("")
    ends: list[
        Token
    ] = []  # of blocks, by lines that begin further to the left; those that the end of the text ends go on
    try:
        for token in _parser().lex(text):
            if token.type == "_DEDENT":
                ends.append(token)
                continue
            for one in (*ends, token):
                state.feed_token(one)
            ends = []
        for one in ends if text.endswith("\n") else ():
            state.feed_token(one)
    except (UnexpectedCharacters, UnexpectedToken, DedentError):
        return None
    return set(state.accepts())  # type: ignore[no-untyped-call]


def _parse_text(source: Source, text: str) -> Parsed:
    try:
        parsed = _parser().parse(text + "\n")
    except UnexpectedCharacters as error:
        raise AltacError([explain_character(source, error.pos_in_stream or 0)]) from None
    except UnexpectedToken as error:
        accepted = error.accepts or error.expected
        raise AltacError([explain_token(source, len(text), error.token, set(accepted))]) from None
    except DedentError:
        raise AltacError([_dedent_problem(source, text)]) from None
    _check_depth(source, parsed)
    return parsed


# Going on after an error -------------------------------------------------------------------------------------


def _all_errors(source: Source) -> list[Diagnostic]:
    """The errors of every top-level chunk, each parsed alone at its own offset, as far as the effort goes."""
    found: list[Diagnostic] = []
    blank = re.sub(r"[^\n]", " ", source.text)
    effort = Effort(MOST_REPARSED)
    for start, end in chunks(source.text):
        if len(found) >= MOST_ERRORS or not effort.spend(start // 100):  # blanks are read fast
            break
        found += _chunk_errors(source, blank[:start] + source.text[start:end].rstrip(), end - start, effort)
        found = list(tell_once(found))
    return found[:MOST_ERRORS]


@dataclass
class Effort:
    """How many characters may still be parsed again."""

    left: int

    def spend(self, characters: int) -> bool:
        """Use up so many; whether there were as many left."""
        self.left -= characters
        return self.left >= 0


def chunks(text: str, resuming: bool = True) -> list[tuple[int, int]]:
    """Where the top-level declarations of a text begin and end; an open bracket holds lines together.

    Args:
        resuming: whether a line that begins as a declaration ends open brackets, which were then forgotten.
    """
    masked = _masked(text)
    starts = [match.start() for match in re.finditer(r"^(?![\s#)\]}])", masked, re.MULTILINE)] or [0]
    depth = 0
    begins: list[int] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if depth <= 0 or (resuming and DECLARATION.match(text, start)):
            begins.append(start)
            depth = 0
        depth += len(re.findall(r"[(\[{]", masked[start:end])) - len(re.findall(r"[)\]}]", masked[start:end]))
    return list(zip(begins, [*begins[1:], len(text)], strict=True))


def _chunk_errors(source: Source, text: str, size: int, effort: Effort) -> list[Diagnostic]:
    """The errors of one chunk; a line of a block that has one is replaced by an empty statement to find the next."""
    found: list[Diagnostic] = []
    mended = -1  # everything up to here has been parsed or replaced, so an error up to here follows from a replacement
    while len(found) < MOST_ERRORS and effort.spend(size):
        try:
            build_file(source, _parse_text(source, text))
            break
        except AltacError as error:
            new = [reported for reported in error.diagnostics if reported.span is None or reported.span.start > mended]
        found += new
        repaired = _without_line(text, new[-1]) if new else None
        if repaired is None:
            break
        text, mended = repaired
    return found


def _without_line(text: str, diagnostic: Diagnostic) -> tuple[str, int] | None:
    """The text with `pass` or `if true:` in place of the line at fault, and that line's end.

    None where the replacement would be a guess: it could cause errors of its own.
    """
    if not isinstance(diagnostic, UnexpectedText | UnknownCharacter) or diagnostic.span is None:
        return None
    offset = min(diagnostic.span.start, len(text) - 1)
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    line = text[start:end]
    code = _masked(line).rstrip()
    indent = line[: len(line) - len(line.lstrip(" "))]
    opens = code.endswith(":")
    if (
        not indent
        or re.match(r"(elif|else|case|match|layer|step)\b", line.strip())
        or _last(code, "([{") > _last(code, ")]}")
    ):
        return None
    following = re.match(r"\n+( *)(?=\S)", text[end:])
    if not opens and following is not None and len(following.group(1)) > len(indent):
        return None
    replacement = indent + ("if true:" if opens else "pass")
    if len(replacement) > len(line):
        return None
    return text[:start] + replacement.ljust(len(line)) + text[end:], end


def _last(text: str, characters: str) -> int:
    return max(text.rfind(character) for character in characters)


# Layout and nesting ------------------------------------------------------------------------------------------


def _masked(text: str) -> str:
    """The text with blanks for what stands in symbols, docstrings and comments."""
    return QUOTED.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    text = match.group()
    return re.sub(r"[^\n]", " ", text) if "\n" in text else " " * len(text)


def _layout_problem(source: Source) -> Diagnostic | None:
    """Tabs in the indentation, and a docstring that never closes."""
    masked = _masked(source.text)
    match = re.search(r"^ *\t[ \t]*(?=\S)", masked, re.MULTILINE)
    if match:
        return TabIndentation(Span(source, match.start(), match.end()))
    for match in QUOTED.finditer(source.text):
        text = match.group()
        if text.startswith('"""') and (len(text) < 6 or not text.endswith('"""')):
            return UnclosedText(Span(source, match.start(), match.start() + 3), '"""')
    return None


def _length_problem(source: Source) -> Diagnostic | None:
    """The first token that is one too many; comments do not count."""
    for match in islice(_tokens(source.text), MOST_TOKENS, None):
        return ProgramTooLong(Span(source, match.start(), match.end()), MOST_TOKENS)
    return None


def count_tokens(text: str) -> int:
    """How many tokens a text has, found fast: at least as many as the lexer would find."""
    return sum(1 for _ in _tokens(text))


def _tokens(text: str) -> Iterator[re.Match[str]]:
    return (match for match in TOKEN.finditer(text) if not match.group().startswith("#"))


def _dedent_problem(source: Source, text: str) -> Diagnostic:
    """The first line whose indentation matches no open block."""
    masked = _masked(text)
    levels = [0]
    opens, before = False, 0  # whether the code up to `before` ends with a colon
    for match in re.finditer(r"^( *)(?=[^\s#])", text, re.MULTILINE):
        code = masked[before : match.start()].rstrip()
        opens, before = code.endswith(":") if code else opens, match.start()
        width = len(match.group(1))
        while width < levels[-1]:
            levels.pop()
        if width > levels[-1]:
            if not opens:
                return UnmatchedIndentation(Span(source, match.start(), match.end()), width)
            levels.append(width)
    return UnmatchedIndentation(Span(source, 0, 0), 0)


def _check_depth(source: Source, parsed: Parsed) -> None:
    stack: list[tuple[Parsed, int]] = [(parsed, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > DEEPEST:
            span = Span(source, node.meta.start_pos, min(node.meta.end_pos, node.meta.start_pos + 1))
            raise AltacError([NestedTooDeeply(span, DEEPEST)])
        stack += [(child, depth + 1) for child in node.children if isinstance(child, Tree) and child.children]
