"""Fewer rules with the same meaning: cubes that differ in one variable merge, and equal antecedents are one rule."""

from __future__ import annotations

from altac.ir.rules import Antecedent, Change, Rule, RuleSet, cube


def merge_cubes(rules: RuleSet) -> RuleSet:
    """Join rules with the same changes whose antecedents differ in the values of one variable.

    Sound because rules with the same change never fire together: their cubes are disjoint, so the values join without
    overlap. Every round over the variables is linear in the number of rules; it ends when a round joins nothing.

        if a = 0 and b = 1 then x: 0 -> 1
        if a = 0 and b = 2 then x: 0 -> 1      becomes      if a = 0 and b in {1, 2} then x: 0 -> 1
    """
    current = list(rules.rules)
    while True:
        before = len(current)
        for name in rules.domains:
            groups: dict[tuple[Antecedent, tuple[Change, ...]], list[Rule]] = {}
            for rule in current:
                rest = tuple(pair for pair in rule.antecedent if pair[0] != name)
                groups.setdefault((rest, rule.changes), []).append(rule)
            current = []
            for (rest, changes), group in groups.items():
                restricted = [dict(rule.antecedent).get(name) for rule in group]
                if len(group) == 1 or any(values is None for values in restricted):
                    current += group
                    continue
                values = tuple(sorted({value for one in restricted if one is not None for value in one}))
                current.append(Rule(cube({**dict(rest), name: values}, rules.domains), changes))
        if len(current) == before:
            return rules.with_rules(tuple(current))


def share_antecedents(rules: RuleSet) -> RuleSet:
    """Join rules with equal antecedents into one with all their changes.

    if a = 0 then x: 0 -> 1
    if a = 0 then y: 2 -> 3      becomes      if a = 0 then x: 0 -> 1; y: 2 -> 3
    """
    groups: dict[Antecedent, list[Change]] = {}
    for rule in rules.rules:
        groups.setdefault(rule.antecedent, []).extend(rule.changes)
    return rules.with_rules(tuple(Rule(antecedent, tuple(sorted_changes(c))) for antecedent, c in groups.items()))


def sorted_changes(changes: list[Change]) -> list[Change]:
    """By variable; then what adds before what takes away."""
    return sorted(changes, key=lambda change: (change.variable, change.old is not None, change.old, change.new or 0))
