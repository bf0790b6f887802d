"""What a head looks for and what it brings, from its weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np

from altac.decompile.groups import Group
from altac.decompile.weights import HeadWeights, Undecided
from altac.ir.arrays import Array, Mask
from altac.ir.offsets import Offsets

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

GAP = 1024.0
Which = Literal["", "first", "last", "closest", "max", "mean", "sum", "count", "never"]
Split = Callable[["Float64[Array, 'd_model']"], "dict[Group, Float64[Array, 'values']]"]


@dataclass(frozen=True, eq=False)
class Relation:
    """A conjunct: for which values of a variable of the key (rows) and of one of the query (columns) it holds.

    A side that reads nothing is None and has one row or column.
    """

    key: Group | None
    query: Group | None
    holds: Bool[Mask, "keys queries"]


@dataclass(frozen=True, eq=False)
class HeadForm:
    """A head as a program says it.

    Attributes:
        source: the variable that it reads at the positions that it selects, None for a constant.
        brings: what each value of it brings: the index of a value of the head, or a number.
        default: what it brings where nothing is selected, in the same form; None if that never happens.
        gaps: by how many gaps a match lies above the sink.
        sink_score: that of what is brought where nothing is selected; a match scores `gaps` * GAP.
        agree: whether all that is selected brings the same.
        ranks: of "max", how much the head prefers each value of the source.
    """

    which: Which
    relations: tuple[Relation, ...]
    offsets: Offsets
    source: Group | None
    brings: tuple[Fraction, ...]
    default: Fraction | None
    gaps: float
    sink_score: float = 0.0
    agree: bool = True
    ranks: tuple[int, ...] = ()


def form_of(head: HeadWeights, split: Split, is_number: bool) -> HeadForm:
    """What a head looks for and brings.

    Args:
        split: what a row of weights reads, variable by variable.
        is_number: whether what it brings becomes a value only later.

    Raises:
        Undecided: if it has another form than the compiler's.
    """
    blocks = scores_of(head, split)
    bottom = head.in_reach - (
        GAP if head.symmetric and all(high is not None and high < 0 for _, high in head.offsets.intervals) else 0
    )
    source, brings, default = brought(head, split, is_number)
    scaled = scale_of(head, blocks, bottom)
    if scaled is None:
        if bottom > 0:
            raise Undecided("a head scores in another way than the compiler's")
        return HeadForm("never", (), head.offsets, None, (), default, 1.0)
    scale, ranks = scaled
    relations = []
    for one in blocks:
        key, query, block = one
        if one is ranks:
            continue
        if not np.isin(block, (0, scale)).all():
            raise Undecided("a head compares values by more than yes and no")
        relations.append(Relation(key, query, block == scale))
    which = kind_of(head, is_number)
    order: tuple[int, ...] = ()
    if ranks is not None:
        if ranks[0] is not source:
            raise Undecided("a head prefers values that it does not bring")
        which, order = "max", tuple(int(one) for one in ranks[2][:, 0] / GAP)
    return HeadForm(
        which,
        tuple(relations),
        head.offsets,
        source,
        brings,
        default,
        scale / (2 * GAP),
        head.sink_score,
        head.one_value,
        order,
    )


def scale_of(head: HeadWeights, blocks: list[Block], bottom: float) -> tuple[float, Block | None] | None:
    """What a conjunct that holds adds to a score, and the slope over values; None if some conjunct never holds.

    Args:
        bottom: the score of what no conjunct holds for.
    """
    count = len(blocks)
    if head.slope:
        scale = max((float(block.max()) for _, _, block in blocks), default=2 * bottom)
        return (scale, None) if bottom == scale * (0.5 - count) and scale > 0 else None
    if bottom == 2 * GAP * (0.5 - count) and all(np.isin(block, (0, 2 * GAP)).all() for _, _, block in blocks):
        return 2 * GAP, None
    scale = 2 * GAP * (len(head.value.bias) + 1)  # one gap for each value of those among which there is a greatest
    if bottom == scale * (0.5 - count) and all(block.max() == scale for _, _, block in blocks):
        return scale, None
    if bottom == scale * (1.5 - count):
        for one in blocks:
            rest = (block for _, _, block in blocks if block is not one[2])
            if one[0] is not None and one[1] is None and one[2].max() < scale and all(b.max() == scale for b in rest):
                return scale, one
    return None


Block = tuple["Group | None", "Group | None", "Float64[Array, 'keys queries']"]


def scores_of(head: HeadWeights, split: Split) -> list[Block]:
    """What values of a variable of the key, and of one of the query, add to a score together."""
    blocks: dict[tuple[Group | None, Group | None], Array] = {}
    alone: list[Block] = []
    for asked, asked_bias, offered, offered_bias in zip(
        head.query.weight, head.query.bias, head.key.weight, head.key.bias, strict=True
    ):
        query, key = split(asked), split(offered)
        if len(query) > 1 or len(key) > 1 or (query and asked_bias) or (key and offered_bias):
            raise Undecided("a head compares several variables at once")
        rows: tuple[Group | None, Array] = next(iter(key.items()), (None, np.array([offered_bias])))
        columns: tuple[Group | None, Array] = next(iter(query.items()), (None, np.array([asked_bias])))
        block = np.outer(rows[1], columns[1])
        if not block.any():  # of a value with which no other is in a relation
            continue
        if columns[0] is None:
            alone.append((rows[0], None, block))
        else:
            place = rows[0], columns[0]
            blocks[place] = blocks.get(place, np.zeros_like(block)) + block
    return [*((key, query, block) for (key, query), block in blocks.items()), *alone]


def kind_of(head: HeadWeights, is_number: bool) -> Which:
    if is_number and head.sink_score:
        return "count" if head.sink_value[0] else "sum"
    return "mean" if is_number and not preferred(head) else preferred(head)


def preferred(head: HeadWeights) -> Which:
    """Which of the selected positions it prefers."""
    if head.slope:
        if head.symmetric:
            return "closest"
        return "last" if head.slope > 0 else "first"
    return ""


def brought(
    head: HeadWeights, split: Split, is_number: bool
) -> tuple[Group | None, tuple[Fraction, ...], Fraction | None]:
    """The variable that is read, what its values bring, and the default."""
    rows = [split(row) for row in head.value.weight]
    groups = {group for row in rows for group in row}
    always = {group for group in groups if group.is_always_hot} if is_number and len(groups) > 1 else set()
    extra = sum(float(rows[0][group][0]) for group in always)
    groups -= always
    if len(groups) > 1:
        raise Undecided("a head brings values of several variables")
    source = next(iter(groups), None)
    if is_number:
        numbers = (rows[0][source] if source is not None else head.value.bias) + extra
        brings = tuple(exact(float(one)) for one in numbers)
        return source, brings, exact(float(head.sink_value[0]))
    sink = np.flatnonzero(head.sink_value)
    default = Fraction(int(sink[0])) if len(sink) else None
    if source is None:
        return None, (Fraction(int(np.argmax(head.value.bias))),), default
    table = np.stack([row.get(source, np.zeros(len(source.spots))) for row in rows])
    if not (table.sum(axis=0) == 1).all():
        raise Undecided("a head does not bring one value from each position")
    return source, tuple(Fraction(int(one)) for one in table.argmax(axis=0)), default


def exact(one: float) -> Fraction:
    """The simple fraction that a float32 stands for."""
    return Fraction(one).limit_denominator(10_000)
