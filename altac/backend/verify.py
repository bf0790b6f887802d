"""That compiled weights hold nothing dead: no unit without an effect, no dimension that nothing writes or needs.

A dimension is needed if the computation reads it (a query, key, value, hidden unit or readout), or if the trace does:
the trace tells the value of every variable and head, so all of their values keep their dimensions, also those that the
computation tells by the absence of the others. Features are not in the trace; each of their dimensions must be read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from altac.backend.weights import Weights
from altac.diagnostics import InternalError
from altac.ir.program import Program


def verify_nothing_dead(program: Program, weights: Weights) -> None:
    """Check the weights of a program.

    Raises:
        InternalError: naming what is dead.
    """
    axes = weights.layout.axes
    written, read = written_axes(weights), read_axes(weights)
    traced = {name for name, _ in program.state}
    dead = [f"nothing writes `{axes[index]}`" for index in np.flatnonzero(~written)]
    dead += [f"nothing reads `{axes[index]}`" for index in np.flatnonzero(~read) if axes[index].name not in traced]
    used = {axes[index].name for index in np.flatnonzero(read)}
    dead += [f"nothing reads any of `{name}`" for name in dict.fromkeys(axis.name for axis in axes) if name not in used]
    for number, names in enumerate(weights.unit_names):
        effect = (weights.arrays[f"mlps.{number}.fc_out.weight"] != 0).any(axis=0)
        dead += [f"the unit `{names[unit]}` does nothing" for unit in np.flatnonzero(~effect)]
    if dead:
        raise InternalError("; ".join(dead))


def written_axes(weights: Weights) -> NDArray[np.bool_]:
    """Which dimensions an embedding, a head or a hidden unit writes, clearing left out."""
    arrays = weights.arrays
    written: NDArray[np.bool_] = (arrays["token_embedding.weight"] != 0).any(axis=0)
    if "position_embedding.weight" in arrays:
        written |= (arrays["position_embedding.weight"] != 0).any(axis=0)
    if "attention.output.weight" in arrays:
        brings = (arrays["attention.value.weight"] != 0).any(axis=1)
        brings |= (arrays["attention.value.bias"] != 0) | (arrays["attention.sink_value"] != 0)
        written |= (arrays["attention.output.weight"][:, brings] > 0).any(axis=1)
    for number in range(len(weights.unit_names)):
        written |= (arrays[f"mlps.{number}.fc_out.weight"] != 0).any(axis=1)
        written |= arrays[f"mlps.{number}.fc_out.bias"] != 0
    return written


def read_axes(weights: Weights) -> NDArray[np.bool_]:
    """Which dimensions a query, key, value, hidden unit or readout reads, clearing left out."""
    arrays = weights.arrays
    read: NDArray[np.bool_] = (arrays["unembedding.weight"] != 0).any(axis=0)
    for name, array in arrays.items():
        if name.endswith("fc_in.weight") or name in ("attention.query.weight", "attention.key.weight"):
            read |= (array != 0).any(axis=0)
    if "attention.value.weight" in arrays:
        brought = (arrays["attention.output.weight"] > 0).any(axis=0)
        read |= (arrays["attention.value.weight"][brought] != 0).any(axis=0)
    return read
