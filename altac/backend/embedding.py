"""Initial values as embeddings: each variable's is a function of the token or of the position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from altac.backend.layout import Layout
from altac.ir.program import Program

Matrix = NDArray[np.float64]


def build_embeddings(program: Program, layout: Layout) -> tuple[Matrix, Matrix | None]:
    """The token embedding (vocabulary, d_model), and the position embedding (positions, d_model) where there is one."""
    token = np.zeros((len(program.interface.vocabulary), layout.d_model))
    most = program.interface.most_positions
    by_position = any(variable.initial_by == "position" for variable in program.variables)
    position = np.zeros((most, layout.d_model)) if by_position and most is not None else None
    for variable in program.variables:
        table = token if variable.initial_by == "token" else position
        assert table is not None
        for row, index in enumerate(variable.initial):
            if variable.scalar:
                table[row, layout.real(variable.name)] = float(variable.domain.values[index])  # type: ignore[arg-type]
            else:
                table[row, layout.one_hot(variable.name)[index]] = 1
    return token, position
