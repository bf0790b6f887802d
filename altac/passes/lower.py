"""The step as rules, by walking the paths of its decision diagrams.

For every variable one diagram says what it becomes; each path to a change is a cube of values, and variables that a
path does not test do not appear in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from altac.diagnostics import AltacError
from altac.diagnostics.program_errors import TooManyRules
from altac.ir.diagram import LEAF, Cube, Diagrams, Node
from altac.ir.expr import Expr
from altac.ir.program import Assign, Program, guarded
from altac.ir.rules import Change, Rule, RuleSet, cube

KEEP = object()  # the leaf of combinations on which a variable is not assigned, or not changed
MOST_RULES = 1_000_000


@dataclass(frozen=True)
class Pair:
    """The leaf of a change: value indices before and after."""

    old: int
    new: int


def lower_plain(program: Program) -> RuleSet:
    """One rule for each variable and combination of single values that changes it.

    This is the form of ALTA (Shaw et al., 2024), in which minimal rule sets and traces are analysed.
    """
    diagrams, updates = _updates(program)
    changed = {name: _changes(diagrams, name, node) for name, node in updates.items()}
    counts = {name: _combinations(diagrams, node) for name, node in changed.items()}
    _limit(counts, program, 0)
    rules = []
    domains = dict(program.state)
    for name, node in changed.items():
        for antecedent, change in _pairs(diagrams, name, node):
            for values in product(*antecedent.values()):
                single = {key: (value,) for key, value in zip(antecedent, values, strict=True)}
                rules.append(Rule(cube(single, domains), (change,)))
    return _rule_set(program, rules)


def lower_sums(program: Program) -> RuleSet:
    """Cubes of values; for each variable the smaller of two forms.

    Either each path to a change takes the old value away and adds the new one; or each path to a new value adds it,
    whatever the old one, and the old values are taken away one by one under the condition that there is a new one.
    """
    diagrams, updates = _updates(program)
    domains = dict(program.state)
    rules: list[Rule] = []
    counts: dict[str, int] = {}
    chosen: dict[str, list[tuple[Cube, Change]]] = {}
    for name, node in updates.items():
        pairs = _changes(diagrams, name, node)
        keep = diagrams.leaf(KEEP)
        assigned = diagrams.apply(lambda leaf: leaf is not KEEP, node)
        removals = diagrams.apply(
            lambda holds, old, domain=domains[name]: domain.index(old) if holds else KEEP,
            assigned,
            diagrams.variable(name),
        )
        apart = diagrams.count_paths(node) + diagrams.count_paths(removals)
        together = diagrams.count_paths(pairs)
        counts[name] = min(apart, together)
        if counts[name] > MOST_RULES:
            continue
        if together <= apart:
            chosen[name] = list(_pairs(diagrams, name, pairs))
        else:
            index = domains[name].index
            added = [(path, Change(name, None, index(leaf))) for path, leaf in diagrams.paths(node, keep)]
            removed = [(path, Change(name, leaf, None)) for path, leaf in diagrams.paths(removals, keep)]
            chosen[name] = added + removed
    _limit(counts, program, 1)
    for found in chosen.values():
        rules += [Rule(cube(path, domains), (change,)) for path, change in found]
    return _rule_set(program, rules)


def _updates(program: Program) -> tuple[Diagrams, dict[str, Node]]:
    """For every assigned variable the diagram of its next value, KEEP where nothing assigns it."""
    diagrams = Diagrams(program.state, limit=2_000_000)
    keep = diagrams.leaf(KEEP)
    updates: dict[str, Node] = {}
    alive: list[Expr | None] = []  # diagrams remember expressions by identity
    for guard, statement in guarded(program.step):
        if not isinstance(statement, Assign):
            continue
        alive.append(guard)
        value = diagrams.of(statement.value)
        condition = diagrams.true if guard is None else diagrams.of(guard)
        name = statement.variable
        updates[name] = diagrams.choose(condition, value, updates.get(name, keep))
    return diagrams, updates


def _changes(diagrams: Diagrams, name: str, node: Node) -> Node:
    """The diagram with a Pair where the variable changes, KEEP elsewhere."""
    domain = diagrams.domains[diagrams.level[name]]

    def change(new: object, old: object) -> object:
        if new is KEEP:
            return KEEP
        before, after = domain.index(old), domain.index(new)  # type: ignore[arg-type]
        return KEEP if before == after else Pair(before, after)

    return diagrams.apply(change, node, diagrams.variable(name))


def _pairs(diagrams: Diagrams, name: str, node: Node) -> Iterator[tuple[Cube, Change]]:
    for path, leaf in diagrams.paths(node, diagrams.leaf(KEEP)):
        yield path, Change(name, leaf.old, leaf.new)


def _combinations(diagrams: Diagrams, node: Node) -> int:
    """How many combinations of single values the paths to a change stand for."""
    keep = diagrams.leaf(KEEP)
    memo: dict[Node, int] = {}

    def go(node: Node) -> int:
        if node.level == LEAF:
            return 0 if node is keep else 1
        if node not in memo:
            memo[node] = sum(go(child) for child in node.children)
        return memo[node]

    return go(node)


def _limit(counts: dict[str, int], program: Program, level: int) -> None:
    total = sum(counts.values())
    if total > MOST_RULES:
        worst = max(counts, key=lambda name: counts[name])
        span = next(one.target for _, one in guarded(program.step) if isinstance(one, Assign) and one.variable == worst)
        raise AltacError(
            [TooManyRules(span, f"{total:,}", level, f"{MOST_RULES:,}", worst, f"{counts[worst]:,}")]
        )


def _rule_set(program: Program, rules: list[Rule]) -> RuleSet:
    variables = {one.name: one.domain for one in program.variables}
    heads = {one.name: one.domain for one in program.heads}
    return RuleSet(variables, heads, tuple(rules))


