"""Plain rules: one for each variable and combination of single values that changes it.

This is the form of ALTA (Shaw et al., 2024), in which minimal rule sets and traces are analysed. Plain rules are
numbered: by layer, by variable, then in the order of their values. The number of the rule that fires in a state is
found by walking a decision diagram, without a list of all rules, so it identifies a rule even where there are too many
to list. What a layer introduces has a rule for each combination, as it has no old value that could stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from altac.diagnostics import AltacError
from altac.ir.diagram import LEAF, Diagrams, Node
from altac.ir.program import Program
from altac.ir.rules import Canonical, Change, Rule, RuleSet
from altac.passes.lower import (
    KEEP,
    copies,
    refused_explosion,
    rule_set,
    step_updates,
    too_many_rules,
    variable_changes,
)
from altac.passes.rule_text import print_rule

Indices = NDArray[np.int64]
MOST_RULES = 1_000_000  # that are listed
MOST_NUMBERS = 1 << 62  # that are numbered

Ends = tuple[int | None, int]  # of a change: value indices before and after


class PlainRules:
    """The plain rules of a program, numbered from 0 to `total` - 1.

    Raises:
        AltacError: if a step is too large even to number them.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._layers: list[_LayerRules] = []
        self.total = 0
        for layer in range(len(program.layers)):
            self._layers.append(_LayerRules(program, layer, self.total))
            self.total += self._layers[-1].total

    def __iter__(self) -> Iterator[Rule]:
        """All rules, in the order of their numbers."""
        for layer in self._layers:
            yield from layer

    @property
    def counts(self) -> dict[str, int]:
        """How many rules give a value to each variable that a layer assigns."""
        counts: Counter[str] = Counter()
        for layer in self._layers:
            counts.update(layer.counts)
        return dict(counts)

    @property
    def totals(self) -> tuple[int, ...]:
        """How many rules each layer has."""
        return tuple(layer.total for layer in self._layers)

    def fired(self, layer: int, state: Mapping[str, Indices]) -> dict[str, Indices]:
        """The number of the rule that changes each variable that a layer assigns, -1 where none does.

        Args:
            state: value indices of all that the step of the layer can read, arrays of one shape.

        Raises:
            AltacError: if there are more rules than fit an int64.
        """
        if self.total > MOST_NUMBERS:
            largest = max(self._layers, key=lambda rules: rules.total)
            raise AltacError([too_many_rules(self.program, largest.layer, largest.counts, MOST_NUMBERS)])
        return self._layers[layer].fired(state)

    def path(self, layer: int, name: str, values: Mapping[str, int]) -> dict[str, int]:
        """What decides which rule changes a variable, or that none does: names with value indices, in the order asked.

        Args:
            values: value indices of all that the step of the layer can read, at one position.
        """
        return self._layers[layer].path(name, values)

    def layer_of(self, number: int) -> int:
        """The layer that has the rule of a number.

        Raises:
            IndexError: if there is none.
        """
        for layer in self._layers:
            if layer.start <= number < layer.start + layer.total:
                return layer.layer
        raise IndexError(number)

    def text(self, number: int) -> str:
        """The rule of a number, as `altac rules -O0` prints it.

        Raises:
            IndexError: if there is none.
        """
        added = self.program.added_by(self.layer_of(number))  # of numbers, rules name the amounts
        return print_rule(self[number], {**self.program.domains, **added})

    def __getitem__(self, number: int) -> Rule:
        """The rule of a number.

        Raises:
            IndexError: if there is none.
        """
        return self._layers[self.layer_of(number)][number]


class _LayerRules:
    """Those of one layer, numbered from `start` on."""

    def __init__(self, program: Program, layer: int, start: int) -> None:
        domains = {**dict(program.state(layer)), **program.introduced_by(layer), **program.added_by(layer)}
        with refused_explosion(program, layer, MOST_RULES):
            diagrams, updates = step_updates(program, layer, {}, {})
            changed = {name: variable_changes(diagrams, name, domains[name], node) for name, node in updates.items()}
        self.layer = layer
        self.start = start
        self.total = 0
        self._cube = Canonical(dict(program.state(layer)))
        self._walks: dict[str, _Walk] = {}
        for name, node in changed.items():
            self._walks[name] = _Walk(diagrams, node, start + self.total)
            self.total += self._walks[name].count

    def __iter__(self) -> Iterator[Rule]:
        for name, walk in self._walks.items():
            for values, change in walk.rules():
                yield self._rule(name, values, change)

    @property
    def counts(self) -> dict[str, int]:
        return {name: walk.count for name, walk in self._walks.items()}

    def fired(self, state: Mapping[str, Indices]) -> dict[str, Indices]:
        return {name: walk.fired(state) for name, walk in self._walks.items()}

    def path(self, name: str, values: Mapping[str, int]) -> dict[str, int]:
        return self._walks[name].path(values) if name in self._walks else {}

    def __getitem__(self, number: int) -> Rule:
        for name, walk in self._walks.items():
            if walk.start <= number < walk.start + walk.count:
                return self._rule(name, *walk.find(number))
        raise IndexError(number)

    def _rule(self, name: str, values: Mapping[str, int], change: Ends) -> Rule:
        return Rule(self._cube({key: (value,) for key, value in values.items()}), (Change(name, *change),))


class _Walk:
    """The rules of one variable: paths of single values through the diagram of its changes, from `start` on."""

    def __init__(self, diagrams: Diagrams, root: Node, start: int) -> None:
        self.diagrams = diagrams
        self.root = root
        self.start = start
        self.below: dict[Node, int] = {}  # the number of rules below a node
        self.count = self._count(root)

    def _count(self, node: Node) -> int:
        if node not in self.below:
            leaf = int(node.value is not KEEP)
            self.below[node] = leaf if node.level == LEAF else sum(self._count(child) for child in node.children)
        return self.below[node]

    def rules(self) -> Iterator[tuple[dict[str, int], Ends]]:
        """Value indices and change of every rule."""
        values: dict[str, int] = {}

        def go(node: Node) -> Iterator[tuple[dict[str, int], Ends]]:
            if node.level == LEAF:
                yield dict(values), (node.value.old, node.value.new)
                return
            name = self.diagrams.names[node.level]
            for index, child in enumerate(node.children):
                if self.below[child]:
                    values[name] = index
                    yield from go(child)
            del values[name]

        if self.count:
            yield from go(self.root)

    def path(self, values: Mapping[str, int]) -> dict[str, int]:
        """What is tested on the way that these values take."""
        node, tested = self.root, {}
        while node.level != LEAF:
            name = self.diagrams.names[node.level]
            tested[name] = values[name]
            node = node.children[values[name]]
        return tested

    def find(self, number: int) -> tuple[dict[str, int], Ends]:
        """Value indices and change of one rule."""
        rest, node = number - self.start, self.root
        values: dict[str, int] = {}
        while node.level != LEAF:
            for index, child in enumerate(node.children):  # noqa: B007 - the child is used after the loop
                if rest < self.below[child]:
                    break
                rest -= self.below[child]
            values[self.diagrams.names[node.level]] = index
            node = child
        return values, (node.value.old, node.value.new)

    @cached_property
    def _tables(self) -> tuple[dict[Node, int], dict[int, tuple[list[int], Indices, Indices]]]:
        """A number for each node; for each level the nodes' numbers, and for each node and value the child and how
        many rules come before it."""
        numbers = {node: number for number, node in enumerate(self.below)}
        levels: dict[int, list[Node]] = {}
        for node in numbers:
            if node.level != LEAF:
                levels.setdefault(node.level, []).append(node)
        tables = {}
        for level in sorted(levels):
            children = [[numbers[child] for child in node.children] for node in levels[level]]
            sizes = np.array([[self.below[child] for child in node.children] for node in levels[level]], np.int64)
            before = np.cumsum(sizes, axis=1) - sizes
            tables[level] = [numbers[node] for node in levels[level]], np.array(children, np.int64), before
        return numbers, tables

    def fired(self, state: Mapping[str, Indices]) -> Indices:
        numbers, tables = self._tables
        shape = next(iter(state.values())).shape
        size = int(np.prod(shape))
        node, rank = np.full(size, numbers[self.root], np.int64), np.full(size, self.start, np.int64)
        for level, (nodes, children, before) in tables.items():
            rows = np.full(len(numbers), -1, np.int64)
            rows[nodes] = range(len(nodes))
            row = rows[node]
            here = np.flatnonzero(row >= 0)
            values = state[self.diagrams.names[level]].reshape(-1)[here]
            rank[here] += before[row[here], values]
            node[here] = children[row[here], values]
        changes = np.zeros(len(numbers), np.bool_)
        changes[[number for leaf, number in numbers.items() if leaf.level == LEAF and leaf.value is not KEEP]] = True
        return np.where(changes[node], rank, -1).reshape(shape)


def lower_plain(program: Program, layer: int) -> RuleSet:
    """All plain rules of a layer, and the copies of what its heads bring.

    Raises:
        AltacError: if there are too many to list.
    """
    plain = _LayerRules(program, layer, 0)
    if plain.total > MOST_RULES:
        raise AltacError([too_many_rules(program, layer, plain.counts, MOST_RULES)])
    return rule_set(program, layer, [*plain, *copies(program, layer)])


def count_plain(program: Program) -> int:
    """How many plain rules and copies there are in all layers, counted without making them.

    Raises:
        AltacError: if even the counting takes too much.
    """
    copied = (domain for layer in range(len(program.layers)) for domain in program.copied_by(layer).values())
    return PlainRules(program).total + sum(map(len, copied))
