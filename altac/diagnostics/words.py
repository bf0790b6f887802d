"""Words of messages."""

from __future__ import annotations

import re
from reprlib import Repr

NOT_TEXT = re.compile("[\udc80-\udcff]")  # as Python decodes the names of files that are not UTF-8


def counted(number: int, noun: str) -> str:
    """A number of things, as `1 input` or `2,000 inputs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shortened(value: object) -> str:
    """A value as Python writes it, without the middle of a long one."""
    short = Repr()
    short.maxstring = short.maxother = 60
    return short.repr(value)


def readable(text: str) -> str:
    r"""A text that can be shown: a byte of a file's name that is not text stands in it as `\xff`."""
    return NOT_TEXT.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)
