"""States that weights reach: the residual stream before the first layer and after every other, as zeros and ones."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from altac.decompile.bare import BareWeights
from altac.engine.batches import batches
from altac.engine.verify import plan_inputs
from altac.engine.writing import write
from altac.ir.arrays import Array
from altac.ir.interface import Interface

if TYPE_CHECKING:
    from jaxtyping import Float64

INPUTS, DRAWN = 600, 300  # that are looked at: all short ones, and random ones
LONGEST = 20  # symbols of random ones
MOST_STATES = 3000  # that are kept of each layer
LONGEST_READ = 100  # positions, where there is no greatest number
LAYERS = 400  # of a run, at most


def inputs(interface: Interface) -> Iterator[list[int]]:
    """Token sequences; where the program writes, with anything that it could have written behind them."""
    longest = LONGEST if interface.longest is None else min(LONGEST, interface.longest)
    plan = plan_inputs(interface, interface, INPUTS, DRAWN, 0, longest)
    generator = random.Random(0)
    for number, text in enumerate(plan.texts()):
        tokens = interface.tokens(text)
        if interface.writing is not None and number % 4:
            written = [token for token in interface.written_tokens if token is not None]
            size = generator.randint(0, interface.writing.most - 1) if written else 0
            tokens = [*tokens, *(generator.choice(written) for _ in range(size))]
        if tokens:
            yield tokens


def observed(weights: BareWeights) -> dict[int, Float64[Array, "states d_model"]]:
    """The different states after each layer, and before the first (-1)."""
    sequences = dict(enumerate(inputs(weights.interface)))
    interface = weights.interface
    if interface.writing is not None:  # also what is written in truth, where there is room
        room = LONGEST_READ if interface.most_positions is None else interface.most_positions - interface.writing.most
        chosen = {number: tokens for number, tokens in sequences.items() if number % 4 == 0 and len(tokens) <= room}
        sequences |= {number: one.tokens for number, one in write(weights, chosen).items()}
    found: dict[int, list[Array]] = {}
    for numbers in batches(sequences):
        for layer, rows in states_of(weights, [sequences[number] for number in numbers]):
            found.setdefault(layer, []).append(rows)
    return {layer: different(np.concatenate(rows)) for layer, rows in found.items()}


def states_of(
    weights: BareWeights, batch: Sequence[Sequence[int]]
) -> Iterator[tuple[int, Float64[Array, "states d_model"]]]:
    """The states of all positions of a batch, layer by layer; not where a head has just met several values."""
    lengths = np.array([len(tokens) for tokens in batch])
    for count, state in enumerate(weights.states(batch)):
        if count > LAYERS:
            return
        kept = np.ones(len(state.rows), np.bool_) if state.failed is None else ~state.failed
        stream = state.residual.double().numpy()
        inside = (np.arange(stream.shape[1]) < lengths[state.rows][:, None]) & kept[:, None]
        yield state.place, different(stream[inside])


def different(rows: Float64[Array, "rows d_model"]) -> Float64[Array, "states d_model"]:
    """Each row once, and not too many."""
    written = np.ascontiguousarray(np.round(rows, 4) + 0.0)  # of no type that has a greatest number
    if not written.size:
        return rows
    _, places = np.unique(written.view(np.dtype((np.void, written.shape[1] * 8)))[:, 0], return_index=True)
    chosen = np.sort(places)
    if len(chosen) > MOST_STATES:
        chosen = np.random.default_rng(0).choice(chosen, MOST_STATES, replace=False)
    return rows[chosen]
