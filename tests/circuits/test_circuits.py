"""Static, live and minimal circuits: by hand, by cutting every edge, and against patches of activations by name."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from altac.circuits.build import Pair, batches_of, circuit_of
from altac.circuits.circuit import Circuit, Kind, rounds_for, unrolled
from altac.circuits.drawing import title
from altac.circuits.patching import SAME, Patched, Patching, all_ends
from altac.circuits.static import static
from altac.circuits.weights import weights_of
from altac.diagnostics import AltacError
from altac.ir.values import value_text
from altac.model.model import Model
from tests.support import compiled, nonempty, program

# programs, how many layers are unrolled, and the length of their inputs
UNROLLED: list[tuple[str, int | None, int]] = [
    ("parity", 5, 5),
    ("reverse", None, 5),
    ("sort", None, 5),
    ("induction", None, 6),
    ("dyck1", None, 6),
    ("histogram", None, 6),
    ("double_histogram", None, 5),
    ("most_frequent", None, 6),
    ("binary_increment", None, 6),
    ("even_pairs", None, 5),
    ("pair_balance", None, 6),
    ("rule110", None, 6),
    ("bubble_sort", 4, 4),
    ("addition", 8, 5),
    ("naive_bayes", None, 4),
    ("missing_duplicate", None, 6),
]


def random_pairs(model: Model, length: int, count: int, seed: int = 1) -> list[Pair]:
    """Pairs of random inputs."""
    symbols, dice = [value_text(value) for value in model.interface.alphabet], np.random.default_rng(seed)
    draws = dice.integers(len(symbols), size=(count, 2, length))
    texts = [[" ".join(symbols[int(one)] for one in word) for word in pair] for pair in draws]
    return [Pair(clean, corrupted, f"pair {number}") for number, (clean, corrupted) in enumerate(texts)]


def patched(model: Model, layers: int | None, pairs: list[Pair]) -> tuple[Circuit, Patched]:
    runs, weights = unrolled(model.metadata.config, rounds_for(model.metadata, layers)), weights_of(model)
    circuit = static(model.metadata, weights, runs)
    patching = Patching(weights, circuit.every, runs)
    return circuit, Patched(patching, [batch for batch, _ in batches_of(model.interface, pairs)], model.interface)


@pytest.mark.parametrize(("name", "layers", "length"), UNROLLED, ids=[one[0] for one in UNROLLED])
def test_keeping_only_the_static_edges_changes_no_logit(name: str, layers: int | None, length: int) -> None:
    model = program(name).model
    circuit, found = patched(model, layers, random_pairs(model, length, 8))
    assert 0 < len(circuit.edges) <= circuit.candidates
    assert found.change(edge.ends for edge in circuit.edges) <= 1e-9
    assert found.change([]) > 0.5  # all of them together decide the answer
    assert circuit.candidates == len(found.every) == len(all_ends(circuit.every))


@pytest.mark.parametrize(("name", "layers", "length"), UNROLLED[:5], ids=[one[0] for one in UNROLLED[:5]])
def test_an_edge_whose_cut_changes_a_logit_is_in_the_static_circuit(name: str, layers: int | None, length: int) -> None:
    model = program(name).model
    circuit, found = patched(model, layers, random_pairs(model, length, 6, seed=2))
    inside = {edge.ends for edge in circuit.edges}
    matter = {ends for ends in nonempty(found.every) if found.change(one for one in found.every if one != ends) > SAME}
    assert matter
    assert matter <= inside


def test_the_circuit_of_a_small_program_by_hand() -> None:
    circuit = circuit_of(program("reverse").model)
    assert [(edge.source, edge.target, edge.port, edge.shares) for edge in circuit.edges] == [
        ("embed", "fetch.1.attn.mirrored", "key", ("position",)),
        ("embed", "fetch.1.attn.mirrored", "value", ("token",)),
        ("count.1.attn.mirror", "count.1.mlp1", "", ("mirror",)),
        ("count.1.mlp1", "fetch.1.attn.mirrored", "query", ("mirror",)),
        ("fetch.1.attn.mirrored", "logits", "", ("mirrored",)),
    ]
    means = {node.name: node.means for node in circuit.nodes}
    assert means["count.1.attn.mirror"] == ("head mirror = count at 1..",)
    assert means["logits"] == ("output mirrored",)
    assert means["embed"] == ("token at the beginning", "position at the beginning")
    assert all("mirror" in rule for rule in nonempty(means["count.1.mlp1"]))


def test_what_only_useless_units_read_is_not_in_it() -> None:
    """`seen` is computed by the same MLP as `out`, and nothing reads it; nor does anything then read `before`."""
    model = compiled("""program useless
input bits: {"0", "1"} up to 4
var seen: bool = false
layer look:
    head left = token at -1 else "0"
    head before = token at -2 else "0"
    seen := before == "1"
    var out = left == token
output out
""").model
    names = {node.name for node in circuit_of(model).nodes}
    assert names == {"embed", "look.1.attn.left", "look.1.mlp1", "logits"}


def test_what_a_layer_clears_is_not_passed_on() -> None:
    """The head of each round is read in its own round alone."""
    circuit = circuit_of(program("parity").model, layers=4)
    heads = [edge for edge in circuit.edges if ".attn." in edge.source]
    assert {(edge.source.split(".")[0], edge.target) for edge in nonempty(heads)} == {
        (str(number), f"{number}.mlp1") for number in range(1, 5)
    }


@pytest.mark.parametrize(("name", "layers", "length"), [UNROLLED[0], UNROLLED[2], UNROLLED[6]])
def test_cutting_all_edges_of_a_node_is_patching_its_activation(name: str, layers: int | None, length: int) -> None:
    """For every head and every MLP: the logits that the model itself has, patched by name."""
    model, compared = program(name).model, 0
    pairs = random_pairs(model, length, 4, seed=5)
    if name == "parity":  # as many layers as the model itself takes
        pairs = [pair for pair in pairs if model.run([pair.clean])[0].layers == layers]
    circuit, found = patched(model, layers, pairs)
    for node in nonempty(circuit.every):
        if node.kind not in (Kind.HEAD, Kind.UNITS):
            continue
        cut = [ends for ends in found.every if ends[0] == node.name]
        batch, _, corrupted = found.batches[0]
        logits = found.patching.run(batch.clean, cut, corrupted).logits
        for row, pair in enumerate(pairs):
            _, other = model.run_with_cache(pair.corrupted)
            with model.patch(node.name, other):
                _, cache = model.run_with_cache(pair.clean)
            if cache.rounds == other.rounds:
                assert torch.allclose(cache["logits"].values.double(), logits[row], atol=1e-5), node.name
                compared += 1
    assert compared >= 8


def test_live_and_minimal_edges_keep_the_answers_of_all_pairs() -> None:
    for name in ("parity", "sort", "induction"):
        model = program(name).model
        pairs = random_pairs(model, 4, 10, seed=7)
        circuits = {kind: circuit_of(model, kind, pairs=pairs) for kind in ("static", "live", "minimal")}  # type: ignore[arg-type]
        sets = {kind: {edge.ends for edge in circuit.edges} for kind, circuit in circuits.items()}
        assert sets["minimal"] <= sets["live"] <= sets["static"]
        assert sets["minimal"]
        layers = len(circuits["live"].layers) if name == "parity" else None
        _, found = patched(model, layers, pairs)
        for kind in ("live", "minimal"):
            assert found.change(sets[kind]) <= SAME
        for ends in nonempty(sets["minimal"]):
            assert not found.is_enough(sets["minimal"] - {ends})
        assert [circuits[kind].pairs for kind in ("static", "live", "minimal")] == [0, 10, 10]
        assert [circuits[kind].kind for kind in circuits] == list(circuits)


def test_a_dead_edge_is_not_live() -> None:
    """No pair differs in its positions."""
    model = program("reverse").model
    live = circuit_of(model, "live", pairs=random_pairs(model, 5, 5))
    assert {edge.ends for edge in live.edges} == {
        ("embed", "fetch.1.attn.mirrored", "value"),
        ("fetch.1.attn.mirrored", "logits", ""),
    }


def test_rounds_are_those_that_the_pairs_need() -> None:
    model = program("parity").model
    assert len(circuit_of(model, pairs=[Pair("1 0", "1 1", "")]).layers) == 2
    assert len(circuit_of(model, pairs=[Pair("1 0", "1 1", ""), Pair("1 0 0 0", "1 1 1 1", "")]).layers) == 4
    assert circuit_of(model, layers=3).layers == ("1", "2", "3")
    addition = circuit_of(program("addition").model, layers=8)
    assert len(addition.layers) == 8


REFUSED = [
    ("parity", {}, "repeats layers until a condition holds"),
    ("reverse", {"layers": 3}, "cannot run 3 layers: it runs 2 once"),
    ("reverse", {"kind": "live"}, "the live circuit is one on some inputs"),
    ("parity", {"pairs": [Pair("1", "1 0", "file:7")]}, "file:7: the inputs have 2 and 3 positions"),
    ("parity", {"pairs": [Pair("1", "2", "file:7")]}, "file:7: column 1: "),
]


@pytest.mark.parametrize(("name", "options", "words"), REFUSED)
def test_what_is_refused(name: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(AltacError, match=words) as caught:
        circuit_of(program(name).model, **options)  # type: ignore[arg-type]
    assert caught.value.diagnostics[0].code == "E0731"


def test_a_model_that_is_changed_has_no_circuit() -> None:
    model = program("reverse").model
    with model.ablate("mirrored"), pytest.raises(AltacError, match="the module has hooks, or parts"):
        circuit_of(model)
    assert circuit_of(model).edges


def test_pairs_whose_state_goes_on_changing_are_dropped() -> None:
    """The counter goes on after the run has ended."""
    model = compiled("""program counting
input bits: {"0", "1"} up to 5
var length: 0..9 = 0
var done: bool = false
head left = done at -1 else true
step:
    length := min(length + 1, 9)
    done := left
halt when done
output length
""").model
    texts = [" ".join(word) for word in product("01", repeat=2)]
    alike = [Pair(texts[0], text, "") for text in texts[1:]]
    assert len(circuit_of(model, pairs=alike).layers) == 2
    assert circuit_of(model, pairs=alike).dropped == 0
    mixed = circuit_of(model, "live", pairs=[*alike, Pair("0 0 0 0", "1 1 1 1", "")])
    assert (len(mixed.layers), mixed.pairs, mixed.dropped) == (4, 1, len(alike))
    assert title(mixed).startswith(
        "counting: live circuit on 1 pair of inputs, 3 dropped that did not settle, 4 layers"
    )
    with pytest.raises(AltacError, match='the answer to "0 0" is not what it was when its run ended'):
        circuit_of(model, layers=4, pairs=alike)
