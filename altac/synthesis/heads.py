"""The heads that one more layer can have, the smallest first.

The grammar: a condition selects keys by a flag, by a relation between one thing at the key and the same at the query
(or the query's position), or by both; what is selected is counted, looked for, or a value is brought from it; and all
that at any offset of a few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

import numpy as np

from altac.synthesis.nodes import (
    AFTER,
    ALL,
    BEFORE,
    FAR_LEFT,
    FAR_RIGHT,
    FROM_HERE,
    LEFT,
    RIGHT,
    SO_FAR,
    Aggregate,
    Arithmetic,
    Condition,
    Head,
    Logic,
    Member,
    Node,
    Relation,
    Sum,
    is_token,
    negated,
)
from altac.synthesis.pool import Pool
from altac.synthesis.sample import Bits, Sample

BACKWARDS = (SO_FAR, BEFORE)
EVERYWHERE = (ALL, BEFORE, AFTER, SO_FAR)
MOST_SETS = 6  # symbols of an alphabet whose subsets are all tried
NEAREST: dict[str, tuple[Aggregate, ...]] = {ALL: ("first", "last"), BEFORE: ("last",), AFTER: ("first",)}
COMPUTED = 3  # what a plan costs more if it reads a sum: these are many


@dataclass(frozen=True, eq=False)
class Plan:
    """A condition, and what to do with what it selects."""

    condition: Condition
    counts: bool = True
    values: tuple[Node, ...] = ()  # brought from the first and from the last
    fetches: tuple[Node, ...] = ()  # brought from those that are selected, which must agree

    @property
    def cost(self) -> int:
        """As of the condition; a flag and its opposite cost the same, so that they are tried together."""
        computed = any(isinstance(part, Sum) for part in self.condition.parts)
        opposite = isinstance(self.condition.flag, Logic) and self.condition.flag.op == "not"
        return self.condition.cost + COMPUTED * computed - opposite


@dataclass(frozen=True)
class Grammar:
    """What heads may read, and where they may look."""

    token: Node
    position: Node
    offsets: tuple[str, ...]
    ordered: bool  # whether `<` compares tokens
    neighbours: tuple[str, ...] = (LEFT, RIGHT)
    farther: tuple[str, ...] = (FAR_LEFT, FAR_RIGHT)

    @property
    def inputs(self) -> tuple[Node, Node]:
        return (self.token, self.position)


def first_plans(grammar: Grammar, sample: Sample) -> list[Plan]:
    """Heads over tokens and positions alone."""
    token, position = grammar.inputs
    plans = [Plan(Condition(), values=(token,))]
    for flag in token_flags(grammar, sample):
        plans.append(Plan(Condition(flag=flag), values=(position, token)))
    relations: tuple[Relation, ...] = ("==", "<", ">") if grammar.ordered else ("==",)
    plans.append(Plan(Condition(None, token, "!=", token), counts=False, values=(position,)))  # the others are counted
    for relation in relations:
        brought = (position,) if relation == "==" else (position, token)
        plans.append(Plan(Condition(None, token, relation, token), values=brought))
    if token.kind == "number":
        plans.append(Plan(Condition(None, token, "==", position), values=(token, position)))
        plans.append(Plan(Condition(None, position, "==", token), counts=False, fetches=(token,)))
    return sorted(plans, key=lambda plan: plan.cost)


def token_flags(grammar: Grammar, sample: Sample, largest: int = MOST_SETS) -> Iterator[Node]:
    """Whether the token is one symbol, or one of some where there are few symbols."""
    codes = [int(code) for code in np.unique(sample.tokens[sample.valid])]
    sizes = range(1, min(len(codes), largest + 1)) if len(codes) <= MOST_SETS else (1,)
    for chosen in chain.from_iterable(combinations(codes, size) for size in sizes):
        yield Member(grammar.token, frozenset(chosen))
    if len(codes) > MOST_SETS:
        for code in codes:
            yield Logic("not", (Member(grammar.token, frozenset((code,))),))


@dataclass(frozen=True)
class Extent:
    """How many of the cheapest known nodes the conditions of a layer are made of."""

    numbers: int = 6_000
    compared: int = 300  # of the numbers, by `<`, too
    flags: int = 240
    joined_flags: int = 30  # that stand beside a relation
    joined_numbers: int = 60
    symbols: int = 60


def next_plans(grammar: Grammar, pool: Pool, extent: Extent) -> Iterator[Plan]:
    """Heads that read what layers above have made, the smallest first."""
    token, position = grammar.inputs
    plans: list[Plan] = []
    numbers, symbols = _cheapest(pool, "number", extent.numbers), _cheapest(pool, "symbol", extent.symbols)
    flags = _heads_and_others(pool, extent.flags)
    both = [one for flag in flags for one in (flag, negated(flag))]
    given = (token, position)
    for flag in both:
        plans.append(Plan(Condition(flag=flag), values=given))
    for place, number in enumerate(numbers):
        for relation in ("==", "<", ">") if place < extent.compared else ("==",):
            plans.append(Plan(Condition(None, number, relation, number), values=given))
        if place < extent.compared and number is not position:
            plans.append(Plan(Condition(None, number, "==", position), fetches=given[:1]))
            plans.append(Plan(Condition(None, position, "==", number), counts=False, fetches=given[:1]))
    uncomputed = [number for number in numbers if not isinstance(number, Sum | Arithmetic)][: extent.joined_numbers]
    for flag in both[: 2 * extent.joined_flags]:
        for number in uncomputed:
            for relation in ("==", "<", ">"):
                plans.append(Plan(Condition(flag, number, relation, number)))  # type: ignore[arg-type]
            if number is not position:
                plans.append(Plan(Condition(flag, number, "==", position), fetches=given[:1]))
        plans.append(Plan(Condition(flag, token, "==", token), values=(position,)))
    for symbol in symbols:
        if symbol is not token:
            plans.append(Plan(Condition(None, symbol, "==", symbol), values=given))
            plans.append(Plan(Condition(None, symbol, "==", token), values=given))
            plans.append(Plan(Condition(None, token, "==", symbol), values=given))
    plans.sort(key=lambda plan: plan.cost)
    return iter(plans)


def _heads_and_others(pool: Pool, most: int) -> list[Node]:
    """The cheapest flags, half of them heads and half of them comparisons, in the order of their costs."""
    shelf = pool.shelves["boolean"]
    every = [shelf.nodes[place] for place in shelf.cheapest(len(shelf))]
    heads = [node for node in every if isinstance(node, Head)][: most // 2]
    others = [node for node in every if not isinstance(node, Head)][: most - len(heads)]
    return sorted([*heads, *others], key=lambda node: node.cost)


def _cheapest(pool: Pool, kind: Any, most: int) -> list[Node]:
    shelf = pool.shelves[kind]
    return [shelf.nodes[place] for place in shelf.cheapest(most)]


class Builder:
    """Evaluates plans on the sample, and keeps heads that behave as no other does."""

    def __init__(self, pool: Pool, grammar: Grammar) -> None:
        self.pool, self.grammar, self.sample = pool, grammar, pool.sample
        last = self.sample.shape[1] - 1
        self.ends = {ALL: [last] * (last + 1), SO_FAR: list(range(last + 1)), BEFORE: list(range(-1, last))}

    def build(self, plan: Plan) -> None:
        """Add the heads of a plan to the pool."""
        selected = self.sample.selected(plan.condition)
        if not selected.any():
            return
        if not plan.condition.parts:
            self._neighbours()
            self._extremes(plan.condition, selected)
        if plan.counts:
            self._count(plan.condition, selected)
        offsets = [at for at in self.grammar.offsets if at in NEAREST or not is_related(plan.condition)]
        for at in offsets if plan.values else ():
            there = selected & self.sample.offsets[at] if at != ALL else selected
            for aggregate in NEAREST.get(at, ("first", "last")):
                self._bring(aggregate, plan, at, there)
        widest = self.grammar.offsets[0]
        for value in plan.fetches:
            self._keep(Head("value", value, plan.condition, widest), selected & self.sample.offsets[widest])

    def _count(self, condition: Condition, selected: Bits) -> None:
        """Counts at all offsets are differences of running ones."""
        running = np.zeros((*selected.shape[:2], selected.shape[2] + 1), np.int16)
        np.cumsum(selected, axis=2, out=running[:, :, 1:])
        places = self.sample.places.astype(np.intp)
        whole = running[:, :, -1]
        so_far, before = running[:, places, places + 1], running[:, places, places]
        counts = {ALL: whole, SO_FAR: so_far, BEFORE: before, AFTER: whole - so_far, FROM_HERE: whole - before}
        for at in self.grammar.offsets:
            if at in (SO_FAR, FROM_HERE) and is_related(condition):
                continue
            row = self.pool.flat(counts[at])
            self.pool.add(Head("count", None, condition, at), row)
            if condition.parts:
                self.pool.add(Head("exists", None, condition, at), np.minimum(row, 1))

    def _bring(self, aggregate: Aggregate, plan: Plan, at: str, selected: Bits) -> None:
        for value in plan.values:
            default = -1 if value is self.grammar.position else None
            self._keep(Head(aggregate, value, plan.condition, at, default), selected)

    def _keep(self, head: Head, selected: Bits) -> None:
        row = self.pool.flat(self.sample.brought(head, selected))
        if head.default is not None and not (row == head.default).any():
            head = Head(head.aggregate, head.value, head.condition, head.at)
        self.pool.add(head, row)

    def _neighbours(self) -> None:
        """What stands to the left and to the right, of everything that is known and small."""
        for kind in ("symbol", "number", "boolean"):
            shelf = self.pool.shelves[kind]
            for place in shelf.cheapest(40):
                node = shelf.nodes[place]
                near = self.grammar.neighbours
                for at in (*near, *self.grammar.farther) if node is self.grammar.token else near:
                    if node is not self.grammar.position:
                        self._keep(Head("value", node, Condition(), at), self.sample.keys & self.sample.offsets[at])

    def _extremes(self, condition: Condition, selected: Bits) -> None:
        """The greatest, the least and the sum of all tokens."""
        token = self.grammar.token
        if not is_token(token) or not self.grammar.ordered:
            return
        aggregates: tuple[Aggregate, ...] = ("max", "min", "sum") if token.kind == "number" else ("max", "min")
        for at in self.grammar.offsets:
            for aggregate in aggregates:
                self._keep(Head(aggregate, token, condition, at), selected & self.sample.offsets[at])


def is_related(condition: Condition) -> bool:
    """Whether it compares something with the same at another position: then the own one says nothing new."""
    return condition.key is not None and condition.key is condition.query
