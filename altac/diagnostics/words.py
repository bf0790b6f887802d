"""Words of messages."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number of things, as `1 input` or `2,000 inputs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
