"""Circuits in the formats of other tools, and pictures of them, against what is written out."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from altac.circuits.build import circuit_of
from altac.circuits.circuit import Circuit
from altac.circuits.drawing import dot, png, svg
from altac.circuits.formats import acdc, autocircuit, eap, interpbench
from tests.support import nonempty, program


@pytest.fixture(scope="module")
def reverse() -> Circuit:
    return circuit_of(program("reverse").model)


def test_eap_has_every_edge_of_its_stack_and_marks_those_in_the_circuit(reverse: Circuit) -> None:
    data = eap(reverse)
    assert data["cfg"] == {"n_layers": 2, "n_heads": 1, "parallel_attn_mlp": False, "d_model": 97}
    assert {name for name, one in data["nodes"].items() if one["in_graph"]} == {
        "input",
        "a0.h0",
        "m0",
        "a1.h0",
        "logits",
    }
    inside = [name for name, one in data["edges"].items() if one["in_graph"]]
    assert sorted(inside) == ["a0.h0->m0", "a1.h0->logits", "input->a1.h0<k>", "input->a1.h0<v>", "m0->a1.h0<q>"]
    # 3 for each head and sender before it, 1 for each MLP and the logits
    assert len(data["edges"]) == 3 * 1 + 2 + 3 * 3 + 4 + 5
    assert all(one["score"] == one["in_graph"] for one in nonempty(data["edges"].values()))


def test_blocks_of_layers_with_several_mlps_follow_each_other() -> None:
    """The layer `count` of this program has two MLPs, so that the next layer is the third block."""
    circuit = circuit_of(program("double_histogram").model)
    hidden = [len(layer.hidden_sizes) for layer in program("double_histogram").model.metadata.config.layers]
    assert eap(circuit)["cfg"]["n_layers"] == sum(max(1, count) for count in hidden)
    assert eap(circuit)["cfg"]["n_heads"] == 2
    inside = {name for name, one in eap(circuit)["edges"].items() if one["in_graph"]}
    assert len(inside) == len(circuit.edges)


def test_acdc(reverse: Circuit) -> None:
    head, end = [None, None, 0], "blocks.1.hook_resid_post"
    edges = acdc(reverse)["edges"]
    assert [end, [None], "blocks.1.attn.hook_result", head] in edges
    assert ["blocks.1.hook_q_input", head, "blocks.0.hook_mlp_out", [None]] in edges
    assert ["blocks.1.hook_v_input", head, "blocks.0.hook_resid_pre", [None]] in edges
    assert ["blocks.1.attn.hook_result", head, "blocks.1.attn.hook_q", head] in edges
    assert ["blocks.1.attn.hook_q", head, "blocks.1.hook_q_input", head] in edges
    assert ["blocks.0.hook_mlp_out", [None], "blocks.0.hook_mlp_in", [None]] in edges
    assert len(edges) == 5 + 1 + 3 * 2  # of the circuit, in the MLP, in the head that is read into


def test_autocircuit_and_interpbench(reverse: Circuit) -> None:
    assert autocircuit(reverse)["edges"] == [
        "Resid Start->A1.0.K",
        "Resid Start->A1.0.V",
        "A0.0->MLP 0",
        "MLP 0->A1.0.Q",
        "A1.0->Resid End",
    ]
    assert interpbench(reverse)["edges"] == [  # key and value are one head
        ["hook_embed", "blocks.1.attn.hook_result[0]"],
        ["blocks.0.attn.hook_result[0]", "blocks.0.hook_mlp_out"],
        ["blocks.0.hook_mlp_out", "blocks.1.attn.hook_result[0]"],
        ["blocks.1.attn.hook_result[0]", "blocks.1.hook_resid_post"],
    ]


def test_pictures_show_every_node_and_every_edge(reverse: Circuit) -> None:
    picture = ElementTree.fromstring(svg(reverse))
    titles = [one.text or "" for one in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert next(title for title in titles if " -> " in title) == ("embed -> fetch.1.attn.mirrored as key: position")
    assert len([title for title in titles if " -> " in title.split("\n")[0]]) == len(reverse.edges)
    texts = [one.text for one in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "reverse: static circuit, 2 layers, 5 of 18 edges" in texts
    assert {"embed", "mirror", "31 rules", "mirrored", "logits", "count 1", "fetch 1"} <= set(texts)
    assert png(reverse).startswith(b"\x89PNG")
    lines = dot(reverse).decode().splitlines()
    assert len([line for line in lines if " -> " in line and "label=" in line and "fillcolor" not in line]) == 5
    assert '  "count.1.mlp1" -> "fetch.1.attn.mirrored" [label="query: mirror", color="#aa3377"];' in lines


def test_names_with_signs_of_the_format_are_escaped(reverse: Circuit) -> None:
    odd = replace(reverse, program='a "b" <c> & d')
    ElementTree.fromstring(svg(odd))
    assert 'label="a \\"b\\" <c> & d: static circuit' in dot(odd).decode()
