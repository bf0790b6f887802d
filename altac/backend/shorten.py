"""What a program is for a smaller declared length: heads and sums with fewer values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress, repeat
from typing import assert_never

from altac.ir.heads import Count, Exists, Extreme, Head, Mean, Pick, Real, Select, Sum
from altac.ir.means import attainable_means
from altac.ir.rules import Feature
from altac.ir.selection import Census
from altac.ir.values import Domain

POSITION = "position"  # the variable whose values are those of an input


def shortened_head(head: Head, positions: int, census: Census) -> Head:
    """A head among fewer positions: a count has fewer values then, and so has a mean without a declared domain."""
    most = census.most_selected(head.conditions, head.offsets, positions)
    assert most is not None
    head = replace(head, most=most)
    match head.brings:
        case Count():
            return replace(head, domain=Domain(tuple(value for value in head.domain if value in range(most + 1))))
        case Mean():
            return shortened_mean(head, head.brings, most, positions)
        case Sum():
            low, high = (end(0, *head.brings.numbers) * most for end in (min, max))
            return replace(head, domain=Domain(tuple(value for value in head.domain if value in range(low, high + 1))))
        case Select() | Pick() | Extreme() | Real() | Exists():
            return head
        case _:
            assert_never(head.brings)


def shortened_mean(head: Head, brings: Mean, most: int, positions: int) -> Head:
    numbers = brings.numbers[:positions] if brings.variable == POSITION else brings.numbers
    means = attainable_means(numbers, most) if brings.derived else None
    if means is None:
        return replace(head, brings=replace(brings, numbers=numbers))
    missing = () if brings.default is None else (head.domain.values[brings.default],)
    domain = Domain.of((*means, *missing))
    default = domain.index(missing[0]) if missing else None
    return replace(head, domain=domain, brings=replace(brings, numbers=numbers, default=default))


def shortened_feature(feature: Feature, kept: Mapping[str, Sequence[bool]]) -> Feature:
    """A sum of variables of which some have fewer values, those that are `kept`; and the cuts that it still reaches."""
    terms = tuple((name, tuple(compress(weights, kept.get(name, repeat(True))))) for name, weights in feature.terms)
    least, greatest = (sum(end(weights) for _, weights in terms) for end in (min, max))
    return Feature(terms, tuple(cut for cut in feature.cuts if least < cut <= greatest))
