"""The step as rules, by walking the paths of its decision diagrams.

For every variable one diagram says what it becomes; each path to a change is a cube of values, and variables that a
path does not test do not appear in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod

from altac.diagnostics import AltacError
from altac.diagnostics.program_errors import TooManyRules
from altac.ir.diagram import Cube, Diagrams, Fault, Node, TooLarge
from altac.ir.expr import Expr, reads
from altac.ir.program import Assign, Program, guarded
from altac.ir.rules import Canonical, Change, Feature, Rule, RuleSet
from altac.passes.features import Substitution, Terms, full_feature

KEEP = object()  # the leaf of combinations on which a variable is not assigned, or not changed
MOST_CUBES = 100_000  # before they are merged
MOST_PAIRS = 50_000  # paths times old values: beyond it, the form in pairs is not tried


@dataclass(frozen=True)
class Replacement:
    """The leaf of a change: value indices before and after."""

    old: int
    new: int


def lower_sums(program: Program, chosen: dict[str, Terms] | None = None, most: int = MOST_CUBES) -> RuleSet:
    """Cubes of values; for each variable the smaller of two forms.

    Either each path to a change takes the old value away and adds the new one; or each path to a new value adds it,
    whatever the old one, and the old values are taken away one by one under the condition that there is a new one.

    Args:
        chosen: sums that are read as features, by name.
        most: the greatest number of rules.

    Raises:
        AltacError: if there are more.
    """
    with refused_explosion(program, most):
        return _lower_sums(program, chosen, most)


def _lower_sums(program: Program, chosen: dict[str, Terms] | None, most: int) -> RuleSet:
    features = {name: full_feature(terms) for name, terms in (chosen or {}).items()}
    diagrams, updates = step_updates(program, features, chosen or {})
    domains = {**dict(program.state), **{name: feature.domain for name, feature in features.items()}}
    cube = Canonical(domains)
    keep = diagrams.leaf(KEEP)
    rules: list[Rule] = []
    counts: dict[str, int] = {}
    for name, node in updates.items():
        domain = domains[name]
        assigned = diagrams.apply(lambda leaf: leaf is not KEEP, node)
        removals = diagrams.apply(
            lambda holds, old, domain=domain: domain.index(old) if holds else KEEP, assigned, diagrams.variable(name)
        )
        adding, removing = diagrams.count_paths(node, keep), diagrams.count_paths(removals, keep)
        together = None
        if adding * len(domain) <= MOST_PAIRS:
            pairs = variable_changes(diagrams, name, node)
            together = diagrams.count_paths(pairs, keep)
        counts[name] = min(adding + removing, adding + removing if together is None else together)
        if sum(counts.values()) > most:
            raise AltacError([too_many_rules(program, counts, most)])
        if together is not None and together <= adding + removing:
            found = list(_pairs(diagrams, name, pairs))
        else:
            found = [(path, Change(name, None, domain.index(leaf))) for path, leaf in diagrams.paths(node, keep)]
            found += [(path, Change(name, leaf, None)) for path, leaf in diagrams.paths(removals, keep)]
        rules += [Rule(cube(path), (change,)) for path, change in found]
    return rule_set(program, rules, features)


def step_updates(
    program: Program, features: dict[str, Feature], chosen: dict[str, Terms]
) -> tuple[Diagrams, dict[str, Node]]:
    """For every assigned variable the diagram of its next value, KEEP where nothing assigns it.

    A feature is a variable of its own here, so diagrams also have combinations that never occur, of a sum with terms
    that do not add up to it. Only there can a leaf be a fault or outside of its domain, where any value
    will do.
    """
    variables = [*program.state, *((name, feature.domain) for name, feature in features.items())]
    diagrams = Diagrams(variables, limit=400_000, special=Substitution(chosen) if chosen else None)
    keep = diagrams.leaf(KEEP)
    domains = dict(program.state)
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
    for name, node in updates.items():
        domain = domains[name]
        updates[name] = diagrams.apply(
            lambda leaf, domain=domain: leaf if not isinstance(leaf, Fault) and leaf in domain else KEEP, node
        )
    return diagrams, updates


def variable_changes(diagrams: Diagrams, name: str, node: Node) -> Node:
    """The diagram with a Replacement where the variable changes, KEEP elsewhere."""
    domain = diagrams.domains[diagrams.level[name]]

    def change(new: object, old: object) -> object:
        if new is KEEP:
            return KEEP
        before, after = domain.index(old), domain.index(new)  # type: ignore[arg-type]
        return KEEP if before == after else Replacement(before, after)

    return diagrams.apply(change, node, diagrams.variable(name))


def _pairs(diagrams: Diagrams, name: str, node: Node) -> Iterator[tuple[Cube, Change]]:
    for path, leaf in diagrams.paths(node, diagrams.leaf(KEEP)):
        yield path, Change(name, leaf.old, leaf.new)


@contextmanager
def refused_explosion(program: Program, limit: int) -> Iterator[None]:
    """Turns diagrams that grow too large into the refusal of the step."""
    try:
        yield
    except TooLarge:
        raise AltacError([too_many_rules(program, {}, limit)]) from None


def too_many_rules(program: Program, counts: dict[str, int], limit: int) -> TooManyRules:
    """The refusal: the assignment that needs most, and what it depends on.

    Args:
        counts: the rules of each variable, as far as they are known.
    """
    domains = dict(program.state)
    depends: dict[str, set[str]] = {}
    for guard, statement in guarded(program.step):
        if isinstance(statement, Assign):
            exprs = [statement.value] if guard is None else [guard, statement.value]
            depends.setdefault(statement.variable, set()).update(name for expr in exprs for name in reads(expr))

    def size(name: str) -> int:
        return counts.get(name, 0) if counts else prod(len(domains[source]) for source in depends[name])

    worst = max(depends, key=size)
    span = next(
        statement.target
        for _, statement in guarded(program.step)
        if isinstance(statement, Assign) and statement.variable == worst
    )
    shown = [f"`{name}` ({len(domains[name])})" for name in domains if name in depends[worst]]
    listed = ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")
    count, most = (f"{sum(counts.values()):,}", f"{counts[worst]:,}") if counts else ("millions of", "most of them")
    return TooManyRules(span, count, f"{limit:,}", worst, most, listed)


def rule_set(program: Program, rules: list[Rule], features: dict[str, Feature] | None = None) -> RuleSet:
    variables = {variable.name: variable.domain for variable in program.variables}
    heads = {head.name: head.domain for head in program.heads}
    return RuleSet(variables, heads, tuple(rules), features or {})
