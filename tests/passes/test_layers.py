"""Programs of several layers: the rules of each, their text, and what one layer keeps for another."""

import random
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from altac.backend import assemble
from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.ir.program import Program
from altac.passes import PlainRules, lower_program, run_passes
from altac.passes.rule_text import parse_rules, print_rules, rule_records
from tests.support import compiled, nonempty

LAYERED = {  # over an input of numbers up to 3
    "counts": """
layer count:
    head frequency = count where key.token == query.token
    var place = frequency + 1
layer compare:
    head letters = count where key.frequency == query.frequency
    var out = letters + place
output out
""",
    "copies": """
layer look:
    head same = token where key.token == query.token else 0
    head greater = exists where key.token > query.token
    head other = last token where key.token != query.token
layer take:
    head alike = count where key.same == query.token and key.greater == query.greater
    var few = alike < 2
layer say:
    var out = 4 if other == none else (same if few else 5)
output out
""",
    "loop": """
var done: bool = false
var x: 0..3 = token
layer begin:
    head ones = count where key.token == 1
    head before = token at -1 else 0
    var many = ones > 2
layer shift:
    head left = x at -1 else 0
    var seen = left
layer settle:
    head what = seen where key.position == query.position else 0
    x := min(x, what)
    done := many or x == 0 or what >= x
layer spread:
    x := (x + 1) % 4
layer end:
    head start = x where key.position == 0 at ..0 else 0
    var out = start + (1 if before == 1 else 0)
run begin, (shift, settle) until done, spread * 3, end
output out
""",
}


@cache
def layered(name: str, level: int = 2) -> Compiled:
    return compiled(f"program layered\ninput word: 0..3 up to 6{LAYERED[name]}", level)


def shown(one: Compiled) -> list[str]:
    """The text of its rules without the names that a program begins with."""
    return [line for line in print_rules(one.rules).splitlines() if not line.startswith("variable ")]


def after_step(program: Program, one: Compiled, layer: int, state: dict[str, int]) -> dict[str, int]:
    """What the interpreter makes of value indices."""
    heads = {head.name for head in program.layers[layer].heads}
    columns = {name: np.array([[index]]) for name, index in state.items()}
    found = {name: column for name, column in columns.items() if name not in heads}
    brought = {name: columns[name] for name in heads}
    after = one.interpreter._after(layer, found, brought, np.ones(1, np.int64))
    return {name: int(values[0, 0]) for name, values in after.items()}


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("name", LAYERED)
def test_the_rules_of_a_layer_say_what_its_step_says(name: str, level: int) -> None:
    """On any values of what the layer finds and brings; what attention leaves inexact is copied."""
    one, dice = layered(name, level), random.Random(name)
    program = one.program
    for layer, rules in enumerate(nonempty(one.rules.layers)):
        state = dict(program.state(layer))
        copied = program.copied_by(layer)
        made = {**program.introduced_by(layer), **copied}
        assert rules.introduced == made
        for _ in range(200):
            indices = {key: dice.randrange(len(domain)) for key, domain in state.items()}
            expected = {**after_step(program, one, layer, indices), **{key: indices[key] for key in copied}}
            kept = {key for key in rules.variables if key not in expected}
            after = rules.after({key: state[key].values[index] for key, index in indices.items()})
            assert after == {
                **{key: state[key].values[indices[key]] for key in kept},
                **{key: {**state, **made}[key].values[index] for key, index in expected.items()},
            }
        changes = [change for rule in rules.rules for change in rule.changes]
        assert all(change.old is None for change in changes if change.variable in made)


def test_the_text_of_a_layer_says_what_it_finds_and_what_it_adds() -> None:
    body = """program twice
input word: 0..1 up to 2
layer count:
    head n = count where key.token == 1
    var two = n == 2
layer say:
    head both = two where key.token <= query.token else false
    var out = both and n > 0
output out
"""
    one = compiled(body)
    assert print_rules(one.rules).splitlines() == [
        "variable token: 0..1",
        "layer count",
        "head n: 0..2",
        "value two: bool",
        "if n in 0..1 then two: -> false",
        "if n = 2 then two: -> true",
        "layer say",
        "kept n: 0..2",
        "kept two: bool",
        "head both: bool",
        "value out: bool",
        "if both = false then out: -> false",
        "if n = 0 and both = true then out: -> false",
        "if n in 1..2 and both = true then out: -> true",
    ]


def test_a_copied_head_shares_its_rules_with_what_depends_on_its_values() -> None:
    one = layered("copies")
    assert "if same = 2 then same: -> 2" in shown(one)
    assert "if greater = true then greater: -> true" in shown(one)
    assert not any(line.endswith("other: -> none") for line in shown(one))  # `last` brings one position's value: exact


def test_how_often_layers_run_stands_below_their_rules() -> None:
    assert shown(layered("loop"))[-2:] == ["until shift, settle if done = true", "run spread * 3"]
    assert [line for line in shown(layered("loop")) if line.startswith("layer")] == [
        f"layer {name}" for name in ("begin", "shift", "settle", "spread", "end")
    ]


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("name", LAYERED)
def test_text_is_read_back(name: str, level: int) -> None:
    rules = layered(name, level).rules
    assert parse_rules(print_rules(rules)) == rules


SCHEDULES = {
    "run a, b, c": [],
    "run (a, b) * 2, c": ["run a, b * 2"],
    "run (a, b) * 1, c": ["run a, b * 1"],
    "run a * 2, (b, c) until x == 3": ["run a * 2", "until b, c if x = 3"],
    "run a, b until x in {0, 2}, c until true": ["until b if x in {0, 2}", "until c always"],
}


@pytest.mark.parametrize("run", SCHEDULES)
def test_schedules_are_read_back(run: str) -> None:
    layers = "".join(f"layer {name}:\n    x := (x + {number}) % 4\n" for number, name in enumerate("abc", 1))
    one = compiled(f"program p\ninput word: 0..3\nvar x: 0..3 = token\n{layers}{run}\noutput x\n")
    text = print_rules(one.rules)
    assert [line for line in text.splitlines() if line.startswith(("run", "until"))] == SCHEDULES[run]
    assert parse_rules(text) == one.rules


def test_a_readout_reads_what_layers_keep() -> None:
    body = """program p
input word: 0..3
var x: 0..3 = token
layer begin:
    var enough = token > 1
    var rest = token < 1
layer go:
    x := min(x + 1, 3)
run begin, go until enough or x == 3
output x at all where rest or x == 2
"""
    one = compiled(body)
    text = print_rules(one.rules)
    assert list(one.rules.state) == ["token", "x", "enough", "rest"]
    assert parse_rules(text) == one.rules
    for x in range(4):
        for enough in (False, True):
            state = {"x": x, "enough": int(enough), "rest": int(enough)}
            for cubes, wanted in ((one.rules.until[1], x == 3), (one.rules.shown, x == 2)):
                holding = sum(all(state[name] in values for name, values in cube) for cube in cubes or ())
                assert holding == (enough or wanted)


def test_records_say_which_layer() -> None:
    records = list(rule_records(layered("loop").rules))
    rules = [record for record in records if "rule" in record]
    assert [record["rule"] for record in rules] == list(range(len(layered("loop").rules.rules)))
    assert {record["layer"] for record in rules} == {"begin", "shift", "settle", "spread", "end"}
    assert rules[0]["layer"] == "begin"
    assert records[-1] == {"readout": "until", "layers": ["shift", "settle"], "any": [{"done": [True]}]}


def test_plain_rules_are_numbered_by_layer() -> None:
    plain = PlainRules(layered("loop").program)
    layers = [plain.layer_of(number) for number in nonempty(range(plain.total))]
    assert layers == sorted(layers)
    assert list(plain.totals) == [layers.count(place) for place in range(5)]
    assert plain.totals[0] == 7  # `many`, for each number of ones
    assert plain.counts["x"] == plain.totals[3] + sum(
        rule.changes[0].variable == "x" for number, rule in enumerate(plain) if layers[number] == 2
    )


SUMS = """program p
input word: 0..1
{variables}
layer easy:
    v0 := 1
layer hard:
    if {condition}:
        v6 := v0
output v6
"""


def test_a_layer_that_needs_features_has_no_stages_before_them() -> None:
    variables = "\n".join(f"var v{number}: 0..9 = 0" for number in range(7))
    text = SUMS.format(variables=variables, condition="v0 + v1 + v2 == v3 + v4 + v5")
    one = compiled(text).program
    (stage,) = run_passes(one, 2)
    assert stage.name == "features"
    assert [len(layer.features) > 0 for layer in stage.rules.layers] == [False, True]
    with pytest.raises(AltacError, match="E0506"):
        lower_program(one, 1)


def test_copies_that_do_not_fit_in_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one = layered("copies")
    fresh = replace(one)
    monkeypatch.setattr(assemble, "MOST_NUMBERS", 10)
    with pytest.raises(AltacError, match="`same` alone needs 4: it depends on `same` \\(4\\)"):
        fresh.blocks  # noqa: B018
