"""Training: what a network says once its choices are made, and what the engine makes of it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from altac.diagnostics import AltacError
from altac.ir.values import Domain
from altac.synthesis.candidates import Candidate
from altac.synthesis.engine import Progress, Settings
from altac.synthesis.examples import Examples
from altac.synthesis.gradient import engine, gradient
from altac.synthesis.gradient.discrete import Run, Texts
from altac.synthesis.gradient.model import Network
from altac.synthesis.gradient.rounding import Rounding, discrete
from altac.synthesis.gradient.spec import Model, Sizes, Spec
from altac.synthesis.gradient.training import Data, Plan, Trained, train
from tests.support import nonempty
from tests.synthesis.support import examples_of

SMALL = ((1, 1, 2, 1, 300),)


def spec_of(model: Model, backwards: bool) -> Spec:
    return Spec(Sizes(model, 2, 2, 1, 2), 3, 4, 3, backwards)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("model", ["free", "published"])
def test_a_network_without_noise_is_its_discrete_form(model: Model, backwards: bool) -> None:
    spec, alphabet = spec_of(model, backwards), Domain.of("abc")
    torch.manual_seed(1)
    network = Network(spec, 3)
    texts = Texts(Rounding(spec, alphabet).token, [*"abc", "ab", "cab", "bbca", "aaaa"], spec.framed)
    tokens, valid = torch.tensor(texts.tokens + (not spec.framed)), torch.tensor(texts.valid)
    with torch.no_grad():
        found = network.variables(tokens * valid, valid.float(), None).numpy()
    for restart, choices in nonempty(enumerate(network.choices())):
        run = Run(texts)
        for place, column in nonempty(enumerate(discrete(spec, choices, alphabet))):
            hot = found[restart, place][texts.valid]
            np.testing.assert_allclose(hot.max(-1), 1, atol=0.01)
            indices = column.indices[run.of(column.variable)][texts.valid]
            assert hot.argmax(-1).tolist() == indices.tolist(), (restart, place)


def trained(device: str = "cpu", seed: int = 0) -> Trained:
    spec, alphabet = Spec(Sizes("free", 1, 1, 1, 1), 2, 3, 3, backwards=False), Domain.of("ab")
    texts = Texts(Rounding(spec, alphabet).token, ["a", "ab", "bab", "aa"], framed=False)
    data = Data(texts, texts.valid, np.array([0, 0, 0, 1, 0, 1, 1, 1]))
    steps = train(spec, data, Plan(2, 60, 4, seed, 60.0, device=device))
    try:
        while True:
            next(steps)
    except StopIteration as end:
        result: Trained = end.value
        return result


def test_training_repeats_and_leaves_the_seed_of_others_alone() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, other, different = trained(), trained(), trained(seed=1)
    assert torch.equal(torch.random.get_rng_state(), before)
    np.testing.assert_array_equal(one.readout, other.readout)
    assert not np.array_equal(one.readout, different.readout)
    assert one.steps == 60


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_training_on_a_device() -> None:
    assert np.isfinite(trained("cuda").readout).all()


# The engine ------------------------------------------------------------------------------------------------------


def best(examples: Examples, seed: int = 0, model: Model = "free", seconds: float = 60) -> Candidate:
    """What the engine proposes for examples, all of which it learns from and chooses by."""
    steps = list(gradient(examples, examples, Settings(name="found", seconds=seconds, seed=seed, model=model)))
    assert any("%" in step.trying for step in nonempty(steps))
    last: Progress = steps[-1]
    assert last.best is not None
    return last.best


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "GRID", SMALL)


def counts() -> Examples:
    return examples_of(lambda text: [Counter(text)[symbol] for symbol in text], "ab", number=28, longest=4)


@pytest.mark.usefixtures("small")
def test_how_often_a_symbol_occurs_is_learned_and_holds_for_longer_texts() -> None:
    candidate = best(counts())
    assert candidate.score(counts()).perfect, candidate.text
    assert best(counts()).text == candidate.text
    longer = examples_of(lambda text: [Counter(text)[symbol] for symbol in text], "ab", number=40, longest=8)
    assert candidate.score(longer).perfect, candidate.text
    assert "1 layer of 1 + 2 heads" in dict(candidate.notes)["model"]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("model", ["free", "published"])
def test_one_output_for_the_whole_text(model: Model) -> None:
    task = examples_of(lambda text: ["yes" if text[-1] == "a" else "no"], "ab", "one", number=28, longest=4)
    candidate = best(task, model=model)
    assert candidate.score(task).perfect, candidate.text
    assert " at last" in candidate.text


@pytest.mark.usefixtures("small")
def test_a_training_that_is_short_of_time_still_ends_with_choices() -> None:
    candidate = best(counts(), seconds=2)
    assert "steps" in dict(candidate.notes)["model"]


@pytest.mark.usefixtures("small")
def test_values_stay_of_their_kinds() -> None:
    task = examples_of(lambda text: [symbol == 2 for symbol in text], [1, 2], number=14, longest=3)
    assert best(task).answers(((1, 2),)) == [(False, True)]


@pytest.mark.parametrize(
    ("examples", "code"),
    [
        (Examples((("a",),) * 3, ((), ("a", "b"), ("a",)), "list"), "E0636"),
        (Examples(tuple((f"s{n}",) for n in range(99)), (("x",),) * 99, "each"), "E0637"),
        (Examples((("a",) * 90,), (("x",) * 90,), "each"), "E0637"),
    ],
    ids=["lists", "symbols", "positions"],
)
def test_what_it_does_not_take(examples: Examples, code: str) -> None:
    with pytest.raises(AltacError) as caught:
        next(gradient(examples, examples, Settings()))
    assert [one.code for one in caught.value.diagnostics] == [code]
