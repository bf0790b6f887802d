"""Many texts to tokens at once, where symbols are single characters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from altac.ir.arrays import Indices
from altac.ir.interface import InputError, Interface

LAST_BLANK = "\u3000"
BLANK, UNKNOWN = -1, -2  # instead of the token of a character
FEW = 16  # texts; for as many, one by one is faster


def many_tokens(interface: Interface, texts: Sequence[str]) -> list[list[int] | InputError]:
    """The tokens of each text, as `Interface.tokens` finds them, or what is wrong with it."""
    if len(texts) < FEW or not interface.one_per_character:
        return [tokens_or_error(interface, text) for text in texts]
    table = tokens_by_character(tuple(interface.indices.items()))
    characters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    found = table[np.minimum(characters, len(table) - 1)]
    ends = np.cumsum([len(text) for text in texts])
    unknown = {int(np.searchsorted(ends, place, side="right")) for place in np.flatnonzero(found == UNKNOWN)}
    stops = np.append(0, np.cumsum(found != BLANK))[ends].tolist()
    tokens, before, after = found[found != BLANK].tolist(), list(interface.before), list(interface.after)
    longest = len(tokens) if interface.longest is None else interface.longest
    result: list[list[int] | InputError] = []
    start = 0
    for number, stop in enumerate(stops):
        if number in unknown or stop - start > longest:
            result.append(tokens_or_error(interface, texts[number]))
        else:
            result.append(before + tokens[start:stop] + after)
        start = stop
    return result


def tokens_or_error(interface: Interface, text: str) -> list[int] | InputError:
    try:
        return interface.tokens(text)
    except InputError as error:
        return error


@lru_cache(maxsize=16)
def tokens_by_character(symbols: tuple[tuple[str, int], ...]) -> Indices:
    """The tokens of characters, by their codes; the last entry stands for all later ones."""
    found = np.full(max(ord(text) for text in (LAST_BLANK, *dict(symbols))) + 2, UNKNOWN)
    found[[ord(text) for text, _ in symbols]] = [token for _, token in symbols]
    found[[code for code in range(ord(LAST_BLANK) + 1) if chr(code).isspace()]] = BLANK
    return found
