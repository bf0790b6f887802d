"""Heads as attention weights.

A conjunct that relates a key variable and a query variable is a 0/1 matrix, and in one-hot coordinates a matrix *is* a
bilinear form: the score. k conjuncts add up; shifted down by k - 1/2, a match scores above zero and everything else
below, and the sink, at zero, takes what is left over. Scores are scaled until softmax underflows to exact zeros.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, assert_never

import numpy as np

from altac.backend.blocks import HeadBlock, LinearMap
from altac.backend.thresholds import log_weight, sink_number
from altac.ir.arrays import Array
from altac.ir.heads import Aggregate, Condition, Count, Exists, Extreme, Head, Mean, Pick, Real, Select, Sum
from altac.ir.numbers import Terms, added
from altac.ir.offsets import Offsets
from altac.ir.program import Program
from altac.ir.stream import CARRYING, CLEARING, View
from altac.ir.values import Domain

if TYPE_CHECKING:
    from jaxtyping import Float64

# exp(-1024) is exactly 0 in every format up to float64 (whose smallest number is above exp(-746)).
GAP = 1024.0
# Score from one position to the next, of the closest from one distance to the next: there are two at each.
PREFERENCE: dict[Literal["first", "last", "closest"], float] = {"first": -GAP, "last": GAP, "closest": -2 * GAP}
# A preference needs a whole gap from one position to the next. Without a greatest length it reaches this far.
LONGEST_SLOPE = 65_536


@dataclass
class Projection:
    """Rows of a linear map that grow one by one."""

    d_model: int
    rows: list[Float64[Array, "d_model"]] = field(default_factory=list)
    biases: list[float] = field(default_factory=list)

    def add(self, bias: float = 0.0) -> Float64[Array, "d_model"]:
        self.rows.append(np.zeros(self.d_model))
        self.biases.append(bias)
        return self.rows[-1]

    def linear(self) -> LinearMap:
        return LinearMap(np.array(self.rows).reshape(len(self.rows), self.d_model), np.array(self.biases, np.float64))


def build_attention(program: Program, view: View) -> list[HeadBlock]:
    """Every head of a layer; where needed, one that carries numbers, and one that clears what the layer will write."""
    most = program.interface.most_positions
    sums = number_sums(program, view)
    heads = [adding_up(build_head(head, view, most), sums) for head in program.layers[view.layer].heads]
    here = {head.name for head in heads}
    carried = {name: view.before[name].start for terms in sums.values() for name, _ in terms if name not in here}
    if carried:
        heads.append(adding_up(carrying_head(carried, view.d_model), sums, tuple(carried)))
    used = dirty(program, view)
    return [*heads, own_head(CLEARING, used, view.d_model, -1.0)] if used else heads


def number_sums(program: Program, view: View) -> dict[int, Terms]:
    """By dimensions of numbers that a layer makes, what attention adds to each: numbers that it finds or brings."""
    layer = program.layers[view.layer]
    sums: dict[int, Terms] = {}
    for one in layer.numbers:
        if one.name in program.variable_names:  # a variable: what it was goes
            sums[view.before[one.name].start] = added(one.terms, ((one.name, Fraction(1)),), Fraction(-1))
        else:
            sums[view.kept[one.name].start] = one.terms
    for test in layer.tests:
        sums[view.number(test.name)] = test.terms
    return {dimension: terms for dimension, terms in sums.items() if terms}


def adding_up(block: HeadBlock, sums: dict[int, Terms], names: tuple[str, ...] | None = None) -> HeadBlock:
    """A head that also writes what it brings to the sums that have it as a term.

    Args:
        names: of the numbers that it brings, if it is not the number of its own name.
    """
    output = block.output.copy()
    for dimension, terms in sums.items():
        for name, factor in terms:
            if name in (names or (block.name,)):
                output[dimension, (names or (block.name,)).index(name)] += float(factor)
    return replace(block, output=output)


def dirty(program: Program, view: View) -> list[int]:
    """The dimensions of what a layer makes that may hold something when it begins."""
    own = {dimension for part in view.own for dimension in part.place}
    entry = next(entry for entry in program.schedule if view.layer in entry.layers)
    if entry.times is not None and entry.times <= 1:
        before = (part for part in view.stream.parts if part.layers is not None and part.layers[0] < view.layer)
        own &= {dimension for part in before for dimension in part.place}
    return sorted(own)


def slope_of(brings: Aggregate) -> float:
    """Score for each position of distance, by which one of the selected positions outweighs the others."""
    match brings:
        case Pick():
            return PREFERENCE[brings.which]
        case Real() if brings.which in ("first", "last", "closest"):
            return PREFERENCE[brings.which]
        case Select() | Extreme() | Mean() | Real() | Sum() | Count() | Exists():
            return 0.0
        case _:
            assert_never(brings)


def is_symmetric(brings: Aggregate) -> bool:
    """Whether scores slope over distances without their sign; then positions before are a gap ahead."""
    return isinstance(brings, Pick | Real) and brings.which == "closest"


def gaps_above_sink(head: Head, positions: int | None) -> int:
    """How many gaps lie between a match and the sink: one for each step of what scores slope over.

    That is positions, twice as many steps for the closest, or the values among which there is a greatest.
    """
    if isinstance(head.brings, Extreme):
        return len(head.domain) + 1
    steps = 2 if is_symmetric(head.brings) else 1
    return steps * (positions or LONGEST_SLOPE) + 1 if slope_of(head.brings) else 1


def build_head(head: Head, view: View, positions: int | None) -> HeadBlock:
    # With a slope, scores of one query spread over a whole gap per position; matches stay above the sink by as much.
    scale = 2 * GAP * gaps_above_sink(head, positions)
    query, key = Projection(view.d_model), Projection(view.d_model)
    for condition in head.conditions:
        add_condition(condition, scale, query, key, view)
    if isinstance(head.brings, Extreme):
        add_ranks(head.brings, query, key, view)
    brought = head_values(head, scale, view)
    output = np.zeros((view.d_model, len(brought.places)))
    output[brought.places, range(len(brought.places))] = 1
    return HeadBlock(
        name=head.name,
        one_value=brought.must_agree and len(brought.places) > 1,
        offsets=head.offsets,
        query=query.linear(),
        key=key.linear(),
        value=brought.value,
        output=output,
        in_reach=scale * (0.5 - len(head.conditions)),
        slope=slope_of(head.brings),
        is_symmetric=is_symmetric(head.brings),
        lead_before=GAP if is_symmetric(head.brings) else 0.0,
        sink_score=brought.sink_score,
        sink_value=brought.sink_value,
    )


def add_condition(condition: Condition, scale: float, query: Projection, key: Projection, view: View) -> None:
    """Dimensions of query and key whose product is `scale` where the relation holds, and zero elsewhere."""
    holds = np.array(condition.holds)
    if condition.key is None or condition.query is None:
        name = condition.key or condition.query
        one_sided = query.add() if condition.key is None else key.add()
        (key if condition.key is None else query).add(1.0)
        if name is not None:  # else it is never true: no score
            one_sided[view.one_hot(name)] = scale * holds.reshape(-1)
        return
    key_axes, query_axes = view.one_hot(condition.key), view.one_hot(condition.query)
    if len(key_axes) <= len(query_axes):  # the smaller side is one-hot, the other carries the relation
        for row, axis in enumerate(key_axes):
            key.add()[axis] = 1
            query.add()[query_axes] = scale * holds[row]
    else:
        for column, axis in enumerate(query_axes):
            query.add()[axis] = scale
            key.add()[key_axes] = holds[:, column]


def add_ranks(brings: Extreme, query: Projection, key: Projection, view: View) -> None:
    """A dimension of query and key whose product is a gap more for each value that is greater, or less."""
    if brings.variable is not None:
        query.add(1.0)
        ranks = np.array(brings.values)
        key.add()[view.one_hot(brings.variable)] = GAP * (ranks if brings.which == "max" else ranks.max() - ranks)


@dataclass(frozen=True, eq=False)
class Brought:
    """What a position and the sink bring, and the dimensions of the stream that it is written to.

    `must_agree` says that all positions that are selected must bring the same.
    """

    value: LinearMap
    sink_value: Float64[Array, "value_size"]
    places: list[int]
    sink_score: float = 0.0
    must_agree: bool = False


def head_values(head: Head, scale: float, view: View) -> Brought:
    """What a head brings; a match scores `scale` / 2."""
    match head.brings:
        case Count():
            # n matches and the sink share the weight: the head brings 1 / (1 + n)
            zero = LinearMap(np.zeros((1, view.d_model)), np.zeros(1))
            return Brought(zero, np.ones(1), [view.number(head.name)], scale / 2)
        case Mean():
            sink = np.array([float(sink_number(head.domain, head.brings))])
            return Brought(averaged(head.brings, view), sink, [view.number(head.name)])
        case Real():
            sink = np.array([float(head.brings.default or 0)])
            return Brought(averaged(head.brings, view), sink, [view.number(head.name)])
        case Sum():
            # n matches and the sink, which counts as much as w of them, share the weight: it brings the sum / (w + n)
            nothing = np.zeros(1)
            score = scale / 2 + log_weight(head)
            return Brought(averaged(head.brings, view), nothing, [view.number(head.name)], score)
        case Exists(yes, no):
            value = one_hot_values(None, (yes,), head.domain, view)
            return Brought(value, one_hot_sink(no, head.domain), view.one_hot(head.name))
        case Select(variable, values, default):
            value = one_hot_values(variable, values, head.domain, view)
            sink = one_hot_sink(default, head.domain)
            return Brought(value, sink, view.one_hot(head.name), must_agree=True)
        case Pick(_, variable, values, default) | Extreme(_, variable, values, default):
            value = one_hot_values(variable, values, head.domain, view)
            return Brought(value, one_hot_sink(default, head.domain), view.one_hot(head.name))
        case _:
            assert_never(head.brings)


def averaged(brings: Mean | Real | Sum, view: View) -> LinearMap:
    """The number of each position."""
    numbers = [float(number) for number in brings.numbers]
    row = np.zeros((1, view.d_model))
    if brings.variable is None:
        return LinearMap(row, np.array(numbers[:1]))
    if brings.variable in view.before and view.before[brings.variable].is_number:  # it counts as it is
        row[0, view.before[brings.variable].start] = 1
    else:
        row[0, view.one_hot(brings.variable)] = numbers
    return LinearMap(row, np.zeros(1))


def one_hot_values(variable: str | None, values: tuple[int, ...], domain: Domain, view: View) -> LinearMap:
    """For each value of a variable the index of what it brings, one-hot."""
    rows, bias = np.zeros((len(domain), view.d_model)), np.zeros(len(domain))
    if variable is None:
        bias[values[0]] = 1
    else:
        rows[list(values), view.one_hot(variable)] = 1
    return LinearMap(rows, bias)


def one_hot_sink(default: int | None, domain: Domain) -> Float64[Array, "value_size"]:
    sink = np.zeros(len(domain))
    if default is not None:
        sink[default] = 1
    return sink


def carrying_head(carried: Mapping[str, int], d_model: int) -> HeadBlock:
    """Looks at its own position for the numbers that stand there, and writes nothing yet."""
    return own_head(CARRYING, list(carried.values()), d_model, 0.0)


def own_head(name: str, dimensions: Sequence[int], d_model: int, factor: float) -> HeadBlock:
    """Looks at its own position and writes some dimensions times a factor: with -1, what stood there is removed."""
    size, nothing = len(dimensions), LinearMap(np.zeros((0, d_model)), np.zeros(0))
    value = np.zeros((size, d_model))
    value[range(size), dimensions] = 1
    return HeadBlock(
        name=name,
        one_value=False,
        offsets=Offsets(((0, 0),)),
        query=nothing,
        key=nothing,
        value=LinearMap(value, np.zeros(size)),
        output=factor * value.T,
        in_reach=GAP,
        slope=0.0,
        is_symmetric=False,
        lead_before=0.0,
        sink_score=0.0,
        sink_value=np.zeros(size),
    )
