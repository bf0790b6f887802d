"""Methods that score edges, on the unrolled model of `altac/circuits`; an edge ends at one port of what reads.

* Edge attribution patching (Syed et al. 2023): the difference that an edge carries, corrupted minus clean, times the
  gradient of the metric at what its target reads in the clean run.
* EAP with integrated gradients (Hanna et al. 2024): the same with the gradient's mean over runs in which the embedding
  goes from the corrupted one to the clean one in equal steps.
* Activation patching of edges: the metric where one edge carries what it carries in the corrupted run.
* Activation patching of nodes: the same for all edges from a node at once; an edge has the score of its source.

The metric of a pair is how much of the way from the logits of the corrupted answer those of an answer go towards the
clean one's: 1 for the clean run, 0 for the corrupted run. Where logits are one-hot it is their difference between both
answers, divided by what it is in the clean run. (KL divergence has a gradient of zero in the clean run.) A score is the
sum over positions, without its sign, summed over pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from altac.circuits.circuit import EMBED, LOGITS, Kind, Node, Ran, ports_of
from altac.circuits.patching import Batch, Ends, Outcome, Patching, all_ends
from altac.circuits.weights import Weights
from altac.ir.interface import Interface

Scores = dict[Ends, float]
STEPS = 5  # as published


@dataclass(frozen=True, eq=False)
class Both:
    """Pairs of one length, run on both inputs."""

    batch: Batch
    clean: Outcome
    corrupted: Outcome


class Graded:
    """A model, on which methods are graded; all pairs have their answers read at the same positions in both runs."""

    def __init__(
        self, weights: Weights, nodes: tuple[Node, ...], runs: tuple[Ran, ...], batches: Iterable[Batch],
        interface: Interface,
    ) -> None:  # fmt: skip
        self.weights, self.nodes, self.runs, self.interface = weights, nodes, runs, interface
        self.patching = Patching(weights, nodes, runs)
        self.both = [Both(one, self.patching.run(one.clean), self.patching.run(one.corrupted)) for one in batches]
        self.every = all_ends(nodes)
        self.by_name = {node.name: node for node in nodes}

    def metric(self, both: Both, found: Outcome) -> Tensor:
        """For each pair how much of the way from the corrupted answer to the clean one, (pairs)."""
        shown = torch.from_numpy(both.clean.answers(self.interface)[0])
        clean, corrupted, now = (one.logits * shown[:, :, None] for one in (both.clean, both.corrupted, found))
        way = clean - corrupted
        if self.interface.scoring is not None and self.interface.scoring.pooled:
            way, now, corrupted = (one.sum(dim=1, keepdim=True) for one in (way, now, corrupted))
        return ((now - corrupted) * way).sum(dim=(1, 2)) / (way * way).sum(dim=(1, 2))

    def carried(self, both: Both, ends: Ends) -> Tensor:
        """What an edge carries, corrupted minus clean, (pairs, length, width); 0 where it was cleared."""
        source, target, _ = ends
        x = both.corrupted.written[source] - both.clean.written[source]
        return x.masked_fill(self.cleared(self.by_name[source], self.by_name[target]), 0)

    def cleared(self, source: Node, target: Node) -> Tensor:
        """The dimensions that layers clear between two nodes; heads read before their layer clears."""
        last = target.step + (target.kind is Kind.UNITS)
        found = torch.zeros(self.weights.width, dtype=torch.bool)
        for step in range(source.step + 1, min(last, len(self.runs))):
            cleared = self.weights.layers[self.runs[step].place].cleared
            if cleared.any():
                found = found | cleared
        return found

    def reads(self, ends: Ends) -> Tensor:
        """The dimensions that a node reads through a port."""
        node = self.by_name[ends[1]]
        if node.kind is Kind.READOUT:
            return self.weights.answer_reads
        layer = self.weights.layers[self.runs[node.step].place]
        if node.kind is Kind.HEAD:
            return layer.heads[node.number].reads(ends[2])
        return (layer.mlps[node.number].inward != 0).any(dim=0)


def attribution(graded: Graded, steps: int = 1, gradients: Graded | None = None) -> Scores:
    """EAP for one step, and otherwise EAP with integrated gradients.

    Args:
        gradients: the model whose gradients are taken; the same one if None.
    """
    scores = dict.fromkeys(graded.every, 0.0)
    for number, both in enumerate(graded.both):
        found = slopes(gradients or graded, (gradients or graded).both[number], steps)
        for ends in graded.every:
            each = (graded.carried(both, ends) * found[ends[1], ends[2]]).sum(dim=(1, 2))
            scores[ends] += float(each.abs().sum())
    return scores


def slopes(graded: Graded, both: Both, steps: int) -> Mapping[tuple[str, str], Tensor]:
    """The gradient of the metric at what each node reads, by name and port; its mean over the steps."""
    total: dict[tuple[str, str], Tensor] = {}
    clean, corrupted = both.clean.written[EMBED], both.corrupted.written[EMBED]
    for step in range(1, steps + 1):
        leaves: dict[tuple[str, str], Tensor] = {}
        begin = corrupted + (clean - corrupted) * (step / steps)

        def change(node: str, port: str, x: Tensor, leaves: dict[tuple[str, str], Tensor] = leaves,
                   begin: Tensor = begin) -> Tensor:  # fmt: skip
            if node == EMBED:
                return begin
            leaves[node, port] = torch.zeros_like(x, requires_grad=True)
            return x + leaves[node, port]

        metric = graded.metric(both, graded.patching.run(both.batch.clean, change=change)).sum()
        found = torch.autograd.grad(metric, list(leaves.values()), allow_unused=True)
        for place, gradient in zip(leaves, found, strict=True):
            slope = torch.zeros_like(leaves[place]) if gradient is None else gradient / steps
            total[place] = total[place] + slope if place in total else slope
    return total


def patched_edges(graded: Graded) -> Scores:
    """Activation patching, edge by edge; what carries no difference to what is read needs no run."""
    scores = dict.fromkeys(graded.every, 0.0)
    for both in graded.both:
        for ends in graded.every:
            if bool((graded.carried(both, ends)[..., graded.reads(ends)] != 0).any()):
                scores[ends] += moved(graded, both, [ends])
    return scores


def patched_nodes(graded: Graded) -> dict[str, float]:
    """Activation patching, node by node."""
    return {
        node.name: sum(
            moved(graded, both, [ends for ends in graded.every if ends[0] == node.name]) for both in graded.both
        )
        for node in graded.nodes
        if node.name != LOGITS
    }


def moved(graded: Graded, both: Both, cut: list[Ends]) -> float:
    """How far the metric is from 1 if edges are cut, summed over pairs."""
    found = graded.patching.run(both.batch.clean, cut, both.corrupted)
    return float((1 - graded.metric(both, found)).abs().sum())


def of_sources(graded: Graded, nodes: Mapping[str, float]) -> Scores:
    """For each edge the score of its source."""
    return {ends: nodes[ends[0]] for ends in graded.every}


def kept(graded: Graded, edges: Iterable[Ends]) -> float:
    """The metric if all edges but some are cut, the mean over pairs: how faithful the circuit is; 1 is perfect."""
    chosen = set(edges)
    cut = [ends for ends in graded.every if ends not in chosen]
    found = [graded.metric(both, graded.patching.run(both.batch.clean, cut, both.corrupted)) for both in graded.both]
    return float(torch.cat(found).mean())


def saturation(graded: Graded) -> tuple[int, int, int]:
    """Of all hidden units in clean runs, how many are beyond 0 and 1, exactly there, and between."""
    beyond, there, between = 0, 0, 0

    def change(name: str, _: str, x: Tensor) -> Tensor:
        nonlocal beyond, there, between
        node = graded.by_name[name]
        if node.kind is Kind.UNITS:
            mlp = graded.weights.layers[graded.runs[node.step].place].mlps[node.number]
            units = x @ mlp.inward.T + mlp.inward_bias
            beyond += int(((units < 0) | (units > 1)).sum())
            there += int(((units == 0) | (units == 1)).sum())
            between += int(((units > 0) & (units < 1)).sum())
        return x

    for both in graded.both:
        graded.patching.run(both.batch.clean, change=change)
    return beyond, there, between


def softened(graded: Graded, weights: Weights, factor: float) -> Graded:
    """The same model with all scores of attention divided by a factor.

    Args:
        weights: another copy of its weights, which is changed.
    """
    layers = []
    for layer in weights.layers:
        if layer.attention is not None:
            with torch.no_grad():
                for part in (layer.attention.relative_bias, layer.attention.slope, layer.attention.sink_score):
                    part.div_(factor)
        heads = {
            number: replace(head, query=(head.query[0] / factor, head.query[1] / factor))
            for number, head in layer.heads.items()
        }
        layers.append(replace(layer, heads=heads))
    soft = replace(weights, layers=layers)
    return Graded(soft, graded.nodes, graded.runs, [both.batch for both in graded.both], graded.interface)


def ports(nodes: Iterable[Node]) -> dict[tuple[str, str], str]:
    """What an edge ends at, by target and port: "query", "key", "value", "units" or "readout"."""
    return {(node.name, port): port or node.kind.value for node in nodes for port in ports_of(node)}
