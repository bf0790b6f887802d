"""What a head selects in one layer, for all positions at once: with the interpreter's own selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from altac.engine.trace import Indices, has_value
from altac.interpret.attention import attend, place_of, selection
from altac.ir.arrays import Mask
from altac.ir.heads import Extreme, Head, Pick, Real

SELECTED, FAR, FAILS = 0, 1, 2  # why a key is not selected; FAILS + i: condition i is the first that does not hold


@dataclass(frozen=True)
class Looking:
    """What a head selects in one layer, (positions, positions) each: queries down, keys across.

    `why_not` is SELECTED, FAR where a key is out of reach, or FAILS + i where condition i is the first that does not
    hold. `brought` is what the head brings by the program, (positions,). `known` says for which queries all that
    decides it has a value.
    """

    selected: Mask
    taken: Mask
    why_not: Indices
    brought: Indices
    known: Mask


def reach(head: Head, size: int) -> Mask:
    """Which keys each query can look at, whatever they hold: (positions, positions)."""
    inside = np.array([distance in head.offsets for distance in range(-size, size + 1)])
    found: Mask = inside[np.arange(size)[None, :] - np.arange(size)[:, None] + size]
    return found


def look(head: Head, state: Mapping[str, Indices], in_reach: Mask) -> Looking:
    """What a head selects and brings.

    Args:
        state: value indices (positions,) of all that the layer finds, below 0 where weights hold no value.
        in_reach: as `reach` gives it.
    """
    size = len(in_reach)
    there = {name: has_value(state[name]) for name in head.reads}
    batch = {name: np.maximum(values, 0)[None] for name, values in state.items()}
    lengths = np.array([size])
    keys, chosen = selection(head, batch, lengths)
    brought, _ = attend(head, batch, lengths, lengths, "")
    rows = np.broadcast_to(np.arange(size)[:, None], chosen.shape[1:])
    columns = np.broadcast_to(keys, chosen.shape[1:])
    selected, taken = np.zeros((size, size), np.bool_), np.zeros((size, size), np.bool_)
    for mask, found in ((selected, chosen[0]), (taken, decisive(head, batch, keys, chosen, brought)[0])):
        mask[rows[found], columns[found]] = True
    why_not = np.where(selected, SELECTED, FAR)
    left = ~selected & in_reach
    known = np.ones(size, np.bool_)
    for number, condition in enumerate(head.conditions):
        key = batch[condition.key][0][None, :] if condition.key else np.zeros((1, 1), np.int64)
        query = batch[condition.query][0][:, None] if condition.query else np.zeros((1, 1), np.int64)
        fails = left & ~np.array(condition.holds)[key, query]
        why_not[fails] = FAILS + number
        left &= ~fails
        known &= there[condition.query] if condition.query else True
        known &= ~(in_reach & ~there[condition.key][None, :]).any(axis=1) if condition.key else True
    if head.variable is not None:
        known &= ~(selected & ~there[head.variable][None, :]).any(axis=1)
    return Looking(selected, taken, why_not, brought[0], known)


def decisive(head: Head, state: Mapping[str, Indices], keys: Indices, selected: Any, brought: Indices) -> Any:
    """Which of the selected candidates decide what a head brings: (sequences, query, candidate)."""
    match head.brings:
        case Pick(which) | Real("first" | "last" | "closest" as which):
            place = place_of(which, selected, keys)
            return selected & (np.arange(selected.shape[2]) == place[:, :, None])
        case Extreme(variable=str(variable), values=values):
            return selected & (np.array(values)[state[variable]][:, keys] == brought[:, :, None])
    return selected
