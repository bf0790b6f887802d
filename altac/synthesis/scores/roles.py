"""Roles of words: classes of words whose labels are alike, as far as their vectors and their shapes tell.

A network of one hidden layer learns from the words of examples which labels a word has. Words of which it expects
about the same have the same role, also those that no example has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from altac.ir.unknown import shape
from altac.synthesis.scores.regression import Floats, minimum

HIDDEN = 32
PENALTY = 1.0  # of large weights
MOST_SHAPES = 40  # that are told apart
MOST_AT_ONCE = 8_192  # words of which labels are expected


def expected(
    words: Sequence[str], vectors: NDArray[np.float32], labels: Mapping[str, Mapping[str, int]], seed: int
) -> Floats:
    """The probabilities of labels that each word has: (words, labels), in the order of the labels' names.

    Args:
        vectors: (words, dimensions).
        labels: how often a word of the examples has each label.
    """
    names = sorted({name for counts in labels.values() for name in counts})
    shapes = [one for one, _ in Counter(map(shape, labels)).most_common(MOST_SHAPES)]
    known = [at for at, word in enumerate(words) if word in labels]
    counts = np.array([[labels[words[at]].get(name, 0) for name in names] for at in known], np.float64)
    total = counts.sum(axis=1, keepdims=True)
    wanted = counts / np.sqrt(total)  # a word that occurs four times counts twice as much as one that occurs once
    network = _Network(vectors.shape[1] + len(shapes) + 1, len(names))
    places = {one: at for at, one in enumerate(shapes)}
    kinds = [places.get(shape(word), len(shapes)) for word in words]

    def inputs(some: Sequence[int]) -> Floats:
        """Vectors, and shapes one-hot."""
        forms = np.eye(len(shapes) + 1)[[kinds[at] for at in some]]
        return np.hstack([vectors[some], forms])

    learned = minimum(network.loss(inputs(known), wanted), network.start(seed))
    parts = np.array_split(np.arange(len(words)), 1 + len(words) // MOST_AT_ONCE)
    return np.concatenate([np.exp(network.likelihoods(learned, inputs(part.tolist()))[1]) for part in parts])


class _Network:
    """Weights of the two layers as one array, so that L-BFGS can search them."""

    def __init__(self, width: int, labels: int) -> None:
        self.first, self.second = (width, HIDDEN), (HIDDEN + 1, labels)  # the last row of the second is its bias

    def start(self, seed: int) -> Floats:
        generator = np.random.default_rng(seed)
        first = generator.normal(size=self.first)
        return np.concatenate([first.ravel(), np.zeros(self.second).ravel()])

    def layers(self, weights: Floats) -> tuple[Floats, Floats]:
        first, second = np.split(weights, [self.first[0] * self.first[1]])
        return first.reshape(self.first), second.reshape(self.second)

    def likelihoods(self, weights: Floats, inputs: Floats) -> tuple[Floats, Floats]:
        """The hidden units with a last one that is 1, and the logarithms of the probabilities of labels."""
        first, second = self.layers(weights)
        hidden = np.hstack([np.tanh(inputs @ first), np.ones((len(inputs), 1))])
        scores = hidden @ second
        scores -= scores.max(axis=1, keepdims=True)
        return hidden, scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))

    def loss(self, inputs: Floats, wanted: Floats) -> Callable[[Floats], tuple[float, Floats]]:
        """Of weights, how unlikely they make what is wanted, with the gradient."""
        total = wanted.sum(axis=1, keepdims=True)

        def of(weights: Floats) -> tuple[float, Floats]:
            hidden, told = self.likelihoods(weights, inputs)
            off = np.exp(told) * total - wanted
            back = (off @ self.layers(weights)[1][:-1].T) * (1 - hidden[:, :-1] ** 2)
            gradient = np.concatenate([(inputs.T @ back).ravel(), (hidden.T @ off).ravel()])
            value = -(wanted * told).sum() + PENALTY / 2 * (weights**2).sum()
            return float(value), gradient + PENALTY * weights

        return of
