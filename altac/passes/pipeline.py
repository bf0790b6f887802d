"""Which passes run at which level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from altac.diagnostics import AltacError
from altac.ir.program import Program
from altac.ir.rules import ProgramRules, RuleSet
from altac.passes.features import Terms, candidates, coarsen_features
from altac.passes.lower import MOST_CUBES, lower_sums
from altac.passes.plain import lower_plain
from altac.passes.readouts import without_rules
from altac.passes.share import merge_cubes, share_antecedents

LEVELS = (0, 1, 2)


@dataclass(frozen=True)
class Stage:
    """The rules of all layers after a pass, and the name of the pass."""

    name: str
    rules: ProgramRules


def lower_program(program: Program, level: int) -> ProgramRules:
    """The rules of a program's layers.

    Args:
        level: 0 for one rule per combination of single values; from 1 on cubes, merged and shared; from 2 on sums are
            features, wherever that makes fewer hidden units of a layer.

    Raises:
        AltacError: if there would be too many.
    """
    *_, last = run_passes(program, level)
    return last.rules


def run_passes(program: Program, level: int) -> Iterator[Stage]:
    """Every pass of a level, in order; the last stage has the rules that become weights.

    Where the cubes of some layer are too many without features, there are no stages before these.

    Raises:
        AltacError: if there would be too many rules.
    """
    readouts = without_rules(program)  # no pass changes them
    layers = [dict(layer_passes(program, layer, level)) for layer in range(len(program.layers))]
    for name in min(layers, key=len):
        yield Stage(name, replace(readouts, layers=tuple(stages[name] for stages in layers)))


def layer_passes(program: Program, layer: int, level: int) -> Iterator[tuple[str, RuleSet]]:
    """The rules of one layer after every pass, by its name."""
    if level == 0:
        yield "plain rules", lower_plain(program, layer)
        return
    try:
        rules = lower_sums(program, layer)
    except AltacError:
        found = with_features(program, layer, None) if level == 2 else None
        if found is None:  # sums as features do not help either
            raise
        yield "features", found
        return
    yield "cubes", rules
    rules = merge_cubes(rules)
    yield "merged", rules
    rules = share_antecedents(rules)
    yield "shared", rules
    if level == 2:
        yield "features", with_features(program, layer, rules) or rules


def compact(program: Program, layer: int, chosen: dict[str, Terms], most: int = MOST_CUBES) -> RuleSet:
    """Cubes of a layer, merged and shared, that read the chosen sums as features.

    Raises:
        AltacError: if there are more than `most` cubes before they are merged.
    """
    return share_antecedents(merge_cubes(coarsen_features(merge_cubes(lower_sums(program, layer, chosen, most)))))


def with_features(program: Program, layer: int, best: RuleSet | None) -> RuleSet | None:
    """The smallest rule set found: from no features (`best`) and from all of them, each tried the other way once.

    Without features there may be too many rules; then `best` is None, and so is the result if nothing else fits.

    That lowers the step once for every sum in its text and twice more. Which sums pay depends on which others are
    features, so each choice has to be lowered to be measured; all 2^n choices are not tried. The number of sums does
    not grow with domains or rules.

    So the time is linear in the rules *without* features, which can be as many as the square of those that are left:
    equality of two variables of n values needs n^2 pairs, or n sums. To know what a feature saves, both are counted;
    and the matrices of n units for n values have n^2 numbers in any case.
    """
    known = candidates(program, layer)
    chosen: dict[str, Terms] = {}
    for name in ([""] if len(known) > 1 else []) + list(known):  # "" flips all of them
        selected = {
            feature: terms for feature, terms in known.items() if (feature in chosen) != (name in ("", feature))
        }
        # Merging seldom leaves less than a twentieth, so a choice with far more cubes is not worth its time.
        most = MOST_CUBES if best is None else min(MOST_CUBES, 20 * best.units + 1000)
        try:
            found = compact(program, layer, selected, most)
        except AltacError:
            continue
        if best is None or found.units < best.units:
            best, chosen = found, selected
    return best
