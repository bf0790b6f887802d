"""Training: all restarts at once, at a temperature that falls, to the end of the steps or of the time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from altac.synthesis.gradient.discrete import Ints, Texts
from altac.synthesis.gradient.model import Network
from altac.synthesis.gradient.rounding import Choices
from altac.synthesis.gradient.spec import Spec

RATE = 0.05
HOT, COLD = 3.0, 0.01
REPORTED = 50  # steps
SLACK = 0.1  # of the time, by which steps may be behind before they count for more


@dataclass(frozen=True)
class Data:
    """Texts with the labels of all positions that are told, text after text.

    Attributes:
        labels: the number of each label.
    """

    texts: Texts
    told: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    labels: Ints


@dataclass(frozen=True)
class Plan:
    """How a model is trained.

    Attributes:
        batch: texts in one step.
        seconds: after which it must be done; the temperature falls as fast as needed.
        clock: by which they are counted.
    """

    restarts: int
    steps: int
    batch: int
    seed: int
    seconds: float
    clock: Callable[[], float] = time.monotonic
    device: str = "cpu"


class Trained(NamedTuple):
    """What came out after some steps: for each restart the choices, and the readout (variables, width, labels)."""

    choices: Sequence[Sequence[Choices]]
    readout: Sequence[np.ndarray[tuple[int, int, int], np.dtype[np.float32]]]
    steps: int


def train(spec: Spec, data: Data, plan: Plan) -> Generator[str, None, Trained]:
    """Train all restarts; yields what a progress line says.

    One thread computes: with more, sums depend on how many the machine has to spare.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(plan.seed)
            return (yield from _train(spec, data, plan))
    finally:
        torch.set_num_threads(threads)


def _train(spec: Spec, data: Data, plan: Plan) -> Generator[str, None, Trained]:
    generator = np.random.default_rng(plan.seed)
    network = Network(spec, plan.restarts).to(plan.device)
    optimizer = torch.optim.Adam(network.parameters(), RATE, fused=True)
    tokens = torch.tensor(data.texts.tokens + (not spec.framed), device=plan.device)
    valid = torch.tensor(data.texts.valid, device=plan.device)
    tokens = tokens * valid
    told = torch.tensor(data.told, device=plan.device)
    labels = torch.zeros(told.shape, dtype=torch.int64, device=plan.device)
    labels[told] = torch.tensor(data.labels, device=plan.device)
    begin, step = plan.clock(), 0
    while True:
        late = (plan.clock() - begin) / max(plan.seconds, 1e-3)
        done = min(1.0, max(step / plan.steps, late - SLACK * (1 - late)))
        if done == 1 and step:
            break
        rows = torch.tensor(generator.integers(0, len(tokens), min(plan.batch, len(tokens))), device=plan.device)
        size = int(valid[rows].sum(1).max())
        asked = told[rows, :size].flatten().nonzero()[:, 0]
        wanted = labels[rows, :size].flatten()[asked]
        heat = HOT * math.exp(done * math.log(COLD / HOT))
        logits = network(tokens[rows, :size], valid[rows, :size].float(), asked, heat)
        losses = functional.cross_entropy(logits.flatten(0, 1), wanted.repeat(plan.restarts), reduction="none").view(
            plan.restarts, -1
        )
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(losses.mean(1).sum())
        optimizer.step()
        step += 1
        if step % REPORTED == 0:
            yield f"{done:.0%}, loss {float(losses.detach().mean(1).min()):.3f}"
    return Trained(network.choices(), list(network.readout.detach().cpu().numpy()), step)
