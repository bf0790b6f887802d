"""Offsets in characters, and positions as the protocol has them: lines from 0, and units of an encoding."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

LINE_BREAK = re.compile("\r\n|\n|\r")
UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@dataclass(frozen=True)
class Positions:
    """The positions of one text, in `utf-8`, `utf-16` or `utf-32` units."""

    text: str
    encoding: str = "utf-16"

    @cached_property
    def starts(self) -> list[int]:
        return [0, *(match.end() for match in LINE_BREAK.finditer(self.text))]

    def units(self, text: str) -> int:
        """The length of a text."""
        name, size = UNITS[self.encoding]
        return len(text) if text.isascii() else len(text.encode(name, "surrogatepass")) // size

    def position(self, offset: int) -> tuple[int, int]:
        """The line and the units before it; an offset outside of the text is moved to its nearer end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        return line, self.units(self.text[self.starts[line] : offset])

    def offset(self, line: int, unit: int) -> int:
        """The character at a position; what is behind the end of a line is moved to it."""
        if line >= len(self.starts):
            return len(self.text)
        start = self.starts[max(0, line)]
        ends = LINE_BREAK.search(self.text, start)
        text = self.text[start : ends.start() if ends else len(self.text)]
        if text.isascii():
            return start + max(0, min(unit, len(text)))
        name, size = UNITS[self.encoding]
        data = text.encode(name, "surrogatepass")[: max(0, unit) * size]
        return start + len(data.decode(name, "ignore"))
