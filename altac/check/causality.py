"""Whether a program is causal: what a position knows, after each run, depends on itself and on what stands before it.

Heads are all that looks at other positions. A loop looks at all of them, since it ends when a condition holds at each.
So it is causal only if a position at which the condition holds is settled: no layer of the loop changes a variable
there. Then rounds that only later positions need change nothing, and no loop leaves anything but variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from altac.check.problems import shown
from altac.check.scope import Reports, Scope
from altac.diagnostics import AltacError
from altac.diagnostics.causal_errors import LooksAhead, LoopGoesOn
from altac.diagnostics.domain_errors import StepTooLarge
from altac.ir.diagram import Budget, Diagrams, Fault, Node, TooLarge
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
    try:
        found = unsettled(program, until, layer, scope.around.proofs)
    except TooLarge:
        raise AltacError([StepTooLarge(entry.span, (), "too many")]) from None
    if found is not None:
        statement, witness = found
        raise AltacError([LoopGoesOn(statement.written, statement.variable, until.span.text, shown(witness))])


def is_settled(program: Program, entry: Entry) -> bool:
    """Whether no layer of a loop changes a variable at a position where its condition holds, as far as can be proved.

    Then the state is a fixed point as soon as it holds everywhere.
    """
    assert entry.until is not None
    try:
        return all(unsettled(program, entry.until, layer, Budget()) is None for layer in entry.layers)
    except TooLarge:
        return False


def unsettled(program: Program, until: Expr, layer: int, budget: Budget) -> tuple[Assign, Mapping[str, Value]] | None:
    """An assignment of a layer that changes a variable where a condition holds, with values for which it does.

    Raises:
        TooLarge: if the budget does not suffice to find out.
    """
    here = program.layers[layer]
    diagrams = Diagrams(program.state(layer), budget=budget)
    sums = {one.name: dict(one.terms) for one in here.numbers}
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
            return statement, witness
    return None


def differs(new: Any, old: Value) -> bool:
    """Whether a value is another one; an operator without a value stands where the statement never runs."""
    return not isinstance(new, Fault) and bool(value_key(new) != value_key(old))


def true_where(diagrams: Diagrams, guard: Expr) -> Node:
    """Where a condition holds."""
    return diagrams.apply(lambda leaf: leaf is True, diagrams.of(guard))
