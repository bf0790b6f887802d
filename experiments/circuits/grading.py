"""All methods on one program, as figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from altac.circuits.circuit import Circuit
from altac.circuits.patching import Ends
from altac.circuits.weights import weights_of
from altac.ir.arrays import Array
from experiments.circuits.measures import at_true_size, auroc, average_precision
from experiments.circuits.methods import (
    Graded,
    Scores,
    attribution,
    kept,
    of_sources,
    patched_edges,
    patched_nodes,
    ports,
    saturation,
    softened,
)
from experiments.circuits.subjects import Subject

SOFTER = 16.0  # by which scores of attention are divided in one of the variants
DRAWS = 20  # of random scores
Record = dict[str, Any]
METHODS: dict[str, Callable[[Subject], Scores]] = {
    "EAP": lambda one: attribution(one.graded),
    "EAP, attention softened": lambda one: attribution(
        one.graded, 1, softened(one.graded, weights_of(one.compiled.model), SOFTER)
    ),
    "EAP-IG, 5 steps": lambda one: attribution(one.graded, 5),
    "EAP-IG, 20 steps": lambda one: attribution(one.graded, 20),
    "patching edges": lambda one: patched_edges(one.graded),
    "patching nodes": lambda one: of_sources(one.graded, patched_nodes(one.graded)),
}


def grade(one: Subject) -> Record:
    """The figures of one program: sizes, and for each method how well it tells edges of both circuits from others."""
    graded = one.graded
    record: Record = {
        "program": one.compiled.program.name,
        "candidates": len(graded.every),
        "live": len(one.live.edges),
        "minimal": len(one.minimal.edges),
        "pairs": sum(len(both.batch.clean) for both in graded.both),
        "dropped": one.dropped,
        "units": list(saturation(graded)),
        "kept by the truth": round(kept(graded, (edge.ends for edge in one.minimal.edges)), 4),
        "methods": {name: figures(one, method(one)) for name, method in METHODS.items()},
    }
    dice = np.random.default_rng(0)
    drawn = [measured(dice.random(len(graded.every)), graded, one.minimal) for _ in range(DRAWS)]
    record["random"] = {name: round(float(np.mean([one[name] for one in drawn])), 4) for name in drawn[0]}
    return record


def figures(one: Subject, scores: Scores) -> Record:
    """Those of one method."""
    graded = one.graded
    numbers = np.array([scores[ends] for ends in graded.every])
    best = [graded.every[place] for place in np.argsort(-numbers, kind="stable")[: len(one.minimal.edges)]]
    ends_at, zero, every = ports(graded.nodes), Counter[str](), Counter[str]()
    for edge in one.minimal.edges:
        kind = ends_at[edge.target, edge.port]
        every[kind] += 1
        zero[kind] += scores[edge.ends] == 0
    return {
        "minimal": measured(numbers, graded, one.minimal),
        "live": measured(numbers, graded, one.live),
        "kept": round(kept(graded, best), 4),
        "exactly zero": {kind: [zero[kind], every[kind]] for kind in sorted(every)},
    }


def measured(numbers: Array, graded: Graded, truth: Circuit) -> dict[str, float]:
    inside: set[Ends] = {edge.ends for edge in truth.edges}
    mask = np.array([ends in inside for ends in graded.every])
    if mask.all():
        return {}
    found = {
        "AUROC": auroc(numbers, mask),
        "average precision": average_precision(numbers, mask),
        "at true size": at_true_size(numbers, mask),
    }
    return {name: round(one, 4) for name, one in found.items()}


def summary(records: Sequence[Record]) -> list[list[str]]:
    """Rows: means over programs for each method, against the minimal circuits."""
    rows = []
    for name in METHODS:
        some = [one["methods"][name] for one in records]
        zero = sum(zeros for one in some for zeros, _ in one["exactly zero"].values())
        edges = sum(count for one in some for _, count in one["exactly zero"].values())
        live = [one["live"]["AUROC"] for one in some if one["live"]]
        rows.append([
            name,
            *(f"{np.mean([one['minimal'][measure] for one in some]):.2f}"
              for measure in ("AUROC", "average precision", "at true size")),
            f"{np.mean(live):.2f}",
            f"{np.mean([one['kept'] for one in some]):.2f}",
            f"{100 * zero / edges:.0f} %",
        ])  # fmt: skip
    drawn = [one["random"] for one in records]
    means = (
        f"{np.mean([one[measure] for one in drawn]):.2f}" for measure in ("AUROC", "average precision", "at true size")
    )
    return [*rows, ["random scores", *means, "", "", ""]]
