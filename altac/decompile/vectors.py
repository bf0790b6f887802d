"""What is written into the stream and read from it, as vectors, whatever its basis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from altac.decompile.heads import GAP
from altac.decompile.weights import HeadWeights, Weights
from altac.ir.arrays import Array, Mask

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

CLOSE = 1e-3  # of a product to the whole number that it is
WHOLE = 1e-3  # how far the square of a length may be from a whole number, by its size
MOST_LENGTH = 1000  # of vectors that are combined
PASSES = 50


@dataclass(frozen=True, eq=False)
class Vectors:
    """Rows, and what is known of them.

    Attributes:
        sizes: their lengths in the beginning, which say how far they may be off; at least 1.
        is_small: whether their coordinates are from -1 to 1, but for those of numbers.
        is_positive: whether what has whole coordinates has none below zero.
        is_pure: whether they have no coordinates of numbers.
    """

    rows: Float64[Array, "vectors d_model"]
    sizes: Float64[Array, "vectors"]
    is_small: Bool[Mask, "vectors"]
    is_positive: Bool[Mask, "vectors"]
    is_pure: Bool[Mask, "vectors"]

    @cached_property
    def lengths(self) -> Float64[Array, "vectors"]:
        result: Array = np.linalg.norm(self.rows, axis=1)
        return result

    @cached_property
    def is_whole(self) -> Bool[Mask, "vectors"]:
        """Whether the square of their length is a whole number, as with whole coordinates."""
        squares = self.lengths**2
        result: Mask = (np.abs(squares - squares.round()) < WHOLE * np.maximum(1, squares)) & (
            self.lengths < MOST_LENGTH
        )
        return result

    @cached_property
    def whole(self) -> Float64[Array, "whole d_model"]:
        """Each of them once that may have whole coordinates."""
        return different(self.rows[self.is_whole])

    def select(self, chosen: Bool[Mask, "vectors"], rows: Float64[Array, "chosen d_model"]) -> Vectors:
        """Some of them, with what is left of them."""
        kinds = (self.is_small[chosen], self.is_positive[chosen], self.is_pure[chosen])
        return Vectors(rows, self.sizes[chosen], *kinds)


def vectors_of(weights: Weights) -> Vectors:
    """Those of all weights; what reads is in such units that the basis would give it whole coordinates."""
    rows, kinds = [], []
    for several, *kind in parts(weights):
        kept = several[np.abs(several).max(axis=1, initial=0) > 1e-9]
        rows.append(kept)
        kinds += [kind] * len(kept)
    found = np.concatenate(rows)
    sizes = np.maximum(1, np.linalg.norm(found, axis=1))
    small, positive, pure = np.array(kinds, np.bool_).reshape(-1, 3).T
    return Vectors(found, sizes, small, positive, pure)


Part = tuple["Float64[Array, 'rows d_model']", bool, bool, bool]  # and whether they are small, positive and pure


def parts(weights: Weights) -> Iterator[Part]:
    """Vectors of the same kind; first those of heads."""
    for layer in weights.layers:
        for head in layer.heads:
            is_value = not head.is_numeric
            if head.clears:
                yield -head.output.T, is_value, False, False
            else:
                yield head.output.T, is_value, True, is_value
            yield head.value.weight, is_value, True, is_value and not head.clears
            yield from scoring(head)
    lengths = np.linalg.norm(weights.unembedding.weight, axis=1)
    is_score = bool((np.abs(lengths - 1) > WHOLE).any())
    yield weights.unembedding.weight, not is_score, not is_score, len(lengths) > 1 and not is_score
    for layer in weights.layers:
        for mlp in layer.mlps:
            is_rule = not mlp.outward.bias.any()
            yield mlp.inward.weight / 2, is_rule, is_rule, is_rule
            yield mlp.outward.weight.T, True, False, not is_rule
            yield mlp.outward.bias[None], True, True, True
    for readout in (*weights.until.values(), *([] if weights.shown is None else [weights.shown])):
        yield readout.weight / 2, True, True, True
    yield weights.tokens, True, True, False
    yield weights.positions, True, True, False


def scoring(head: HeadWeights) -> Iterator[Part]:
    """Queries, and keys that no query is asked for, by what a conjunct adds to a score; preferences by a gap."""
    large = np.linalg.norm(head.key.weight, axis=1) >= MOST_LENGTH
    keys = head.key.weight[large]
    yield head.key.weight[~large], True, True, True
    rows = head.query.weight[np.linalg.norm(head.query.weight, axis=1) > 1]
    scales = [scale for scale in scales_of(head) if fitting(rows, scale).all()]
    best = min(scales, key=lambda scale: (~fitting(keys, scale)).sum(), default=None)
    fits: Mask = np.zeros(len(keys), np.bool_)
    if best is not None:
        yield rows / best, True, True, True
        if (~fitting(keys, best)).sum() <= 1:
            fits = fitting(keys, best)
            yield keys[fits] / best, True, True, True
    yield keys[~fits] / GAP, False, True, False


def scales_of(head: HeadWeights) -> Iterator[float]:
    """What a conjunct may add to a score, by how many there are."""
    for count in range(1, len(head.query.bias) + 1):
        for lead in (GAP, 0) if head.symmetric else (0,):
            yield 2 * abs(head.in_reach - lead) / (2 * count - 1)
        if len(head.value.bias) > 1 and not head.slope and count > 1:
            yield 2 * GAP * (len(head.value.bias) + 1)


def fitting(rows: Float64[Array, "rows d_model"], scale: float) -> Bool[Mask, "rows"]:
    """Which of some rows may have coordinates of 0 and 1, times a scale."""
    squares = (rows**2).sum(axis=1) / scale**2 if scale >= GAP else np.full(len(rows), 0.5)
    result: Mask = (np.abs(squares - squares.round()) < WHOLE * squares) & (squares > 0.9)
    return result


def different(rows: Float64[Array, "rows d_model"], signed: bool = False) -> Float64[Array, "different d_model"]:
    """Each row once; up to its sign, unless they are `signed`."""
    if not len(rows):
        return rows
    places = (np.abs(rows) > 1e-3).argmax(axis=1)
    signs = np.ones((len(rows), 1)) if signed else np.sign(rows[range(len(rows)), places])[:, None]
    written = np.ascontiguousarray(np.round(rows * signs, 2) + 0.0)
    _, chosen = np.unique(written.view(np.dtype((np.void, written.shape[1] * 8)))[:, 0], return_index=True)
    result: Array = rows[np.sort(chosen)]
    return result


def connected(rows: Float64[Array, "rows d_model"]) -> list[Float64[Array, "part d_model"]]:
    """Rows in parts that are orthogonal to each other."""
    lengths = np.linalg.norm(rows, axis=1)
    near = np.abs(rows @ rows.T) > WHOLE * np.outer(lengths, lengths)
    left: Mask = np.ones(len(rows), np.bool_)
    found = []
    while left.any():
        inside: Mask = np.zeros(len(rows), np.bool_)
        inside[left.argmax()] = True
        while (wider := np.asarray(near[inside].any(axis=0))).sum() > inside.sum():
            inside = wider
        found.append(rows[inside])
        left &= ~inside
    return found


def shorter(rows: Float64[Array, "rows d_model"]) -> Float64[Array, "short d_model"]:
    """Vectors of length 1 that are sums and differences of some rows: what is longer is made shorter by others."""
    for _ in range(PASSES):
        squares = (rows**2).sum(axis=1)
        rows = rows[np.argsort(squares)]
        squares = np.sort(squares)
        changed = False
        for place in range(len(rows)):
            if squares[place] < 0.5:
                continue
            times = np.round(rows @ rows[place] / squares[place])
            times[place] = 0
            less = rows - np.outer(times, rows[place])
            better = (less**2).sum(axis=1) < squares - 0.5
            if better.any():
                rows = np.where(better[:, None], less, rows)
                squares = (rows**2).sum(axis=1)
                changed = True
        rows = different(rows[squares > 0.5])
        if not changed or not len(rows):
            break
    result: Array = rows[np.abs((rows**2).sum(axis=1) - 1) < 1e-3]
    return result


def hot(rows: Float64[Array, "rows directions"]) -> Bool[Mask, "rows directions"]:
    result: Mask = np.abs(rows) > CLOSE
    return result
