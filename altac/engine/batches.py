"""Which sequences run together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

CELLS = 1 << 17  # positions of a batch, padding included; bounds the memory of a run
PAIRS = 1 << 24  # pairs of positions of a batch
PADDED = 1 << 11  # positions of padding in a batch; more cost more than another batch


def batches(tokens: Mapping[int, Sequence[int]]) -> Iterator[list[int]]:
    """Inputs of similar length together, within the bounds of memory."""
    batch: list[int] = []
    longest = padded = 0
    for number in sorted(tokens, key=lambda number: len(tokens[number])):
        length = len(tokens[number])
        size = len(batch) + 1
        padded += (length - longest) * len(batch)
        if batch and (size * length > CELLS or size * length * length > PAIRS or padded > PADDED):
            yield batch
            batch, padded = [], 0
        batch.append(number)
        longest = length
    if batch:
        yield batch
