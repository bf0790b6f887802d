"""Which sequences fail in a layer, and why."""

from __future__ import annotations

from typing import Any

import numpy as np

from altac.diagnostics.inside_errors import ChangedToNoValue
from altac.diagnostics.run_errors import HeadDisagrees, NeverHalts, RunFailed, TooManyLayers
from altac.engine.trace import Ran
from altac.model.inside.names import standing
from altac.model.metadata import Metadata
from altac.model.schedule import LayerState


def errors_of(state: LayerState[Any], ran: Ran, described: Metadata) -> dict[int, RunFailed]:
    """The sequences that fail in this layer, by their place in the batch."""
    errors: dict[int, RunFailed] = {}
    if state.failed is None:
        return errors
    numbers, name, learned = state.numbers.tolist(), ran.label, described.learned is not None
    for place in np.flatnonzero(state.repeats).tolist():
        errors[int(state.rows[place])] = NeverHalts(None, numbers[place], learned, name)
    for place in np.flatnonzero(state.over).tolist():
        errors[int(state.rows[place])] = TooManyLayers(None, numbers[place], learned, name)
    if state.disagree is not None:
        heads = described.head_names[state.place]
        for place, number, position in reversed(np.argwhere(state.disagree).tolist()):
            row = int(state.rows[place])
            if number < len(heads):
                errors[row] = HeadDisagrees(None, heads[number], numbers[place], position, (), learned, name)
            else:  # of a model that was changed for a while: something that stands after the layer is no value
                variable = list(standing(described, state.place))[number - len(heads)]
                errors[row] = ChangedToNoValue(None, variable, numbers[place], position, name)
    return errors
