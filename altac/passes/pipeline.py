"""Which passes run at which level."""

from __future__ import annotations

from altac.ir.program import Program
from altac.ir.rules import RuleSet
from altac.passes.features import Terms, candidates, coarsen_features
from altac.passes.lower import lower_plain, lower_sums
from altac.passes.share import merge_cubes, share_antecedents

LEVELS = (0, 1, 2)


def lower_program(program: Program, level: int) -> RuleSet:
    """The rules of a program's step.

    Args:
        level: 0 for one rule per combination of single values; from 1 on cubes, merged and shared; from 2 on sums are
            features, wherever that makes fewer hidden units.

    Raises:
        AltacError: if there would be too many.
    """
    if level == 0:
        return lower_plain(program)
    return compact(program, {}) if level == 1 else with_features(program)


def compact(program: Program, chosen: dict[str, Terms]) -> RuleSet:
    """Cubes, merged and shared, that read the chosen sums as features."""
    return share_antecedents(merge_cubes(coarsen_features(merge_cubes(lower_sums(program, chosen)))))


def with_features(program: Program) -> RuleSet:
    """The smallest rule set found: from no features and from all of them, each tried the other way once."""
    known = candidates(program)
    best = compact(program, {})
    chosen: dict[str, Terms] = {}
    if len(known) > 1:
        every = compact(program, known)
        if every.units < best.units:
            best, chosen = every, dict(known)
    for name in known:
        flipped = {one: terms for one, terms in known.items() if (one in chosen) != (one == name)}
        found = compact(program, flipped)
        if found.units < best.units:
            best, chosen = found, flipped
    return best
