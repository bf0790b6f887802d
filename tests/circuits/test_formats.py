"""Circuits in the formats of other tools, and pictures of them, against what is written out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from altac.circuits.build import circuit_of
from altac.circuits.circuit import Circuit, Kind
from altac.circuits.drawing import dot, png, svg
from altac.circuits.formats import acdc, autocircuit, eap, interpbench, json_bytes
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
    edges = [edge[:4] for edge in acdc(reverse)["edges"] if edge[4]]
    assert [end, [None], "blocks.1.attn.hook_result", head] in edges
    assert ["blocks.1.hook_q_input", head, "blocks.0.hook_mlp_out", [None]] in edges
    assert ["blocks.1.hook_v_input", head, "blocks.0.hook_resid_pre", [None]] in edges
    assert ["blocks.1.attn.hook_result", head, "blocks.1.attn.hook_q", head] in edges
    assert ["blocks.1.attn.hook_q", head, "blocks.1.hook_q_input", head] in edges
    assert ["blocks.0.hook_mlp_out", [None], "blocks.0.hook_mlp_in", [None]] in edges
    assert len(edges) == 5 + 1 + 3 * 2  # of the circuit, in the MLP, in the head that is read into


# Readers, as the tools load what is written ------------------------------------------------------------------------

READ = ("reverse", "double_histogram", "most_frequent", "scan_writer", "bigram", "dyck2")


def eap_places(layers: int, heads: int) -> dict[str, tuple[int, int]]:
    """As EAP-IG numbers edges (`Graph.from_model`): rows are nodes that write, columns what nodes read through."""
    rows, columns = {"input": 0}, dict[str, int]()
    for layer in range(layers):
        rows |= {f"a{layer}.h{head}": len(rows) + head for head in range(heads)}
        for letter in "qkv":
            columns |= {f"a{layer}.h{head}<{letter}>": len(columns) + head for head in range(heads)}
        rows[f"m{layer}"], columns[f"m{layer}"] = len(rows), len(columns)
    columns["logits"] = len(columns)
    found = {}
    for target, column in columns.items():
        layer = layers if target == "logits" else int(target[1:].split(".")[0])
        count = 1 + layer * (heads + 1) + (heads if target.startswith("m") else 0)
        found |= {f"{source}->{target}": (row, column) for source, row in rows.items() if row < count}
    return found


@pytest.mark.parametrize("name", READ)
def test_a_reader_like_that_of_eap_ig(name: str) -> None:
    """`from_json` makes the graph from `cfg`, and looks every node and edge up in it."""
    circuit = circuit_of(program(name).model)
    data = json.loads(json_bytes(eap(circuit)))
    sizes = data["cfg"]
    assert sizes.keys() == {"n_layers", "n_heads", "parallel_attn_mlp", "d_model"}
    assert sizes["n_heads"] >= 1
    places = eap_places(sizes["n_layers"], sizes["n_heads"])
    assert data["edges"].keys() == places.keys()
    inside = [places[edge] for edge, info in data["edges"].items() if info["in_graph"]]
    assert len(set(inside)) == len(circuit.edges)
    writers = {edge.partition("->")[0] for edge in places}
    assert data["nodes"].keys() == writers | {"logits"}
    ends = {end.split("<")[0] for edge, info in data["edges"].items() if info["in_graph"] for end in edge.split("->")}
    assert {node for node, info in data["nodes"].items() if info["in_graph"]} == ends | {"logits"}


def acdc_keys(layers: int, heads: int) -> set[tuple[Any, ...]]:
    """All edges of ACDC's graph (`TLACDCCorrespondence.setup_from_model`), from the last layer to the first."""
    whole, found = (None,), set[tuple[Any, ...]]()
    later = [(f"blocks.{layers - 1}.hook_resid_post", whole)]
    for layer in reversed(range(layers)):
        out, read = (f"blocks.{layer}.hook_mlp_out", whole), (f"blocks.{layer}.hook_mlp_in", whole)
        found |= {(*reader, *out) for reader in later} | {(*out, *read)}
        later.append(read)
        new = []
        for head in range(heads):
            index = (None, None, head)
            result = (f"blocks.{layer}.attn.hook_result", index)
            found |= {(*reader, *result) for reader in later}
            for letter in "qkv":
                own, read = (
                    (f"blocks.{layer}.attn.hook_{letter}", index),
                    (f"blocks.{layer}.hook_{letter}_input", index),
                )
                found |= {(*result, *own), (*own, *read)}
                new.append(read)
        later += new
    return found | {(*reader, "blocks.0.hook_resid_pre", whole) for reader in later}


@pytest.mark.parametrize("name", READ)
def test_a_reader_like_that_of_acdc(name: str) -> None:
    """`load_subgraph` takes a dictionary of exactly the edges of the graph, to whether they are present."""
    circuit = circuit_of(program(name).model)
    sizes, edges = eap(circuit)["cfg"], json.loads(json_bytes(acdc(circuit)))["edges"]
    subgraph = {
        (receiver, tuple(index), sender, tuple(other)): present for receiver, index, sender, other, present in edges
    }
    assert subgraph.keys() == acdc_keys(sizes["n_layers"], sizes["n_heads"])
    assert len(subgraph) == len(edges)
    added = {
        key
        for key, present in subgraph.items()
        if present and ("_input" in key[0] or "_in" in key[0] or "post" in key[0])
    }
    assert len(added) == len(circuit.edges)


@pytest.mark.parametrize("name", READ)
def test_a_reader_like_that_of_interpbench(name: str) -> None:
    """`edges_list_to_circuit` takes pairs, and what stands in brackets behind a hook for the number of a head."""
    circuit = circuit_of(program(name).model)
    pairs = [[end.rstrip("]").split("[") for end in pair] for pair in interpbench(circuit)["edges"]]
    ends = {(hook, int(*index) if index else None) for pair in nonempty(pairs) for hook, *index in pair}
    heads = {node.name for node in circuit.nodes if node.kind is Kind.HEAD}
    assert len([index for hook, index in ends if hook.endswith("attn.hook_result") and index is not None]) == len(heads)
    assert len(ends) == len(circuit.nodes)


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
