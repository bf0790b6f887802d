"""Plain rules by number: the rule that is looked up is the one that fires."""

from itertools import product

import numpy as np
import pytest

from altac.passes import PlainRules
from altac.passes.plain import lower_plain
from tests.passes.test_lower import STEPS
from tests.support import nonempty, program, small

PROGRAMS = ["parity", "scan", "dyck1", "turing"]


def sources() -> list:
    return [*(small(body, domain="0..1").program for body in STEPS), *(program(name).program for name in PROGRAMS)]


@pytest.mark.parametrize("number", range(len(STEPS) + len(PROGRAMS)))
def test_numbers_are_those_of_the_list(number: int) -> None:
    plain = PlainRules(sources()[number])
    listed = list(plain)
    assert plain.total == len(listed)
    chosen = range(0, len(listed), 1 + len(listed) // 500)
    assert [plain[one] for one in chosen] == [listed[one] for one in chosen]
    with pytest.raises(IndexError):
        plain[len(listed)]


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_the_rule_that_fires_is_the_one_whose_antecedent_holds(number: int) -> None:
    one = sources()[number]
    rules = lower_plain(one).rules
    names = [name for name, _ in one.state]
    combinations = list(product(*(range(len(domain)) for _, domain in one.state)))
    columns = {name: np.array([c[place] for c in combinations]) for place, name in enumerate(names)}
    fired = PlainRules(one).fired(columns)
    for row, combination in enumerate(nonempty(combinations)):
        values = dict(zip(names, combination, strict=True))
        holding = [k for k, rule in enumerate(rules) if all(values[v] in allowed for v, allowed in rule.antecedent)]
        assert sorted(int(found[row]) for found in fired.values() if found[row] >= 0) == holding
        for name, found in fired.items():
            assert found[row] < 0 or rules[int(found[row])].changes[0].variable == name


def test_rules_of_a_run_say_what_changed() -> None:
    compiled = program("scan")
    plain = PlainRules(compiled.program)
    trace = compiled.interpreter
    tokens = [trace.interface.tokens(text) for text in ("walk around left thrice and jump", "turn right")]
    before = None
    for layer in nonempty(trace.layers(tokens)):
        if before is not None:
            valid = layer.heads["verb"] >= 0
            state = {**{k: v[valid] for k, v in before.items()}, **{k: v[valid] for k, v in layer.heads.items()}}
            for name, numbers in plain.fired(state).items():
                after = layer.variables[name][valid]
                assert ((numbers >= 0) == (after != state[name])).all()
                for number, old, new in zip(numbers.tolist(), state[name].tolist(), after.tolist(), strict=True):
                    if number >= 0:
                        (change,) = plain[number].changes
                        assert (change.variable, change.old, change.new) == (name, old, new)
        before = layer.variables
