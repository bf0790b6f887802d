"""The schedule of the module: which layers run after which, for sequences that leave loops at different times."""

from typing import Any

import numpy as np
import pytest
import torch

from altac.engine.protocol import run_texts
from altac.model.batch import batch_tensors
from altac.model.model import Execution, Model
from altac.model.schedule import LayerState
from tests.support import compiled, nonempty, small

PROGRAM = """
var n: 0..9 = token
var out: 0..9 = 0
layer down:
    n := max(n - 1, 0)
layer look:
    head beside = token at {-1, +1} else 0
    var seen = beside > 1
layer add:
    out := min(out + (2 if seen else 1), 9)
run down until n == 0, (look, add) * 2
"""
TEXTS = ["2", "0", "1 3", ""]
WAITS = [  # place, round, rows, number of layers of each
    (-1, 0, [0, 1, 2, 3], [0, 0, 0, 0]),
    (0, 1, [0, 2], [1, 1]),
    (0, 2, [0, 2], [2, 2]),
    (0, 3, [2], [3]),
    (1, 1, [0, 1, 2, 3], [3, 1, 4, 1]),
    (2, 1, [0, 1, 2, 3], [4, 2, 5, 2]),
    (1, 2, [0, 1, 2, 3], [5, 3, 6, 3]),
    (2, 2, [0, 1, 2, 3], [6, 4, 7, 4]),
]
EXECUTIONS: list[Execution] = ["dense", "sparse"]


def described(state: LayerState[Any]) -> tuple[int, int, list[int], list[int]]:
    return state.place, state.round, state.rows.tolist(), state.numbers.tolist()


def model_of(execution: Execution) -> Model:
    model = small(PROGRAM).model
    return Model(model.module, model.metadata, execution)


def tensors(model: Model, texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    return batch_tensors([model.interface.tokens(text) for text in texts], torch.device("cpu"))


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_who_is_ready_waits_for_the_others(execution: Execution) -> None:
    model = model_of(execution)
    tokens, lengths = tensors(model, TEXTS)
    with torch.inference_mode():
        assert [described(state) for state in model.runner.run(tokens, lengths)] == WAITS
        residual, layers = model.module(tokens, lengths)
        assert model.module.logits(residual).argmax(-1)[2].tolist() == [4, 2]
    assert layers.tolist() == [6, 4, 7, 4]
    results = run_texts(model, TEXTS)
    assert [(result.layers, result.output) for result in results] == [(6, (2,)), (4, (2,)), (7, (4, 2)), (4, ())]


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_waiting_changes_nothing(execution: Execution) -> None:
    """Each sequence has the states that it has alone, as often as it runs, exactly."""
    model = model_of(execution)
    tokens, lengths = tensors(model, TEXTS)
    state = model.metadata.config.d_state
    with torch.inference_mode():
        together = list(model.runner.run(tokens, lengths))
        for row, text in enumerate(TEXTS):
            ran = [one for one in together if row in one.rows]
            alone = list(model.runner.run(*tensors(model, [text])))
            for one, other in nonempty(zip(ran, alone, strict=True)):
                place = one.rows.tolist().index(row)
                assert (one.place, one.round, int(one.numbers[place])) == (other.place, other.round, *other.numbers)
                size = int(lengths[row])
                assert np.array_equal(one.residual[place, :size, :state], other.residual[0, :size, :state])


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_who_fails_in_a_round_does_not_finish_it(execution: Execution) -> None:
    model = model_of(execution)
    texts = ["0 1", "1 0 2", "0"]
    with torch.inference_mode():
        states = [described(state) for state in model.runner.run(*tensors(model, texts))]
    rows = {(place, number): running for place, number, running, _ in states}
    assert rows[1, 1] == [0, 1, 2]
    assert rows[2, 1] == rows[1, 2] == rows[2, 2] == [0, 2]
    (_, failed, _) = run_texts(model, texts)
    assert failed.error is not None
    assert failed.layers == 3
    assert "disagree, in layer 3 (look 1) at position 1" in failed.error.message


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_sequence_leaves_after_the_most_layers_that_it_may_take(execution: Execution) -> None:
    model = model_of(execution)
    most = np.array([2, 4, 2, 0])  # the second one takes four
    tokens, lengths = tensors(model, TEXTS)
    with torch.inference_mode():
        states = list(model.runner.run(tokens, lengths, most))
    over = {(one.place, one.round): one.rows[one.over].tolist() for one in states if one.over.any()}
    assert over == {(0, 2): [0, 2], (1, 1): [3]}
    assert described(states[-1]) == (2, 2, [1], [4])


def test_a_loop_that_never_ends_is_noticed_by_its_own_rounds() -> None:
    body = "var out: 0..9 = token\nlayer one:\n    out := out % 3\nlayer turn:\n    out := (out + 1) % 3\n"
    one = small(body + "run one * 2, turn until out == 5")
    for engine in (one.interpreter, one.model):
        (result,) = run_texts(engine, ["4 0"])
        assert result.error is not None
        # states 2, 3, 4 and 7 rounds after the first: the last is the one of round 4
        assert "after layer 9 (turn 7) the state is one that it had before" in result.error.message


def test_layers_without_sub_layers_and_loops_without_rounds() -> None:
    nothing = "layer nothing:\n    pass\n"
    one = small(
        f"var out: 0..9 = token\n{nothing}layer add:\n    out := min(out + 1, 9)\nrun nothing * 3, add until out > 4"
    )
    for engine in (one.interpreter, one.model, Model(one.model.module, one.model.metadata, "dense")):
        found = [(result.layers, result.output) for result in run_texts(engine, ["7", "3 4", "", "5 9"])]
        assert found == [(3, (7,)), (5, (5, 6)), (3, ()), (3, (5, 9))]
    empty = compiled("program test\ninput word: 0..9\nvar out: 0..9 = token\nlayer nothing:\n    pass\noutput out\n")
    assert empty.model.metadata.config.layers[0].value_sizes == ()
    assert empty.model("1 2") == "1 2"
