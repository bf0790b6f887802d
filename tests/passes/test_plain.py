"""Plain rules by number: the rule that is looked up is the one that fires."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from altac.engine.trace import transitions
from altac.ir.numbers import NUMBERS
from altac.passes import PlainRules
from altac.passes.plain import lower_plain
from tests.passes.test_layers import LAYERED, layered
from tests.passes.test_lower import STEPS
from tests.support import nonempty, program, small

PROGRAMS = ["parity", "scan", "dyck1", "turing"]


def sources() -> list:
    bodies, names = (small(body, domain="0..1") for body in STEPS), (program(name) for name in PROGRAMS)
    return [one.program for one in (*bodies, *names, *(layered(name) for name in LAYERED))]


@pytest.mark.parametrize("number", range(len(STEPS) + len(PROGRAMS) + len(LAYERED)))
def test_numbers_are_those_of_the_list(number: int) -> None:
    plain = PlainRules(sources()[number])
    listed = list(plain)
    assert plain.total == len(listed)
    chosen = range(0, len(listed), 1 + len(listed) // 500)
    assert [plain[one] for one in chosen] == [listed[one] for one in chosen]
    with pytest.raises(IndexError):
        plain[len(listed)]


def test_the_text_of_a_rule_has_the_amount_that_it_adds_to_a_number() -> None:
    """Whatever numbers this process has met before: `number` has an index for each of those."""
    NUMBERS.index(Fraction(99, 7))
    plain = PlainRules(program("linear_model").program)
    texts = [plain.text(number) for number in range(plain.total)]
    assert "always grade: -> -79/5" in texts


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_the_rule_that_fires_is_the_one_whose_antecedent_holds(number: int) -> None:
    one = sources()[number]
    rules = lower_plain(one, 0).rules
    names = [name for name, _ in one.state(0)]
    combinations = list(product(*(range(len(domain)) for _, domain in one.state(0))))
    columns = {name: np.array([c[place] for c in combinations]) for place, name in enumerate(names)}
    fired = PlainRules(one).fired(0, columns)
    for row, combination in enumerate(nonempty(combinations)):
        values = dict(zip(names, combination, strict=True))
        holding = [k for k, rule in enumerate(rules) if all(values[v] in allowed for v, allowed in rule.antecedent)]
        assert sorted(int(found[row]) for found in fired.values() if found[row] >= 0) == holding
        for name, found in fired.items():
            assert found[row] < 0 or rules[int(found[row])].changes[0].variable == name


RUNS = {
    "scan": ["walk around left thrice and jump", "turn right"],
    **{name: ["0 1 2 3 1", "3 3 0", "1"] for name in LAYERED},
}


@pytest.mark.parametrize("name", RUNS)
def test_rules_of_a_run_say_what_changed(name: str) -> None:
    """Between the states before and after a layer, one rule of that layer accounts for each difference."""
    one = layered(name) if name in LAYERED else program(name)
    plain = PlainRules(one.program)
    layers = one.interpreter.layers([one.interpreter.interface.tokens(text) for text in RUNS[name]])
    for before, layer in nonempty(transitions(layers)):
        found = {**before, **layer.heads}
        valid = layer.variables["token"] >= 0
        state = {name: found[name][valid] for name, _ in one.program.state(layer.place)}
        fired = plain.fired(layer.place, state)
        assert set(one.program.introduced_by(layer.place)) <= set(fired)
        for name in {variable.name for variable in one.program.variables} - set(fired):
            assert (layer.variables[name][valid] == state[name]).all()
        for name, numbers in fired.items():
            after, old = layer.variables[name][valid], state.get(name)
            assert ((numbers >= 0) == (True if old is None else after != old)).all()
            for place in range(len(numbers)):
                if numbers[place] >= 0:
                    number = int(numbers[place])
                    (change,) = plain[number].changes
                    ends = None if old is None else old[place], after[place]
                    assert (change.variable, change.old, change.new) == (name, *ends)
                    assert plain.layer_of(number) == layer.place
