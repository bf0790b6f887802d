"""The experiment on parity at the smallest size: balanced inputs, one run, its tables and its plot."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from experiments.parity import runs
from experiments.parity.figures import curves, draw, read_results, share, table
from experiments.parity.inputs import draw as draw_inputs
from experiments.parity.inputs import write_inputs
from experiments.parity.runs import run_setting, tally
from experiments.parity.settings import OUTPUT, TRACE, Setting
from tests.support import nonempty


def test_each_number_of_ones_is_drawn_equally_often() -> None:
    texts = draw_inputs(6, 10, 0, lambda text: True)
    assert Counter(text.count("1") for text in texts) == dict.fromkeys(range(7), 10)
    assert all(text.count("1") <= len(text.split()) <= 6 for text in nonempty(texts))
    assert texts == draw_inputs(6, 10, 0, lambda text: True)


def test_no_input_of_a_figure_was_trained_on(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    train, test, figures = (
        (tmp_path / name).read_text().removesuffix("\n").split("\n")
        for name in ("train.txt", "test.txt", "figures.txt")
    )
    assert (len(train), len(test), len(figures)) == (21 * 480, 41 * 20, 41 * 100)
    assert set(train).isdisjoint({*test, *figures})
    assert Counter(text.count("1") for text in train) == dict.fromkeys(range(21), 480)
    assert {len(text.split()) for text in train} == set(range(1, 21))  # the empty string is held out
    assert sum(len(text.split()) <= 20 for text in figures) > 500


def test_answers_are_counted_in_groups() -> None:
    assert tally([2, 1, 2], [(0,), (1,), (1,)], [(0,), (1,), None]) == {1: [1, 1], 2: [1, 2]}
    assert share({"1": [1, 1], "2": [1, 2], "9": [0, 5]}, 0, 2) == "66.7 % of 3"


@pytest.mark.parametrize(("name", "setting"), [("relative", TRACE["relative"]), ("end", OUTPUT["output-relative"])])
def test_a_run_gives_a_table_and_a_plot(
    name: str, setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "BUILD", tmp_path / "build")
    monkeypatch.setattr(runs, "RESULTS", tmp_path / "results")
    monkeypatch.setattr("altac.learn.logs.find_spec", lambda package: None)
    monkeypatch.setattr(
        "experiments.parity.inputs.draw", lambda longest, count, *others: draw_inputs(longest, 1, *others)
    )
    small = {"hidden": (8,), "steps": 2, "log_every": 1, "evaluate_every": 2}
    tiny = Setting(setting.label, 1, {**setting.config, **small})
    run_setting(name, tiny, 0, lambda line: None)
    assert {path.name for path in (tmp_path / "results").iterdir()} == {
        f"{name}-0.{end}" for end in ("json", "csv", "toml")
    }
    run_setting(name, tiny, 0, lambda line: pytest.fail("it was run already"))
    results = read_results(tmp_path / "results", {name: tiny})
    assert f"| {setting.label} | 0 | 2 |" in table(results)
    assert all(0 <= share <= 100 for points in nonempty(curves(results, "length").values()) for _, share in points)
    draw(results, "parity", tmp_path / "parity.png")
    assert (tmp_path / "parity.png").stat().st_size > 1000
