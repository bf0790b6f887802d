"""Which parts the residual stream of a compiled program has, and which dimensions.

Parts that are needed in the same layer have dimensions of their own. So has what a counting or averaging head brings,
but for what MLPs write: hence a layer that writes something by attention finds zeros and ones at most in its place, and
clears them without an error that docs/exactness.md does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from altac.backend.extents import Extents, extents_of, test_buckets
from altac.backend.thresholds import head_buckets, is_late
from altac.ir.heads import Head
from altac.ir.nearest import digits_known
from altac.ir.numbers import NUMBERS, Numbers
from altac.ir.program import Program, Variable
from altac.ir.reading import is_embedded
from altac.ir.rules import ProgramRules, RuleSet
from altac.ir.stream import Kind, Part, Stream

ATTENTION, FIRST_MLP, SECOND_MLP = 1, 2, 3  # the number of sub-layers after which something stands


def build_stream(program: Program, rules: ProgramRules, with_mlps: bool = True) -> Stream:
    """Variables; then for each layer its heads, what its step asks of numbers, features, and what it keeps.

    Args:
        with_mlps: whether MLPs make one-hot forms of numbers, for the rules; they have no part otherwise.
    """
    extents = extents_of(program)
    state: list[Part] = []
    start = 0
    for variable in program.variables:
        embedded = with_mlps and is_embedded(program, variable)  # a learned step would write over what never changes
        state.append(evidence_part(program, variable, start) if embedded else variable_part(variable, start))
        start = state[-1].place.stop
    scratch = [
        part
        for layer in range(len(program.layers))
        for part in layer_parts(program, layer, rules.layers[layer], with_mlps, extents)
    ]
    state, scratch = ([known(part, extents) for part in parts] for parts in (state, scratch))
    return Stream((*state, *placed(scratch, start)))


def known(part: Part, extents: Extents) -> Part:
    """A part with how far it may be off, if it is a number without a finite domain."""
    if not part.is_open:
        return part
    extent = extents.numbers[part.owner]
    return replace(part, domain=Numbers(digits_known(extent.error, extent.denominator)), error=extent.error)


def variable_part(variable: Variable, start: int) -> Part:
    return Part(variable.name, Kind.VARIABLE, variable.domain, 0, start, None)


def evidence_part(program: Program, variable: Variable, start: int) -> Part:
    """What the token adds to the labels of the score."""
    assert program.score is not None
    labels = program.score.labels.values
    return Part(variable.name, Kind.EVIDENCE, variable.domain, 0, start, None, labels=labels)


def layer_parts(program: Program, layer: int, rules: RuleSet, with_mlps: bool, extents: Extents) -> Iterator[Part]:
    """What a layer makes, not yet placed."""
    here = (layer, layer)
    last = {kept.name: kept.last for kept in program.kept if kept.layer == layer}
    written = {**program.introduced_by(layer), **program.copied_by(layer)}  # by the step
    for head in program.layers[layer].heads:
        if head.is_numeric:
            yield number_part(head, layer)
        if head.is_numeric and not with_mlps:
            if head.name in last:
                written[head.name] = head.domain
        else:
            needed = here if head.name in written else (layer, last.get(head.name, layer))
            after = FIRST_MLP if head.is_numeric else ATTENTION
            yield Part(head.name, Kind.HEAD, head.domain, after, 0, needed)
    tests, domains = test_buckets(program, layer, extents), dict(program.state(layer))
    for buckets in tests:
        # two may be in the wrong order where no number lies between them
        borders = tuple(accumulate((float(border.middle) for border in buckets.borders), max))
        domain = domains[buckets.name]
        yield Part(buckets.name, Kind.NUMBER, domain, ATTENTION, 0, here, borders, buckets.values)
        yield Part(buckets.name, Kind.HEAD, domain, FIRST_MLP, 0, here)
    made = FIRST_MLP if tests else ATTENTION  # sub-layers up to the one before the rules
    if with_mlps and any(head.is_numeric for head in program.layers[layer].heads):
        made = FIRST_MLP
    for name, feature in rules.features.items():
        after = SECOND_MLP if is_late(program, layer, feature) else FIRST_MLP
        made = max(made, after)
        yield Part(name, Kind.FEATURE, feature.domain, after, 0, here)
    for name, domain in written.items():
        yield Part(name, Kind.KEPT, domain, made + 1, 0, (layer, last[name]))
    for one in program.layers[layer].numbers:
        if one.name in last:
            after = made + 1 if one.name in rules.added else ATTENTION
            yield Part(one.name, Kind.KEPT, NUMBERS, after, 0, (layer, last[one.name]))


def number_part(head: Head, layer: int) -> Part:
    """What a counting or averaging head brings; its borders are those that hidden units look for."""
    buckets = head_buckets(head)
    borders = tuple(float(border.middle) for border in buckets.borders)
    return Part(head.name, Kind.NUMBER, head.domain, ATTENTION, 0, (layer, layer), borders, buckets.values)


# Dimensions ------------------------------------------------------------------------------------------------------

ORDERS: tuple[Callable[[Part], int], ...] = (  # in which parts are placed
    lambda _: 0,
    lambda part: -lasting(part),
    lambda part: -part.size,
    lambda part: -part.size * lasting(part),
)


def lasting(part: Part) -> int:
    """In how many layers a part is needed."""
    assert part.layers is not None
    return 1 + part.layers[1] - part.layers[0]


def placed(parts: Sequence[Part], start: int) -> list[Part]:
    """The same parts from a dimension on, each in the first that are free; in the order that takes fewest."""
    return min((first_fit(parts, start, order) for order in ORDERS), key=width)


def width(parts: Sequence[Part]) -> int:
    return max((part.place.stop for part in parts), default=0)


def first_fit(parts: Sequence[Part], start: int, order: Callable[[Part], int]) -> list[Part]:
    first, last = np.array([part.layers for part in parts], np.int64).reshape(-1, 2).T
    numbers = np.array([part.is_number for part in parts], np.bool_)
    attended = np.array([part.after == ATTENTION or part.is_open for part in parts], np.bool_)
    starts, stops = np.zeros(len(parts), np.int64), np.zeros(len(parts), np.int64)  # of those that are placed
    for index in sorted(range(len(parts)), key=lambda index: order(parts[index])):
        together = (first <= last[index]) & (first[index] <= last)
        apart = (numbers & attended[index]) | (attended & numbers[index])
        taken = np.flatnonzero((stops > 0) & (together | apart))
        free = start
        for other in taken[np.argsort(starts[taken])].tolist():
            if starts[other] >= free + parts[index].size:
                break
            free = max(free, int(stops[other]))
        starts[index], stops[index] = free, free + parts[index].size
    return [replace(part, start=int(begin)) for part, begin in zip(parts, starts, strict=True)]
