"""Readouts as cubes: where a position is ready to go on, and where it shows the output."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from altac.ir.diagram import Diagrams
from altac.ir.expr import Expr
from altac.ir.numbers import is_open
from altac.ir.program import Program
from altac.ir.rules import Canonical, Cubes, ProgramRules, RuleSet
from altac.ir.values import Domain
from altac.passes.lower import rule_set


def with_readouts(program: Program, layers: Sequence[RuleSet]) -> ProgramRules:
    """The rules of all layers together with the readouts."""
    domains = readable(program)
    until: dict[int, Cubes] = {}
    for number, entry in enumerate(program.schedule):
        if entry.until is not None:
            standing = program.readable_at(entry.layers[0] - 1).keys() & program.readable_at(entry.layers[-1]).keys()
            until[number] = lower_readout(entry.until, domains, standing)
    where, last = program.output_where, program.readable_at(len(program.layers) - 1)
    shown = None if where is None else lower_readout(where, domains, last)
    read = {name for cubes in (*until.values(), shown or ()) for cube in cubes for name, _ in cube}
    read |= {variable.name for variable in program.variables}
    return ProgramRules(
        names=program.layer_names,
        layers=tuple(layers),
        schedule=tuple((entry.layers, entry.times) for entry in program.schedule),
        until=until,
        shown=shown,
        state={name: domain for name, domain in domains.items() if name in read},
    )


def without_rules(program: Program) -> ProgramRules:
    """The readouts alone."""
    return with_readouts(program, [rule_set(program, layer) for layer in range(len(program.layers))])


def readable(program: Program) -> dict[str, Domain]:
    """All that some readout could read, in the order of layers."""
    kept = {part.name for part in program.kept}
    found = {variable.name: variable.domain for variable in program.variables if not is_open(variable.domain)}
    for number, layer in enumerate(program.layers):
        made = {**program.introduced_by(number), **{head.name: head.domain for head in layer.heads}}
        found |= {name: domain for name, domain in made.items() if name in kept and not is_open(domain)}
    return found


def lower_readout(condition: Expr, state: Mapping[str, Domain], standing: Collection[str]) -> Cubes:
    """Disjoint cubes that cover exactly the combinations of what stands there on which a condition holds."""
    diagrams = Diagrams([(name, domain) for name, domain in state.items() if name in standing])
    node = diagrams.condition(diagrams.of(condition), condition)
    canonical = Canonical(state)
    return tuple(canonical(path) for path, _ in diagrams.paths(node, diagrams.false))
