"""Multinomial logistic regression on bags, by L-BFGS (Liu and Nocedal, 1989). Draws nothing, so it repeats exactly."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDS = 80
MEMORY = 8  # earlier steps from which the curvature is estimated
SUFFICIENT = 1e-4  # of the decrease that the slope promises
SHORTEST = 1e-6  # of a step
ENOUGH, ROUGH = 1e-5, 1e-4  # relative decrease at which a search ends, and one that only compares


@dataclass(frozen=True)
class Bags:
    """For every row a bag of columns: a sparse matrix of counts, as pairs of indices."""

    rows: Ints
    columns: Ints
    height: int
    width: int

    def times(self, weights: Floats) -> Floats:
        """For every row the sum of the weights (width, labels) of its columns."""
        return product(self._matrix, weights)

    def gathered(self, values: Floats) -> Floats:
        """For every column the sum of the values (height, labels) of its rows."""
        return product(self._transposed, values)

    @cached_property
    def _matrix(self) -> Tensor:
        return _sparse(self.rows, self.columns, self.height, self.width)

    @cached_property
    def _transposed(self) -> Tensor:
        return _sparse(self.columns, self.rows, self.width, self.height)


def _sparse(rows: Ints, columns: Ints, height: int, width: int) -> Tensor:
    """A matrix (height, width) of how often each pair of indices is there."""
    import torch

    ends = np.cumsum(np.bincount(rows, minlength=height))
    begins = torch.from_numpy(np.append(0, ends))
    places = torch.from_numpy(columns[np.argsort(rows, kind="stable")])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that sparse matrices are new to torch
        return torch.sparse_csr_tensor(begins, places, torch.ones(len(rows), dtype=torch.float64), (height, width))


def product(matrix: Tensor, values: Floats) -> Floats:
    import torch

    found: Floats = (matrix @ torch.from_numpy(np.ascontiguousarray(values))).numpy()
    return found


def regress(bags: Bags, answers: Ints, penalty: float, start: Floats, enough: float = ENOUGH) -> Floats:
    """Weights (width, labels) under which the answers are likeliest, less half the penalty times their squares.

    Args:
        start: where the search begins, which decides how long it takes.
        enough: the relative decrease at which it ends.
    """
    wanted = np.eye(start.shape[1])[answers]

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = bags.times(weights)
        scores -= scores.max(axis=1, keepdims=True)
        total = np.exp(scores).sum(axis=1, keepdims=True)
        scores -= np.log(total)
        value = -(scores * wanted).sum() + penalty / 2 * (weights**2).sum()
        return float(value), bags.gathered(np.exp(scores) - wanted) + penalty * weights

    return minimum(loss, start, enough)


def minimum(loss: Callable[[Floats], tuple[float, Floats]], start: Floats, enough: float = ENOUGH) -> Floats:
    """Where a convex function, given with its gradient, is least."""
    here = start
    value, gradient = loss(here)
    steps: list[tuple[Floats, Floats, float]] = []  # moves, changes of the gradient, 1 / their product
    for _ in range(ROUNDS):
        direction = _direction(gradient, steps)
        slope = float((direction * gradient).sum())
        size = 1.0
        while True:
            there = here - size * direction
            next_value, next_gradient = loss(there)
            if next_value <= value - SUFFICIENT * size * slope or size < SHORTEST:
                break
            size /= 2
        move, change = there - here, next_gradient - gradient
        product = float((move * change).sum())
        if product > 0:
            steps = [*steps, (move, change, 1 / product)][-MEMORY:]
        is_enough = value - next_value <= enough * abs(value)
        here, value, gradient = there, next_value, next_gradient
        if is_enough:
            break
    return here


def _direction(gradient: Floats, steps: list[tuple[Floats, Floats, float]]) -> Floats:
    """The gradient times the estimated inverse of the curvature."""
    found = gradient.copy()
    if not steps:
        return found / max(1.0, float(np.sqrt((found**2).sum())))
    factors = []
    for move, change, inverse in reversed(steps):
        factors.append(inverse * float((move * found).sum()))
        found -= factors[-1] * change
    _, change, inverse = steps[-1]
    found /= inverse * float((change**2).sum())
    for (move, change, inverse), factor in zip(steps, reversed(factors), strict=True):
        found += (factor - inverse * float((change * found).sum())) * move
    return found
