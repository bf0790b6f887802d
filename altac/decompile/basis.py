"""The basis of the stream in which dimensions hold single values, found again after a rotation.

A rotation changes no product of what is written into the stream with what is read from it, nor of two that are
written or two that are read. In the basis that is looked for, nearly all of these vectors have few coordinates, which
are whole numbers: so their products are whole, and a vector of length 1 is a direction of the basis. What is left of
the others beside the directions that are known gets shorter, until nothing is left (`all_directions`).
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from altac.decompile.atoms import assigned
from altac.decompile.heads import GAP
from altac.decompile.variables import variables_of
from altac.decompile.vectors import CLOSE, Vectors, connected, different, hot, shorter, vectors_of
from altac.decompile.weights import Weights
from altac.ir.arrays import Array, Mask
from altac.model.schedule import Flags
from altac.model.transformer import Transformer

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float64

READS = ("fc_in.weight", "query.weight", "key.weight", "value.weight", "unembedding.weight", "embedding.weight")
WRITES = ("fc_out.weight", "output.weight", "fc_out.bias")
ROUNDING = 1e-5  # of a coordinate, by the length of the vector
MOST_WAYS = 300  # of going on that are tried
MOST_ODD = 60  # vectors that are compared with each other
NEAR = 0.01  # of two numbers of a variable that count as the same, where weights are rounded


Way = Iterator["Float64[Array, 'more d_model']"]  # of going on, the surest first


class Turned(Transformer):
    """Weights in another basis: the first dimensions are not the variables, which come back up to rounding only.

    They run in float64, since scores are large, and exact in float32 in the basis of single values alone.
    """

    variables: Float[Tensor, "d_state d_model"]

    @staticmethod
    def of(module: Transformer, variables: Float64[Array, "d_state d_model"]) -> Turned:
        result = Turned(module.config).double()
        result.load_state_dict(module.state_dict())
        result.variables = torch.from_numpy(variables)
        return result

    def same(
        self,
        x: Float[Tensor, "batch length d_model"],
        other: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
    ) -> Bool[Flags, "batch"]:
        equal = ((x - other) @ self.variables.T).abs().amax(dim=-1) < NEAR
        result: Flags = (equal | ~valid).all(dim=-1).cpu().numpy()
        return result

    def logits(self, residual: Float[Tensor, "batch length d_model"]) -> Float[Tensor, "batch length outputs"]:
        """Scores, which are whole numbers: of equal ones the first is the greatest."""
        result = super().logits(residual)
        return result.round() if self.config.outputs > 1 else result


@dataclass(frozen=True)
class Straight:
    """Weights in the basis of single values, and the same as they were given."""

    module: Transformer
    given: Transformer


def straightenings(module: Transformer) -> Iterator[Straight]:
    """The same function in bases that may be that of single values, the likeliest first."""
    weights = Weights.of(module)
    vectors = vectors_of(weights)
    if is_straight(vectors):
        yield Straight(module, module)
        return
    seen: set[bytes] = set()
    for directions in all_directions(vectors):
        found = oriented(directions, vectors, weights)
        same = np.sort(np.round(found @ np.cos(np.arange(found.shape[1])), 3)).tobytes()
        if same in seen:
            continue
        seen.add(same)
        for is_state in variables_of(found, weights):
            basis = np.concatenate([found[is_state], found[~is_state]])
            yield Straight(turned_back(module, basis, int(is_state.sum())), Turned.of(module, found[is_state]))


def is_straight(vectors: Vectors) -> bool:
    """Whether most of what may have whole coordinates has them as it is; after a rotation, next to nothing has."""
    rows = vectors.rows[vectors.is_whole]
    fits = np.abs(rows - rows.round()) <= ROUNDING * vectors.sizes[vectors.is_whole, None]
    near: Mask = np.asarray(fits.all(axis=1))
    return 2 * int(near.sum()) >= len(near)


def all_directions(vectors: Vectors) -> Iterator[Float64[Array, "directions d_model"]]:
    """Orthonormal directions in which all vectors lie; nothing is left of those that have whole coordinates.

    Where several directions are possible, the others are tried later: first those after few steps, one at a time.
    """
    count = itertools.count()
    start: Way = iter([np.zeros((0, vectors.rows.shape[1]))])
    ways = [(0, 0, next(count), start)]  # by how many others were tried there, after how many steps
    for _ in range(MOST_WAYS):
        if not ways:
            return
        others, steps, _, way = heapq.heappop(ways)
        while (found := next(way, None)) is not None:
            heapq.heappush(ways, (others + 1, steps, next(count), way))
            rest = vectors.rows - (vectors.rows @ found.T) @ found
            left = np.linalg.norm(rest, axis=1) > np.maximum(CLOSE / 10, ROUNDING * vectors.sizes)
            if not left.any():
                yield found
                break
            steps, way = steps + 1, wider(vectors.select(left, rest[left]), found)


def wider(rest: Vectors, found: Float64[Array, "found d_model"]) -> Way:
    """Directions that are known with others; all the sure ones at once, or each of the possible ones."""
    for new in sure_directions(rest):
        more = extended(found, new)
        if len(more) > len(found):
            yield orthonormal(more)
            return
    for new in possible_directions(rest, found):
        if fits(new, rest):
            more = extended(found, new)
            if len(more) > len(found):
                yield orthonormal(more)


def sure_directions(rest: Vectors) -> Iterator[Float64[Array, "new d_model"]]:
    yield rest.rows[rest.is_small & (np.abs(rest.lengths - 1) < CLOSE)]
    yield shorter(different(rest.rows[rest.is_small & rest.is_whole]))
    odd = different(rest.rows[rest.is_small & ~rest.is_whole])[:MOST_ODD]
    between = (odd[:, None] - odd[None]).reshape(-1, odd.shape[1])  # the same numbers may stand in both
    between = between[is_near((between**2).sum(axis=1))]
    yield shorter(different(np.concatenate([rest.rows[rest.is_small & rest.is_whole], between])))


def possible_directions(
    rest: Vectors, found: Float64[Array, "found d_model"]
) -> Iterator[Float64[Array, "new d_model"]]:
    """What may be further directions, the surest first; what is left of vectors is orthogonal to those found."""
    yield from multiples(rest)
    yield from assigned(rest, found, False)
    yield from numbers(rest, True)
    yield shorter(rest.whole)
    parts = connected(different(rest.rows))
    alone = [part for part in parts if np.linalg.svd(part, compute_uv=False)[1:].max(initial=0) < CLOSE]
    yield np.array([part[0] / np.linalg.norm(part[0]) for part in alone]).reshape(-1, found.shape[1])
    yield from assigned(rest, found, True)
    yield from numbers(rest, False)


def fits(new: Float64[Array, "new d_model"], rest: Vectors) -> bool:
    """Whether what has whole coordinates has them in some directions, but for those of numbers."""
    values = rest.rows[rest.is_small] @ new.T
    pure = rest.is_pure[rest.is_small]
    of_values = hot(values[pure]).any(axis=0)
    near = np.abs(values - values.round()) < 10 * CLOSE
    return bool(near[pure].all() and near[:, of_values].all())


def multiples(rest: Vectors) -> Iterator[Float64[Array, "new d_model"]]:
    """Directions of which a vector is a multiple: all that has whole coordinates has one there, too."""
    rows = different(rest.rows)
    rows = different(rows / np.linalg.norm(rows, axis=1)[:, None])
    whole = rest.rows[rest.is_small | rest.is_whole]
    products = whole @ rows.T
    left = (whole**2).sum(axis=1)[:, None] - products**2
    near = np.abs(products - products.round()) < 10 * CLOSE * np.maximum(1, np.abs(products))
    parallel = left < 10 * CLOSE
    touched = (np.abs(products) > 10 * CLOSE) & ~parallel
    chosen = np.flatnonzero((near | parallel).all(axis=0))
    for place in sorted(chosen.tolist(), key=lambda place: -int(touched[:, place].sum())):
        yield rows[place][None]


def numbers(rest: Vectors, is_better: bool) -> Iterator[Float64[Array, "new d_model"]]:
    """Directions of numbers: nothing that reads values lies there, and without them more is whole, or less."""
    small = rest.rows[rest.is_small]
    squares = (small**2).sum(axis=1)
    rows = different(rest.rows[~rest.is_whole | ~rest.is_small])
    rows = different(rows / np.linalg.norm(rows, axis=1)[:, None])
    rows = rows[np.abs(rest.rows[rest.is_pure] @ rows.T).max(axis=0, initial=0) < 10 * CLOSE]
    without = squares[:, None] - (small @ rows.T) ** 2
    gained = (is_near(without).astype(int) - is_near(squares)[:, None]).sum(axis=0)
    for place in np.argsort(-gained, kind="stable").tolist():
        if (gained[place] >= 0) == is_better:
            yield rows[place][None]


def is_near(squares: Array) -> Mask:
    result: Mask = np.abs(squares - squares.round()) < CLOSE * np.maximum(1, squares)
    return result


def extended(
    found: Float64[Array, "found d_model"], new: Float64[Array, "new d_model"]
) -> Float64[Array, "more d_model"]:
    """Directions with those of some new ones that are orthogonal to all others."""
    if not len(new):
        return found
    new = different(new)
    new = new[np.abs(new @ found.T).max(axis=1, initial=0) < 10 * CLOSE]
    products = np.abs(new @ new.T)
    chosen: list[int] = []
    for place in range(len(new)):
        if products[place, chosen].max(initial=0) < 10 * CLOSE:
            chosen.append(place)
    return np.concatenate([found, new[chosen]])


def orthonormal(rows: Float64[Array, "directions d_model"]) -> Float64[Array, "directions d_model"]:
    """The nearest that are exactly so."""
    if not len(rows):
        return rows
    left, _, right = np.linalg.svd(rows, full_matrices=False)
    result: Array = left @ right
    return result


def oriented(
    found: Float64[Array, "directions d_model"], vectors: Vectors, weights: Weights
) -> Float64[Array, "directions d_model"]:
    """Directions, so that values are read with positive weights, and brought with them.

    Of what is made of a number, each unit takes the value away that the one before it added.
    """
    signs = np.zeros(len(found))
    if len(weights.unembedding.weight) == 1:
        signs = with_votes(signs, weights.unembedding.weight @ found.T)
    readers = [mlp.inward.weight for layer in weights.layers for mlp in layer.mlps if mlp.outward.bias.any()]
    borders = np.concatenate([np.zeros((0, found.shape[1])), *readers]) @ found.T
    borders[hot(borders).sum(axis=1) > 1] = 0  # sums of values
    products = vectors.rows @ found.T / vectors.sizes[:, None]
    for votes in (
        products[vectors.is_positive & vectors.is_small],
        borders,
        products[vectors.is_small],
        products[vectors.is_positive],
        products,
    ):
        signs = chained(with_votes(signs, votes), found, weights)
    signs[signs == 0] = 1
    result: Array = signs[:, None] * found
    return result


def with_votes(
    signs: Float64[Array, "directions"], votes: Float64[Array, "votes directions"]
) -> Float64[Array, "directions"]:
    """Signs, and those of some more from what most rows say."""
    said = votes.sum(axis=0)
    result: Array = np.where((signs == 0) & (np.abs(said) > CLOSE), np.sign(said), signs)
    return result


def chained(
    signs: Float64[Array, "directions"], found: Float64[Array, "directions d_model"], weights: Weights
) -> Float64[Array, "directions"]:
    """Signs that follow from others, since units at borders take one value away and add another."""
    signs = signs.copy()
    columns = [
        column
        for layer in weights.layers
        for mlp in layer.mlps
        if mlp.outward.bias.any()
        for column in mlp.outward.weight.T @ found.T
    ]
    pairs = [np.flatnonzero(hot(column)).tolist() for column in columns]
    changed = True
    while changed:
        changed = False
        for column, pair in zip(columns, pairs, strict=True):
            for one, other in (pair, pair[::-1]) if len(pair) == 2 else ():
                if signs[one] and not signs[other]:
                    signs[other] = -np.sign(column[one] * column[other]) * signs[one]
                    changed = True
    return signs


# The weights in this basis ---------------------------------------------------------------------------------------


def turned_back(module: Transformer, basis: Float64[Array, "directions d_model"], d_state: int) -> Transformer:
    """The module with coordinates in a basis, rounded to what they were before."""
    turn = torch.from_numpy(basis)
    state = {name: tensor.clone() for name, tensor in module.state_dict().items() if isinstance(tensor, Tensor)}
    for name, tensor in state.items():
        if name.endswith(READS):
            state[name] = rounded(tensor.double() @ turn.T, 1).to(tensor.dtype)
        elif name.endswith(WRITES):
            state[name] = rounded(turn @ tensor.double(), 0).to(tensor.dtype)
    config = replace(module.config, d_model=len(basis), d_state=d_state)
    result = Transformer(config).to(module.token_embedding.weight.dtype)
    result.load_state_dict({**state, "_extra_state": {"config": config.to_dict()}})
    return result


def rounded(tensor: Tensor, axis: int) -> Tensor:
    """Coordinates of vectors along an axis: whole numbers, multiples of a gap, or what they are."""
    if tensor.ndim == 1:
        axis = 0
    sizes = tensor.norm(dim=axis, keepdim=True).clamp(min=1)
    steps = torch.where(sizes * ROUNDING > 0.1, GAP, 1.0)
    whole = (tensor / steps).round() * steps
    return torch.where((tensor - whole).abs() <= 2 * ROUNDING * sizes, whole, tensor)
