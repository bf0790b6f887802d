"""Circuits of exported models, in the tools that open these: heads by their names, and what is outside of a circuit."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from altac.circuits.build import Set, circuit_of
from altac.circuits.formats import autocircuit
from altac.diagnostics import AltacError
from altac.diagnostics.inside_errors import NoDefault
from altac.export.prepare import prepare
from altac.export.targets import TARGETS
from altac.export.unrolled import Unrolled
from altac.ir.arrays import Array
from altac.system.files import write_together
from tests.circuits.test_circuits import random_pairs
from tests.export.cases import inputs, request
from tests.export.elsewhere.environments import NEW, OLD
from tests.export.elsewhere.test_tools import TAKEN, job, ran
from tests.support import nonempty, program

ROUNDS = 3  # of loops, in which heads are ablated one by one
NONE = ("bigram", "caesar", "naive_bayes")  # no head, or none that can select nothing


@cache
def sequences(name: str) -> list[list[int]]:
    return inputs(program(name), request(name).length or 0)


def heads_of(name: str) -> list[str]:
    """The heads of a program, and those of its layers in the first rounds, as far as they may select nothing."""
    model, found = program(name).model, []
    metadata = model.metadata
    for place, heads in enumerate(metadata.head_names):
        layer = metadata.layer_names[place]
        for head in heads:
            numbers = [f"{layer}.{number}" if layer else str(number) for number in range(1, ROUNDS + 1)]
            tried = [head, *(f"{number}.attn.{head}" for number in numbers)]
            found += [one for one in tried if not head.startswith("(") and (has_default(name, one))]
    nodes = {
        f"{block.run.replace(' ', '.')}.attn.{head.name}" for block in unrolled(name).blocks for head in block.heads
    }
    return [one for one in found if one in nodes or any(node.endswith(f".attn.{one}") for node in nodes)]


def has_default(name: str, head: str) -> bool:
    try:
        with program(name).model.ablate(head):
            program(name).model.finish(sequences(name)[:1])
    except AltacError as error:
        return not isinstance(error.diagnostics[0], NoDefault)
    return True


@cache
def unrolled(name: str) -> Unrolled:
    return prepare(request(name)).unrolled


@pytest.fixture(scope="module", params=[NEW, OLD])
def without(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a version of TransformerLens finds in every program where a head is ablated."""
    place: Path = tmp_path_factory.mktemp("without")
    jobs = [task(place, name) for name in TAKEN]
    ran(place, jobs, request.param, "run_circuits.py")
    return place


def task(place: Path, name: str) -> dict[str, Any]:
    interface, dice = program(name).program.interface, np.random.default_rng(2)
    symbols, others = interface.alphabet.values, []
    for tokens in sequences(name):
        drawn = dice.integers(len(symbols), size=len(tokens) - len(interface.before) - len(interface.after))
        others.append(interface.frame([symbols[int(one)] for one in drawn]))
    heads = heads_of(name)
    return job(place / name, request(name), sequences(name), "transformer-lens", heads=heads, others=others)


def answer(name: str, logits: Array, shown: Array) -> tuple[int, ...]:
    interface = program(name).program.interface
    found = logits[shown].astype(np.float64)
    if interface.scoring is not None:
        found = found.round()
        if interface.scoring.pooled:
            found = found.sum(axis=0, keepdims=True)[: len(found)]
    return tuple(found[interface.pick(range(len(found)))].argmax(axis=-1).tolist())


def test_which_programs_have_no_such_head() -> None:
    assert [name for name in TAKEN if not heads_of(name)] == [*NONE]


@pytest.mark.parametrize("name", [name for name in TAKEN if name not in NONE])
def test_an_ablated_head_changes_what_it_changes_in_altac(without: Path, name: str) -> None:
    found, model = np.load(without / name / "without.npz"), program(name).model
    compared, most = 0, len(unrolled(name).runs)
    for head in nonempty(heads_of(name)):
        for row, tokens in nonempty(enumerate(sequences(name))):
            try:
                with model.ablate(head):
                    (end,) = model.finish([tokens])
            except AltacError:  # the run ended before that round
                continue
            if end.output is None or end.layers > most:  # in altac it went on
                continue
            length = len(tokens)
            assert answer(name, found[head][row, :length], found[f"{head} shown"][row, :length]) == end.output, (
                head,
                tokens,
            )
            compared += 1
    assert compared


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_outside_of_the_static_circuit_changes_no_logit(without: Path, name: str) -> None:
    found = np.load(without / name / "without.npz")
    for row, tokens in nonempty(enumerate(sequences(name))):
        clean, other = (found[which][row, : len(tokens)] for which in ("(clean)", "(other)"))
        assert np.abs(clean - other).max(initial=0) < 1e-5
        shown = (found[f"{which} shown"][row, : len(tokens)] for which in ("(clean)", "(other)"))
        assert np.array_equal(*shown)


PATCHED = ("parity", "reverse", "double_histogram", "most_frequent", "dyck1", "bubble_sort", "sort_unique", "bigram")
KINDS: tuple[Set, ...] = ("static", "live")


@pytest.fixture(scope="module")
def patched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What AutoCircuit finds in exported models, with files of circuits that the command writes."""
    place, jobs = tmp_path_factory.mktemp("patched"), []
    for name in PATCHED:
        model, loops = program(name).model, request(name).layers is not None
        asked = replace(request(name), layers=4 if loops else None)
        export = TARGETS["transformer-lens"](asked)
        write_together(place / name, export.files)
        pairs = random_pairs(model, 3, 4)
        circuits = {kind: circuit_of(model, kind, None, pairs, None, export.form) for kind in KINDS}
        sets = {kind: autocircuit(circuit)["edges"] for kind, circuit in circuits.items()}
        texts = [(pair.clean, pair.corrupted) for pair in pairs]
        jobs.append({"folder": str(place / name), "pairs": texts, "sets": sets})
    return dict(zip(PATCHED, json.loads(ran(place, jobs, OLD, "run_autocircuit.py")), strict=True))


@pytest.mark.parametrize("name", PATCHED)
def test_autocircuit_patches_all_other_edges_and_gets_the_same_logits(patched: dict[str, Any], name: str) -> None:
    """Every set of edges is enough, and none is not; the tool has as many edges as the format for EAP says."""
    found = patched[name]
    assert found["unknown"] == []
    assert found["farthest"]["static"] < 1e-5
    assert found["farthest"]["live"] < 1e-5
    assert found["farthest"]["all"] < 1e-5
    assert found["farthest"]["none"] > 0.5
