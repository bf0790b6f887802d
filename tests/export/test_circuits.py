"""Circuits of exported models: the edges of the program's own, by the same names, and what the export adds."""

from __future__ import annotations

from functools import cache

import pytest

from altac.circuits.build import Form, batches_of, circuit_of
from altac.circuits.circuit import Circuit, Kind, unrolled
from altac.circuits.patching import Patched
from altac.circuits.static import static
from altac.circuits.weights import weights_of
from altac.export.circuit import form_of
from altac.export.prepare import prepare
from altac.export.transformer_lens import places
from tests.circuits.test_circuits import random_pairs
from tests.export.cases import NUMBERS, SLOW, TOO_LARGE, request
from tests.programs.sizes import names
from tests.support import nonempty, program

TAKEN = [name for name in names() if name not in (*NUMBERS, *SLOW, *TOO_LARGE, "multiplication")]
GATED = (  # their layers would change something after the end of the loop
    *("addition", "binary_multiplication", "bubble_sort", "reachability", "regular", "shortest_path", "square_root"),
    *("stack_manipulation", "turing"),
)


@cache
def form(name: str) -> Form:
    asked = request(name)
    return form_of(asked.model.metadata, prepare(asked).unrolled, "transformer-lens", places)


def own(name: str) -> Circuit:
    model, layers = program(name).model, request(name).layers
    loops = [entry for entry, (_, times) in enumerate(model.metadata.config.entries) if times is None]
    return static(
        model.metadata,
        weights_of(model),
        unrolled(model.metadata.config, dict.fromkeys(loops, layers or 0)),
    )


def whole(name: str) -> str:
    """Two blocks that are one MLP, as one."""
    return name.removesuffix(".raw")


@pytest.mark.parametrize("name", TAKEN)
def test_it_has_the_edges_of_the_program_and_those_of_what_is_added(name: str) -> None:
    here = {(whole(one.source), whole(one.target), one.port) for one in form(name).circuit.edges}
    here = {ends for ends in here if ends[0] != ends[1]}
    there = {edge.ends for edge in own(name).edges}
    assert {ends for ends in there - here if (ends[0], "output.shown", "") not in here} == set()
    heads = {node.name for node in form(name).circuit.every if node.kind is Kind.HEAD}
    added = {
        ends
        for ends in here - there
        if "output.shown" not in ends[:2] and not (ends[0] == "embed" and ends[1] in heads)  # by one-hot positions
    }
    assert bool(added) == (name in GATED)


@pytest.mark.parametrize("name", TAKEN)
def test_keeping_only_the_static_edges_changes_no_logit(name: str) -> None:
    one, model = form(name), program(name).model
    longest = max(1, ((request(name).length or 0) - model.interface.added_positions) // 2)
    batches = [batch for batch, _ in batches_of(model.interface, random_pairs(model, longest, 6))]
    patched = Patched(one.patching, batches, model.interface)
    assert 0 < len(one.circuit.edges) <= one.circuit.candidates
    assert patched.change(edge.ends for edge in one.circuit.edges) <= 1e-9


@pytest.mark.parametrize("name", ["parity", "reverse", "histogram", "dyck1", "most_frequent", "running_max"])
def test_live_and_minimal_circuits_are_those_of_the_program(name: str) -> None:
    """Where layers go on without a gate: cut by cut the two models do the same."""
    model, pairs = program(name).model, random_pairs(program(name).model, 3, 6)
    loops = request(name).layers
    for kind in ("live", "minimal"):
        mine = circuit_of(model, kind, None if loops is None else loops, pairs)
        here = circuit_of(model, kind, None, pairs, form=form(name))
        found = {(whole(one.source), whole(one.target), one.port) for one in here.edges}
        assert {ends for ends in found if ends[0] != ends[1] and "output.shown" not in ends[:2]} <= {
            edge.ends for edge in mine.edges
        }
        assert len(here.edges) > 0
        assert here.pairs == mine.pairs


def test_every_node_says_where_it_is() -> None:
    circuit = form("reverse").circuit
    found = {node.name: node.where.to_dict() for node in nonempty(circuit.every) if node.where is not None}
    assert found == {
        "embed": {"hook": "blocks.0.hook_resid_pre"},
        "count.1.attn.mirror": {"hook": "blocks.0.attn.hook_z", "head": 0, "nothing": [1.0]},
        "count.1.mlp1.raw": {"hook": "blocks.0.hook_mlp_out"},
        "count.1.mlp1": {"hook": "blocks.1.hook_mlp_out"},
        "fetch.1.attn.mirrored": {
            "hook": "blocks.2.attn.hook_z",
            "head": 0,
            "nothing": [0.0] * len(program("reverse").model.domains["mirrored"]),
        },
        "logits": {"hook": "blocks.2.hook_resid_post"},
    }
