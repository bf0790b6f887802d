"""Which parts the residual stream of a compiled program has."""

from __future__ import annotations

from altac.backend.thresholds import head_buckets, is_late
from altac.ir.program import Head, Program, Variable
from altac.ir.rules import RuleSet
from altac.ir.stream import Kind, Part, Stream

ATTENTION, FIRST_MLP, SECOND_MLP = 1, 2, 3  # the number of sub-layers after which something stands


def build_stream(program: Program, rules: RuleSet, with_mlps: bool = True) -> Stream:
    """Variables, then heads, then one-hot forms of scalar variables, then features of the rules.

    Args:
        with_mlps: whether MLPs make one-hot forms of numbers, for the rules; they have no part otherwise.
    """
    parts = [variable_part(variable) for variable in program.variables]
    for head in program.heads:
        if head.is_numeric:
            parts.append(number_part(head))
        if with_mlps or not head.is_numeric:
            parts.append(Part(head.name, Kind.HEAD, head.domain, FIRST_MLP if head.is_numeric else ATTENTION))
    if with_mlps:
        scalars = [variable for variable in program.variables if variable.scalar]
        parts += [Part(scalar.name, Kind.ONE_HOT, scalar.domain, FIRST_MLP) for scalar in scalars]
    for name, feature in rules.features.items():
        after = SECOND_MLP if is_late(feature, program) else FIRST_MLP
        parts.append(Part(name, Kind.FEATURE, feature.domain, after))
    return Stream(tuple(parts))


def variable_part(variable: Variable) -> Part:
    return Part(variable.name, Kind.SCALAR if variable.scalar else Kind.VARIABLE, variable.domain, 0)


def number_part(head: Head) -> Part:
    """What a counting or averaging head brings; its borders are those that hidden units look for."""
    buckets = head_buckets(head)
    borders = tuple(float(border.middle) for border in buckets.borders)
    return Part(head.name, Kind.NUMBER, head.domain, ATTENTION, borders, buckets.values)
