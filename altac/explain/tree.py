"""From one value back to the input: the why of everything that it follows from, as far as is asked."""

from __future__ import annotations

from collections.abc import Sequence

from altac.explain.facts import Explanation, Fact, Why
from altac.explain.run import Explainer

FEW = 60  # values that are explained where nobody says how far to go


def explain(explainer: Explainer, asked: Sequence[Fact], depth: int | None = None) -> Explanation:
    """The explanation of some facts.

    Args:
        depth: how many steps back, 0 for the facts alone; None for as many as explain about 60 values.
    """
    origins: dict[Fact, Fact] = {}
    steps: list[dict[Fact, Why]] = []
    seen: set[Fact] = set()
    waiting = list(asked)
    while waiting:
        found: dict[Fact, Why] = {}
        for one in waiting:
            if one not in origins:
                origins[one] = explainer.came_about(one)
            place = origins[one]
            if place not in seen:
                seen.add(place)
                found[place] = explainer.why(place)
        if found:
            steps.append(found)
        waiting = [read for why in found.values() for read in why.reads]
    if depth is None:
        depth = 0
        while depth + 1 < len(steps) and sum(map(len, steps[: depth + 2])) <= FEW:
            depth += 1
    whys = {place: why for step in steps[: depth + 1] for place, why in step.items()}
    return Explanation(tuple(asked), origins, whys, depth, len(steps) - 1)
