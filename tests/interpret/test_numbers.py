"""Numbers without a finite domain: what they mean, in the interpreter and in the weights."""

from __future__ import annotations

from fractions import Fraction

import pytest

from altac.diagnostics import AltacError
from altac.engine.protocol import run_texts, trace_text
from tests.support import compiled, nonempty, outputs, small


@pytest.mark.parametrize("level", [0, 1, 2])
def test_numbers_are_averaged_stored_calculated_with_and_compared(level: int) -> None:
    program = small(
        """
var size: number = token / 4
layer look:
    head average: number = mean token at ..0
    head before: number = size at -1 else 1/2
    var mixed = 2 * average - before / 3 + (1 if token > 4 else 0)
    var high = average > 2 or before == 1/2
    if token == 3:
        size := size + 2
layer again:
    head both: number = mean size
    var out = both + mixed + (10 if high else 0)
""",
        level=level,
    )
    # averages 3, 2, 10/3; before 1/2, 3/4, 1/4; sizes after 11/4, 1/4, 3/2, on average 3/2
    expected = [
        Fraction(3, 2) + 6 - Fraction(1, 6) + 10,
        Fraction(3, 2) + 4 - Fraction(1, 4),
        Fraction(3, 2) + Fraction(20, 3) - Fraction(1, 12) + 1 + 10,
    ]
    assert outputs(program, "3 1 6", "") == [" ".join(map(str, expected)), ""]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("first size where key.token > query.token else -1", "3/2 -1 1"),
        ("last size where key.token < 3 else -1", "1/2 1/2 1/2"),
        ("closest size where key.token != query.token else -1", "3/2 1 3/2"),
        ("size at +1 else 0", "3/2 1/2 0"),
        ("size where key.token == 3 and query.token == 2 else 7", "7 7 7"),
        ("mean size where key.token > 9 else 0.25", "1/4 1/4 1/4"),
        ("mean (1/3 if token == 1 else 0) at -1..1", "0 1/9 1/6"),
    ],
)
def test_what_heads_bring(head: str, expected: str) -> None:
    """Sizes are 1, 3/2 and 1/2."""
    selects_one = "key.token == 3 and" not in head
    body = f"var size: number = token / 2\nlayer look:\n    head out: number = {head}\n"
    if selects_one:
        assert outputs(small(body), "2 3 1") == [expected]
    else:
        with pytest.raises(AltacError, match="E0414"):  # nobody knows that there is one 3
            small(body)


def test_comparisons_are_exact_on_both_sides_and_on_the_border() -> None:
    asked = ["<", "<=", "==", "!=", ">=", ">"]
    answers = "".join(f'    let a{n} = {{"{op}"}} if share {op} 1/3 else {{}}\n' for n, op in enumerate(asked))
    union = " | ".join(f"a{n}" for n in range(len(asked)))
    program = small(
        f"layer look:\n    head share: number = mean (1 if token == 1 else 0)\n{answers}    var out = {union}\n"
    )
    below, equal, above = '{"!=","<","<="}', '{"<=","==",">="}', '{"!=",">",">="}'
    assert outputs(program, "1 2 3", "1 2 3 4", "1 1 2", "2 1 2 2 2 2 2 1") == [
        " ".join([equal] * 3),
        " ".join([below] * 4),
        " ".join([above] * 3),
        " ".join([below] * 8),
    ]


def test_a_comparison_with_a_variable_asks_for_each_of_its_values() -> None:
    program = small("layer look:\n    head share: number = mean token\n    var out = share >= token\n")
    assert outputs(program, "1 2 3", "5 5") == ["true true false", "true true"]
    (test,) = program.program.layers[0].tests
    assert [cut.bound for cut in test.cuts] == list(range(10))


def test_the_same_question_in_two_layers_has_two_names() -> None:
    program = small(
        "layer one:\n    head share: number = mean token\n    var before = share > 1\n"
        "layer two:\n    var out = share > 1 and before\n"
    )
    assert [test.name for layer in program.program.layers for test in layer.tests] == [
        "(share > 1)",
        "(share > 1 in two)",
    ]
    assert outputs(program, "2 2", "0 1") == ["true true", "false false"]


def test_reads_see_the_numbers_before_the_step() -> None:
    program = small(
        "var a: number = token\nvar b: number = 1/2\nvar out: bool = false\n"
        "layer swap:\n    a := b\n    b := a\n    out := a > 1\nlayer tell:\n    out := b > 1 and not out\n"
    )
    assert outputs(program, "2 0") == ["false false"]
    trace = trace_text(program.interpreter, "2 0")
    assert [trace.value("a", 1, 0), trace.value("b", 1, 0), trace.value("out", 1, 0)] == [Fraction(1, 2), 2, True]


def test_a_loop_of_so_many_rounds_adds_up() -> None:
    program = small(
        "var out: number = 0\nlayer add:\n    head share: number = mean token\n"
        "    out := out / 2 + share\nrun add * 20\n"
    )
    (found,) = outputs(program, "1 2")
    assert found is not None
    assert [Fraction(one) for one in found.split()] == [Fraction(3, 2) * (2 - Fraction(1, 2**19))] * 2


def test_where_weights_know_some_digits_they_say_no_more() -> None:
    body = "layer one:\n    head a: number = mean token at ..0\nlayer two:\n    head out: number = mean a at ..0\n"
    program = small(body, longest="up to 40")
    (interpreted,), (computed,) = (run_texts(one, ["9 1 7 3 3"]) for one in (program.interpreter, program.model))
    assert interpreted.text(program.program.interface) == "9 7 59/9 37/6 439/75"
    assert computed.text(program.model.interface) == "9.000 7.000 6.556 6.167 5.853"
    assert all(
        abs(one - other) <= Fraction(1, 1000)  # type: ignore[operator]
        for one, other in nonempty(zip(interpreted.output or (), computed.output or (), strict=True))
    )


def test_examples_of_numbers_may_be_written_in_any_way() -> None:
    body = "program test\ninput word: 0..9 up to 4\nlayer a:\n    head out: number = mean token\n"
    body += 'output out at first\nexample "1 2" -> {}\n'
    for written in ("1.5", '"1.5"', "3/2", '"3/2"'):
        assert [one.output for one in nonempty(compiled(body.format(written)).program.examples)] == ["3/2"]
    with pytest.raises(AltacError, match="E0503"):
        compiled(body.format('"half"'))
