"""The arrays of altac. Their types name the shapes, as jaxtyping writes them: `Float64[Array, "units d_model"]`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]  # numbers
Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]  # places of values in their domains, or a marker that there is none
