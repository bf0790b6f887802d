"""Ranges on the command line, such as `0..20`."""

from __future__ import annotations

from typing import Any

import click

from altac.ir.interface import LONGEST

DIGITS = 9  # of a length that is read as a number: int() refuses thousands of them
MOST_SHOWN = 40  # characters of a range that is refused


class Lengths(click.ParamType):  # type: ignore[type-arg]  # generic only in newer clicks
    name = "A..B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        first, dots, last = str(value).partition("..")
        if not first.isdecimal() or (dots and not last.isdecimal()):
            self.fail(f"`{value}` is not a range of lengths, such as 0..20", param, ctx)
        pieces = (first, last if dots else first)
        if any(len(piece) > DIGITS or int(piece) > LONGEST for piece in pieces):
            shown = str(value) if len(str(value)) <= MOST_SHOWN else f"{str(value)[:MOST_SHOWN]}..."
            self.fail(f"`{shown}` is too long: lengths go up to {LONGEST:,}, so write at most that", param, ctx)
        least, most = map(int, pieces)
        if least > most:
            self.fail(f"`{value}` is empty: write the smaller length first", param, ctx)
        return least, most
