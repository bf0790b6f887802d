"""Axes, labels and tables of activations, with values by hand; what is missing is said."""

from __future__ import annotations

import pandas
import pytest
import torch

from altac.diagnostics import AltacError
from altac.model.inside.activations import ActivationCache
from tests.support import nonempty, program


@pytest.fixture(scope="module")
def cache() -> ActivationCache:
    return program("parity").model.run_with_cache("1 0 1")[1]


def test_axes_have_names_and_labels(cache: ActivationCache) -> None:
    head = cache["2.attn.parity_left"]
    assert repr(head) == "<Activation 2.attn.parity_left: 4 position x 2 value>"
    assert [axis.name for axis in head.axes] == ["position", "value"]
    assert head.axes[0].labels == ('0 "<s>"', '1 "1"', '2 "0"', '3 "1"')
    assert head.values.tolist() == [[1, 0], [1, 0], [0, 1], [1, 0]]
    assert head.at(position=2).tolist() == head.at(position='2 "0"').tolist() == [0, 1]
    assert head.at(position=-2, value="1").item() == 1
    assert [axis.name for axis in cache["1.pattern.done_left"].axes] == ["query", "key"]
    assert cache["1.pattern.done_left"].at(query=0, key="nothing").item() == 1
    for name, one in nonempty(cache.items()):
        assert tuple(one.values.shape) == tuple(map(len, one.axes)), name


def test_every_name_is_there_once_in_the_order_of_the_run(cache: ActivationCache) -> None:
    rounds = [name.split(".")[0] for name in cache if name[0].isdigit()]
    assert rounds == sorted(rounds)
    assert set(rounds) == {"1", "2", "3"}
    second = [name for name in cache if name.startswith("2.")]
    assert second == [
        "2.resid.pre",
        "2.attn.parity_left",
        "2.pattern.parity_left",
        "2.attn.done_left",
        "2.pattern.done_left",
        "2.resid.mid",
        "2.mlp1",
        "2.resid.post",
        "2.var.parity",
        "2.var.done",
    ]
    assert list(cache.matching("*.resid.mid")) == ["1.resid.mid", "2.resid.mid", "3.resid.mid"]
    assert torch.equal(cache["2.resid.pre"].values, cache["1.resid.post"].values)


def test_a_rule_is_an_activation(cache: ActivationCache) -> None:
    name = "1.mlp1.if done = false and done_left = true then done: false -> true"
    assert name in cache
    assert cache[name].values.tolist() == [0, 1, 0, 0]
    assert cache[name].to_pandas()['1 "1"'] == 1
    assert "1.mlp1.if pigs = flying" not in cache


def test_tables(cache: ActivationCache) -> None:
    table = cache["2.attn.parity_left"].to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert table.loc['2 "0"', "1"] == 1
    assert (table.index.name, table.columns.name) == ("position", "value")
    long = cache.to_pandas("*.attn.parity_left")
    assert list(long.columns) == ["activation", "position", "value", "number"]
    assert len(long) == 3 * 4 * 2
    assert long.query("value == '1'").groupby("activation")["number"].sum().tolist() == [1, 1, 2]


@pytest.mark.parametrize(
    ("words", "indices"),
    [
        ("did you mean `position`", {"positon": 1}),
        ("no activation `position 4`", {"position": 4}),
        ("`2`", {"value": "2"}),
    ],
)
def test_what_an_activation_has_not(words: str, indices: dict[str, int | str], cache: ActivationCache) -> None:
    with pytest.raises(AltacError, match=words):
        cache["2.attn.parity_left"].at(**indices)


def test_a_missing_package_is_named(cache: ActivationCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(AltacError, match=r"altac|inside"):
        cache["2.attn.parity_left"].to_pandas()
