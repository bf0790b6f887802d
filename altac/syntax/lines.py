"""A text as the lines that the formatter lays out: tokens with the comments and blank lines between them.

Assumes a text that parses. Ensures that every token but trailing commas, and every comment, is in one of the items.
"""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token

from altac.diagnostics import Source
from altac.syntax.parse import lex_source

OPENING, CLOSING = ("(", "[", "{"), (")", "]", "}")


@dataclass(frozen=True)
class Row:
    """What stands on one line of the text: tokens, a comment, or both."""

    tokens: tuple[Token, ...]
    comment: str = ""
    after_blank: bool = False


@dataclass(frozen=True)
class Line:
    """A declaration, a statement or the head of a block, inside `depth` blocks; brackets can hold several rows."""

    depth: int
    rows: tuple[Row, ...]
    after_blank: bool

    @property
    def tokens(self) -> tuple[Token, ...]:
        return tuple(token for row in self.rows for token in row.tokens)


@dataclass(frozen=True)
class Comment:
    """A comment on a line of its own, outside of brackets."""

    depth: int
    text: str
    after_blank: bool


Item = Line | Comment


def read_items(source: Source) -> list[Item]:
    """The lines and comments of a text, in order."""
    lines = _logical_lines(lex_source(source))
    ends = [0, *(_end(tokens[-1]) for _, tokens in lines)]
    starts = [*(_start(tokens[0]) for _, tokens in lines), len(source.text)]
    gaps = [source.text[end:start].split("\n") for end, start in zip(ends, starts, strict=True)]
    gaps[0].insert(0, "")  # the text begins like a line that follows another
    gaps[-1].append("")

    items: list[Item] = []
    columns: list[int] = []  # where the lines of the open blocks begin
    depth = 0
    for number, gap in enumerate(gaps):
        following, tokens = lines[number] if number < len(lines) else (0, ())
        after_blank = False
        for part in gap[1:-1]:
            if part.strip():
                column = len(part) - len(part.lstrip())
                items.append(Comment(_comment_depth(column, columns, depth, following), part.strip(), after_blank))
            after_blank = not part.strip()
        if tokens:
            items.append(Line(following, _rows(source, tokens, gaps[number + 1][0]), after_blank))
            depth = following
            start = _start(tokens[0])
            columns = [*columns[:depth], start - (source.text.rfind("\n", 0, start) + 1)]
    return items


def _logical_lines(tokens: list[Token]) -> list[tuple[int, tuple[Token, ...]]]:
    """The tokens of each line with its depth."""
    lines: list[tuple[int, tuple[Token, ...]]] = []
    depth = 0
    current: list[Token] = []
    for token in tokens:
        match token.type:
            case "_INDENT":
                depth += 1
            case "_DEDENT":
                depth -= 1
            case "_NL":
                if current:
                    lines.append((depth, tuple(current)))
                current = []
            case _:
                current.append(token)
    return lines


def _comment_depth(column: int, columns: list[int], before: int, following: int) -> int:
    """A comment stands in the block of the line after it, or in one that ends here if it is indented as far."""
    for depth in range(before, following, -1):
        if columns[depth] <= column:
            return depth
    return following


def _rows(source: Source, tokens: tuple[Token, ...], after: str) -> tuple[Row, ...]:
    """The rows of one line; `after` is the text behind it, up to the line break."""
    rows: list[Row] = []
    current: list[Token] = []
    after_blank = False
    end = _start(tokens[0])
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token == "," and following in CLOSING:
            continue  # so it stands in the gap before the next token
        first, *rest = source.text[end : _start(token)].split("\n")
        if rest:
            rows.append(Row(tuple(current), _comment(first), after_blank))
            current = []
            after_blank = False
            for part in rest[:-1]:
                if _comment(part):
                    rows.append(Row((), _comment(part), after_blank))
                after_blank = not part.strip()
        current.append(token)
        end = _end(token)
    rows.append(Row(tuple(current), _comment(after), after_blank))
    return tuple(rows)


def _comment(gap: str) -> str:
    """The comment in a text between tokens, which may hold a trailing comma before it."""
    return gap.strip().removeprefix(",").strip()


def _start(token: Token) -> int:
    assert token.start_pos is not None
    return token.start_pos


def _end(token: Token) -> int:
    assert token.end_pos is not None
    return token.end_pos
