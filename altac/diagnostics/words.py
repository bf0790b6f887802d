"""Words of messages: how facts are put into them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from reprlib import Repr

Witness = tuple[tuple[str, str], ...]  # names and their values, as a program would write them

BINDINGS = {"token": "the symbol of the input", "position": "the place in the input"}
NOT_TEXT = re.compile("[\udc80-\udcff]")  # as Python decodes the names of files that are not UTF-8


def counted(number: int, noun: str) -> str:
    """A number of things, as `1 input` or `2,000 inputs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def joined(words: Sequence[str], between: str = "and") -> str:
    """Words as "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} {between} {last}" if most else last


def listed(names: Sequence[str], between: str = "and") -> str:
    """Names in backquotes, as "`a`, `b` and `c`"."""
    return joined([f"`{name}`" for name in names], between)


def with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def described(what: str) -> str:
    """What a name stands for, such as "a head"."""
    return BINDINGS.get(what) or with_article(what)


def when(witness: Witness) -> str:
    """` when a = 1, b = "x"`; nothing for an empty witness."""
    return " when " + ", ".join(f"{name} = {value}" for name, value in witness) if witness else ""


def are_given(count: int) -> str:
    return "1 is given" if count == 1 else f"{count} are given"


def shortened(value: object) -> str:
    """A value as Python writes it, without the middle of a long one."""
    short = Repr()
    short.maxstring = short.maxother = 60
    return short.repr(value)


def readable(text: str) -> str:
    r"""A text that can be shown: a byte of a file's name that is not text stands in it as `\xff`."""
    return NOT_TEXT.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)
