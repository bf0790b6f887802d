"""Pairs that differ in one variable at one place: every claim is looked up in the traces of both inputs."""

from __future__ import annotations

import pytest

from altac.circuits.counterfactuals import Counterfactual, counterfactuals
from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.protocol import run_texts, trace_text
from tests.support import compiled, nonempty, program


def differences(one: Compiled, pair: Counterfactual) -> set[tuple[str, int]]:
    """What differs after that layer, by name and position, besides the symbols themselves."""
    left, right = (trace_text(one.interpreter, text) for text in (pair.clean, pair.corrupted))
    return {
        (name, position)
        for name in left.domains
        if (name not in ("token", "position") or name == pair.variable) and left.knows(name, pair.layer)
        for position in range(len(left.tokens))
        if left.value(name, pair.layer, position) != right.value(name, pair.layer, position)
    }


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("parity", "parity"),
        ("reverse", "token"),
        ("induction", "before"),
        ("running_max", "beaten"),
        ("rule110", "cell"),
    ],
)
def test_nothing_else_differs(name: str, variable: str) -> None:
    one = program(name)
    pairs = counterfactuals(one.interpreter, variable, 12, (2, 7))
    assert len({(pair.clean, pair.corrupted) for pair in pairs}) == 12
    for pair in nonempty(pairs):
        assert differences(one, pair) == {(variable, pair.position)}
        left, right = (trace_text(one.interpreter, text) for text in (pair.clean, pair.corrupted))
        values = tuple(trace.value(variable, pair.layer, pair.position) for trace in (left, right))
        assert values == pair.values
        assert values[0] != values[1]
        symbols = zip(pair.clean.split(), pair.corrupted.split(), strict=True)
        assert sum(left != right for left, right in symbols) == 1
        assert 2 <= len(pair.clean.split()) <= 7
        answers = [
            result.text(one.program.interface) for result in run_texts(one.interpreter, [pair.clean, pair.corrupted])
        ]
        assert tuple(answers) == pair.outputs


def test_the_activation_that_is_named_can_be_patched() -> None:
    """A pair whose answers differ: with the one value of the corrupted run, the clean run gives the other answer."""
    one = program("parity")
    pairs = [pair for pair in counterfactuals(one.interpreter, "parity", 20, (2, 6)) if pair.layer == 0]
    for pair in nonempty(pairs):
        with one.model.patch(pair.name, pair.values[1], positions=pair.position):
            assert one.model(pair.clean) == pair.outputs[1] != pair.outputs[0]


def test_the_seed_decides() -> None:
    interpreter = program("parity").interpreter
    first = counterfactuals(interpreter, "parity", 10, (1, 8), seed=3)
    assert counterfactuals(interpreter, "parity", 10, (1, 8), seed=3) == first
    assert counterfactuals(interpreter, "parity", 10, (1, 8), seed=4) != first


def test_what_there_is_not() -> None:
    interpreter = program("sort").interpreter
    with pytest.raises(AltacError, match=r"`begin` never differs alone: .* together with"):
        counterfactuals(interpreter, "begin", 3, (2, 6))
    with pytest.raises(AltacError, match="did you mean `begin`"):
        counterfactuals(interpreter, "begins", 3, (2, 6))
    with pytest.raises(AltacError, match="there are only 2 pairs in which `parity` differs alone"):
        counterfactuals(program("parity").interpreter, "parity", 10, (1, 1))


def test_a_variable_that_never_differs() -> None:
    one = compiled("""program still
input bits: {"0", "1"} up to 4
var same: 0..1 = 0
var seen: bool = false
step:
    seen := token == "1" and same == 0
layers 1
output seen
""")
    with pytest.raises(AltacError, match="it differs in none of them"):
        counterfactuals(one.interpreter, "same", 3, (1, 4))
    assert len(counterfactuals(one.interpreter, "seen", 3, (1, 4))) == 3


def test_where_there_are_few_pairs_all_of_them_are_looked_at() -> None:
    """What a search at random would miss, or find by chance, is found whatever the seed."""
    interpreter = program("parity").interpreter
    for seed in range(3):
        found = counterfactuals(interpreter, "parity", 2, (1, 1), seed)
        assert {(pair.clean, pair.corrupted) for pair in found} == {("0", "1"), ("1", "0")}
        with pytest.raises(AltacError, match="only 2 pairs in which `parity` differs alone, among all 2 pairs, not 3"):
            counterfactuals(interpreter, "parity", 3, (1, 1), seed)
    rare = program("binary_multiplication").interpreter
    everywhere = [
        (f"{left} {right}", pair.position)
        for pair in counterfactuals(rare, "total", 4, (1, 4))
        for left, right in [(pair.clean, pair.corrupted)]
    ]
    assert len(set(everywhere)) == 4


def test_one_symbol_has_no_pairs() -> None:
    one = compiled("""program lone
input text: {"a"} up to 4
var seen: bool = token == "a"
step:
    seen := seen
layers 1
output seen
""")
    with pytest.raises(AltacError, match="in all 0 pairs of inputs"):
        counterfactuals(one.interpreter, "seen", 1, (1, 4))
