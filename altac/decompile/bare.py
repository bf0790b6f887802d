"""Runs weights of which nothing is known but sizes and what they read and write: no names, no parts of the stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from altac.diagnostics.run_errors import HeadDisagrees, NeverHalts, RunFailed
from altac.engine.protocol import Answering, Finish, Following
from altac.engine.writing import rerunning
from altac.ir.arrays import Array
from altac.ir.interface import Interface
from altac.ir.numbers import is_open
from altac.model.batch import batch_tensors
from altac.model.schedule import LayerState
from altac.model.transformer import Transformer


@dataclass(frozen=True, eq=False)
class BareWeights(Answering):
    """Weights with answers, and states without names."""

    module: Transformer
    read: Interface

    @property
    def interface(self) -> Interface:
        return self.read

    def following(self) -> Following:
        return rerunning(self)

    def states(self, batch: Sequence[Sequence[int]]) -> Iterator[LayerState[Any]]:
        """The initial state and then every layer."""
        with torch.no_grad():
            yield from self.module.run(*batch_tensors(batch, torch.device("cpu")))

    def finish(self, batch: Sequence[Sequence[int]]) -> list[Finish]:
        streams: dict[int, Array] = {}
        numbers = dict.fromkeys(range(len(batch)), 0)
        failed: dict[int, RunFailed] = {}
        for state in self.states(batch):
            for place, row in enumerate(state.rows.tolist()):
                numbers[row] = int(state.numbers[place])
                streams[row] = state.residual[place]
                if state.failed is not None and state.failed[place]:
                    number = numbers[row]
                    disagrees = state.disagree is not None and bool(state.disagree[place].any())
                    failed[row] = HeadDisagrees(None, "", number, 0) if disagrees else NeverHalts(None, number)
        return [
            Finish(None, numbers[row], failed[row])
            if row in failed
            else Finish(self.answer(streams[row][: len(tokens)]), numbers[row], None)
            for row, tokens in enumerate(batch)
        ]

    def answer(self, stream: Any) -> tuple[int, ...]:
        """The output from the last state of a sequence."""
        with torch.no_grad():
            shown = self.module.shows(stream[None], torch.tensor([len(stream)]))[0]
            sums = self.module.logits(stream)[torch.from_numpy(np.flatnonzero(shown))].double()
        scoring = self.read.scoring
        if scoring is not None and scoring.pooled:
            return (int(sums.sum(dim=0).argmax()),) if len(sums) else ()
        if is_open(self.read.domain):
            found = [Fraction(one) for one in sums[:, 0].tolist()]
            return tuple(self.read.pick([self.read.domain.index(one) for one in found]))
        return tuple(self.read.pick(sums.argmax(dim=1).tolist()))
