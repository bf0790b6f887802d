"""The unrolled form computes what the interpreter says, after every sub-layer; what it cannot hold is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from altac.diagnostics import AltacError
from altac.export.gpt2 import write
from altac.export.prepare import prepare
from altac.export.request import Request, Units
from altac.export.unrolled import Unrolled
from altac.model.model import Model
from tests.export.cases import LARGE, NUMBERS, SHORTER, SLOW, TOO_LARGE, greatest, inputs, request
from tests.export.stack import expected, streams
from tests.programs.sizes import names
from tests.support import compiled, nonempty, program


def check(one: Request, unrolled: Unrolled, sequences: list[list[int]] | None = None) -> None:
    """Compare every variable, head and kept value; and what the output is, with that of the interpreter."""
    for tokens in nonempty(inputs(one.compiled, unrolled.longest) if sequences is None else sequences):
        found = streams(unrolled, tokens)
        for name, (block, by_attention, place), values in expected(one.compiled, unrolled, tokens):
            stream = found[2 * block - by_attention][:, place]
            assert np.abs(stream - values).max(initial=0) < 1e-5, (name, tokens)
        last = found[-1]
        assert all((last[:, dimension] == 1).all() for _, dimension in unrolled.halted)
        shown = np.ones(len(tokens), bool) if unrolled.shown is None else last[:, unrolled.shown] == 1
        (end,) = one.compiled.interpreter.finish([tokens])
        scoring = unrolled.interface.scoring
        logits = last[shown] @ unrolled.unembedding.T + unrolled.unembedding_bias
        picked = logits[unrolled.interface.pick(range(len(logits)))]
        if scoring is not None and scoring.pooled and len(logits):
            picked = logits.sum(axis=0, keepdims=True)
        assert tuple(picked.argmax(axis=-1).tolist()) == end.output
        if scoring is not None:
            assert np.array_equal(picked, end.sums)


@pytest.mark.parametrize("name", [name for name in names() if name not in (*NUMBERS, *SLOW, *TOO_LARGE)])
def test_every_state_of_a_program(name: str) -> None:
    one = request(name)
    prepared = prepare(one)
    assert prepared.is_exact
    check(one, prepared.unrolled)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*(name for name in names() if name not in (*NUMBERS, *TOO_LARGE)), "subleq"])
def test_every_state_at_the_greatest_length(name: str) -> None:
    one, sequences = greatest(name)
    assert one.length is not None
    interface = one.compiled.program.interface
    assert name in SHORTER or interface.most_positions in (None, one.length)
    check(one, prepare(one).unrolled, sequences)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_every_state_of_a_large_program(name: str) -> None:
    test_every_state_of_a_program(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_to_unroll_is_refused(name: str) -> None:
    assert refusal(request(name)) == "E0710"


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_without_a_domain_are_refused(name: str) -> None:
    assert refusal(request(name)) == "E0710"


@pytest.mark.parametrize("name", LARGE)
def test_what_is_too_large_for_gpt2_is_refused(name: str) -> None:
    with pytest.raises(AltacError, match="E0710"):
        write(request(name))


def refusal(one: Request) -> str:
    with pytest.raises(AltacError) as caught:
        prepare(one)
    (found,) = caught.value.diagnostics
    return found.code


@pytest.mark.parametrize("name", ["parity", "dyck1", "rule110", "detect_pattern"])
def test_one_relu_for_each_rule(name: str) -> None:
    one = replace(request(name), units="relu")
    if name == "dyck1":  # it counts
        assert refusal(one) == "E0715"
        return
    pairs, rules = prepare(request(name)).unrolled, prepare(one).unrolled
    assert rules.units * 2 == pairs.units
    check(one, rules)


@pytest.mark.parametrize("units", ["pair", "relu"])
@pytest.mark.parametrize("name", ["parity", "reverse", "palindrome", "bubble_sort", "rule110", "sort_unique"])
def test_nobody_looks_at_padding(name: str, units: Units) -> None:
    """What stands at an input is what it is without; symbols in the place of padding would be seen."""
    one = replace(request(name), units=units)
    if units == "relu" and name not in ("parity", "rule110"):
        assert refusal(one) == "E0715"
        return
    unrolled = prepare(one).unrolled
    assert (unrolled.places.padding is None) == unrolled.causal
    tokens_of_symbols = unrolled.interface.indices.values()
    seen, symbols = 0.0, [min(tokens_of_symbols), max(tokens_of_symbols), min(tokens_of_symbols)]
    for tokens in nonempty(tokens for tokens in inputs(one.compiled, unrolled.longest) if len(tokens) + 3 <= 9):
        alone, longer = streams(unrolled, tokens), streams(unrolled, [*tokens, *symbols])
        for usual, padded, other in zip(alone, streams(unrolled, tokens, padding=3), longer, strict=True):
            assert np.abs(usual - padded).max(initial=0) < 1e-6
            seen = max(seen, np.abs(usual - other[: len(tokens)]).max(initial=0))
    assert (seen > 0.1) != unrolled.causal


@pytest.mark.parametrize("name", ["caesar", "induction", "reverse", "parity"])
def test_units_that_a_norm_would_round(name: str) -> None:
    one = request(name)
    check(one, prepare(one, restores_all=True).unrolled)


def test_a_loop_that_would_go_on_is_gated() -> None:
    """Bubble sort pairs positions anew in every layer: its state at halting is no fixed point."""
    for name, gated in (("bubble_sort", True), ("parity", False)):
        heads = {head.name for block in prepare(request(name)).unrolled.blocks for head in block.heads}
        assert ("(going)" in heads) == gated


def test_a_layer_after_the_end_changes_nothing() -> None:
    """However many rounds more there are, for each loop of the library."""
    one = request("bubble_sort")
    unrolled = prepare(one).unrolled
    place = next(standing.place for standing in unrolled.standing if standing.part.owner == "number")
    tokens = one.compiled.program.interface.tokens("3 1 2")
    found = streams(unrolled, tokens)
    ends = [found[2 * run.blocks.stop][:, place].argmax(axis=1).tolist() for run in unrolled.runs]
    assert ends[3:] == [[1, 2, 3]] * (len(ends) - 3)
    assert ends[0] != [1, 2, 3]


def test_what_is_asked_for_has_to_be_possible() -> None:
    assert refusal(replace(request("parity"), layers=None)) == "E0711"
    assert refusal(replace(request("reverse"), layers=3)) == "E0711"
    assert refusal(replace(request("parity"), length=None)) == "E0713"
    assert refusal(replace(request("reverse"), length=33)) == "E0713"
    assert refusal(replace(request("parity"), length=1449)) == "E0714"


def test_the_greatest_length_is_exact() -> None:
    """Scores with squares of positions: the last position still sees its neighbour, and nobody else."""
    one = replace(request("parity"), length=1448, layers=1)
    unrolled = prepare(one).unrolled
    interface = one.compiled.program.interface
    tokens = interface.frame([interface.alphabet.values[place % 3 == 0] for place in range(1447)])
    (attention,) = [standing.place for standing in unrolled.standing if standing.part.owner == "parity_left"]
    found = streams(unrolled, tokens)[1][:, attention]
    state = next(standing.place for standing in unrolled.standing if standing.part.owner == "parity")
    before = streams(unrolled, tokens)[0][:, state]
    assert np.array_equal(found[1:], before[:-1])


def edited(name: str) -> Model:
    """A model of its own."""
    one = compiled(program(name).program.source.text)
    return one.model


def test_edits_of_weights_are_exported() -> None:
    """Without the unit for one and one, two ones are no longer even."""
    model, one = edited("parity"), request("parity")
    model.module.layers[0].mlps[0].fc_out.weight.data[:, 1] = 0
    prepared = prepare(replace(one, model=model))
    assert not prepared.is_exact
    assert [warning.code for warning in prepared.warnings] == ["W0112", "W0112"]
    unrolled = prepared.unrolled
    for text, answer in (("1 1", "1"), ("1 0", "1"), ("0 0", "0")):
        last = streams(unrolled, unrolled.interface.tokens(text))[-1][-1]
        index = int((last @ unrolled.unembedding.T + unrolled.unembedding_bias).argmax())
        assert str(unrolled.interface.domain.values[index]) == answer == model(text)


@pytest.mark.parametrize("part", ["output", "value"])
def test_edits_that_leave_the_form_are_refused(part: str) -> None:
    model, one = edited("parity"), request("parity")
    getattr(model.module.layers[0].attention, part).weight.data[-1] += 1
    assert refusal(replace(one, model=model)) == "E0712"
