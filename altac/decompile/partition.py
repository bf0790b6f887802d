"""Which spots form one variable, from the weights and from states that they reach.

Some weights say it outright: what a head reads, brings, or compares with one row, belongs to one variable. What is hot
at once belongs to different ones. Between these two, spots are coloured: every state has exactly one hot spot of each
variable, so it shows one spot of each colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from altac.decompile.coloring import coloured, largest_clique
from altac.decompile.places import STATE, Links, Places, Spot
from altac.decompile.weights import Undecided
from altac.ir.arrays import Array, Mask
from altac.model.parameters import Affine

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

MOST_PAIRS = 4000  # of tokens and positions


def units_of(places: Places) -> Iterator[tuple[dict[Spot, float], float]]:
    """What each unit over values reads, and its bias: those of rules and of readouts."""
    weights = places.weights
    readouts: list[tuple[Affine, int, int]] = [(mlp.inward, layer, stage) for layer, stage, mlp in places.rules]
    readouts += [(one, weights.config.entries[entry][0].start, 0) for entry, one in weights.until.items()]
    if weights.shown is not None:
        readouts.append((weights.shown, len(weights.layers), 0))
    for one, layer, stage in readouts:
        for row, bias in zip(one.weight, one.bias, strict=True):
            spots = places.spots(row, layer, stage)
            if len(spots) == np.count_nonzero(row):  # else it reads what nothing writes, and may ask for more
                yield spots, float(bias)


def conjuncts(bias: float) -> int:
    """Of how many variables a unit asks something."""
    return round((1.5 - bias) / 2)


def linked(places: Places) -> Links:
    """What the weights say outright."""
    links, weights = Links(), places.weights
    for number, layer in enumerate(weights.layers):
        for head in layer.heads:
            if head.clears:
                continue
            links.join(together(places, places.spots(head.value.weight.any(axis=0).astype(float), number)))
            for row in (*head.query.weight, *head.key.weight):
                links.join(places.spots(row, number))
            if not head.is_numeric:
                links.join((number, dimension) for dimension in head.written)
    for chain in places.chains:
        links.join(chain.spots)
    for spots, bias in units_of(places):
        if conjuncts(bias) == 1:
            links.join(spots)
    if not places.is_score:
        links.join(places.spots(weights.unembedding.weight.any(axis=0).astype(float), len(weights.layers)))
    return links


def together(places: Places, spots: Iterable[Spot]) -> list[Spot]:
    """What is read together, but for what cannot belong to one variable: several spots that are always hot."""
    read = list(spots)
    always = places.constant.intersection(read)
    return [spot for spot in read if len(always) < 2 or spot not in always]


def pools_of(places: Places) -> dict[int, list[Spot]]:
    """The spots of which it is not known outright which ones form variables: the state, and what rules introduce."""
    weights = places.weights
    written = np.asarray(np.concatenate([weights.tokens, weights.positions]).any(axis=0))
    for _, _, mlp in places.rules:
        written |= mlp.outward.weight.any(axis=1)
    state = [(STATE, place) for place in np.flatnonzero(written[: weights.config.d_state]).tolist()]
    pools = {STATE: [spot for spot in state if spot not in places.numeric]}
    for layer, _, mlp in places.rules:
        scratch = np.flatnonzero(mlp.outward.weight.any(axis=1)).tolist()
        pools.setdefault(layer, [])
        spots = [(layer, place) for place in scratch if place >= weights.config.d_state]
        pools[layer] += [spot for spot in spots if spot not in places.numeric]
    return {layer: spots for layer, spots in pools.items() if spots}


def partition(places: Places, observed: Mapping[int, Float64[Array, "states d_model"]]) -> list[frozenset[Spot]]:
    """The variables, each as its spots; also what heads bring and what is made of numbers.

    Raises:
        Undecided: if the states do not look like values of variables.
    """
    links, pools = linked(places), pools_of(places)
    pooled = {spot for spots in pools.values() for spot in spots}
    shown = {layer: states(places, layer, spots, observed) for layer, spots in pools.items()}
    apart = {layer: conflicts(places, layer, spots, shown[layer]) for layer, spots in pools.items()}
    deduce(places, links, pools, apart)
    # of the state, what is not in its pool is never hot
    found = links.sets(spot for spot in links.parents if spot not in pooled | places.numeric and spot[0] != STATE)
    for layer, spots in pools.items():
        found += grouped(places, links, spots, shown[layer], apart[layer])
    return found


def states(
    places: Places, layer: int, spots: Sequence[Spot], observed: Mapping[int, Float64[Array, "states d_model"]]
) -> Bool[Mask, "states spots"]:
    """Where the spots of a pool are hot, in states that are reached, and in those that embeddings make.

    Raises:
        Undecided: if something else than zeros and ones stands there.
    """
    rows = reached(places, layer, spots, observed)
    if not ((rows == 0) | (rows == 1)).all():
        raise Undecided("the stream holds numbers, and not only zeros and ones")
    return np.unique(rows == 1, axis=0)


def reached(
    places: Places, layer: int, spots: Sequence[Spot], observed: Mapping[int, Float64[Array, "states d_model"]]
) -> Float64[Array, "states spots"]:
    """What stands in the spots of a pool, in states that are reached, and in those that embeddings make."""
    dimensions = [dimension for _, dimension in spots]
    if layer != STATE:
        return observed.get(layer, np.zeros((0, places.weights.config.d_model)))[:, dimensions]
    tokens, positions = (table[:, dimensions] for table in (places.weights.tokens, places.weights.positions))
    pairs = list(product(range(len(tokens)), range(max(1, len(positions)))))
    if len(pairs) > MOST_PAIRS:
        pairs = [pairs[place] for place in np.random.default_rng(0).choice(len(pairs), MOST_PAIRS, replace=False)]
    first = [tokens[token] + (positions[position] if len(positions) else 0) for token, position in pairs]
    return np.concatenate([np.array(first), *(states[:, dimensions] for states in observed.values())])


def conflicts(
    places: Places, layer: int, spots: Sequence[Spot], shown: Bool[Mask, "states spots"]
) -> Bool[Mask, "spots spots"]:
    """Which spots of a pool are not values of the same variable."""
    hot = shown.astype(np.float32)
    result = (hot.T @ hot) > 0
    index = {spot: place for place, spot in enumerate(spots)}
    for number, _, mlp in places.rules:
        for column in mlp.outward.weight.T:
            for sign in (1, -1):
                same = [
                    index[spot] for spot, one in places.written(column, number).items() if one == sign and spot in index
                ]
                result[np.ix_(same, same)] = True
    if layer == STATE:  # a variable begins by the token or by the position
        dimensions = [dimension for _, dimension in spots]
        token, position = (
            table[:, dimensions].any(axis=0) for table in (places.weights.tokens, places.weights.positions)
        )
        result |= np.outer(token, position) | np.outer(position, token)
    np.fill_diagonal(result, False)
    return result


def deduce(
    places: Places, links: Links, pools: Mapping[int, Sequence[Spot]], apart: Mapping[int, Bool[Mask, "spots spots"]]
) -> None:
    """Link and separate what a unit reads: it asks something of so many variables, and no others."""
    index = {spot: (layer, place) for layer, spots in pools.items() for place, spot in enumerate(spots)}
    alive = {spot for spot in links.parents if spot[0] != STATE or spot in index}
    units = [
        (list(spots), conjuncts(bias))
        for spots, bias in units_of(places)
        if spots and all(one in alive or one in index for one in spots)
    ]

    def differ(left: frozenset[Spot], right: frozenset[Spot]) -> bool:
        for one, other in product(left, right):
            if one not in index or other not in index or index[one][0] != index[other][0]:
                return True  # of different layers, or what heads bring
            if apart[index[one][0]][index[one][1], index[other][1]]:
                return True
        return False

    changed = True
    while changed:
        changed = False
        for spots, count in units:
            sets = links.sets(spots)
            if len(sets) <= count:
                for left, right in combinations(sets, 2) if len(sets) == count else ():
                    for one, other in product(left, right):
                        if one in index and other in index and index[one][0] == index[other][0]:
                            table, at = apart[index[one][0]], (index[one][1], index[other][1])
                            changed |= not table[at]
                            table[at] = table[at[::-1]] = True
                continue
            table = np.array([[left != right and differ(left, right) for right in sets] for left in sets])
            clique = largest_clique(table)
            if len(clique) != count:
                continue
            for number, group in enumerate(sets):
                fits = [other for other in clique if not table[number, other]]
                if number not in clique and len(fits) == 1:
                    pair = [next(iter(group)), next(iter(sets[fits[0]]))]
                    changed |= links.find(pair[0]) != links.find(pair[1])
                    links.join(pair)


def grouped(
    places: Places,
    links: Links,
    spots: Sequence[Spot],
    shown: Bool[Mask, "states spots"],
    apart: Bool[Mask, "spots spots"],
) -> list[frozenset[Spot]]:
    """The variables of one pool.

    Raises:
        Undecided: if there is no way to see variables in the states.
    """
    sets = links.sets(spots)
    index = {spot: place for place, spot in enumerate(spots)}
    members = [[index[spot] for spot in one] for one in sets]
    hot = np.stack([shown[:, places_of].sum(axis=1) for places_of in members], axis=1)
    if (hot > 1).any():
        raise Undecided("what is read together is hot at once")
    sums = hot.sum(axis=1)
    if len(sums) == 0:
        return sets
    if (sums != sums[0]).any():
        raise Undecided("states have different numbers of hot dimensions")
    conflict = np.array([[bool(apart[np.ix_(one, other)].any()) for other in members] for one in members])
    conflict[np.diag_indices(len(sets))] = False
    speaks = hints(places, {spot: number for number, one in enumerate(sets) for spot in one})
    seen = np.flatnonzero(hot.any(axis=0)).tolist()
    place = {number: where for where, number in enumerate(seen)}
    among = {(place[a], place[b]): count for (a, b), count in speaks.items() if a in place and b in place}
    chosen = coloured(conflict[np.ix_(seen, seen)], [place[one] for one in np.flatnonzero(hot[0]).tolist()], among)
    if chosen is None:
        raise Undecided("no way was found to see values of variables in the states")
    colours = dict(zip(seen, chosen, strict=True))
    by_votes(colours, conflict, speaks)
    if spots[0][0] != STATE:
        by_votes(colours, conflict, alike(places, sets))
    return [
        frozenset(spot for number, one in enumerate(sets) if colours.get(number) == colour for spot in one)
        for colour in range(int(sums[0]))
    ]


def alike(places: Places, sets: Sequence[frozenset[Spot]]) -> dict[tuple[int, int], int]:
    """How much of what rules read that add a value of one set do those read that add one of another."""
    reads: list[set[Spot]] = [set() for _ in sets]
    numbers = {spot: number for number, one in enumerate(sets) for spot in one}
    for layer, stage, mlp in places.rules:
        for row, column in zip(mlp.inward.weight, mlp.outward.weight.T, strict=True):
            for spot, sign in places.written(column, layer).items():
                if sign > 0 and spot in numbers:
                    reads[numbers[spot]] |= set(places.spots(row, layer, stage))
    pairs = combinations(range(len(sets)), 2)
    return {pair: len(reads[pair[0]] & reads[pair[1]]) for pair in pairs}


def by_votes(colours: dict[int, int], conflict: Bool[Mask, "sets sets"], speaks: Mapping[tuple[int, int], int]) -> None:
    """Colour what no state shows by what speaks for it; what nothing speaks for is left out, as if never hot."""
    changed = True
    while changed:
        changed = False
        for number in range(len(conflict)):
            if number in colours:
                continue
            votes: dict[int, int] = {}
            for pair, count in speaks.items():
                for one, other in (pair, pair[::-1]):
                    if count and one == number and other in colours:
                        votes[colours[other]] = votes.get(colours[other], 0) + count
            barred = {colour for other, colour in colours.items() if conflict[number, other]}
            free = {colour: count for colour, count in votes.items() if colour not in barred}
            if free:
                colours[number], changed = max(free, key=lambda colour: free[colour]), True


def hints(places: Places, sets: Mapping[Spot, int]) -> dict[tuple[int, int], int]:
    """How often a rule takes a value of one set away and adds one of another."""
    found: dict[tuple[int, int], int] = {}
    for number, _, mlp in places.rules:
        for column in mlp.outward.weight.T:
            written = places.written(column, number)
            old = [sets[spot] for spot, sign in written.items() if sign < 0 and spot in sets]
            new = [sets[spot] for spot, sign in written.items() if sign > 0 and spot in sets]
            if len(old) == len(new) == 1:
                found[old[0], new[0]] = found.get((old[0], new[0]), 0) + 1
    return found
