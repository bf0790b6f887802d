"""Readouts as cubes: where a position is ready to halt, and where it shows the output."""

from __future__ import annotations

from dataclasses import replace

from altac.ir.diagram import Diagrams
from altac.ir.expr import Expr
from altac.ir.program import Program
from altac.ir.rules import Canonical, Cubes, RuleSet


def with_readouts(program: Program, rules: RuleSet) -> RuleSet:
    """The rules of a program's step together with its readouts."""
    return replace(rules, halt=lower_readout(program, program.halt), shown=lower_readout(program, program.output_where))


def lower_readout(program: Program, condition: Expr | None) -> Cubes | None:
    """Disjoint cubes that cover exactly the combinations of variables on which a condition holds."""
    if condition is None:
        return None
    domains = {variable.name: variable.domain for variable in program.variables}
    diagrams = Diagrams(list(domains.items()))
    node = diagrams.condition(diagrams.of(condition), condition)
    canonical = Canonical(domains)
    return tuple(canonical(path) for path, _ in diagrams.paths(node, diagrams.false))
