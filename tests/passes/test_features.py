"""Sums as features: text pairs, and steps with arithmetic on every combination of values."""

import random
from itertools import product

import pytest

from altac.ir.rules import Feature
from altac.passes import features
from altac.passes.features import Affine, Sum, affine, candidates, coarsen_features, normal
from altac.passes.lower import lower_sums
from altac.passes.pipeline import compact, lower_program
from altac.passes.rule_text import parse_layer, parse_rules, print_layer, print_rules
from tests.support import nonempty, outputs, program, small

HEAD = "variable a: 0..3\nvariable b: 0..2\nvariable x: 0..2\n"


def test_cuts_that_no_rule_needs_are_dropped() -> None:
    before = HEAD + "feature sum.1 = a + b cut at {1, 2, 3, 4, 5}\nif sum.1 in {2, 3} and x = 0 then x: 0 -> 1\n"
    after = HEAD + "feature sum.1 = a + b cut at {2, 4}\nif sum.1 = 1 and x = 0 then x: 0 -> 1\n"
    assert coarsen_features(parse_layer(before)) == parse_layer(after)


def test_features_that_no_rule_reads_are_dropped() -> None:
    before = HEAD + "feature sum.1 = a - b cut at {0}\nif a = 2 and x = 0 then x: 0 -> 1\n"
    after = HEAD + "if a = 2 and x = 0 then x: 0 -> 1\n"
    assert coarsen_features(parse_layer(before)) == parse_layer(after)


@pytest.mark.parametrize(
    "line", ["a + b cut at {1, 2}", "a - b cut at {0}", "2 * a - 3 * b cut at {-1, 4}", "a[0, 5, 1, 2] - b cut at {3}"]
)
def test_features_print_and_parse(line: str) -> None:
    text = HEAD + f"feature sum.1 = {line}\nif x = 0 and sum.1 = 1 then x: 0 -> 1\n"
    assert print_layer(parse_layer(text)) == text


def test_the_value_of_a_feature_is_the_number_of_cuts_reached() -> None:
    feature = Feature((("a", (0, 1, 2, 3)), ("b", (0, -1, -2))), (0, 1))
    for a, b in product(range(4), range(3)):
        assert feature.index({"a": a, "b": b}) == (0 if a < b else 1 if a == b else 2)


def body(expression: str, condition: str = "true") -> str:
    return (
        "var out: 0..9 = 0\nvar a: 0..9 = token\nvar b: -3..5 = 0\nhead h = a at -1 else 4\n"
        f"step:\n    b := clamp(h - 2, -3, 5)\n    if {condition}:\n        out := {expression}\nlayers 2"
    )


@pytest.mark.parametrize(
    ("expression", "condition"),
    [
        ("clamp(a + b, 0, 9)", "true"),
        ("(2 * a - 3 * b + h) % 10", "true"),
        ("abs(a - h)", "a - h < b"),
        ("a - h", "a >= h"),
        ("a + b", "0 <= a + b and a + b <= 9"),
        ("1 if a == h else 0", "a + b != 3"),
        ("min(a // 2 + b * b, 9)", "b > 0 or a > h"),
        ("max(a, h)", "not (a < h < 8)"),
    ],
)
def test_arithmetic_is_the_same_at_every_level(expression: str, condition: str) -> None:
    generator = random.Random(expression)
    texts = ["".join(str(generator.randrange(10)) for _ in range(8)) for _ in range(40)]
    results = [outputs(small(body(expression, condition), level=level), *texts) for level in (0, 1, 2)]
    assert results[0] == results[1] == results[2]


def test_rules_with_features_say_what_the_step_says() -> None:
    one = small(body("clamp(a + b - h, 0, 9)", "a != h"))
    known = candidates(one.program, 0)
    assert len(known) == 3  # a + b - h, its part a + b, and a - h
    rules, plain = compact(one.program, 0, known), lower_program(one.program, 1).layers[0]
    assert rules.features
    names = [name for name, _ in one.program.state(0)]
    for values in nonempty(product(*(domain.values for _, domain in one.program.state(0)))):
        state = dict(zip(names, values, strict=True))
        assert rules.after(state) == plain.after(state)


def test_affine_expressions_have_one_normal_form() -> None:
    text = "var out: 0..9 = 0\nvar a: 0..9 = token\nvar b: 0..9 = 1\nstep:\n    out := {}\n"
    forms = [
        normal(affine(small(text.format(f"clamp({one}, 0, 9)")).program.steps[0].value.arguments[0].arguments[0]))
        for one in ("a - b", "b - a", "2 * a - 2 * b + 3", "-(b - a) * 3", "a - b + 0 * a")
    ]
    assert len({form.terms for form in forms}) == 1
    assert [(form.scale, form.offset) for form in forms] == [(1, 0), (-1, 0), (2, 3), (3, 0), (1, 0)]


def test_sums_of_values_that_share_a_remainder() -> None:
    """With weights 1, 4, 7 and 0, 6 the sum is 3 s + 1, where s adds up 0, 1, 2 and 0, 2."""
    form = normal(Affine({"a": (1, 4, 7), "b": (0, 6)}, 0))
    assert form == Sum((("a", (0, 1, 2)), ("b", (0, 2))), 3, 1)
    assert normal(Affine({"a": (3,), "b": (4,)}, 0)) is None  # always the same
    one = small(
        "var a: {1, 4, 7} = {0: 1, 1: 4, 2: 7}[token % 3]\nvar b: {0, 6} = 6 if token > 4 else 0\nvar out: 0..13 = 0\n"
        "step:\n    out := a + b"
    )
    assert outputs(one, "0 1 2 5 6 7") == ["1 4 7 13 7 10"]


def test_a_sum_of_too_many_values_is_no_feature(monkeypatch: pytest.MonkeyPatch) -> None:
    one = small("var a: 0..9 = token\nvar out: 0..18 = 0\nstep:\n    out := a + token").program
    assert list(candidates(one, 0)) == ["sum.1"]
    monkeypatch.setattr(features, "MOST_SUMS", 18)
    assert candidates(one, 0) == {}


def test_symbols_are_compared_by_number() -> None:
    symbols = 'type L = {"a", "b", "c", "d"}\n'
    text = symbols + ('var out: bool = false\nvar s: L = token\nhead h = s at -1 else "d"\nstep:\n    out := s == h')
    one = small(text, domain='{"a", "b", "c", "d"}')
    assert one.rules.units < lower_program(one.program, 1).units
    assert outputs(one, "a a b d d", "d a") == ["false true false false true", "true false"]


def test_a_feature_is_taken_only_where_it_saves_units() -> None:
    for name in ("parity", "reverse", "running_max", "subleq", "dyck2"):
        one = program(name).program
        assert lower_program(one, 2).units <= lower_program(one, 1).units
    subleq = program("subleq")
    assert subleq.blocks.hidden_units <= 1000


def test_lowering_without_features_has_none() -> None:
    assert lower_sums(program("addition").program, 0).features == {}


@pytest.mark.parametrize("name", ["sum1", "sum2", "clear", "MLP", "number", "halt_", "tell"])
def test_no_name_of_a_program_is_one_of_the_compilers(name: str) -> None:
    """A variable of such a name, and a head that begins with it, beside features."""
    body = f"""
var out: bool = false
var {name}: bool = false
head left = token at -1 else 0
head {name}_left = {name} at -1 else false
step:
    {name} := left <= token + 2
    out := {name}_left or left + token > 9
layers 2
"""
    one = small(body)
    assert len(one.rules.layers[0].features) == 2
    assert print_rules(parse_rules(print_rules(one.rules))) == print_rules(one.rules)
    # the flag of the position to the left, which was set in the first layer, or a sum above 9
    assert outputs(one, "1 9 1 5", "0 0 0") == ["false true true false", "false true true"]
