"""Circuits in the formats of other people's tools.

These tools know models as blocks, numbered from 0, of attention and one MLP. Here a run of a layer is one block, and
one more for each MLP after its first; heads are numbered in the order of the program, without the one that clears.
Sources: EAP-IG's `Graph.from_json`, also used by the Mechanistic Interpretability Benchmark; ACDC's
`TLACDCExperiment.load_subgraph`, which demands all edges of `TLACDCCorrespondence.setup_from_model`; AutoCircuit's
names of edges; InterpBench's `edges_list_to_circuit`, pairs of hooks, where a head is one node.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, assert_never

from altac.circuits.circuit import Circuit, Edge, Kind, Node

LETTERS = {"query": "q", "key": "k", "value": "v"}
NOTHING: list[None] = [None]


@dataclass(frozen=True)
class Blocks:
    """Where nodes are in a stack of blocks."""

    places: dict[str, tuple[Node, int, int]]  # by names: the node, its block, the number of a head in it
    count: int
    heads: int  # at least one, as stock models have

    @staticmethod
    def of(circuit: Circuit) -> Blocks:
        places, count, most, start = dict[str, tuple[Node, int, int]](), 0, 0, 0
        for step in range(-1, len(circuit.layers) + 1):
            here = [node for node in circuit.every if node.step == step]
            heads = [node for node in here if node.kind is Kind.HEAD]
            units = [node for node in here if node.kind is not Kind.HEAD]
            places |= {node.name: (node, start, number) for number, node in enumerate(heads)}
            places |= {node.name: (node, start + number, 0) for number, node in enumerate(units)}
            if 0 <= step < len(circuit.layers):
                start += max(1, len(units))
            most, count = max(most, len(heads)), start
        return Blocks(places, count, max(1, most))


def eap(circuit: Circuit) -> Any:
    """The graph of EAP-IG and MIB: all nodes and edges that there could be, with which of them are in it."""
    blocks = Blocks.of(circuit)
    inside = {eap_edge(blocks, edge) for edge in circuit.edges}
    used = {eap_node(blocks, node.name) for node in circuit.nodes} | {"logits"}
    nodes, edges, before = ["input"], list[str](), ["input"]
    for block in range(blocks.count):
        heads = [f"a{block}.h{head}" for head in range(blocks.heads)]
        edges += [f"{source}->{head}<{letter}>" for source in before for head in heads for letter in "qkv"]
        before += heads
        edges += [f"{source}->m{block}" for source in before]
        before.append(f"m{block}")
        nodes += [*heads, f"m{block}"]
    edges += [f"{source}->logits" for source in before]
    sizes = {"n_layers": blocks.count, "n_heads": blocks.heads, "parallel_attn_mlp": False, "d_model": circuit.width}
    return {
        "cfg": sizes,
        "nodes": {name: {"in_graph": name in used} for name in [*nodes, "logits"]},
        "edges": {name: {"score": float(name in inside), "in_graph": name in inside} for name in edges},
    }


def eap_node(blocks: Blocks, name: str) -> str:
    node, block, head = blocks.places[name]
    match node.kind:
        case Kind.EMBEDDING:
            return "input"
        case Kind.HEAD:
            return f"a{block}.h{head}"
        case Kind.UNITS:
            return f"m{block}"
        case Kind.READOUT:
            return "logits"
        case _:
            assert_never(node.kind)


def eap_edge(blocks: Blocks, edge: Edge) -> str:
    letter = f"<{LETTERS[edge.port]}>" if edge.port else ""
    return f"{eap_node(blocks, edge.source)}->{eap_node(blocks, edge.target)}{letter}"


def acdc(circuit: Circuit) -> Any:
    """ACDC's subgraph: all edges of its graph, and whether each is present.

    An edge is the receiver by hook and index, then the sender. Within heads and MLPs there are edges, too, and they
    are present where something is read.
    """
    blocks, present = Blocks.of(circuit), set[str]()
    for edge in circuit.edges:
        receiver, sender = acdc_input(blocks, edge.target, edge.port), acdc_output(blocks, edge.source)
        present.add(json.dumps([*receiver, *sender]))
        present.update(json.dumps(one) for one in acdc_within(receiver))
    return {"edges": [[*one, json.dumps(one) in present] for one in acdc_edges(blocks)]}


def acdc_edges(blocks: Blocks) -> Iterator[list[Any]]:
    """All edges of a stack of blocks, each with one MLP."""
    senders: list[list[Any]] = [["blocks.0.hook_resid_pre", NOTHING]]
    for block in range(blocks.count):
        heads = [[None, None, head] for head in range(blocks.heads)]
        for receiver in [[f"blocks.{block}.hook_{letter}_input", head] for head in heads for letter in "qkv"]:
            yield from ([*receiver, *sender] for sender in senders)
            yield from acdc_within(receiver)
        senders += [[f"blocks.{block}.attn.hook_result", head] for head in heads]
        receiver = [f"blocks.{block}.hook_mlp_in", NOTHING]
        yield from ([*receiver, *sender] for sender in senders)
        yield from acdc_within(receiver)
        senders.append([f"blocks.{block}.hook_mlp_out", NOTHING])
    yield from ([f"blocks.{blocks.count - 1}.hook_resid_post", NOTHING, *sender] for sender in senders)


def acdc_within(receiver: list[Any]) -> list[list[Any]]:
    """The edges that pass on what is read, to what a head or an MLP writes."""
    hook, index = receiver
    start, _, last = hook.rpartition(".")
    if last == "hook_mlp_in":
        return [[f"{start}.hook_mlp_out", index, *receiver]]
    if not last.endswith("_input"):
        return []
    between = [f"{start}.attn.{last.removesuffix('_input')}", index]
    return [[*between, *receiver], [f"{start}.attn.hook_result", index, *between]]


def acdc_output(blocks: Blocks, name: str) -> list[Any]:
    node, block, head = blocks.places[name]
    if node.kind is Kind.EMBEDDING:
        return ["blocks.0.hook_resid_pre", NOTHING]
    if node.kind is Kind.HEAD:
        return [f"blocks.{block}.attn.hook_result", [None, None, head]]
    return [f"blocks.{block}.hook_mlp_out", NOTHING]


def acdc_input(blocks: Blocks, name: str, port: str) -> list[Any]:
    node, block, head = blocks.places[name]
    if node.kind is Kind.READOUT:
        return [f"blocks.{blocks.count - 1}.hook_resid_post", NOTHING]
    if node.kind is Kind.HEAD:
        return [f"blocks.{block}.hook_{LETTERS[port]}_input", [None, None, head]]
    return [f"blocks.{block}.hook_mlp_in", NOTHING]


def autocircuit(circuit: Circuit) -> Any:
    """AutoCircuit's names of edges."""
    blocks = Blocks.of(circuit)

    def name(one: str, port: str = "") -> str:
        node, block, head = blocks.places[one]
        match node.kind:
            case Kind.EMBEDDING:
                return "Resid Start"
            case Kind.HEAD:
                return f"A{block}.{head}" + (f".{LETTERS[port].upper()}" if port else "")
            case Kind.UNITS:
                return f"MLP {block}"
            case Kind.READOUT:
                return "Resid End"
            case _:
                assert_never(node.kind)

    return {"edges": [f"{name(edge.source)}->{name(edge.target, edge.port)}" for edge in circuit.edges]}


def interpbench(circuit: Circuit) -> Any:
    """InterpBench's edges: pairs of hooks, the sender first; a head is one node, however it is read."""
    blocks = Blocks.of(circuit)

    def hook(one: str) -> str:
        node, block, head = blocks.places[one]
        match node.kind:
            case Kind.EMBEDDING:
                return "hook_embed"
            case Kind.HEAD:
                return f"blocks.{block}.attn.hook_result[{head}]"
            case Kind.UNITS:
                return f"blocks.{block}.hook_mlp_out"
            case Kind.READOUT:
                return f"blocks.{blocks.count - 1}.hook_resid_post"
            case _:
                assert_never(node.kind)

    pairs = dict.fromkeys((hook(edge.source), hook(edge.target)) for edge in circuit.edges)
    return {"edges": [list(pair) for pair in pairs]}


FOREIGN: dict[str, Callable[[Circuit], Any]] = {
    "eap": eap,
    "acdc": acdc,
    "autocircuit": autocircuit,
    "interpbench": interpbench,
}


def json_bytes(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()
