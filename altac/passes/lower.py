"""The step of a layer as rules, by walking the paths of its decision diagrams.

For every variable one diagram says what it becomes; each path to a change is a cube of values, and variables that a
path does not test do not appear in it. What the step introduces has no old value: each path adds one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from math import prod

from altac.diagnostics import AltacError, Span
from altac.diagnostics.program_errors import TooManyRules
from altac.ir.diagram import Cube, Diagrams, Fault, Node, TooLarge
from altac.ir.expr import Expr, reads
from altac.ir.program import Assign, Program, guarded
from altac.ir.rules import Canonical, Change, Feature, Rule, RuleSet
from altac.ir.values import Domain
from altac.passes.features import Substitution, Terms, full_feature

KEEP = object()  # the leaf of combinations on which a variable is not assigned, or not changed
MOST_CUBES = 100_000  # before they are merged
MOST_PAIRS = 50_000  # paths times old values: beyond it, the form in pairs is not tried


@dataclass(frozen=True)
class Replacement:
    """The leaf of a change: value indices before and after; None where there was no value."""

    old: int | None
    new: int


def lower_sums(program: Program, layer: int, chosen: dict[str, Terms] | None = None, most: int = MOST_CUBES) -> RuleSet:
    """Cubes of values of a layer; for each variable the smaller of two forms.

    Either each path to a change takes the old value away and adds the new one; or each path to a new value adds it,
    whatever the old one, and the old values are taken away one by one under the condition that there is a new one.

    Args:
        chosen: sums that are read as features, by name.
        most: the greatest number of rules.

    Raises:
        AltacError: if there are more.
    """
    with refused_explosion(program, layer, most):
        return _lower_sums(program, layer, chosen, most)


def _lower_sums(program: Program, layer: int, chosen: dict[str, Terms] | None, most: int) -> RuleSet:
    features = {name: full_feature(terms) for name, terms in (chosen or {}).items()}
    diagrams, updates = step_updates(program, layer, features, chosen or {})
    state = {**dict(program.state(layer)), **{name: feature.domain for name, feature in features.items()}}
    domains = {**state, **program.introduced_by(layer), **program.added_by(layer)}
    cube = Canonical(state)
    rules: list[Rule] = []
    counts: dict[str, int] = {}
    for name, node in updates.items():
        counts[name], cubes = _smaller_form(diagrams, name, domains[name], node)
        if sum(counts.values()) > most:
            raise AltacError([too_many_rules(program, layer, counts, most)])
        rules += [Rule(cube(path), (change,)) for path, change in cubes]
    return rule_set(program, layer, rules + copies(program, layer), features)


def step_updates(
    program: Program, layer: int, features: dict[str, Feature], chosen: dict[str, Terms]
) -> tuple[Diagrams, dict[str, Node]]:
    """For all that a layer assigns the diagram of its next value, KEEP where nothing assigns it.

    A feature is a variable of its own here, so diagrams also have combinations that never occur, of a sum with terms
    that do not add up to it. Only there can a leaf be a fault or outside of its domain, where any value
    will do.
    """
    variables = [*program.state(layer), *((name, feature.domain) for name, feature in features.items())]
    diagrams = Diagrams(variables, limit=400_000, special=Substitution(chosen) if chosen else None)
    keep = diagrams.leaf(KEEP)
    domains = {**dict(program.state(layer)), **program.introduced_by(layer), **program.added_by(layer)}
    updates: dict[str, Node] = {}
    alive: list[Expr | None] = []  # diagrams remember expressions by identity
    for guard, statement in guarded(program.layers[layer].step):
        if not isinstance(statement, Assign):
            continue
        alive.append(guard)
        value = diagrams.of(statement.value)
        condition = diagrams.true if guard is None else diagrams.of(guard)
        name = statement.variable
        updates[name] = diagrams.choose(condition, value, updates.get(name, keep))
    numbers = {one.name for one in program.layers[layer].numbers}
    updates = {name: node for name, node in updates.items() if name in domains}  # to other numbers nothing is added
    for name, node in updates.items():
        domain = domains[name]
        changing = Domain(tuple(value for value in domain if value != 0)) if name in numbers else domain
        updates[name] = diagrams.apply(
            lambda leaf, domain=changing: leaf if not isinstance(leaf, Fault) and leaf in domain else KEEP, node
        )
    return diagrams, updates


def _smaller_form(
    diagrams: Diagrams, name: str, domain: Domain, node: Node
) -> tuple[int, Iterator[tuple[Cube, Change]]]:
    """The number of cubes of what becomes of a variable, and these."""
    keep = diagrams.leaf(KEEP)
    adding = diagrams.count_paths(node, keep)
    new = ((path, Change(name, None, domain.index(leaf))) for path, leaf in diagrams.paths(node, keep))
    if name not in diagrams.level:  # it has no old value
        return adding, new
    assigned = diagrams.apply(lambda leaf: leaf is not KEEP, node)
    removals = diagrams.apply(
        lambda holds, old: domain.index(old) if holds else KEEP, assigned, diagrams.variable(name)
    )
    removing = diagrams.count_paths(removals, keep)
    if adding * len(domain) <= MOST_PAIRS:
        pairs = variable_changes(diagrams, name, domain, node)
        together = diagrams.count_paths(pairs, keep)
        if together <= adding + removing:
            return together, _pairs(diagrams, name, pairs)
    old = ((path, Change(name, leaf, None)) for path, leaf in diagrams.paths(removals, keep))
    return adding + removing, chain(new, old)


def variable_changes(diagrams: Diagrams, name: str, domain: Domain, node: Node) -> Node:
    """The diagram with a Replacement where the variable changes, KEEP elsewhere."""

    def change(new: object, old: object) -> object:
        if new is KEEP:
            return KEEP
        before, after = domain.index(old), domain.index(new)  # type: ignore[arg-type]
        return KEEP if before == after else Replacement(before, after)

    def beginning(new: object) -> object:
        return KEEP if new is KEEP else Replacement(None, domain.index(new))  # type: ignore[arg-type]

    if name not in diagrams.level:  # it has no old value
        return diagrams.apply(beginning, node)
    return diagrams.apply(change, node, diagrams.variable(name))


def _pairs(diagrams: Diagrams, name: str, node: Node) -> Iterator[tuple[Cube, Change]]:
    for path, leaf in diagrams.paths(node, diagrams.leaf(KEEP)):
        yield path, Change(name, leaf.old, leaf.new)


def copies(program: Program, layer: int) -> list[Rule]:
    """The rules that keep what heads bring and attention does not leave exact: one for each value."""
    return [
        Rule(((name, (value,)),) if len(domain) > 1 else (), (Change(name, None, value),))
        for name, domain in program.copied_by(layer).items()
        for value in range(len(domain))
    ]


@contextmanager
def refused_explosion(program: Program, layer: int, limit: int) -> Iterator[None]:
    """Turns diagrams that grow too large into the refusal of the step."""
    try:
        yield
    except TooLarge:
        raise AltacError([too_many_rules(program, layer, {}, limit)]) from None


def too_many_rules(program: Program, layer: int, counts: Mapping[str, int], limit: int) -> TooManyRules:
    """The refusal: the assignment of a layer that needs most, and what it depends on.

    Args:
        counts: the rules of each variable, as far as they are known.
    """
    domains = dict(program.state(layer))
    depends: dict[str, set[str]] = {}
    spans: dict[str, Span] = {}
    for guard, statement in guarded(program.layers[layer].step):
        if isinstance(statement, Assign):
            exprs = [statement.value] if guard is None else [guard, statement.value]
            depends.setdefault(statement.variable, set()).update(name for expr in exprs for name in reads(expr))
            spans.setdefault(statement.variable, statement.target)
    for name in program.copied_by(layer):
        depends[name], spans[name] = {name}, program.head(name).span

    def size(name: str) -> int:
        return counts.get(name, 0) if counts else prod(len(domains[source]) for source in depends[name])

    worst = max(depends, key=size)
    shown = [f"`{name}` ({len(domains[name])})" for name in domains if name in depends[worst]]
    listed = ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")
    count, most = (f"{sum(counts.values()):,}", f"{counts[worst]:,}") if counts else ("millions of", "most of them")
    return TooManyRules(spans[worst], count, f"{limit:,}", worst, most, listed)


def rule_set(
    program: Program, layer: int, rules: Sequence[Rule] = (), features: Mapping[str, Feature] | None = None
) -> RuleSet:
    """Some rules over what a layer finds, brings and introduces."""
    here, state = program.layers[layer], dict(program.state(layer))
    brought = {head.name for head in here.heads} | {test.name for test in here.tests}
    heads = {name: domain for name, domain in state.items() if name in brought}
    found = {name: domain for name, domain in state.items() if name not in brought}
    introduced = {**program.introduced_by(layer), **program.copied_by(layer)}
    return RuleSet(found, heads, introduced, tuple(rules), features or {}, here.tests, here.numbers)
