"""Circuits of a model, by their kinds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch

from altac.circuits.circuit import Circuit, Ran, rounds_for, unrolled
from altac.circuits.patching import SAME, Batch, Patched, Patching, distance, live, minimal
from altac.circuits.static import static
from altac.circuits.weights import Weights, weights_of
from altac.diagnostics import AltacError
from altac.diagnostics.circuit_errors import BadPair, NoPairs, NotSettled
from altac.ir.interface import InputError, Interface
from altac.model.model import Model

Set = Literal["static", "live", "minimal"]
SETS: tuple[Set, ...] = ("static", "live", "minimal")


@dataclass(frozen=True, eq=False)
class Form:
    """A model whose layers run a known number of times: its static circuit, and the weights that this was found in."""

    circuit: Circuit
    weights: Weights
    runs: tuple[Ran, ...]

    @property
    def patching(self) -> Patching:
        return Patching(self.weights, self.circuit.every, self.runs)


@dataclass(frozen=True)
class Pair:
    """Two inputs with equally many positions: one that is explained, and one that is patched from."""

    clean: str
    corrupted: str
    place: str  # for messages: `pairs.jsonl:3`


def read_pairs(name: str, data: bytes) -> list[Pair]:
    """The pairs in a file of JSON Lines, each with `clean` and `corrupted`.

    Raises:
        AltacError: if a line is something else.
    """
    pairs: list[Pair] = []
    for number, line in enumerate(data.splitlines(), 1):
        place = f"{name}:{number}"
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise AltacError([BadPair(None, place, "this is not JSON")]) from None
        match record:
            case {"clean": str(clean), "corrupted": str(corrupted)}:
                pairs.append(Pair(clean, corrupted, place))
            case _:
                raise AltacError([BadPair(None, place, "there is no pair of texts")])
    return pairs


def circuit_of(
    model: Model,
    kind: Set = "static",
    layers: int | None = None,
    pairs: Sequence[Pair] = (),
    progress: Callable[[int], None] | None = None,
    form: Form | None = None,
) -> Circuit:
    """The circuit of a compiled model.

    Args:
        kind: "static" follows the weights alone; "live" are those of its edges that carry something else on some
            corrupted input; "minimal" are those without which, one by one, an answer changes.
        layers: how many layers are unrolled; as many as the pairs need if None.
        pairs: inputs; those whose answers are others after so many layers are dropped, and counted in the circuit.
        progress: called with the number of edges that were tried since the last call.
        form: of an export of the model, whose circuit is wanted instead; then `layers` means nothing.

    Raises:
        AltacError: if the model is not what altac compiled, its layers are not as many, there are no pairs where they
            are needed, one is not accepted, or all of them are dropped.
    """
    if kind != "static" and not pairs:
        raise AltacError([NoPairs(None, kind)])
    own = None
    if form is None or pairs:
        own = own_form(model, layers, pairs)
    form = form or own
    assert form is not None
    found = form.circuit
    if own is None or not pairs:
        return found
    patching = form.patching
    kept = settled(model, patching, pairs, form.runs, own.patching)
    found = replace(found, dropped=len(pairs) - len(kept))
    if kind == "static":
        return found
    patched = Patched(patching, [batch for batch, _ in batches_of(model.interface, kept)], model.interface)
    found = live(found, patched)
    return found if kind == "live" else minimal(found, patched, progress)


def own_form(model: Model, layers: int | None, pairs: Sequence[Pair]) -> Form:
    """The layers of a compiled model, as many as asked for, or as the pairs need.

    Raises:
        AltacError: as `circuit_of`.
    """
    weights, described = weights_of(model), model.metadata
    rounds = rounds_on(model, pairs) if layers is None and pairs else rounds_for(described, layers)
    runs = unrolled(described.config, rounds)
    return Form(static(described, weights, runs), weights, runs)


def tokens_of(interface: Interface, text: str, place: str) -> list[int]:
    try:
        return interface.tokens(text)
    except InputError as error:
        raise AltacError([BadPair(None, place, error.problem.message)]) from None


def batches_of(interface: Interface, pairs: Sequence[Pair]) -> list[tuple[Batch, list[Pair]]]:
    """Pairs in batches of one length.

    Raises:
        AltacError: for a pair that is not accepted, or of two lengths.
    """
    found: dict[int, list[tuple[list[int], list[int], Pair]]] = {}
    for pair in pairs:
        clean, corrupted = (tokens_of(interface, text, pair.place) for text in (pair.clean, pair.corrupted))
        if len(clean) != len(corrupted):
            reason = f"the inputs have {len(clean)} and {len(corrupted)} positions"
            raise AltacError([BadPair(None, pair.place, reason)])
        found.setdefault(len(clean), []).append((clean, corrupted, pair))
    return [
        (
            Batch(torch.tensor([one for one, _, _ in some]), torch.tensor([other for _, other, _ in some])),
            [pair for _, _, pair in some],
        )
        for length, some in sorted(found.items())
        if length
    ]


def rounds_on(model: Model, pairs: Sequence[Pair]) -> dict[int, int]:
    """The greatest number of rounds that each loop takes on some inputs.

    Raises:
        AltacError: if an input is not accepted, or its run fails.
    """
    rounds = dict.fromkeys(range(len(model.metadata.config.entries)), 0)
    entries = {place: entry for entry, (places, _) in enumerate(model.metadata.config.entries) for place in places}
    for pair in pairs:
        for text in (pair.clean, pair.corrupted):
            for layer in model.layers([tokens_of(model.interface, text, pair.place)]):
                for error in layer.errors.values():
                    raise AltacError([BadPair(None, pair.place, error.message)])
                if layer.place >= 0:
                    rounds[entries[layer.place]] = max(rounds[entries[layer.place]], layer.round)
    return rounds


def settled(
    model: Model, patching: Patching, pairs: Sequence[Pair], runs: Sequence[Ran], own: Patching | None = None
) -> list[Pair]:
    """The pairs whose inputs both have the answers of their runs after all layers, shorter ones first.

    Args:
        own: that of the model, if `patching` is that of an export.

    Raises:
        AltacError: if there is none.
    """
    kept: list[Pair] = []
    changed: list[str] = []
    for batch, some in batches_of(model.interface, pairs):
        unsettled = dict[int, str]()
        for tokens, which in ((batch.clean, "clean"), (batch.corrupted, "corrupted")):
            for pair, finish in zip(some, model.finish(tokens.tolist()), strict=True):
                if finish.error is not None:
                    raise AltacError([BadPair(None, pair.place, finish.error.message)])
            found, halted = patching.run(tokens), (own or patching).halted(tokens)
            for row, pair in enumerate(some):
                if distance(found.of(row), halted.of(row), model.interface) > SAME:
                    unsettled.setdefault(row, getattr(pair, which))
        kept += [pair for row, pair in enumerate(some) if row not in unsettled]
        changed += unsettled.values()
    if changed and not kept:
        raise AltacError([NotSettled(None, len(runs), changed[0])])
    return kept
