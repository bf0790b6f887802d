"""Exact patching of edges: what one node reads from another is what that one writes on another input.

The unrolled model runs as a sum of what its nodes write. A node reads the sum, or, along edges that are cut, what their
source writes in the corrupted run. What a layer clears is gone for all that come later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from altac.circuits.circuit import EMBED, LOGITS, Circuit, Edge, Kind, Node, Ran, order, ports_of
from altac.circuits.weights import HeadWeights, Weights
from altac.ir.arrays import Mask
from altac.ir.interface import Interface
from altac.model.transformer import pattern

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int

SAME = 1e-6  # logits that are not farther apart are equal: compiled ones are whole numbers, up to rounding
Ends = tuple[str, str, str]
Change = Callable[[str, str, Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Batch:
    """Pairs of inputs of one length, as tokens."""

    clean: Int[Tensor, "pairs length"]
    corrupted: Int[Tensor, "pairs length"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """A run: what each node wrote, as far as it was not cleared, the answer's logits, and where it is shown."""

    written: Mapping[str, Float64[Tensor, "pairs length d_model"]]
    logits: Float64[Tensor, "pairs length outputs"]
    shown: Bool[Tensor, "pairs length"]

    def of(self, row: int) -> Outcome:
        """That of one sequence."""
        return Outcome({}, self.logits[row : row + 1], self.shown[row : row + 1])

    def answers(self, interface: Interface) -> tuple[Mask, Float64[Tensor, "answers outputs"]]:
        """Where the answers are read, and their logits."""
        shown = self.shown.numpy()
        if interface.scoring is not None and interface.scoring.pooled:
            return shown, (self.logits * self.shown[:, :, None]).sum(dim=1)
        picked = interface.picked(shown)
        return picked, self.logits[torch.from_numpy(picked)]


class Patching:
    """The unrolled model, with edges that can be cut."""

    def __init__(self, weights: Weights, nodes: Sequence[Node], runs: Sequence[Ran]) -> None:
        self.weights, self.nodes, self.runs = weights, nodes, runs

    def run(
        self,
        tokens: Int[Tensor, "pairs length"],
        cut: Iterable[Ends] = (),
        other: Outcome | None = None,
        change: Change | None = None,
    ) -> Outcome:
        """A run in which some edges carry what they carry in another.

        Args:
            cut: source, target and port of each.
            other: the other run.
            change: gives what a node reads instead, from its name, the port and what there is; for the embedding what
                it writes. Such a run keeps gradients.
        """
        with torch.set_grad_enabled(change is not None):
            return self._run(tokens, sources_of(cut), other, change or unchanged)

    def _run(
        self, tokens: Tensor, cut: Mapping[tuple[str, str], list[str]], other: Outcome | None, change: Change
    ) -> Outcome:
        weights = self.weights
        valid = torch.ones(len(tokens), weights.lead + tokens.shape[1], dtype=torch.bool)
        written = {EMBED: change(EMBED, "", weights.embed(tokens).detach())}
        kept = dict[str, Tensor]() if other is None else {EMBED: other.written[EMBED]}  # of the other run, so far
        now, total = dict(written), written[EMBED]
        elsewhere = kept.get(EMBED, total)  # the sum of what is kept

        def into(node: str, port: str) -> Tensor:
            return change(node, port, read(node, port))

        def read(node: str, port: str) -> Tensor:
            sources = cut.get((node, port), [])
            if 2 * len(sources) <= len(now):
                x = total
                for source in sources:
                    x = x + (kept[source] - now[source])
                return x
            x = elsewhere
            others = set(sources)
            for source in [name for name in now if name not in others]:
                x = x + (now[source] - kept[source])
            return x

        def add(name: str, x: Tensor) -> None:
            nonlocal total, elsewhere
            written[name] = now[name] = x
            total = total + x
            if other is not None:
                kept[name] = other.written[name]
                elsewhere = elsewhere + kept[name]

        for step, ran in enumerate(self.runs):
            layer = weights.layers[ran.place]
            here = [node for node in self.nodes if node.step == step]
            heads = [node for node in here if node.kind is Kind.HEAD]
            if layer.attention is not None:
                mask = layer.attention.mask(valid).detach().double()
                new = {
                    node.name: brought(
                        layer.heads[node.number], mask, *(into(node.name, port) for port in ports_of(node))
                    )
                    for node in heads
                }
                if layer.cleared.any():
                    total, elsewhere = (x.masked_fill(layer.cleared, 0) for x in (total, elsewhere))
                    now = {name: x.masked_fill(layer.cleared, 0) for name, x in now.items()}
                    kept = {name: x.masked_fill(layer.cleared, 0) for name, x in kept.items()}
                for name, x in new.items():
                    add(name, x)
            if layer.bias is not None:
                total, elsewhere = total + layer.bias, elsewhere + layer.bias
            for node in here:
                if node.kind is not Kind.UNITS:
                    continue
                mlp = layer.mlps[node.number]
                units = (into(node.name, "") @ mlp.inward.T + mlp.inward_bias).clamp(0, mlp.most)
                add(node.name, units @ mlp.outward.T + mlp.outward_bias)
        return self._read(into(LOGITS, ""), written)

    def halted(self, tokens: Int[Tensor, "pairs length"]) -> Outcome:
        """The end of the model's own run, of as many layers as each sequence takes."""
        assert self.weights.end is not None
        with torch.no_grad():
            return self._read(self.weights.end(tokens), {})

    def _read(self, x: Tensor, written: Mapping[str, Tensor]) -> Outcome:
        weights = self.weights
        x = x[:, weights.lead :]
        logits = x @ weights.readout[0].T + weights.readout[1]
        shown = torch.ones(x.shape[:2], dtype=torch.bool)
        if weights.shown is not None:
            shown = (x @ weights.shown[0].T + weights.shown[1]).clamp(0, 1).sum(dim=-1) > 0.5
        return Outcome(written, logits, shown)


def unchanged(_node: str, _port: str, x: Tensor) -> Tensor:
    return x


def sources_of(cut: Iterable[Ends]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for source, target, port in cut:
        found.setdefault((target, port), []).append(source)
    return found


def brought(head: HeadWeights, mask: Tensor, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """What a head writes, from what it reads through its three ports."""
    queries = query @ head.query[0].T + head.query[1]
    keys = key @ head.key[0].T + head.key[1]
    values = value @ head.value[0].T + head.value[1]
    if head.sink is None:
        return ((queries @ keys.transpose(1, 2) + mask[:, head.number]).softmax(dim=-1) @ values) @ head.output.T
    weights = pattern(queries, keys, mask[:, head.number])
    return (weights[:, :, :-1] @ values + weights[:, :, -1:] * head.sink) @ head.output.T


def all_ends(nodes: Sequence[Node]) -> list[Ends]:
    """All edges that there could be."""
    return [
        (source.name, target.name, port)
        for source in nodes
        for target in nodes
        if order(source) < order(target)
        for port in ports_of(target)
    ]


class Patched:
    """Pairs of inputs in both runs, and what is left of the answers where only some edges carry the clean one's."""

    def __init__(self, patching: Patching, batches: Sequence[Batch], interface: Interface) -> None:
        self.patching, self.interface = patching, interface
        self.batches = [(batch, patching.run(batch.clean), patching.run(batch.corrupted)) for batch in batches]
        self.every = all_ends(patching.nodes)

    def change(self, kept: Iterable[Ends]) -> float:
        """How far a logit of the answer is at most from what it is, if all edges but some are cut.

        Infinite where the answer is read somewhere else.
        """
        keep, farthest = set(kept), 0.0
        cut = [ends for ends in self.every if ends not in keep]
        for batch, clean, corrupted in self.batches:
            found = self.patching.run(batch.clean, cut, corrupted)
            farthest = max(farthest, distance(clean, found, self.interface))
        return farthest

    def is_enough(self, kept: Iterable[Ends]) -> bool:
        """Whether all answers stay what they are if all edges but some are cut."""
        keep = set(kept)
        cut = [ends for ends in self.every if ends not in keep]
        return all(
            distance(clean, self.patching.run(batch.clean, cut, corrupted), self.interface) <= SAME
            for batch, clean, corrupted in self.batches
        )

    def differs(self, edge: Edge) -> bool:
        """Whether an edge carries something else in a corrupted run."""
        places = list(edge.places)
        return any(
            bool((clean.written[edge.source][..., places] != corrupted.written[edge.source][..., places]).any())
            for _, clean, corrupted in self.batches
        )


def distance(clean: Outcome, found: Outcome, interface: Interface) -> float:
    """How far the logits of the answers are apart at most; infinite where they are read at other positions."""
    (where, logits), (elsewhere, others) = clean.answers(interface), found.answers(interface)
    if not np.array_equal(where, elsewhere):
        return float("inf")
    return float((logits - others).abs().max()) if logits.numel() else 0.0


def live(circuit: Circuit, patched: Patched) -> Circuit:
    """Those edges of a static circuit that carry something else in a corrupted run."""
    edges = tuple(edge for edge in circuit.edges if patched.differs(edge))
    return replace(circuit, kind="live", edges=edges, pairs=pairs_in(patched))


def minimal(circuit: Circuit, patched: Patched, progress: Callable[[int], None] | None = None) -> Circuit:
    """Edges of a live circuit that keep all answers, none of which can be left out.

    Edges are tried one by one, from the answer backwards, as ACDC does; another order may leave other edges.

    Args:
        progress: called with the number of edges that were tried since the last call.
    """
    place = {node.name: order(node) for node in circuit.every}
    kept = dict.fromkeys(edge.ends for edge in circuit.edges)
    for ends in sorted(kept, key=lambda ends: (place[ends[1]], place[ends[0]], ends), reverse=True):
        if patched.is_enough(one for one in kept if one != ends):
            del kept[ends]
        if progress is not None:
            progress(1)
    edges = tuple(edge for edge in circuit.edges if edge.ends in kept)
    return replace(circuit, kind="minimal", edges=edges, pairs=pairs_in(patched))


def pairs_in(patched: Patched) -> int:
    return sum(len(batch.clean) for batch, _, _ in patched.batches)
