"""Methods that score edges by how much an answer depends on them, on models whose circuits are known.

All of them see the model alone, as a sum of what its nodes write, and pairs of inputs. *Activation patching* puts what
an edge carries on the corrupted input into the run on the clean one, edge by edge. *EAP* (Syed, Rager and Conmy, 2023,
Attribution Patching Outperforms Automated Circuit Discovery) estimates that for all edges at once: the difference of
what a node writes, times the gradient of the metric with respect to what another reads. *EAP-IG* (Hanna, Pezzelle and
Belinkov, 2024, Have Faith in Faithfulness) averages this gradient over runs between the corrupted embedding and the
clean one.

The metric is the logit of the clean answer minus that of the corrupted one, where these differ, summed over all such
positions of all pairs. The distance of distributions would not do: its gradient is zero at the clean run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from altac.circuits.circuit import LOGITS, Kind, Node
from altac.circuits.patching import Batch, Ends, Outcome, Patching, all_ends
from altac.ir.interface import Interface

STEPS = 5  # of EAP-IG, as in the paper
Scores = dict[Ends, float]


@dataclass(frozen=True, eq=False)
class Asked:
    """A batch of pairs in both runs, and how far an answer is from the clean one to the corrupted one.

    Attributes:
        where: pairs and positions of the answers that differ.
        right, wrong: the numbers of the clean and the corrupted answers.
    """

    batch: Batch
    clean: Outcome
    corrupted: Outcome
    where: tuple[Tensor, ...]
    right: Tensor
    wrong: Tensor
    pooled: bool

    def metric(self, outcome: Outcome) -> Tensor:
        """The sum of the differences of logits, of answers where they stand in the clean run."""
        logits = outcome.logits
        if self.pooled:
            logits = (logits * self.clean.shown[:, :, None]).sum(dim=1)
        logits = logits[self.where]
        rows = torch.arange(len(self.right))
        return (logits[rows, self.right] - logits[rows, self.wrong]).sum()


def asked(patching: Patching, interface: Interface, batch: Batch) -> Asked | None:
    """What is asked of a batch; None if all its answers are the same."""
    clean, corrupted = patching.run(batch.clean), patching.run(batch.corrupted)
    pooled = interface.scoring is not None and interface.scoring.pooled
    if pooled:
        (_, right), (_, wrong) = clean.answers(interface), corrupted.answers(interface)
        differ = right.argmax(-1) != wrong.argmax(-1)
    else:
        right, wrong = clean.logits, corrupted.logits
        shown = [torch.from_numpy(interface.picked(one.shown.numpy())) for one in (clean, corrupted)]
        differ = (right.argmax(-1) != wrong.argmax(-1)) & shown[0] & shown[1]
    where = differ.nonzero(as_tuple=True)
    if not len(where[0]):
        return None
    return Asked(batch, clean, corrupted, where, right[where].argmax(-1), wrong[where].argmax(-1), pooled)


def patched(patching: Patching, some: Sequence[Asked]) -> Scores:
    """Activation patching: by how much the metric falls if an edge carries what it carries on the corrupted input."""
    scores = {}
    clean = [float(one.metric(one.clean)) for one in some]
    for ends in all_ends(patching.nodes):
        falls = (
            before - float(one.metric(patching.run(one.batch.clean, [ends], one.corrupted)))
            for before, one in zip(clean, some, strict=True)
        )
        scores[ends] = sum(falls)
    return scores


def eap(patching: Patching, some: Sequence[Asked]) -> Scores:
    """Edge attribution patching: the gradient at the clean run."""
    return attributed(patching, some, (1.0,))


def eap_ig(patching: Patching, some: Sequence[Asked]) -> Scores:
    """The same with gradients from runs on the way from the corrupted embedding to the clean one."""
    return attributed(patching, some, tuple((step + 1) / STEPS for step in range(STEPS)))


def attributed(patching: Patching, some: Sequence[Asked], shares: Sequence[float]) -> Scores:
    """Scores from gradients.

    Args:
        shares: of the clean embedding, in the runs whose gradients are averaged.
    """
    scores = dict.fromkeys(all_ends(patching.nodes), 0.0)
    order = {node.name: node for node in patching.nodes}
    for one in some:
        slopes = gradients(patching, one, shares)
        for source, target, port in scores:
            slope = slopes.get((target, port))
            if slope is not None:
                differs = one.clean.written[source] - one.corrupted.written[source]
                differs = differs.masked_fill(lost(patching, order[source], order[target]), 0)
                scores[source, target, port] += float((differs * slope).sum())
    return scores


def gradients(patching: Patching, one: Asked, shares: Sequence[float]) -> dict[tuple[str, str], Tensor]:
    """The mean gradients of the metric with respect to what every port reads: (pairs, length, d_model)."""
    clean, corrupted = patching.embedded(one.batch.clean), patching.embedded(one.batch.corrupted)
    found: dict[tuple[str, str], Tensor] = {}
    for share in shares:
        added: dict[tuple[str, str], Tensor] = {}

        def watch(node: str, port: str, x: Tensor, added: dict[tuple[str, str], Tensor] = added) -> Tensor:
            added[node, port] = torch.zeros_like(x, requires_grad=True)
            return x + added[node, port]

        outcome = patching.watched(corrupted + share * (clean - corrupted), watch)
        slopes = torch.autograd.grad(one.metric(outcome), list(added.values()), allow_unused=True)
        for ends, slope in zip(added, slopes, strict=True):
            if slope is not None:
                found[ends] = found.get(ends, torch.zeros_like(slope)) + slope / len(shares)
    return found


def lost(patching: Patching, source: Node, target: Node) -> Tensor:
    """The dimensions of what a node writes that are cleared before another reads them: (d_model,)."""
    last = target.step - (target.kind is Kind.HEAD or target.name == LOGITS)
    layers = [patching.weights.layers[patching.runs[step].place] for step in range(source.step + 1, last + 1)]
    cleared = torch.zeros_like(patching.weights.answer_reads)
    for layer in layers:
        if layer.cleared.any():  # it is empty in a layer without heads
            cleared = cleared | layer.cleared
    return cleared


METHODS: dict[str, Callable[[Patching, Sequence[Asked]], Scores]] = {
    "activation patching": patched,
    "EAP": eap,
    "EAP-IG": eap_ig,
}
