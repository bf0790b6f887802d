"""The counts of every program at every level are those of `sizes.json`, and the published goals hold."""

import pytest

from altac.driver import compile_source
from altac.syntax import read_source
from tests.programs.sizes import GOLDEN, SLOW_PLAIN, TABLE, counts, golden_sizes, levels, names, table_text
from tests.support import PROGRAMS, nonempty

CASES = [
    pytest.param(name, level, marks=pytest.mark.slow if level == 0 and name in SLOW_PLAIN else ())
    for name in names()
    for level in levels(name)
]
GOALS = {"addition": 300, "subleq": 1000, "scan": 3000, "parity_sum": 210, "parity": 7}


@pytest.mark.parametrize(("name", "level"), CASES)
def test_counts(name: str, level: int) -> None:
    assert golden_sizes()[name][f"-O{level}"] == counts(name, level), "if this is meant to be: make golden"


def test_every_program_has_its_counts() -> None:
    assert {name: list(sizes) for name, sizes in golden_sizes().items()} == {
        name: [f"-O{level}" for level in levels(name)] for name in names()
    }
    assert all(len(line) < 160 for line in nonempty(GOLDEN.read_text(encoding="utf-8").splitlines()))


def test_the_table_of_programs_is_up_to_date() -> None:
    assert TABLE.read_text(encoding="utf-8") == table_text(), "make golden"


@pytest.mark.parametrize(("name", "most"), GOALS.items())
def test_goals(name: str, most: int) -> None:
    assert counts(name, 2)["hidden_units"] <= most
    assert counts("scan", 2)["parameters"] <= 15_000_000


@pytest.mark.parametrize("name", names())
def test_no_pass_adds_units(name: str) -> None:
    stats = compile_source(read_source(PROGRAMS / f"{name}.alta")).stats()
    units = [one["hidden_units"] for one in stats["passes"]]
    assert [one["pass"] for one in stats["passes"]] == ["plain rules", "cubes", "merged", "shared", "features"]
    assert units == sorted(units, reverse=True)
    assert units[-1] == stats["hidden_units"]
    if 0 in levels(name):
        assert units[0] == golden_sizes()[name]["-O0"]["hidden_units"]
