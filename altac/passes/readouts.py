"""Readouts as cubes: where a position is ready to go on, and where it shows the output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from altac.ir.diagram import Diagrams
from altac.ir.expr import Expr, reads
from altac.ir.program import Program
from altac.ir.rules import Canonical, Cubes, ProgramRules, RuleSet
from altac.ir.values import Domain
from altac.passes.lower import rule_set


def with_readouts(program: Program, layers: Sequence[RuleSet]) -> ProgramRules:
    """The rules of all layers together with the readouts."""
    until: dict[int, Cubes] = {}
    for number, entry in enumerate(program.schedule):
        if entry.until is not None:
            after = program.readable_at(entry.layers[-1])
            before = program.readable_at(entry.layers[0] - 1)
            until[number] = lower_readout({name: before[name] for name in before if name in after}, entry.until)
    last = program.readable_at(len(program.layers) - 1)
    asked = {name for entry in program.schedule if entry.until is not None for name in reads(entry.until)}
    if program.output_where is not None:
        asked |= reads(program.output_where)
    variables = {variable.name: variable.domain for variable in program.variables}
    return ProgramRules(
        names=tuple("" if program.is_short else layer.name for layer in program.layers),
        layers=tuple(layers),
        schedule=tuple((entry.layers, entry.times) for entry in program.schedule),
        until=until,
        shown=None if program.output_where is None else lower_readout(last, program.output_where),
        state=variables | {kept.name: kept.domain for kept in program.kept if kept.name in asked},
    )


def without_rules(program: Program) -> ProgramRules:
    """The readouts alone."""
    return with_readouts(program, [rule_set(program, layer) for layer in range(len(program.layers))])


def lower_readout(domains: Mapping[str, Domain], condition: Expr) -> Cubes:
    """Disjoint cubes that cover exactly the combinations of values on which a condition holds."""
    diagrams = Diagrams(list(domains.items()))
    node = diagrams.condition(diagrams.of(condition), condition)
    canonical = Canonical(domains)
    return tuple(canonical(path) for path, _ in diagrams.paths(node, diagrams.false))
