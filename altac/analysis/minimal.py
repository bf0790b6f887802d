"""The minimal program of some inputs: its plain rules are those that fire on them, and no others.

It is what a learner would have that learns what it is shown and nothing beyond: where the rule that should fire is not
in the set, the variable keeps its value.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from altac.engine.trace import Indices
from altac.interpret import Interpreter
from altac.ir.rules import RuleSet
from altac.passes import PlainRules
from altac.passes.lower import rule_set
from altac.passes.readouts import with_readouts


class MinimalInterpreter(Interpreter):
    """An engine that runs a program with some of its plain rules.

    Such a run can fail in ways that those of the program cannot: it may never halt, and heads may meet positions that
    disagree.
    """

    def __init__(self, plain: PlainRules, kept: Collection[int]) -> None:
        super().__init__(plain.program)
        self.plain = plain
        self.kept = np.array(sorted(kept), np.int64)

    def _after(self, state: dict[str, Indices], heads: dict[str, Indices], lengths: Indices) -> dict[str, Indices]:
        after = super()._after(state, heads, lengths)
        valid = np.arange(next(iter(state.values())).shape[1]) < lengths[:, None]
        here = {name: values[valid] for name, values in (*state.items(), *heads.items())}
        for name, rules in self.plain.fired(here).items():
            missing = (rules >= 0) & ~np.isin(rules, self.kept)
            after[name][valid] = np.where(missing, here[name], after[name][valid])
        return after


def minimal_rules(plain: PlainRules, kept: Collection[int]) -> RuleSet:
    """Some of a program's plain rules, in the order of their numbers, and its readouts."""
    return with_readouts(plain.program, rule_set(plain.program, [plain[number] for number in sorted(kept)]))
