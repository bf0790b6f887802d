"""Conditions of heads: from what was written to finite tables.

Ensures: every conjunct is a boolean wherever those to its left hold, whatever key and query have, and so has the head's
value wherever all of them hold; each table is over at most one variable of the key and one of the query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from altac.check.elaborate import Elaborator
from altac.check.places import Place
from altac.check.proofs import SKIP, Prover
from altac.check.scope import Reports, Scope
from altac.diagnostics import AltacError
from altac.diagnostics.domain_errors import Guard
from altac.diagnostics.head_errors import ConditionTooLarge, SeveralInConjunct
from altac.ir.diagram import COPIED, LEAF, Diagrams, Fault, Node
from altac.ir.expr import Apply, Choose, Constant, Expr, Read, reads
from altac.ir.heads import Condition
from altac.syntax import tree as t

MOST_PAIRS = 4_000_000  # combinations of values that one conjunct relates


@dataclass(frozen=True)
class Selection:
    """The condition of a head: its conjuncts in the order of the text, and the tables that attention evaluates."""

    parts: tuple[Expr, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether some table has no combination on which it holds."""
        return any(not any(any(row) for row in condition.holds) for condition in self.conditions)

    def admits(self, variable: str, size: int) -> list[bool]:
        """Which values of a variable of the key every table lets through."""
        tables = [condition.holds for condition in self.conditions if condition.key == variable]
        return [all(any(holds[index]) for holds in tables) for index in range(size)]


def check_condition(syntax: t.Expr, scope: Scope, reports: Reports) -> Selection:
    """The selection that a condition denotes.

    Raises:
        AltacError: with what attention cannot do; without diagnostics where the proof has reported something.
    """
    core = Elaborator(scope, Place.CONDITION).expr(syntax)
    parts = tuple(part for part in conjuncts(core) if not (isinstance(part, Constant) and part.value is True))
    tables = [relation(relative, scope) for relative in joined(parts)]
    if any(isinstance(leaf, Fault) for diagrams, node in tables for leaf in diagrams.leaves(node)):
        prove(parts, scope, reports)  # a table knows the conjuncts that read the same; others may exclude the fault
    return Selection(parts, tuple(table_of(diagrams, node) for diagrams, node in tables))


def conjuncts(expr: Expr) -> list[Expr]:
    """The parts of a conjunction, in order."""
    if isinstance(expr, Choose) and isinstance(expr.other, Constant) and expr.other.value is False:
        then = expr.then.arguments[0] if isinstance(expr.then, Apply) and expr.then.op == "truth" else expr.then
        return [*conjuncts(expr.condition), *conjuncts(then)]
    return [expr]


# Tables ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Relative:
    """Conjuncts, by their place, that read no more than one variable of the key and one of the query together."""

    keys: frozenset[str]
    queries: frozenset[str]
    parts: Mapping[int, Expr]

    def with_other(self, other: Relative) -> Relative | None:
        """Both together; None if they read nothing in common, or too much."""
        keys, queries = self.keys | other.keys, self.queries | other.queries
        shared = self.keys & other.keys or self.queries & other.queries
        if not shared or len(keys) > 1 or len(queries) > 1:
            return None
        return Relative(keys, queries, {**self.parts, **other.parts})

    @property
    def conjunction(self) -> Expr:
        """The parts from left to right."""
        first, *others = [self.parts[place] for place in sorted(self.parts)]
        for part in others:
            first = Choose(first, part, Constant(False, part.span), part.span)
        return first


def joined(parts: Sequence[Expr]) -> list[Relative]:
    """Conjuncts that read the same variables, as few groups as there can be."""
    groups: list[Relative] = []
    for place, part in enumerate(parts):
        current = Relative(*sides(part), {place: part})
        kept: list[Relative] = []
        for group in groups:
            together = group.with_other(current)
            if together is None:
                kept.append(group)
            else:
                current = together
        groups = [*kept, current]
    return sorted(groups, key=lambda group: min(group.parts))


def sides(part: Expr) -> tuple[frozenset[str], frozenset[str]]:
    """What a conjunct reads of the key and of the query."""
    names = reads(part)
    keys, queries = (frozenset(name for name in names if name.startswith(side)) for side in ("key.", "query."))
    if len(keys) > 1 or len(queries) > 1:
        raise AltacError([SeveralInConjunct(part.span, tuple(names))])
    return keys, queries


def relation(relative: Relative, scope: Scope) -> tuple[Diagrams, Node]:
    """Where conjuncts hold, a diagram over what they read."""
    expr = relative.conjunction
    names = reads(expr)
    pairs = prod(len(read.domain) for read in names.values())
    if pairs > MOST_PAIRS:
        raise AltacError([ConditionTooLarge(expr.span, pairs, tuple(names))])
    budget = scope.around.proofs
    diagrams = Diagrams([(name, read.domain) for name, read in names.items()], 2 * MOST_PAIRS, budget=budget)
    node = diagrams.condition(diagrams.of(expr), expr)
    budget.spend(pairs // COPIED)
    return diagrams, node


def table_of(diagrams: Diagrams, node: Node) -> Condition:
    """A diagram over one variable of the key and one of the query as a table; a fault does not hold."""
    key, query = (next((name for name in diagrams.names if name.startswith(side)), None) for side in ("key.", "query."))
    first, second = ([len(domain) for domain in diagrams.domains] + [1, 1])[:2]
    rows = node.children if node.level == 0 else (node,) * first
    grid = tuple(
        tuple([leaf.value is True for leaf in row.children]) if row.level < LEAF else (row.value is True,) * second
        for row in rows
    )
    holds = tuple(zip(*grid, strict=True)) if diagrams.names[:1] == [query] else grid
    return Condition(key and bare(key), query and bare(query), holds)


# Proofs ------------------------------------------------------------------------------------------------------


def prove(parts: Sequence[Expr], scope: Scope, reports: Reports, value: Expr | None = None) -> None:
    """Prove conjuncts from left to right, each where those before it hold, over all that they read.

    Args:
        value: what a head brings where all of them hold; it reads `x` where a conjunct reads `key.x`.

    Raises:
        AltacError: without diagnostics, if something was reported.
    """
    brought = {} if value is None else reads(value)
    domains = {name: read.domain for name, read in brought.items()}
    domains |= {name: read.domain for name, read in reads(*parts).items() if not of_key(name, brought)}

    def special(diagrams: Diagrams, expr: Expr) -> Node | None:
        if isinstance(expr, Read) and of_key(expr.name, brought):
            return diagrams.variable(bare(expr.name))
        return None

    diagrams = Diagrams(list(domains.items()), special=special, budget=scope.around.proofs)
    prover = Prover(diagrams, reports, domains)
    before = reports.failures
    guard = diagrams.true
    for part in parts:
        guard, _ = prover.condition(part, guard, Guard.CONJUNCT)
    if value is not None:
        prover.faults(diagrams.choose(guard, diagrams.of(value), diagrams.leaf(SKIP)), Guard.CHOICE)
    if reports.failures > before:
        raise AltacError([])


# Names -------------------------------------------------------------------------------------------------------


def of_key(name: str, variables: Mapping[str, Read]) -> bool:
    """Whether a condition reads one of these variables of the key."""
    return name.startswith("key.") and bare(name) in variables


def bare(name: str) -> str:
    """`x` of `key.x`."""
    return name.split(".")[1]
