"""The minimal program of some inputs: its plain rules are those that fire on them, and no others.

It is what a learner would have that learns what it is shown and nothing beyond: where the rule that should fire is not
in the set, a variable keeps its value, and what a layer introduces has none, which ends the run.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from altac.diagnostics.run_errors import StateUnclear
from altac.engine.trace import NO_VALUE, Indices, Layer
from altac.interpret import Interpreter
from altac.interpret.interpreter import Run, take
from altac.ir.rules import ProgramRules, Rule
from altac.passes import PlainRules
from altac.passes.lower import copies, rule_set
from altac.passes.readouts import with_readouts


class MinimalInterpreter(Interpreter):
    """An engine that runs a program with some of its plain rules.

    Such a run can fail in ways that those of the program cannot: it may never halt, heads may meet positions that
    disagree, and there may be no value where one is needed.
    """

    def __init__(self, plain: PlainRules, kept: Collection[int]) -> None:
        super().__init__(plain.program)
        self.plain = plain
        self.kept = np.array(sorted(kept), np.int64)

    def _layer(
        self, place: int, rounds: int, rows: Indices, run: Run, saved: dict[str, Indices] | None, whole: bool
    ) -> Layer:
        layer = super()._layer(place, rounds, rows, run, saved, whole)
        introduced = [layer.variables[name] for name in self.program.layers[place].introduced]
        without = np.zeros(len(layer.rows), np.bool_)
        for values in introduced:
            without |= (values == NO_VALUE).any(axis=1)
        if not without.any():
            return layer
        run.alive[layer.rows[without]] = False
        numbers = dict(zip(layer.rows[without].tolist(), layer.numbers[without].tolist(), strict=True))
        return replace(
            layer,
            numbers=layer.numbers[~without],
            rows=layer.rows[~without],
            heads=take(layer.heads, ~without),
            variables=take(layer.variables, ~without),
            kept=take(layer.kept, ~without),
            errors={**layer.errors, **dict.fromkeys(numbers, StateUnclear(None))},
            failed={**layer.failed, **numbers},
            told=None if layer.told is None else layer.told.of(~without),
        )

    def _after(
        self, layer: int, state: dict[str, Indices], heads: dict[str, Indices], lengths: Indices
    ) -> dict[str, Indices]:
        after = super()._after(layer, state, heads, lengths)
        shape = next(iter(after.values())).shape
        valid = np.arange(shape[1]) < lengths[:, None]
        found = {**state, **heads}
        here = {name: found[name][valid] for name, _ in self.program.state(layer)}
        for name, rules in self.plain.fired(layer, here).items():
            missing = (rules >= 0) & ~np.isin(rules, self.kept)
            after[name][valid] = np.where(missing, here.get(name, NO_VALUE), after[name][valid])
        return after


def minimal_rules(plain: PlainRules, kept: Collection[int]) -> ProgramRules:
    """Some of a program's plain rules, in the order of their numbers, and its readouts."""
    program = plain.program
    rules: list[list[Rule]] = [[] for _ in program.layers]
    for number in sorted(kept):
        rules[plain.layer_of(number)].append(plain[number])
    layers = [rule_set(program, layer, found + copies(program, layer)) for layer, found in enumerate(rules)]
    return with_readouts(program, layers)
