"""The unrolled form in a few lines of NumPy, in float32, and what has to stand in it after every sub-layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from altac.driver import Compiled
from altac.export.unrolled import Standing, Unrolled
from altac.ir.arrays import Array, Indices
from altac.ir.stream import Kind


def streams(unrolled: Unrolled, tokens: Sequence[int], padding: int = 0) -> list[Array]:
    """The stream (positions, width) without the sink: first, then after the attention and the MLP of every block.

    Args:
        padding: how many positions of it stand behind, which are not in what is returned.
    """

    def linear(x: Array, weight: Array, bias: Array) -> Array:
        return x @ weight.T.astype(np.float32) + bias.astype(np.float32)

    behind = np.repeat(unrolled.padding[None], padding, axis=0)
    embedded = np.concatenate([unrolled.tokens[[unrolled.sink, *tokens]], behind])
    x = (embedded + unrolled.positions[: len(embedded)]).astype(np.float32)
    seen = np.tri(len(x), dtype=bool) | (not unrolled.causal)
    found = [x]
    for block in unrolled.blocks:
        update = np.zeros_like(x) + block.attention_bias.astype(np.float32)
        for head in block.heads:
            query, key = linear(x, head.query, head.query_bias), linear(x, head.key, head.key_bias)
            scores = np.where(seen, query @ key.T, -np.inf)
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            weights /= weights.sum(axis=1, keepdims=True)
            update += linear(weights @ linear(x, head.value, head.value_bias), head.output, np.zeros(unrolled.width))
        x = x + update
        mlp = block.mlp
        y = x + linear(np.maximum(linear(x, mlp.inward, mlp.inward_bias), 0), mlp.outward, mlp.outward_bias)
        found += [x, y]
        x = y
    return [stream[1 : len(tokens) + 1] for stream in found]


Place = tuple[int, bool, range]  # the number of blocks, whether of the last the attention alone, and dimensions


def expected(one: Compiled, unrolled: Unrolled, tokens: Sequence[int]) -> Iterator[tuple[str, Place, Array]]:
    """What has to stand where, one-hot (positions, values), by the interpreter: nothing where a run has failed."""
    layers = list(one.interpreter.layers([list(tokens)]))
    if any(layer.errors for layer in layers):
        return
    found = {(layer.place, layer.round): layer for layer in layers}
    before = last = layers[0]
    for run in unrolled.runs:
        ran = found.get((run.place, run.round))
        for standing in unrolled.standing:
            if standing.run != run.text and standing.run:
                continue
            part, layer = standing.part, ran or last
            if part.kind is Kind.VARIABLE:  # until the last sub-layer it is what it was; after a loop it stays
                for number in run.blocks:
                    yield (
                        part.owner,
                        (number + 1, True, standing.place),
                        one_hot(before.variables[part.owner], standing),
                    )
                after = one_hot(layer.variables[part.owner], standing)
                yield part.owner, (run.blocks.stop, False, standing.place), after
            elif part.kind in (Kind.HEAD, Kind.KEPT) and ran is not None:
                values = {**ran.kept, **ran.variables, **ran.heads}[part.owner]
                place = (standing.block, standing.by_attention, standing.place)
                yield f"{run.text}: {part.owner}", place, one_hot(values, standing)
        before = last = ran or last


def one_hot(values: Indices, standing: Standing) -> Array:
    (row,) = values
    assert (row >= 0).all(), standing.part.owner
    return np.eye(standing.part.size)[row]
