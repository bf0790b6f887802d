"""Which layers run after which, for the sequences of a batch: the schedule, whatever runs the layers.

What a layer computes with are *streams*: tensors in the plain module, arrays in sparse execution. Which sequences run,
how often, and how they end is kept in arrays on the CPU.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from altac.model.config import TransformerConfig

if TYPE_CHECKING:  # shapes stand in the types; they are for readers
    from jaxtyping import Bool, Int
    from torch import Tensor  # what is given to a model

S = TypeVar("S", bound=Any)  # streams (running, length, d_model)
V = TypeVar("V", bound=Any, contravariant=True)  # flags (running, length): False on padding
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class LayerState(Generic[S]):
    """The sequences of a batch that run a layer, after it.

    Attributes:
        place: the number of the layer in the model, from 0; -1 for the initial state.
        round: which run of its entry of the schedule this is, from 1.
        numbers: how many layers each of them has run.
        rows: their places in the batch, ascending; the same array as before where they are the same sequences.
        residual: the stream after the layer.
        sublayers: the same after attention, if there is any, and after each MLP (nothing for the initial state).
        disagree: where a head that should bring one value met several; None where none did.
        repeats: whether the state is one that the sequence had before: it never halts.
        over: whether it still runs after the most layers that it may take.
        failed: whether it ends here for one of these three reasons; None where none does.
    """

    place: int
    round: int
    numbers: Int[Numbers, "running"]
    rows: Int[Numbers, "running"]
    residual: S
    sublayers: tuple[S, ...]
    disagree: Bool[Flags, "running heads length"] | None
    repeats: Bool[Flags, "running"]
    over: Bool[Flags, "running"]
    failed: Bool[Flags, "running"] | None


class Layers(Protocol[S, V]):
    """What runs the layers of a model."""

    @property
    def config(self) -> TransformerConfig: ...

    def mask(self, place: int, valid: V) -> Any:
        """What attention of a layer adds to its scores, in every round."""
        ...

    def layer(self, place: int, x: S, valid: V, mask: Any) -> tuple[tuple[S, ...], Flags | None]:
        """A layer by its number: the stream after each sub-layer, and where heads disagree, if they do."""
        ...

    def holds(self, entry: int, x: S, valid: V) -> Bool[Flags, "running"]:
        """Whether what an entry of the schedule waits for holds at every position."""
        ...

    def same(self, x: S, other: S, valid: V) -> Bool[Flags, "running"]:
        """Which sequences have equal variables in two streams."""
        ...

    def join(self, parts: Sequence[S]) -> S:
        """A copy of the rows of all parts, of streams or of flags."""
        ...


class Runner(Layers[S, V], Protocol[S, V]):
    """What runs a model: embeddings, layers and readouts."""

    def run(
        self,
        tokens: Int[Tensor, "batch length"],
        lengths: Int[Tensor, "batch"],
        most: Int[Numbers, "batch"] | None = None,
    ) -> Iterator[LayerState[S]]:
        """The initial state and then every layer."""
        ...

    def shows(self, x: S, lengths: Int[Tensor, "batch"]) -> Bool[Flags, "batch length"]:
        """Where the output is shown."""
        ...

    def at(self, x: S, picked: Bool[Flags, "batch length"]) -> S:
        """The stream at some positions, as one sequence."""
        ...

    def logits(self, x: S) -> S:
        """Scores of the values of the output variable."""
        ...


@dataclass(frozen=True)
class Running(Generic[S, V]):
    """Sequences of a batch that run together.

    Attributes:
        rows, numbers: as those of a `LayerState`.
        x: their stream.
        saved: the stream of an earlier round.
        masks: those of the layers, by their numbers.
    """

    rows: Int[Numbers, "running"]
    numbers: Int[Numbers, "running"]
    valid: V
    x: S
    saved: S
    masks: dict[int, Any]

    def where(self, kept: Bool[Flags, "running"]) -> Running[S, V]:
        """Those of them for which something holds."""
        if kept.all():
            return self
        return Running(self.rows[kept], self.numbers[kept], self.valid[kept], self.x[kept], self.saved[kept], {})


def ready(layers: Layers[S, V], entry: int, rounds: int, x: S, valid: V) -> Bool[Flags, "running"]:
    """Which sequences go on to the next entry of the schedule, after so many rounds of this one."""
    times = layers.config.schedule[entry].times
    return layers.holds(entry, x, valid) if times is None else np.full(len(x), rounds == times)


def ended(layers: Layers[S, V], entry: int, rounds: int, x: S, valid: V) -> Bool[Flags, "running"]:
    """Which sequences run no layer any more, after so many rounds of an entry."""
    result = ready(layers, entry, rounds, x, valid)
    for later in range(entry + 1, len(layers.config.schedule)):
        result = result & ready(layers, later, 0, x, valid)
    return result


def run(layers: Layers[S, V], x: S, valid: V, most: Int[Numbers, "batch"] | None = None) -> Iterator[LayerState[S]]:
    """The initial state and then every layer, while sequences run.

    All sequences finish an entry of the schedule before one begins the next: who is ready waits. A sequence leaves
    after the layer in which a head disagrees or its state repeats, and after the last that it may take.

    Args:
        x: the initial stream, with zeros at padding.
        most: number of layers that each sequence may take; as many as it needs if not given.
    """
    never, rows = np.zeros(len(x), np.bool_), np.arange(len(x))
    numbers = np.zeros_like(rows)
    yield LayerState(-1, 0, numbers, rows, x, (), None, never, never, None)
    waiting = [Running(rows, numbers, valid, x, x, {})]
    for entry, (places, times) in enumerate(layers.config.entries):
        if not waiting:
            return
        running, waiting, rounds = together(layers, waiting), [], 0
        while True:
            done = ready(layers, entry, rounds, running.x, running.valid)
            if done.any():
                waiting.append(running.where(done))
                running = running.where(~done)
            if not len(running.rows):
                break
            rounds += 1
            for place in places:
                rows, valid, masks = running.rows, running.valid, running.masks
                if place not in masks:
                    masks[place] = layers.mask(place, valid)
                streams, disagree = layers.layer(place, running.x, valid, masks[place])
                x, numbers, saved = streams[-1] if streams else running.x, running.numbers + 1, running.saved
                repeats = over = np.zeros(len(rows), np.bool_)
                ends_round = place == places[-1]
                if ends_round and times is None:  # Brent: compare with the state after the last power of two
                    repeats = layers.same(x, saved, valid)
                    saved = x if rounds & (rounds - 1) == 0 else saved
                if most is not None:
                    over = most[rows] <= numbers
                    if ends_round and over.any():
                        over = over & ~ended(layers, entry, rounds, x, valid)
                failed = repeats | over
                if disagree is not None:
                    failed |= disagree.any(axis=(1, 2))
                fails = bool(failed.any())
                yield LayerState(
                    place, rounds, numbers, rows, x, streams, disagree, repeats, over, failed if fails else None
                )
                running = Running(rows, numbers, valid, x, saved, masks)
                if fails:
                    running = running.where(~failed)
                    if not len(running.rows):
                        break


def states_of(
    runner: Runner[S, Any],
    rate: int,
    tokens: Int[Tensor, "batch length"],
    lengths: Int[Tensor, "batch"],
) -> Iterator[LayerState[S]]:
    """The states of a batch, each sequence of at most 4 * rate * (positions + 8) layers; of any number if it is 0."""
    return runner.run(tokens, lengths, 4 * rate * (lengths.cpu().numpy() + 8) if rate else None)


def together(layers: Layers[S, V], groups: list[Running[S, V]]) -> Running[S, V]:
    """All sequences of some groups, in the order of the batch, before their first round."""
    if len(groups) == 1:
        return replace(groups[0], saved=groups[0].x, masks={})
    rows, numbers = (np.concatenate(parts) for parts in zip(*((one.rows, one.numbers) for one in groups), strict=True))
    order = rows.argsort()
    x, valid = layers.join([one.x for one in groups])[order], layers.join([one.valid for one in groups])[order]
    return Running(rows[order], numbers[order], valid, x, x, {})


def last_states(layers: Layers[S, Any], states: Iterable[LayerState[S]]) -> tuple[S, Int[Numbers, "batch"]]:
    """The final stream, and the number of layers of each sequence, from all states of a run."""
    states = iter(states)
    last = next(states)
    residual, numbers = None, last.numbers.copy()
    for state in states:
        if state.rows is not last.rows:  # some wait, or have ended
            residual = layers.join([last.residual]) if residual is None else residual
            residual[last.rows], numbers[last.rows] = last.residual, last.numbers
        last = state
    numbers[last.rows] = last.numbers
    if residual is None:  # all of them ran all layers
        return last.residual, numbers
    residual[last.rows] = last.residual
    return residual, numbers
