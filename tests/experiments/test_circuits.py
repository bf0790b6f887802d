"""Methods that find circuits: what they score, against finite differences and against the sum that a node reads."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from altac.circuits.build import Pair, batches_of, rounds_on
from altac.circuits.circuit import order, unrolled
from altac.circuits.patching import Patching
from altac.circuits.static import static
from altac.circuits.weights import weights_of
from experiments.circuits.__main__ import RESULTS, main, measure
from experiments.circuits.figures import table
from experiments.circuits.methods import Asked, asked, attributed, gradients, lost, patched
from experiments.circuits.ranking import auroc, average_precision, precision_at_size
from tests.support import nonempty, program

PAIRS = {"parity": ("1 0 1", "1 1 1"), "dyck1": ("( ) (", "( ) )"), "sort": ("c a b", "c a a")}
SCORES, TRUE = [3.0, 2.0, 2.0, 1.0, 0.0], [True, False, True, False, True]


def opened(name: str) -> tuple[Patching, Asked]:
    model, (clean, corrupted) = program(name).model, PAIRS[name]
    weights, pairs = weights_of(model), [Pair(clean, corrupted, "here")]
    runs = unrolled(model.metadata.config, rounds_on(model, pairs))
    patching = Patching(weights, static(model.metadata, weights, runs).every, runs)
    ((batch, _),) = batches_of(model.interface, pairs)
    found = asked(patching, model.interface, batch)
    assert found is not None
    return patching, found


@pytest.mark.parametrize("name", PAIRS)
def test_a_node_reads_the_sum_of_what_those_before_it_write_and_nothing_clears(name: str) -> None:
    patching, one = opened(name)
    read: dict[tuple[str, str], Tensor] = {}

    def watch(node: str, port: str, x: Tensor) -> Tensor:
        read[node, port] = x
        return x

    outcome = patching.watched(patching.embedded(one.batch.clean), watch)
    nodes = {node.name: node for node in patching.nodes}
    for (name, _), x in nonempty(read.items()):
        before = [node for node in patching.nodes if order(node) < order(nodes[name])]
        terms = (outcome.written[node.name].masked_fill(lost(patching, node, nodes[name]), 0) for node in before)
        assert torch.allclose(sum(terms), x, atol=1e-9)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PAIRS)
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    patching, one = opened(name)
    share, small = 0.6, 1e-6
    slopes = gradients(patching, one, (share,))
    clean, corrupted = patching.embedded(one.batch.clean), patching.embedded(one.batch.corrupted)
    begin, drawn = corrupted + share * (clean - corrupted), torch.Generator().manual_seed(0)
    for place, slope in nonempty(slopes.items()):
        direction = torch.randn(slope.shape, generator=drawn, dtype=torch.float64)

        def moved(by: float, place: tuple[str, str] = place, direction: Tensor = direction) -> float:
            watch = lambda node, port, x: x + by * direction if (node, port) == place else x  # noqa: E731
            return float(one.metric(patching.watched(begin, watch)).detach())

        assert (moved(small) - moved(-small)) / (2 * small) == pytest.approx(float((slope * direction).sum()), abs=1e-4)


def test_an_edge_to_the_readout_scores_what_patching_it_changes() -> None:
    """The readout is linear, so the estimate is exact there."""
    patching, one = opened("sort")
    exact, estimated = patched(patching, [one]), attributed(patching, [one], (1.0,))
    ends = [ends for ends in exact if ends[1] == "logits"]
    assert any(exact[one] for one in ends)
    for one_end in nonempty(ends):
        assert exact[one_end] == pytest.approx(estimated[one_end], abs=1e-9)


def test_rankings_by_hand() -> None:
    """Of six pairs of a true edge and another: three are in order, one is equal, two are not."""
    assert auroc(SCORES, TRUE) == pytest.approx((3 + 0.5) / 6)
    assert average_precision(SCORES, TRUE) == pytest.approx((1 / 1 + 2 / 3 + 3 / 5) / 3)
    assert precision_at_size(SCORES, TRUE) == pytest.approx((1 + 1) / 3)


def test_equal_scores_tell_nothing() -> None:
    true = [True, False, False, True, False]
    assert auroc([1.0] * 5, true) == 0.5
    assert average_precision([1.0] * 5, true) == pytest.approx(2 / 5)
    assert precision_at_size([1.0] * 5, true) == pytest.approx(2 / 5)


def test_rankings_are_means_over_all_orders_of_equal_scores() -> None:
    drawn = np.random.default_rng(0)
    for _ in nonempty(range(20)):
        scores, true = drawn.integers(0, 3, 7).tolist(), drawn.integers(0, 2, 7).astype(bool)
        true[:2] = True, False
        pairs = [(scores[a], scores[b]) for a, b in product(range(7), repeat=2) if true[a] and not true[b]]
        wanted = np.mean([(one > other) + (one == other) / 2 for one, other in pairs])
        assert auroc(scores, true.tolist()) == pytest.approx(wanted)


def test_the_experiment_at_its_smallest_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["-n", "1", "--edges", "20", "--folder", str(tmp_path)])
    (record,) = json.loads((tmp_path / "figures.json").read_text())["programs"]
    assert record["program"] == "binary_increment"
    assert (record["edges"]["candidates"], record["edges"]["minimal"]) == (8, 5)
    assert set(record["methods"]) == {"activation patching", "EAP", "EAP-IG"}
    assert (tmp_path / "auroc.svg").exists()
    assert "| EAP-IG | minimal |" in capsys.readouterr().out


def test_the_tables_are_those_of_the_figures_that_are_kept() -> None:
    figures = json.loads((RESULTS / "figures.json").read_text(encoding="utf-8"))
    assert len(figures["programs"]) == 50
    readme = (RESULTS.parent / "README.md").read_text(encoding="utf-8")
    for part in nonempty(table(figures["programs"]).split("\n\n")):
        assert part in readme


@pytest.mark.parametrize(
    ("name", "reason"),
    [("copy", "it writes"), ("fraction_before", "its answers are numbers"), ("caesar", "3 of 3 edges are live")],
)
def test_what_cannot_be_scored_is_left_out_with_a_reason(name: str, reason: str) -> None:
    found = measure(program(name), 1000)
    assert isinstance(found, str)
    assert found.startswith(reason)
