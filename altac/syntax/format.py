"""The one layout of alta programs.

Line breaks inside brackets, blank lines and comments stay where the author put them; blanks, indentation and the
alignment of neighbours follow from the tokens. So formatting twice changes nothing, and the tree stays the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from lark import Token

from altac.diagnostics import InternalError, Source
from altac.syntax.lines import CLOSING, OPENING, Comment, Item, Line, Row, read_items
from altac.syntax.parse import parse_source

INDENT = 4
WIDTH = 120  # longer lines are broken in their widest brackets
MOST_ALIGNED = 40  # what is wider before its `=` is not aligned with its neighbours
ALIGNED = ("param", "const", "type", "def", "var", "head", "example", "let")
OPERANDS = ("NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NONE")


def format_source(source: Source) -> str:
    """The text of a program in the one layout.

    Raises:
        AltacError: if it does not parse.
    """
    tree = parse_source(source)
    text = laid_out(source)
    if parse_source(Source(source.name, text)) != tree:
        raise change_of_meaning(source)
    return text


def change_of_meaning(source: Source) -> InternalError:
    return InternalError(f"formatting {source.name} would change its meaning")


def laid_out(source: Source) -> str:
    """The text of a program that parses in the one layout. Whoever asks sees to it that its tree stays the same."""
    items = [_spread(item) if isinstance(item, Line) else item for item in read_items(source)]
    blank_before = _blank_lines(items)
    layouts = {index: _Layout.of(item) for index, item in enumerate(items) if isinstance(item, Line)}
    for group in _groups(items, blank_before):
        _align([layouts[index] for index in group])
    lines: list[str] = []
    for index, item in enumerate(items):
        if index in blank_before:
            lines.append("")
        lines += [" " * INDENT * item.depth + item.text] if isinstance(item, Comment) else layouts[index].lines()
    return "".join(line + "\n" for line in lines)


# Blank lines -------------------------------------------------------------------------------------------------


def _blank_lines(items: list[Item]) -> set[int]:
    """Before which items a blank line stands: one at most, none where a block begins, one around steps and layers."""
    found = set()
    for index, (before, item) in enumerate(pairwise(items), 1):
        opens = isinstance(before, Line) and item.depth > before.depth
        leaves_block = item.depth == 0 and (before.depth > 0 or _is_block(before))
        if leaves_block or (item.after_blank and not opens):
            found.add(index)
    for index, item in enumerate(items):
        if _is_block(item):
            while index > 0 and index not in found and isinstance(items[index - 1], Comment):
                index -= 1  # a comment directly above belongs to the block
            found.add(index)
    return found - {0}


def _is_block(item: Item) -> bool:
    """Whether this is the line of a step or a layer."""
    return isinstance(item, Line) and item.tokens[0].type in ("STEP", "LAYER")


# Blanks ------------------------------------------------------------------------------------------------------


def _blanks(tokens: tuple[Token, ...]) -> list[int]:
    """How many blanks stand before each token, none or one, where no alignment asks for more."""
    blanks = [0]
    for index, (before, token) in enumerate(pairwise(tokens), 1):
        sign = before in ("+", "-") and (index == 1 or not _ends_operand(tokens[index - 2]))
        blanks.append(0 if sign or _touches(before, token) else 1)
    return blanks


def _touches(before: Token, token: Token) -> bool:
    left, right = str(before), str(token)  # Lark compares tokens by their types too, slowly
    if left in OPENING or right in CLOSING or "." in (left, right):
        return True
    if right in (",", ":", "?"):
        return True
    if left == "..":
        return right != "else"  # `at 1.. else 0`
    if right == "..":
        return _ends_operand(before)  # not in `at ..0`
    if right == "(":
        return before.type == "NAME"
    return right == "[" and _ends_operand(before)


def _ends_operand(token: Token) -> bool:
    return token.type in OPERANDS or token in CLOSING or token == "?"


def _width(tokens: tuple[Token, ...], blanks: list[int]) -> int:
    return sum(map(len, tokens)) + sum(blanks[1 : len(tokens)])


# Alignment ---------------------------------------------------------------------------------------------------


@dataclass
class _Layout:
    """A line with the blanks before each of its tokens, and before a comment on its last row."""

    line: Line
    blanks: list[int]
    before_comment: int = 2

    @staticmethod
    def of(line: Line) -> _Layout:
        return _Layout(line, _blanks(line.tokens))

    @property
    def width(self) -> int:
        """Of a line with a single row, without its comment."""
        return INDENT * self.line.depth + _width(self.line.tokens, self.blanks)

    def lines(self) -> list[str]:
        """The text; rows inside a bracket are aligned behind it, or indented if it ends its row."""
        lines: list[str] = []
        opened: list[tuple[int, int]] = []  # for each open bracket, where rows inside begin, and one that closes it
        place = 0
        begins = True  # this row is the first, or the first inside a bracket
        for row in self.line.rows:
            closes = bool(row.tokens) and row.tokens[0] in CLOSING
            indent = opened[-1][closes] if opened else INDENT * self.line.depth
            text = ""
            for token in row.tokens:
                text += " " * (self.blanks[place] if text else indent)
                if token in OPENING:
                    hangs = token is row.tokens[-1]
                    opened.append((indent + INDENT, indent) if hangs else (len(text) + 1, len(text)))
                elif token in CLOSING:
                    opened.pop()
                text += token
                place += 1
            if row.comment:
                text += " " * (self.before_comment if text else indent) + row.comment
            if row.after_blank and not begins and not closes:
                lines.append("")
            lines.append(text)
            begins = bool(row.tokens) and row.tokens[-1] in OPENING
        return lines


def _groups(items: list[Item], blank_before: set[int]) -> list[list[int]]:
    """The runs of neighbours of one kind."""
    groups: list[list[int]] = []
    previous: tuple[str, int] | None = None
    for index, item in enumerate(items):
        kind = _kind(item)
        current = (kind, item.depth) if kind else None
        if current is not None:
            if current == previous and index not in blank_before:
                groups[-1].append(index)
            else:
                groups.append([index])
        previous = current
    return groups


def _kind(item: Item) -> str | None:
    """What a line is aligned with; None if it stands for itself."""
    if isinstance(item, Comment):
        return None
    tokens = item.tokens
    operator = _operator(item)
    if operator is None or item.rows[0].tokens[-1] in OPENING:
        return None
    if _width(tokens[:operator], _blanks(tokens)) > MOST_ALIGNED:
        return None
    if tokens[operator] == ":=":
        return ":=" if operator == 1 else None  # not `case 1: x := 2`
    return str(tokens[0]) if tokens[0] in ALIGNED else None


def _operator(line: Line) -> int | None:
    """The place of the `=`, `:=` or `->` in the first row."""
    depth = 0
    for place, token in enumerate(line.rows[0].tokens):
        depth += (token in OPENING) - (token in CLOSING)
        if depth == 0 and token in ("=", ":=", "->"):
            return place
    return None


def _align(group: list[_Layout]) -> None:
    """Align the operators of neighbours, the clauses of heads that have the same, and the comments behind them."""
    operators = [_operator(layout.line) or 0 for layout in group]
    _align_at(group, operators)
    if all(_has_plain_clause(layout.line, place) for layout, place in zip(group, operators, strict=True)):
        clauses = [place + 2 for place in operators]
        if len({str(layout.line.tokens[place]) for layout, place in zip(group, clauses, strict=True)}) == 1:
            _align_at(group, clauses)
    commented = [layout for layout in group if len(layout.line.rows) == 1 and layout.line.rows[0].comment]
    widest = max((layout.width for layout in commented), default=0)
    if all(widest + 2 + len(layout.line.rows[0].comment) <= WIDTH for layout in commented):
        for layout in commented:
            layout.before_comment = widest + 2 - layout.width


def _align_at(group: list[_Layout], places: list[int]) -> None:
    widths = [_width(layout.line.tokens[:place], layout.blanks) for layout, place in zip(group, places, strict=True)]
    for layout, place, width in zip(group, places, widths, strict=True):
        layout.blanks[place] += max(widths) - width


def _has_plain_clause(line: Line, operator: int) -> bool:
    """Whether this is `head x = NAME at ...` or `head x = NAME where ...`."""
    row = line.rows[0].tokens
    if row[0] != "head" or len(row) <= operator + 2:
        return False
    return row[operator + 1].type == "NAME" and row[operator + 2] in ("at", "where")


# Long lines --------------------------------------------------------------------------------------------------


def _spread(line: Line) -> Line:
    """A line that is too long, with the items of its widest brackets on rows of their own: tables have one a row."""
    tokens, blanks = line.tokens, _blanks(line.tokens)
    if len(line.rows) > 1 or INDENT * line.depth + _width(tokens, blanks) <= WIDTH:
        return line
    brackets = _brackets(tokens)
    if not brackets:
        return line
    start, *commas, end = max(brackets, key=lambda places: _width(tokens[places[0] : places[-1]], blanks))
    rows: list[tuple[Token, ...]] = []
    is_table = _is_table(tokens[start + 1 : end])
    for before, last in pairwise([start, *commas, end - 1]):
        item = tokens[before + 1 : last + 1]
        longer = (*rows[-1], *item) if rows and not is_table else ()
        if longer and INDENT * (line.depth + 1) + _width(longer, _blanks(longer)) <= WIDTH:
            rows[-1] = longer
        else:
            rows.append(item)
    head, inner, tail = Row(tokens[: start + 1], line.rows[0].comment), map(Row, rows), Row(tokens[end:])
    return Line(line.depth, (head, *inner, tail), line.after_blank)


def _brackets(tokens: tuple[Token, ...]) -> list[list[int]]:
    """For each of the outermost brackets that hold several items: where it opens, its commas, and where it closes."""
    found: list[list[int]] = []
    depth = 0
    current: list[int] = []
    for place, token in enumerate(tokens):
        if token in OPENING:
            depth += 1
            if depth == 1:
                current = [place]
        elif token in CLOSING:
            depth -= 1
            if depth == 0:
                found.append([*current, place])
        elif token == "," and depth == 1:
            current.append(place)
    return [places for places in found if len(places) > 2]


def _is_table(tokens: tuple[Token, ...]) -> bool:
    depth = 0
    for token in tokens:
        depth += (token in OPENING) - (token in CLOSING)
        if depth == 0 and token == ":":
            return True
    return False
