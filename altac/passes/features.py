"""Arithmetic by thresholds: sums of variables that a step computes or compares become features.

In one-hot coordinates an affine expression such as `a + b - c` is linear, so one hidden unit decides whether it reaches
a number; the rules then read the sum instead of every combination of its terms. Equality of two variables with any
values is such a comparison too, of the numbers of their values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import gcd

from altac.ir.diagram import Diagrams, Node
from altac.ir.expr import Apply, Choose, Constant, Expr, Read
from altac.ir.operations import operate
from altac.ir.program import Assign, Program, guarded
from altac.ir.rules import Antecedent, Feature, Rule, RuleSet, feature_name
from altac.ir.values import Domain, value_key

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
MOST_SUMS = 4096  # values of a sum that are kept apart at first

Terms = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Affine:
    """`offset` plus the weights of the values of some variables."""

    weights: dict[str, tuple[int, ...]]
    offset: int

    def plus(self, other: Affine) -> Affine:
        weights = dict(self.weights)
        for name, mine in other.weights.items():
            present = weights.get(name)
            weights[name] = mine if present is None else tuple(a + b for a, b in zip(present, mine, strict=True))
        return Affine({name: own for name, own in weights.items() if any(own)}, self.offset + other.offset)

    def times(self, factor: int) -> Affine:
        return Affine({n: tuple(factor * w for w in own) for n, own in self.weights.items()}, factor * self.offset)


@dataclass(frozen=True)
class Sum:
    """An affine expression in normal form: `scale * s + offset`, where s is the sum of the terms' weights."""

    terms: Terms
    scale: int
    offset: int


def affine(expr: Expr) -> Affine | None:
    """A whole-numbered affine expression, if it is one."""
    match expr:
        case Constant() if _whole(expr.value):
            return Affine({}, expr.value)  # type: ignore[arg-type]
        case Read() if all(_whole(value) for value in expr.domain):
            return Affine({expr.name: expr.domain.values}, 0)  # type: ignore[dict-item]
        case Apply(op="negative", arguments=(inner,)):
            operand = affine(inner)
            return None if operand is None else operand.times(-1)
        case Apply(op="+" | "-" as op, arguments=(left, right)):
            first, second = affine(left), affine(right)
            if first is None or second is None:
                return None
            return first.plus(second if op == "+" else second.times(-1))
        case Apply(op="*", arguments=(left, right)):
            first, second = affine(left), affine(right)
            if first is None or second is None or (first.weights and second.weights):
                return None
            return first.times(second.offset) if first.weights else second.times(first.offset)
    return None


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def normal(expression: Affine | None) -> Sum | None:
    """The normal form of an affine expression of two or more variables: no common factor, first weights ascending."""
    if expression is None or len(expression.weights) < 2:
        return None
    names = sorted(expression.weights)
    steps = {name: [w - expression.weights[name][0] for w in expression.weights[name]] for name in names}
    scale = gcd(*(step for name in names for step in steps[name]))
    if scale == 0:
        return None
    if next(step for name in names for step in steps[name] if step) < 0:
        scale = -scale
    offset, terms = expression.offset, []
    for name in names:
        weights = expression.weights[name]
        if any(weight % scale for weight in weights):  # all leave the same remainder
            offset += weights[0]
            weights = tuple(steps[name])
        terms.append((name, tuple(weight // scale for weight in weights)))
    return Sum(tuple(terms), scale, offset)


def comparison(expr: Expr) -> tuple[str, Sum] | None:
    """A comparison as one of a sum with zero: of affine expressions, or the equality of two variables."""
    if not isinstance(expr, Apply) or expr.op not in COMPARISONS:
        return None
    left, right = expr.arguments
    first, second = affine(left), affine(right)
    if first is not None and second is not None:
        difference = normal(first.plus(second.times(-1)))
        return None if difference is None else (expr.op, difference)
    if expr.op in ("==", "!=") and isinstance(left, Read) and isinstance(right, Read) and left.name != right.name:
        numbering = Domain.of((*left.domain, *right.domain))
        codes = [{value_key(value): number for number, value in enumerate(numbering)}] * 2
        weights = [
            tuple(code[value_key(value)] for value in read.domain)
            for read, code in zip((left, right), codes, strict=True)
        ]
        difference = normal(Affine({left.name: weights[0], right.name: tuple(-w for w in weights[1])}, 0))
        return None if difference is None else (expr.op, difference)
    return None


def candidates(program: Program, layer: int) -> dict[str, Terms]:
    """Sums of two or more variables in a layer's step, each with the name of a feature; in the order of the text."""
    found: dict[Terms, None] = {}
    seen: set[Expr] = set()
    stack: list[Expr] = []
    for guard, statement in guarded(program.layers[layer].step):
        stack += [
            expr for expr in (guard, statement.value if isinstance(statement, Assign) else None) if expr is not None
        ]
    while stack:
        expr = stack.pop(0)
        if expr in seen:
            continue
        seen.add(expr)
        whole = normal(affine(expr))
        compared = comparison(expr)
        for total in (whole, compared[1] if compared else None):
            if total is not None and len(sums(total.terms)) <= MOST_SUMS:
                found.setdefault(total.terms)
        if isinstance(expr, Apply):
            stack += expr.arguments
        elif isinstance(expr, Choose):
            stack += (expr.condition, expr.then, expr.other)
    return {feature_name(number): terms for number, terms in enumerate(found, 1)}


def sums(terms: Terms) -> list[int]:
    """Every value that a sum can take, in ascending order."""
    totals = {0}
    for _, weights in terms:
        totals = {total + weight for total in totals for weight in weights}
        if len(totals) > MOST_SUMS:
            break
    return sorted(totals)


def full_feature(terms: Terms) -> Feature:
    """A feature with a value of its own for every sum."""
    return Feature(terms, tuple(sums(terms)[1:]))


class Substitution:
    """Reads sums from features rather than from their terms, where there is a feature."""

    def __init__(self, chosen: dict[str, Terms]) -> None:
        self.names = {terms: name for name, terms in chosen.items()}
        self.values = {name: sums(terms) for name, terms in chosen.items()}

    def __call__(self, diagrams: Diagrams, expr: Expr) -> Node | None:
        if not isinstance(expr, Apply):
            return None
        whole = normal(affine(expr))
        if whole is not None and whole.terms in self.names:
            return self.read(diagrams, whole, lambda total: total)
        compared = comparison(expr)
        if compared is not None and compared[1].terms in self.names:
            op, difference = compared
            return self.read(diagrams, difference, lambda total: operate(op, (total, 0)))
        return None

    def read(self, diagrams: Diagrams, wanted: Sum, function: object) -> Node:
        name = self.names[wanted.terms]
        values = self.values[name]
        assert callable(function)
        return diagrams.apply(
            lambda place: function(wanted.scale * values[place] + wanted.offset), diagrams.variable(name)
        )


def coarsen_features(rules: RuleSet) -> RuleSet:
    """Drop cuts that no rule needs, and features that no rule reads.

    Two neighbouring values of a feature that occur in the same rules need not be kept apart. Nor need one that occurs
    in no rule, where each rule with its neighbour rules such sums out by what else it reads.

        feature sum.1 = a + b cut at {1, 2, 3}
        if sum.1 in {2, 3} then x: 0 -> 1
        becomes
        feature sum.1 = a + b cut at {2}
        if sum.1 = 1 then x: 0 -> 1
    """
    features: dict[str, Feature] = {}
    renumbered: dict[str, list[int]] = {}
    for name, feature in rules.features.items():
        members: list[set[int]] = [set() for _ in feature.domain]
        for number, rule in enumerate(rules.rules):
            for value in dict(rule.antecedent).get(name, ()):
                members[value].add(number)
        adopt_neighbours(members, feature, rules)
        kept = [cut for cut, left, right in zip(feature.cuts, members, members[1:], strict=False) if left != right]
        places = [0]
        for left, right in pairwise(members):
            places.append(places[-1] + (left != right))
        renumbered[name] = places
        if kept:
            features[name] = Feature(feature.terms, tuple(kept))
    new = tuple(Rule(_renumber(rule.antecedent, renumbered), rule.changes) for rule in rules.rules)
    return replace(rules, rules=new, features=features)


def adopt_neighbours(members: list[set[int]], feature: Feature, rules: RuleSet) -> None:
    """Let values that occur in no rule count as one next to them, where no rule would fire that did not."""
    # value v has the sums from borders[v] to below borders[v + 1]
    borders = [float("-inf"), *feature.cuts, float("inf")]
    for value, other in [*pairwise(range(len(members)))][::-1] + [(v, v - 1) for v in range(1, len(members))]:
        if members[value] or not members[other]:
            continue
        ranges = [attainable(feature, rules.rules[number].antecedent) for number in members[other]]
        if all(high < borders[value] or low >= borders[value + 1] for low, high in ranges):
            members[value] = members[other]


def attainable(feature: Feature, antecedent: Antecedent) -> tuple[int, int]:
    """The least and the greatest sum that the values which an antecedent reads allow."""
    allowed = dict(antecedent)
    chosen = [[weights[index] for index in allowed.get(name, range(len(weights)))] for name, weights in feature.terms]
    return sum(map(min, chosen)), sum(map(max, chosen))


def _renumber(antecedent: Antecedent, places: dict[str, list[int]]) -> Antecedent:
    def values(name: str, indices: Iterable[int]) -> tuple[int, ...]:
        return tuple(sorted({places[name][index] for index in indices})) if name in places else tuple(indices)

    return tuple(
        (name, values(name, indices)) for name, indices in antecedent if name not in places or places[name][-1]
    )
