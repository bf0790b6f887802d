"""What a model file says of its sizes is compared with all that it holds."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch

from altac.diagnostics import AltacError
from altac.model.config import EntryConfig, LayerConfig, TransformerConfig
from altac.model.file import load_model
from tests.support import compiled, nonempty, program

SIZES = [(field.name,) for field in fields(TransformerConfig)]
SIZES += [("layers", 0, field.name) for field in fields(LayerConfig)]
SIZES += [("schedule", 0, field.name) for field in fields(EntryConfig)]
# What a file may say otherwise and still be as good: it describes another program, on the same tensors.
FREE = {"times", "one_value", "symmetric"}


def others(name: str, value: Any) -> list[Any]:
    """What is no size, and other sizes where the tensors, or the names, say which one it is."""
    wrong = [-1, 2**40, 1.0, {}, [-1], [1.0], ["1"], [None]]
    if isinstance(value, list):
        item = value[0] if value else 0
        wrong += [item, None]
        if isinstance(item, dict):
            return [*wrong, [], [*value, item]]
        if name not in FREE:
            wrong += [[*value, item + 1], *([value[:-1], [one + 1 for one in value]] if value else [])]
        return wrong
    wrong += ["other", [value]]
    if isinstance(value, str):
        return [*wrong, "relu", "tanh"]  # of learned units
    return wrong if name in FREE or value is None else [*wrong, value + 1, True, None]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_with_another_size_is_refused(size: tuple[Any, ...], tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    program("parity_absolute", 1).save(path)
    state = torch.load(path, weights_only=True)
    *outer, name = size

    def inside(config: Any) -> Any:
        for key in outer:
            config = config[key]
        return config

    for other in nonempty(others(name, inside(state["_extra_state"]["config"])[name])):
        changed = dict(state)
        changed["_extra_state"] = deepcopy(state["_extra_state"])
        inside(changed["_extra_state"]["config"])[name] = other
        torch.save(changed, path)
        with pytest.raises(AltacError) as caught:
            load_model(path)
        assert [one.code for one in caught.value.diagnostics] == ["E0701"], (size, other)


LAYERS = """
program test
input word: 0..9 up to 8
layer one:
    head before = token at -1 else 0
    var both = (token + before) // 2
layer two:
    head out = both at +1 else 9
output out
"""


def entry(number: int, **changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda extra: extra["config"]["schedule"][number].update(changes)


def part(owner: str, **changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda extra: next(one for one in extra["stream"] if one["owner"] == owner).update(changes)


DAMAGED_LAYERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a layer in two entries": entry(0, layers=2),
    "an entry without layers": entry(0, layers=0),
    "a loop without a readout": entry(1, times=None),
    "a run that may end before its output is there": entry(1, times=0),
    "a schedule that ends early": lambda extra: extra["config"]["schedule"].pop(),
    "a layer without a name": lambda extra: extra.update(layer_names=["one", ""]),
    "two layers of one name": lambda extra: extra.update(layer_names=["one", "one"]),
    "a name too few": lambda extra: extra["layer_names"].pop(),
    "a head in another layer": part("before", layers=[1, 1]),
    "a value that is gone when it is read": part("out", layers=[0, 0]),
    "a value that stays longer than the layers": part("both", layers=[0, 2]),
    "a value before it is made": part("both", layers=[1, 0]),
    "values in the same place": part("before", start=0),
    "a value beyond the stream": part("both", start=1000),
    "heads of one layer in the other": lambda extra: extra["head_names"].reverse(),
    "units of one layer in the other": lambda extra: extra["unit_names"].reverse(),
}


@pytest.mark.parametrize("damage", DAMAGED_LAYERS)
def test_a_description_of_other_layers_is_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    compiled(LAYERS, 1).save(path)
    state = torch.load(path, weights_only=True)
    load_model(path)
    DAMAGED_LAYERS[damage](state["_extra_state"])
    torch.save(state, path)
    with pytest.raises(AltacError) as caught:
        load_model(path)
    assert [one.code for one in caught.value.diagnostics] == ["E0701"]


def described(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda extra: extra["input"].update(changes)


DAMAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no format": lambda extra: extra.pop("format"),
    "another format": lambda extra: extra.update(format=0),
    "a token that there is not": described(before=[99]),
    "no list of tokens": described(after=3),
    "a smaller vocabulary": described(vocabulary=["<s>", "0"]),
    "a length that is none": described(longest="9"),
    "a longer input": described(longest=51),
    "no length": described(longest=None),
    "no alphabet": described(alphabet=[]),
    "an output that there is not": lambda extra: extra["output"].update(variable="other"),
    "positions of the output": lambda extra: extra["output"].update(at="middle"),
    "another domain": lambda extra: extra["stream"][0].update(domain=[0, 1, 2]),
    "a number for two values": lambda extra: extra["stream"][0].update(kind="number"),
    "a kind that there is not": lambda extra: extra["stream"][0].update(kind="other"),
    "scratch among the variables": lambda extra: extra["stream"].reverse(),
    "a sub-layer that there is not": lambda extra: extra["stream"][-1].update(after=9),
    "a variable after a sub-layer": lambda extra: extra["stream"][0].update(after=1),
    "two variables of one name": lambda extra: extra["stream"].insert(0, extra["stream"][0]),
    "a head without a name": lambda extra: extra["stream"][-1].update(owner=None),
    "borders of what is not a number": lambda extra: extra["stream"][0].update(borders=[0.5], buckets=[0, 1]),
    "no stream": lambda extra: extra.update(stream=[]),
    "no sizes": lambda extra: extra.pop("config"),
    "no description": lambda extra: extra.clear(),
    "a size more": lambda extra: extra["config"].update(colour=3),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_description_that_is_damaged_is_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    program("parity_absolute", 1).save(path)
    state = torch.load(path, weights_only=True)
    load_model(path)
    DAMAGES[damage](state["_extra_state"])
    torch.save(state, path)
    with pytest.raises(AltacError) as caught:
        load_model(path)
    assert [one.code for one in caught.value.diagnostics] == ["E0701"]


def test_what_is_no_tensor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    program("parity", 1).save(path)
    state = torch.load(path, weights_only=True)
    torch.save({**state, "more": [1, 2]}, path)
    with pytest.raises(AltacError, match="more than tensors"):
        load_model(path)


@pytest.mark.parametrize("part", ["stream", "layer_names", "head_names", "unit_names"])
def test_a_file_that_names_less_than_it_holds_is_refused(part: str, tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    program("dyck2", 1).save(path)
    state = torch.load(path, weights_only=True)
    state["_extra_state"][part] = state["_extra_state"][part][1:]
    torch.save(state, path)
    with pytest.raises(AltacError, match="E0701"):
        load_model(path)
