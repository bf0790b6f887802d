"""Fewer rules with the same meaning: cubes that differ in one variable merge, and equal antecedents are one rule."""

from __future__ import annotations

from operator import itemgetter

from altac.ir.rules import Antecedent, Change, Rule, RuleSet


def merge_cubes(rules: RuleSet) -> RuleSet:
    """Join rules with the same changes whose antecedents differ in the values of one variable.

    Sound because rules with the same change never fire together: their cubes are disjoint, so the values join without
    overlap. Every round is linear in the size of the antecedents that read something; the last is the one that joins
    nothing, and there are at most as many as the number of rules has binary digits. (Programs need two or three.)

        if a = 0 and b = 1 then x: 0 -> 1
        if a = 0 and b = 2 then x: 0 -> 1      becomes      if a = 0 and b in {1, 2} then x: 0 -> 1
    """
    groups: dict[tuple[Change, ...], list[tuple[int, Antecedent]]] = {}
    for place, rule in enumerate(rules.rules):
        groups.setdefault(rule.changes, []).append((place, rule.antecedent))
    sizes = {name: len(domain) for name, domain in rules.domains.items()}
    order = {name: number for number, name in enumerate(sizes)}
    merged = []
    for changes, group in groups.items():
        names = sorted({name for _, antecedent in group for name, _ in antecedent}, key=order.__getitem__)
        for _ in range(len(group).bit_length() + 1):
            before = len(group)
            for name in names:
                group = join(group, name, sizes[name])
            if len(group) == before:
                break
        merged += [(place, Rule(antecedent, changes)) for place, antecedent in group]
    return rules.with_rules(tuple(rule for _, rule in sorted(merged, key=itemgetter(0))))


def join(group: list[tuple[int, Antecedent]], name: str, size: int) -> list[tuple[int, Antecedent]]:
    """Join antecedents that differ in the values of one variable; each keeps the place of its first."""
    result: list[tuple[int, Antecedent]] = []
    alike: dict[Antecedent, list[tuple[int, Antecedent]]] = {}
    for place, antecedent in group:
        rest = tuple(pair for pair in antecedent if pair[0] != name)
        if len(rest) == len(antecedent):
            result.append((place, antecedent))
        else:
            alike.setdefault(rest, []).append((place, antecedent))
    for rest, members in alike.items():
        place, first = members[0]
        if len(members) == 1:
            result.append((place, first))
            continue
        values = tuple(
            sorted(
                index for _, member in members for variable, indices in member if variable == name for index in indices
            )
        )
        whole = len(values) == size
        joined = (
            rest if whole else tuple((variable, values if variable == name else indices) for variable, indices in first)
        )
        result.append((min(place for place, _ in members), joined))
    return result


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
