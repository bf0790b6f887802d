"""Which passes run at which level."""

from __future__ import annotations

from altac.ir.program import Program
from altac.ir.rules import RuleSet
from altac.passes.lower import lower_plain, lower_sums
from altac.passes.share import merge_cubes, share_antecedents

LEVELS = (0, 1, 2)


def lower_program(program: Program, level: int) -> RuleSet:
    """The rules of a program's step.

    Args:
        level: 0 for one rule per combination of single values; from 1 on cubes, merged and shared.

    Raises:
        AltacError: if there would be too many.
    """
    if level == 0:
        return lower_plain(program)
    return share_antecedents(merge_cubes(lower_sums(program)))
