"""Whether a program is causal: what a position knows, after each run, depends on itself and on what stands before it.

Heads are all that looks at other positions. A loop looks at all of them, since it ends when a condition holds at each.
So it is causal only if a position at which the condition holds is settled: no layer of the loop changes a variable
there. Then rounds that only later positions need change nothing, and no loop leaves anything but variables.
"""

from __future__ import annotations

from typing import Any

from altac.check.problems import shown
from altac.check.scope import Reports, Scope
from altac.diagnostics import AltacError
from altac.diagnostics.causal_errors import LooksAhead, LoopGoesOn
from altac.diagnostics.domain_errors import StepTooLarge
from altac.ir.diagram import Diagrams, Fault, Node, TooLarge
from altac.ir.expr import Expr, Read
from altac.ir.program import Assign, Entry, Program, guarded
from altac.ir.values import Value, value_key


def check_causality(program: Program, scope: Scope, reports: Reports) -> None:
    """Report every head that looks ahead, and every loop that later positions keep going."""
    for head in program.heads:
        if any(end is None or end > 0 for _, end in head.offsets.intervals):
            reports.add(LooksAhead(head.span, head.name))
    for entry in program.schedule:
        if entry.until is not None:
            for layer in entry.layers:
                reports.attempt(check_settled, program, entry, entry.until, layer, scope)


def check_settled(program: Program, entry: Entry, until: Expr, layer: int, scope: Scope) -> None:
    """Prove that a layer changes no variable where the condition holds.

    Raises:
        AltacError: if it does, with values for which.
    """
    here = program.layers[layer]
    diagrams = Diagrams(program.state(layer), budget=scope.around.proofs)
    sums = {one.name: dict(one.terms) for one in here.numbers}
    try:
        settled = diagrams.apply(lambda leaf: leaf is True, diagrams.of(until))
        for guard, statement in guarded(here.step):
            if not isinstance(statement, Assign) or statement.variable in here.introduced:
                continue
            name = statement.variable
            runs = settled if guard is None else diagrams.both(settled, true_where(diagrams, guard))
            value = diagrams.of(statement.value)
            if name in sums:
                stays = sums[name] == {name: 1}
                changed = diagrams.apply(lambda leaf, stays=stays: not stays or leaf != 0, value)
            else:
                old = diagrams.of(Read(name, program.variable(name).domain, statement.span))
                changed = diagrams.apply(differs, value, old)
            witness = diagrams.witness(diagrams.both(runs, changed), lambda leaf: leaf is True)
            if witness is not None:
                raise AltacError([LoopGoesOn(statement.written, name, until.span.text, shown(witness))])
    except TooLarge:
        raise AltacError([StepTooLarge(entry.span, (), "too many")]) from None


def differs(new: Any, old: Value) -> bool:
    """Whether a value is another one; an operator without a value stands where the statement never runs."""
    return not isinstance(new, Fault) and bool(value_key(new) != value_key(old))


def true_where(diagrams: Diagrams, guard: Expr) -> Node:
    """Where a condition holds."""
    return diagrams.apply(lambda leaf: leaf is True, diagrams.of(guard))
