"""Initial values as embeddings: each variable's is a function of the token or of the position."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from altac.ir.arrays import Array
from altac.ir.program import Program
from altac.ir.stream import Stream

if TYPE_CHECKING:
    from jaxtyping import Float64


def build_embeddings(
    program: Program, stream: Stream
) -> tuple[Float64[Array, "vocabulary d_model"], Float64[Array, "positions d_model"] | None]:
    """The token embedding, and the position embedding where there is one."""
    token = np.zeros((len(program.interface.vocabulary), stream.d_model))
    most = program.interface.most_positions
    by_position = any(variable.initial_by == "position" for variable in program.variables)
    position = np.zeros((most, stream.d_model)) if by_position and most is not None else None
    for variable in program.variables:
        table = token if variable.initial_by == "token" else position
        assert table is not None
        evidence = stream.embedded.get(variable.name)
        if evidence is not None:
            added_by(program, variable.name, table[:, evidence.start : evidence.place.stop])
            continue
        part = stream.variables[variable.name]
        if part.is_open:
            table[: len(variable.beginning), part.start] = list(map(float, variable.beginning))
        else:
            table[: len(variable.initial), part.place] = part.codes[list(variable.initial)]
    return token, position


def added_by(program: Program, name: str, table: Float64[Array, "vocabulary labels"]) -> None:
    """Write what each value of a variable adds to the labels of the score."""
    assert program.score is not None
    for term in program.score.terms:
        if term.name == name:
            for index, row in enumerate(term.rows):
                table[index, list(row.keys())] = list(row.values())
