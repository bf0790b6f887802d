"""Multi-valued decision diagrams: a function of finite variables as a shared, ordered, reduced graph.

The checker proves with them (is there a combination on which this leaves its domain?) and the lowering reads rules off
their paths. Nodes are hash-consed, so equal functions are the same object. The idea is that of Bryant's ordered binary
diagrams (IEEE Trans. Computers C-35(8), 1986), with one child for each value of a domain.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import repeat
from typing import Any

from altac.ir.expr import Apply, Choose, Constant, Expr, Read
from altac.ir.operations import BadOperand, Problem, operand_cost, operate
from altac.ir.values import Domain, Table, Value, value_key

LEAF = 1 << 30  # the level of leaves, below every variable
COPIED = 32  # children of a node that are read or written in the time of a step
EVALUATED = 4  # steps in the time of an operator
CHOSEN = 8  # values that are chosen by a known condition in the time of a step
LOOKUPS = ("index", "in", "not in")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.is_,
    "!=": operator.is_not,  # of leaves: equal ones are the same object
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class TooLarge(Exception):
    """A diagram would need more nodes, or more steps, than allowed."""


@dataclass
class Budget:
    """How many steps diagrams may still take. A step is a combination that is looked at: about a microsecond."""

    left: int = sys.maxsize

    def spend(self, steps: int) -> None:
        """Count some steps.

        Raises:
            TooLarge: if fewer are left.
        """
        self.left -= steps
        if self.left < 0:
            raise TooLarge


@dataclass(frozen=True, eq=False)
class Fault:
    """A leaf: the expression has no value here, because `problem` happened at `expr`."""

    problem: Problem
    expr: Expr


class Node:
    """A leaf with a value, or a test of the variable at `level` with one child for each value of its domain."""

    __slots__ = ("children", "level", "value")

    def __init__(self, level: int, children: tuple[Node, ...], value: Any) -> None:
        self.level = level
        self.children = children
        self.value = value


Cube = dict[str, tuple[int, ...]]  # for each tested variable the indices of its values; others do not matter


class Diagrams:
    """All diagrams over one ordered list of variables.

    Args:
        variables: names and domains; those with few values come first, so that tests on the large ones share nodes.
        limit: the greatest number of nodes; past it `TooLarge` is raised.
        special: builds the diagrams of some expressions itself; returns None for all others.
        budget: steps for these diagrams and others; past it `TooLarge` is raised.
    """

    def __init__(
        self,
        variables: Sequence[tuple[str, Domain]],
        limit: int = 150_000,
        special: Callable[[Diagrams, Expr], Node | None] | None = None,
        budget: Budget | None = None,
    ) -> None:
        ordered = sorted(variables, key=lambda item: len(item[1]))
        self.names = [name for name, _ in ordered]
        self.domains = [domain for _, domain in ordered]
        self.level = {name: level for level, name in enumerate(self.names)}
        self.limit = limit
        self.special = special
        self.budget = budget or Budget()
        self._nodes: dict[tuple[int, tuple[Node, ...]], Node] = {}
        self._leaves: dict[Any, Node] = {}
        self._exprs: dict[Expr, Node] = {}
        self._variables: dict[str, Node] = {}
        self.true = self.leaf(True)
        self.false = self.leaf(False)

    # Making nodes --------------------------------------------------------------------------------------------

    def leaf(self, value: Any) -> Node:
        """The leaf of a value, a fault, or any other object that compares by identity."""
        key = value_key(value)
        found = self._leaves.get(key)
        if found is None:
            found = self._leaves[key] = Node(LEAF, (), value)
        return found

    def node(self, level: int, children: tuple[Node, ...]) -> Node:
        first = children[0]
        if all(child is first for child in children):
            return first
        key = (level, children)
        found = self._nodes.get(key)
        if found is None:
            if len(self._nodes) >= self.limit:
                raise TooLarge
            self.budget.spend(1 + len(children) // COPIED)
            found = self._nodes[key] = Node(level, children, None)
        return found

    def variable(self, name: str) -> Node:
        if name not in self._variables:
            level = self.level[name]
            self._variables[name] = self.node(level, tuple(self.leaf(value) for value in self.domains[level]))
        return self._variables[name]

    # Combining -----------------------------------------------------------------------------------------------

    def apply(self, function: Callable[..., Any], *nodes: Node) -> Node:
        """The pointwise application of a function to the values of diagrams."""
        memo: dict[tuple[Node, ...], Node] = {}
        known = memo.get

        def go(nodes: tuple[Node, ...]) -> Node:
            level = min([node.level for node in nodes])
            if level == LEAF:
                self.budget.left -= EVALUATED
                result = self.leaf(function(*[node.value for node in nodes]))
            else:
                self.budget.spend(len(self.domains[level]))
                rows = zip(*[node.children if node.level == level else repeat(node) for node in nodes])  # noqa: B905
                result = self.node(level, tuple([known(row) or go(row) for row in rows]))
            if len(memo) >= 4 * self.limit:
                raise TooLarge
            memo[nodes] = result
            return result

        return go(nodes)

    def choose(self, condition: Node, then: Node, other: Node) -> Node:
        """`then` where the condition is true, `other` where it is false, and the fault where it is neither."""
        memo: dict[tuple[Node, Node, Node], Node] = {}
        total = all(isinstance(leaf, bool) for leaf in self.leaves(condition))  # no faults, here and below
        true_false = {self.true, self.false}

        def go(condition: Node, then: Node, other: Node) -> Node:
            if condition.level == LEAF:
                if condition.value is True:
                    return then
                return other if condition.value is False else condition
            if total and then is other:
                return then
            key = (condition, then, other)
            found = memo.get(key)
            if found is not None:
                return found
            level = min(condition.level, then.level, other.level)
            rows = zip(*[node.children if node.level == level else repeat(node) for node in key])  # noqa: B905
            if condition.level == level and true_false.issuperset(condition.children):
                self.budget.spend(len(self.domains[level]) // CHOSEN)
                children = [then if holds is self.true else other for holds, then, other in rows]
            else:
                self.budget.spend(len(self.domains[level]))
                children = [go(*row) for row in rows]
            result = memo[key] = self.node(level, tuple(children))
            return result

        return go(condition, then, other)

    def both(self, left: Node, right: Node) -> Node:
        return self.choose(left, right, self.false)

    # Expressions ---------------------------------------------------------------------------------------------

    def of(self, expr: Expr) -> Node:
        """The diagram of an expression over reads; faults are leaves."""
        known = self._exprs.get(expr)
        if known is not None:
            return known
        node = self.special(self, expr) if self.special is not None else None
        node = self._exprs[expr] = node or self._built(expr)
        return node

    def _built(self, expr: Expr) -> Node:
        match expr:
            case Constant():
                return self.leaf(expr.value)
            case Read():
                return self.variable(expr.name)
            case Apply():
                return self._applied(expr)
            case Choose():
                condition = self.condition(self.of(expr.condition), expr.condition)
                if condition.level == LEAF:
                    chosen = expr.then if condition.value is True else expr.other
                    return condition if isinstance(condition.value, Fault) else self.of(chosen)
                return self.choose(condition, self.of(expr.then), self.of(expr.other))

    def _applied(self, expr: Apply) -> Node:
        faults: dict[Problem, Fault] = {}  # one leaf for each problem, so that diagrams share it

        def function(*values: Any) -> Any:
            for value in values:
                if isinstance(value, Fault):
                    return value
                if value.__class__ in (frozenset, tuple):
                    self.budget.spend(operand_cost(expr.op, value))
            result = operate(expr.op, values)
            return faults.setdefault(result, Fault(result, expr)) if isinstance(result, Problem) else result

        nodes = [self.of(argument) for argument in expr.arguments]
        if expr.op in LOOKUPS:
            found = self._looked_up(expr.op, function, *nodes)
        else:
            found = self._compared(expr.op, *nodes) if expr.op in COMPARISONS else None
        return found or self.apply(function, *nodes)

    def _looked_up(self, op: str, function: Callable[..., Any], left: Node, right: Node) -> Node | None:
        """A constant table at a function of one variable, or whether a constant collection has its values.

        One pass over the values, by the keys of the collection; None for all others.
        """
        collection, key = (left, right) if op == "index" else (right, left)
        known = collection.value
        if key.level == LEAF or any(child.level < LEAF for child in key.children):
            return None
        if isinstance(known, Table):
            keyed = known.keyed
        elif op != "index" and isinstance(known, frozenset | tuple) and len(known) <= len(key.children):
            self.budget.spend(operand_cost("==", known))
            keyed = {value_key(item): (item, item) for item in known}
        else:
            return None
        self.budget.spend(len(key.children))
        found: dict[Node, Node] = {}  # of functions with few values, as classes are
        inside, outside = (self.true, self.false) if op == "in" else (self.false, self.true)
        for child in key.children:
            if child in found:
                continue
            value = child.value
            entry = keyed.get(value_key(value))
            if entry is not None:
                found[child] = self.leaf(entry[1]) if op == "index" else inside
            elif op == "index" or isinstance(value, Fault):
                self.budget.spend(EVALUATED)
                found[child] = self.leaf(function(left.value, value))
            else:
                found[child] = outside
        return self.node(key.level, tuple([found[child] for child in key.children]))

    def _compared(self, op: str, left: Node, right: Node) -> Node | None:
        """The comparison of two functions of one variable each, by rows rather than pairs; None for all others."""
        first, second = sorted((left, right), key=lambda node: node.level)
        if first.level == second.level or second.level == LEAF:
            return None
        leaves = {*first.children, *second.children}
        if any(leaf.level < LEAF or isinstance(leaf.value, Fault) for leaf in leaves):
            return None
        ordered = op not in ("==", "!=")
        if ordered and any(leaf.value.__class__ not in (int, Fraction) for leaf in leaves):
            return None
        holds = COMPARISONS[op if first is left else MIRRORED.get(op, op)]
        operands = [leaf.value if ordered else leaf for leaf in second.children]
        rows: dict[Node, Node] = {}
        for leaf in first.children:
            if leaf not in rows:  # equal leaves are the same object
                self.budget.spend(len(operands) // 16)
                row = [holds(leaf.value if ordered else leaf, operand) for operand in operands]
                rows[leaf] = self.node(second.level, tuple([self.true if answer else self.false for answer in row]))
        return self.node(first.level, tuple([rows[leaf] for leaf in first.children]))

    def condition(self, node: Node, expr: Expr) -> Node:
        """The diagram with every value that is not a boolean turned into a fault at the expression."""

        def function(value: Any) -> Any:
            if isinstance(value, bool | Fault):
                return value
            result = operate("truth", (value,))
            assert isinstance(result, BadOperand)
            return Fault(replace(result, op="condition"), expr)

        total = all(isinstance(leaf, bool) for leaf in self.leaves(node))
        return node if total else self.apply(function, node)

    # Reading off ---------------------------------------------------------------------------------------------

    def leaves(self, node: Node) -> list[Any]:
        """The values that a diagram attains, each once."""
        return [below.value for below in self._walk(node) if below.level == LEAF]

    def support(self, node: Node) -> list[str]:
        """The variables that a diagram depends on."""
        return [
            self.names[level] for level in sorted({below.level for below in self._walk(node) if below.level < LEAF})
        ]

    def _walk(self, node: Node) -> Iterator[Node]:
        seen = {node}
        stack = [node]
        while stack:
            node = stack.pop()
            yield node
            self.budget.spend(len(node.children) // COPIED)
            for child in node.children:
                if child not in seen:
                    seen.add(child)
                    stack.append(child)

    def paths(self, node: Node, skip: Node | None = None) -> Iterator[tuple[Cube, Any]]:
        """Disjoint cubes that cover every combination, with their values; those that end in `skip` are left out."""
        if node is skip:
            return
        if node.level == LEAF:
            yield {}, node.value
            return
        groups: dict[Node, list[int]] = {}
        for index, child in enumerate(node.children):
            groups.setdefault(child, []).append(index)
        for child, indices in groups.items():
            for cube, value in self.paths(child, skip):
                yield {self.names[node.level]: tuple(indices), **cube}, value

    def count_paths(self, node: Node, skip: Node | None = None) -> int:
        """How many cubes `paths` yields, counted without walking them."""
        memo: dict[Node, int] = {}

        def go(node: Node) -> int:
            if node is skip:
                return 0
            if node.level == LEAF:
                return 1
            if node not in memo:
                memo[node] = sum(go(child) for child in dict.fromkeys(node.children))
            return memo[node]

        return go(node)

    def witness(self, node: Node, wanted: Callable[[Any], bool]) -> dict[str, Value] | None:
        """Values of the tested variables on a shortest path to a leaf that is wanted."""
        best: dict[Node, tuple[int, int] | None] = {}

        def go(node: Node) -> tuple[int, int] | None:
            """(length of the shortest path, the child that begins it)."""
            if node.level == LEAF:
                return (0, -1) if wanted(node.value) else None
            if node not in best:
                found = None
                for index, child in enumerate(node.children):
                    below = go(child)
                    if below is not None and (found is None or below[0] + 1 < found[0]):
                        found = (below[0] + 1, index)
                best[node] = found
            return best[node]

        if go(node) is None:
            return None
        values: dict[str, Value] = {}
        while node.level < LEAF:
            step = go(node)
            assert step is not None
            values[self.names[node.level]] = self.domains[node.level].values[step[1]]
            node = node.children[step[1]]
        return values
