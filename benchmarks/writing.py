"""What a new symbol costs a program that writes, by how much stands before it: with a cache, and without."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from altac.diagnostics import Source
from altac.driver import compile_source
from altac.engine.protocol import Following
from benchmarks.runner import time_function
from benchmarks.suite import Figure, Size, of_timing

SYMBOLS = 20  # that are written behind each length
PROGRAM = """program follow
input text: "a".."h" up to 20000
layer look:
    head left: "a".."h" = token at -1 else "a"
layer follow:
    head next: "a".."h" = last token where key.left == query.token at ..-1 else "a"
causal
output next at last
generate up to 1000
"""


def writing(size: Size) -> Iterator[Figure]:
    """The time of one symbol behind sequences of several lengths."""
    model = compile_source(Source("follow.alta", PROGRAM), 2).model
    dice = Random(0)
    for length in size.written:
        tokens = [dice.randrange(8) for _ in range(length + SYMBOLS + 1)]
        following = model.following()
        following({0: tokens[:length]})  # what was read has its keys and values from here on
        longer = iter([tokens[: length + number] for number in range(1, SYMBOLS + 2)])

        def more(following: Following = following, longer: Iterator[list[int]] = longer) -> None:
            following({0: next(longer)})

        def anew(read: list[int] = tokens[:length]) -> None:
            model.finish([read])

        group = f"one symbol behind {length:,} positions"
        yield of_timing(group, "with a cache", time_function(more, SYMBOLS))
        yield of_timing(group, "all anew", time_function(anew, size.runs))
