"""Lowering against the interpreter: the rules say what the step says, on every combination of values."""

from itertools import product

import numpy as np
import pytest

from altac.backend import assemble
from altac.diagnostics import AltacError
from altac.ir.diagram import Diagrams
from altac.passes import count_plain, lower, lower_program, run_passes
from altac.passes.rule_text import print_rules
from tests.support import compiled, nonempty, program, small

STEPS = [
    "var out: 0..3 = 0\nvar b: bool = false\n"
    "step:\n    if out > 1 and not b:\n        out := out - 1\n        b := true\n"
    "    elif b:\n        out := (out + 2) % 4",
    'var out: 0..3 = 0\nvar s: {"a", "b", "c"} = "a"\nstep:\n    match s, out:\n        case "a", 0 | 1: s := "b"\n'
    '        case "b", x if x > 0: out := x - 1\n        case _, _: s := "c"',
    "var out: (0..2)? = 0\nvar d: 0..2 = 1\nhead h = d at -1\n"
    "step:\n    out := h\n    if h != none and h == d:\n        d := 0",
    "var out: 0..3 = 0\nvar d: 0..3 = 1\nstep:\n    out := d\n    d := out",
]


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("body", STEPS)
def test_rules_say_what_the_step_says(body: str, level: int) -> None:
    one = small(body, domain="0..1", level=level)
    (rules,) = lower_program(one.program, level).layers
    domains = dict(one.program.state(0))
    names = list(domains)
    combinations = list(product(*(range(len(domains[name])) for name in names)))
    columns = {name: np.array([c[place] for c in combinations])[:, None] for place, name in enumerate(names)}
    variables = {v.name: columns[v.name] for v in one.program.variables}
    heads = {h.name: columns[h.name] for h in one.program.heads}
    after = one.interpreter._after(0, variables, heads, np.ones(len(combinations), np.int64))
    for row, combination in enumerate(nonempty(combinations)):
        state = {name: domains[name].values[index] for name, index in zip(names, combination, strict=True)}
        expected = {name: domains[name].values[int(after[name][row, 0])] for name in variables}
        assert rules.after(state) == expected


def test_the_rules_of_parity() -> None:
    assert print_rules(program("parity", 1).rules).splitlines()[4:] == [
        "if parity = 0 and done = false and parity_left = 1 and done_left = true then parity: 0 -> 1",
        "if parity = 1 and done = false and parity_left = 1 and done_left = true then parity: 1 -> 0",
        "if done = false and done_left = true then done: false -> true",
        "halt if done = true",
    ]


def test_plain_rules_have_single_values() -> None:
    for layer in nonempty(program("addition", 0).rules.layers):
        for rule in layer.rules:
            assert all(len(values) == 1 for _, values in rule.antecedent)
            (change,) = rule.changes
            assert change.new is not None
            assert (change.old is None) == (change.variable in layer.introduced)


def test_sums_rather_than_products() -> None:
    body = "var out: 0..40 = 0\nvar d: 0..40 = 1\nstep:\n    out := d"
    assert len(small(body, level=0).rules.rules) == 41 * 40
    assert len(small(body, level=1).rules.rules) == 2 * 41


def test_too_many_rules_are_refused_before_memory_is_gone() -> None:
    text = """program p
input x: {"a"}
var a: 0..99 = 0
var b: 0..99 = 1
var c: 0..999 = 2
step:
    c := (a * a + b * b) % 1000
layers 1
output c
"""
    with pytest.raises(AltacError, match="E0506"):
        lower_program(compiled(text).program, 0)


@pytest.mark.parametrize("name", ["addition", "parity", "scan", "turing"])
def test_plain_rules_are_counted_without_making_them(name: str) -> None:
    assert count_plain(program(name).program) == len(program(name, 0).rules.rules)


def test_passes_have_names_and_never_add_units() -> None:
    stages = list(run_passes(program("subleq").program, 2))
    assert [stage.name for stage in stages] == ["cubes", "merged", "shared", "features"]
    units = [stage.rules.units for stage in stages]
    assert units == sorted(units, reverse=True)
    assert [stage.name for stage in run_passes(program("parity").program, 0)] == ["plain rules"]


EXPLODING = """program p
input x: 0..1
var v0: 0..9 = 0
var v1: 0..9 = 0
var v2: 0..9 = 0
var v3: 0..9 = 0
var v4: 0..9 = 0
var v5: 0..9 = 0
var v6: 0..9 = 0
step:
    if {condition}:
        v6 := v0
layers 1
output v6
"""


def test_paths_that_explode_are_refused_with_their_variables() -> None:
    text = EXPLODING.format(condition="(v0 * v1 + v2) % 7 == (v3 * v4 + v5) % 7")
    with pytest.raises(AltacError) as caught:
        lower_program(compiled(text).program, 2)
    message = str(caught.value)
    assert message.startswith("error[E0506]: the step becomes ")
    assert "`v6` alone needs" in message
    assert "it depends on `v0` (10), `v1` (10), `v2` (10), `v3` (10), `v4` (10), `v5` (10)" in message
    assert "several layers" in message


def test_diagrams_that_explode_are_refused_with_what_they_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lower, "Diagrams", lambda variables, limit, special: Diagrams(variables, 20, special))
    one = small("var a: 0..9 = token\nvar out: 0..90 = 0\nstep:\n    out := a * token", longest="").program
    for level in (0, 1, 2):
        with pytest.raises(AltacError) as caught:
            lower_program(one, level)
        message = str(caught.value)
        assert message.startswith("error[E0506]: the step becomes millions of")
        assert "it depends on `token` (10), `a` (10)" in message


def test_matrices_that_do_not_fit_in_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one = small("var out: 0..9 = 0\nstep:\n    out := token")
    assert len(one.rules.rules) == 20
    monkeypatch.setattr(assemble, "MOST_NUMBERS", 20 * 20 - 1)  # 20 units on 20 dimensions
    with pytest.raises(AltacError, match="E0506"):
        one.blocks  # noqa: B018


def test_a_sum_as_a_feature_keeps_paths_from_exploding() -> None:
    text = EXPLODING.format(condition="v0 + v1 + v2 == v3 + v4 + v5")
    with pytest.raises(AltacError, match="E0506"):
        lower_program(compiled(text).program, 1)
    assert lower_program(compiled(text).program, 2).units < 50


def test_what_cannot_even_be_proved_is_refused_by_the_checker() -> None:
    text = EXPLODING.replace("0..9", "0..99").format(condition="v0 * v1 == v2 * v3")
    with pytest.raises(AltacError) as caught:
        compiled(text)
    message = str(caught.value)
    assert message.startswith("error[E0306]: this condition depends on too many combinations of values")
    assert "`v0` (100), `v1` (100), `v2` (100), `v3` (100): 100,000,000 combinations" in message
