"""What a node has to be, at some positions of the sample; and what that says about nodes below it.

A *witness* turns a goal into one for an inner node: where an output is fetched, the examples often say from where;
where a flag stays up once it has risen, they say where it rises; where a number counts, they say what it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from altac.synthesis.nodes import Kind
from altac.synthesis.sample import Array, Bits, Sample


@dataclass(frozen=True, eq=False)
class Goal:
    """Wanted values (example, position), where `mask` holds; elsewhere anything will do."""

    kind: Kind
    mask: Bits
    wanted: Array

    @property
    def classes(self) -> tuple[int, ...]:
        """The wanted values, the rarest first."""
        codes, counts = np.unique(self.wanted[self.mask], return_counts=True)
        return tuple(int(codes[at]) for at in np.argsort(counts, kind="stable"))

    def only(self, mask: Bits) -> Goal:
        """The same at fewer positions."""
        return Goal(self.kind, self.mask & mask, self.wanted)

    def is_class(self, code: int) -> Goal:
        """Where a value is wanted."""
        return Goal("boolean", self.mask, (self.wanted == code).astype(np.int16))


def goal_of(sample: Sample, outputs: Array, kind: Kind) -> Goal:
    """The goal that outputs (example, output) set: at every position, or at the last one if there is one for a text."""
    if sample.examples.shape == "each":
        return Goal(kind, sample.valid, outputs)
    last = sample.places[None, :] == sample.lengths[:, None] - 1
    return Goal(kind, last, np.where(last, outputs[:, :1], 0).astype(np.int16))


def risings(goal: Goal, sample: Sample, forwards: bool) -> Goal | None:
    """For a flag that is up from some position on (or up to it): what must be true where it first is, and not before.

    None if the wanted flag is none of that kind, or says nothing about an inner one.
    """
    if not (goal.mask == sample.valid).all():
        return None
    up = goal.wanted != 0
    shifted = np.zeros_like(up)
    if forwards:
        shifted[:, 1:] = up[:, :-1]
    else:
        shifted[:, :-1] = up[:, 1:]
    if (shifted & ~up & sample.valid).any() or not (shifted & up).any():
        return None
    known = sample.valid & ~(up & shifted)  # where it was up before, anything will do
    return Goal("boolean", known, (up & known).astype(np.int16))


def increments(goal: Goal, sample: Sample) -> Goal | None:
    """For a number that counts from the left: what it counts. None if it does not."""
    if goal.kind != "number" or not (goal.mask == sample.valid).all():
        return None
    before = np.zeros_like(goal.wanted)
    before[:, 1:] = goal.wanted[:, :-1]
    step = goal.wanted - before
    if not np.isin(step[sample.valid], (0, 1)).all() or (step[sample.valid] == 1).all():
        return None
    return Goal("boolean", sample.valid, np.where(sample.valid, step, 0).astype(np.int16))


def kept(sample: Sample) -> Goal | None:
    """For outputs that are some of the symbols of their inputs, in their order: where a position is surely among these,
    and where surely not. None if they are no such lists.
    """
    surely, never = np.zeros(sample.shape, bool), sample.valid.copy()
    for row, (text, output) in enumerate(zip(sample.tokens, sample.examples.outputs, strict=True)):
        codes = [sample.codes.code(value) for value in output]
        length = int(sample.lengths[row])
        first = _leftmost(text[:length].tolist(), codes)
        last = _leftmost(text[:length][::-1].tolist(), codes[::-1])
        if first is None or last is None:
            return None
        for code, low, high in zip(codes, first, [length - 1 - place for place in reversed(last)], strict=True):
            surely[row, low] |= low == high
            never[row, low : high + 1] &= text[low : high + 1] != code
    return Goal("boolean", surely | never, surely.astype(np.int16))


def _leftmost(text: list[int], codes: list[int]) -> list[int] | None:
    """The first places where codes stand in a text one after the other."""
    places: list[int] = []
    for code in codes:
        begin = places[-1] + 1 if places else 0
        if code not in text[begin:]:
            return None
        places.append(text.index(code, begin))
    return places


@dataclass(frozen=True, eq=False)
class Fetch:
    """An output that is fetched: where its place is known, and what any place must do.

    Attributes:
        places: the place to fetch from (or, for keys, the one that fetches it), where only one is possible.
        default: the code of what stands where nothing is fetched.
    """

    places: Goal
    of_keys: bool
    flag: Bits
    default: int | None


def fetched_by_query(goal: Goal, sample: Sample) -> Fetch | None:
    """An output that is a symbol of the input, at the place that each position asks for."""
    alike = (sample.tokens[:, None, :] == goal.wanted[:, :, None]) & sample.keys & goal.mask[:, :, None]
    if not (alike.any(-1) == goal.mask).all():
        return None
    once = alike.sum(-1) == 1
    places = np.where(once, alike.argmax(-1), 0).astype(np.int16)
    return Fetch(Goal("number", once, places), False, sample.valid, None) if once.any() else None


def fetched_by_key(goal: Goal, sample: Sample, flags: Iterator[Bits]) -> Iterator[tuple[int, Fetch]]:
    """For each flag (by its number) where the flagged positions bring their symbols to one position each."""
    if not (goal.mask == sample.valid).all():
        return
    codes = np.union1d(sample.tokens[sample.valid], goal.wanted[sample.valid])
    asked = np.stack([((goal.wanted == code) & sample.valid).sum(1) for code in codes], 1)  # (example, code)
    present = [(sample.tokens == code) & sample.valid for code in codes]
    for number, flag in enumerate(flags):
        given = np.stack([(one & flag).sum(1) for one in present], 1)
        wrong = np.flatnonzero((given != asked).any(0))
        if len(wrong) > 1 or (len(wrong) == 1 and given[:, wrong[0]].any()):
            continue
        default = int(codes[wrong[0]]) if len(wrong) else None
        alike = (goal.wanted[:, :, None] == sample.tokens[:, None, :]) & sample.keys & sample.valid[:, :, None]
        alike &= flag[:, None, :]  # (example, who fetches, from where)
        once = flag & (alike.sum(1) == 1)
        places = np.where(once, alike.argmax(1), 0).astype(np.int16)
        if once.any():
            yield number, Fetch(Goal("number", once, places), True, flag, default)


def fetches(fetch: Fetch, goal: Goal, sample: Sample, values: Array) -> bool:
    """Whether places (example, position), wherever they are, bring what is wanted."""
    end = sample.lengths[:, None]
    if not fetch.of_keys:
        inside = (values >= 0) & (values < end)
        brought = np.take_along_axis(sample.tokens, np.where(inside, values, 0).astype(np.intp), 1)
        return bool((inside & (brought == goal.wanted))[goal.mask].all())
    used = fetch.flag & (values >= 0) & (values < end)
    asked = np.take_along_axis(goal.wanted, np.where(used, values, 0).astype(np.intp), 1)
    if not (asked == sample.tokens)[used].all():
        return False
    covered = np.zeros(sample.shape, bool)
    rows = np.broadcast_to(np.arange(sample.shape[0])[:, None], sample.shape)
    covered[rows[used], values[used]] = True
    wanted = goal.mask if fetch.default is None else goal.mask & (goal.wanted != fetch.default)
    return bool((covered == wanted)[sample.valid].all())
