"""Runs share nothing: an engine gives the same whatever it ran before, and whatever else runs at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest

import pytest

from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import Layer
from altac.model.model import Model
from tests.support import PROGRAMS, nonempty, program

NAMES = ["parity", "dyck2", "most_frequent", "reachability"]
ENGINES = ["interpreter", "sparse", "dense"]


def engine(name: str, kind: str) -> Engine:
    one = program(name, 1)
    return one.interpreter if kind == "interpreter" else Model(one.model.module, one.model.metadata, kind)  # type: ignore[arg-type]


def texts(name: str) -> list[str]:
    return (PROGRAMS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def plain(layer: Layer | None) -> object:
    if layer is None:
        return None
    states = {name: values.tolist() for name, values in (*layer.heads.items(), *layer.state.items())}
    return layer.place, layer.numbers.tolist(), layer.rows.tolist(), states, dict(layer.errors)


@pytest.mark.parametrize("kind", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_a_run_does_not_change_the_next(name: str, kind: str) -> None:
    one = engine(name, kind)
    first = run_texts(one, texts(name))
    assert first == run_texts(one, texts(name))
    assert first == run_texts(engine(name, kind), texts(name))
    assert first[::-1] == run_texts(one, texts(name)[::-1])


@pytest.mark.parametrize("kind", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_two_runs_of_one_engine_may_take_turns(name: str, kind: str) -> None:
    one = engine(name, kind)
    batches = [[one.interface.tokens(text) for text in some] for some in (texts(name)[:2], texts(name)[2:5])]
    alone = [[plain(layer) for layer in one.layers(batch)] for batch in batches]
    turns = [*zip_longest(*(map(plain, one.layers(batch)) for batch in batches))]
    for place, expected in enumerate(nonempty(alone)):
        assert [turn[place] for turn in turns if turn[place] is not None] == expected


@pytest.mark.parametrize("kind", ENGINES)
def test_layers_that_were_given_out_do_not_change_later(kind: str) -> None:
    one = engine("parity", kind)
    layers, seen = [], []
    for layer in one.layers([one.interface.tokens("1 0 1 1")]):
        layers.append(layer)
        seen.append(plain(layer))
    assert [plain(layer) for layer in layers] == seen
    assert len({str(state) for state in seen}) == len(seen)


@pytest.mark.parametrize("kind", ENGINES)
def test_threads_may_share_an_engine(kind: str) -> None:
    one = engine("dyck2", kind)
    expected = run_texts(one, texts("dyck2"))
    with ThreadPoolExecutor(4) as pool:
        assert all(
            found == expected for found in nonempty(pool.map(lambda _: run_texts(one, texts("dyck2")), range(8)))
        )


def test_two_models_of_one_program_are_changed_apart() -> None:
    """Weights that are changed in one place stay as they were in the other."""
    import torch

    one = program("parity", 0)
    before = run_texts(one.model, texts("parity"))
    module = type(one.model.module)(one.model.module.config)
    module.load_state_dict(one.model.module.state_dict())
    other = Model(module, one.model.metadata)
    with torch.no_grad():
        other.module.layers[0].mlps[0].fc_out.weight.zero_()
    assert run_texts(one.model, texts("parity")) == before
    assert run_texts(other, texts("parity")) != before
