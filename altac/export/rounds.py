"""How many rounds the loops of a program take, as far as inputs show it."""

from __future__ import annotations

from itertools import islice, product

import numpy as np

from altac.driver import Compiled
from altac.ir.values import Value

TRIED = 48  # inputs of a length: all of them, if there are no more
LENGTHS = 8  # the shortest, the greatest, and some between
LONGEST = 60  # of an input that is tried
MOST_LAYERS = 2000  # of its run


def rounds_needed(compiled: Compiled, positions: int) -> tuple[tuple[int, int], ...]:
    """The greatest number of rounds that a loop takes, as (length in symbols, rounds) for some lengths that fit."""
    interface = compiled.program.interface
    longest = min(positions - interface.added_positions, LONGEST)
    lengths = np.unique(np.linspace(0, max(longest, 0), LENGTHS).round().astype(int)).tolist()
    return tuple((length, _rounds(compiled, length)) for length in lengths)


def _rounds(compiled: Compiled, length: int) -> int:
    interface, dice = compiled.program.interface, np.random.default_rng(length)
    symbols = interface.alphabet.values
    words: list[tuple[Value, ...]]
    if len(symbols) ** length <= TRIED:
        words = list(product(symbols, repeat=length))
    else:
        words = [tuple(symbols[int(one)] for one in dice.integers(len(symbols), size=length)) for _ in range(TRIED)]
    loops = {place for entry in compiled.program.schedule if entry.until is not None for place in entry.layers}
    layers = islice(compiled.interpreter.layers([interface.frame(word) for word in words]), MOST_LAYERS)
    return max((layer.round for layer in layers if layer.place in loops), default=0)
