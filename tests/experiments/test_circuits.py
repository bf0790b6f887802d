"""The experiment on circuits: its measures by hand, its methods on small programs, its kept results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.circuits.__main__ import HERE, main
from experiments.circuits.figures import markdown
from experiments.circuits.grading import METHODS
from experiments.circuits.measures import at_true_size, auroc, average_precision
from experiments.circuits.methods import attribution, kept, patched_edges
from experiments.circuits.subjects import Subject, subject
from tests.support import compiled, nonempty, program

SCORES = np.array([4.0, 3.0, 2.0, 1.0])
INSIDE = np.array([True, False, True, False])
ALIKE = np.zeros(4)


def test_measures_by_hand() -> None:
    assert auroc(SCORES, INSIDE) == pytest.approx(3 / 4)  # of four pairs of edges one is the wrong way round
    assert average_precision(SCORES, INSIDE) == pytest.approx((1 + 2 / 3) / 2)
    assert at_true_size(SCORES, INSIDE) == pytest.approx(1 / 2)


def test_equal_scores_tell_nothing() -> None:
    assert auroc(ALIKE, INSIDE) == average_precision(ALIKE, INSIDE) == at_true_size(ALIKE, INSIDE) == 1 / 2


def graded(name: str) -> Subject:
    found = subject(program(name))
    assert isinstance(found, Subject)
    return found


def test_the_truth_keeps_the_answers_and_no_edge_does_not() -> None:
    one = graded("induction")
    assert kept(one.graded, one.graded.every) == pytest.approx(1)
    assert kept(one.graded, [edge.ends for edge in one.minimal.edges]) == pytest.approx(1)
    assert kept(one.graded, []) == pytest.approx(0)


def test_attribution_of_a_linear_path_is_patching() -> None:
    """Nothing saturates between the tokens and the answer of `reverse`: its value edge and its last edge are linear."""
    one = graded("reverse")
    scores, patched = attribution(one.graded), patched_edges(one.graded)
    for edge in nonempty(one.minimal.edges):
        assert scores[edge.ends] == pytest.approx(patched[edge.ends])
        assert patched[edge.ends] > 0


def test_a_gradient_stops_at_a_rule_that_is_saturated() -> None:
    """The rule of `out` has the input 3/2 where it fires and at most -1/2 elsewhere: patching sees it, EAP does not."""
    found = subject(
        compiled("""program same
input bits: {"0", "1"} up to 5
layer look:
    head left = token at -1 else "0"
    var out = left == token
output out
""")
    )
    assert isinstance(found, Subject)
    scores, patched = attribution(found.graded), patched_edges(found.graded)
    into = [edge.ends for edge in found.minimal.edges if edge.target == "look.1.mlp1"]
    assert all(scores[ends] == 0 and patched[ends] > 0 for ends in nonempty(into))


def test_an_edge_outside_the_static_circuit_has_no_score() -> None:
    one = graded("sort")
    live = {edge.ends for edge in one.live.edges}
    patched = patched_edges(one.graded)
    assert all(patched[ends] == 0 for ends in nonempty(set(one.graded.every) - live))


def test_the_experiment_at_its_smallest(tmp_path: Path) -> None:
    arguments = ["--only", "reverse", "--only", "induction", "--only", "naive_bayes"]
    done = CliRunner().invoke(main, [*arguments, "--output", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0
    found = json.loads((tmp_path / "results.json").read_text())
    assert [one["program"] for one in found["programs"]] == ["induction", "reverse"]
    assert list(found["left out"]) == ["naive_bayes"]
    assert all(one["kept by the truth"] == 1 for one in nonempty(found["programs"]))
    assert all(name in (tmp_path / "methods.svg").read_text() for name in nonempty(METHODS))


@pytest.fixture
def results() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((HERE / "results" / "results.json").read_text(encoding="utf-8"))
    return data


def test_the_kept_table_is_that_of_the_kept_results(results: dict[str, Any]) -> None:
    assert (HERE / "results" / "results.md").read_text(encoding="utf-8") == markdown(results)


def test_the_figures_of_a_kept_program_are_found_again(results: dict[str, Any]) -> None:
    found = {one["program"]: one for one in results["programs"]}["induction"]
    one = graded("induction")
    assert (len(one.graded.every), len(one.live.edges), len(one.minimal.edges)) == (
        found["candidates"],
        found["live"],
        found["minimal"],
    )
    scores = attribution(one.graded)
    inside = {edge.ends for edge in one.minimal.edges}
    numbers = np.array([scores[ends] for ends in one.graded.every])
    mask = np.array([ends in inside for ends in one.graded.every])
    assert round(auroc(numbers, mask), 4) == found["methods"]["EAP"]["minimal"]["AUROC"]
