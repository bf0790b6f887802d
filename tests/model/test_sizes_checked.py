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
from altac.model.config import TransformerConfig
from altac.model.file import load_model
from tests.support import nonempty, program

SIZES = [field.name for field in fields(TransformerConfig)]
# What a file may say otherwise and still be as good: it describes another program, on the same tensors.
FREE = {"layers", "one_value"}


def others(name: str, value: Any) -> list[Any]:
    """What is no size, and other sizes where the tensors, or the names, say which one it is."""
    wrong = [-1, 2**40, 1.0, {}, [-1], [1.0], ["1"], [None]]
    if isinstance(value, list):
        item = value[0] if value else 0
        wrong += [item, None]
        if name not in FREE:
            wrong += [[*value, item + 1], *([value[:-1], [one + 1 for one in value]] if value else [])]
        return wrong
    wrong += ["other", [value]]
    if isinstance(value, str):
        return [*wrong, "relu", "tanh"]  # of learned units
    return wrong if name in FREE or value is None else [*wrong, value + 1, True, None]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_with_another_size_is_refused(size: str, tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    program("parity_absolute", 1).save(path)
    state = torch.load(path, weights_only=True)
    for other in nonempty(others(size, state["_extra_state"]["config"][size])):
        changed = dict(state)
        changed["_extra_state"] = deepcopy(state["_extra_state"])
        changed["_extra_state"]["config"][size] = other
        torch.save(changed, path)
        with pytest.raises(AltacError) as caught:
            load_model(path)
        assert [one.code for one in caught.value.diagnostics] == ["E0701"], (size, other)


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
    "a number for two values": lambda extra: extra["stream"][0].update(kind="scalar"),
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


@pytest.mark.parametrize("part", ["stream", "head_names", "unit_names"])
def test_a_file_that_names_less_than_it_holds_is_refused(part: str, tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    program("dyck2", 1).save(path)
    state = torch.load(path, weights_only=True)
    state["_extra_state"][part] = state["_extra_state"][part][1:]
    torch.save(state, path)
    with pytest.raises(AltacError, match="E0701"):
        load_model(path)
