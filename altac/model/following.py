"""What a model says of sequences that grow: with a cache where it is as altac made it, else by running them anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from altac.engine.protocol import Finish
from altac.engine.writing import rerunning
from altac.ir.arrays import Indices
from altac.model.cache import Cache, Disagreement
from altac.model.decode import Decoder, all_have_values, on_cpu
from altac.model.precision import executing

if TYPE_CHECKING:
    from altac.model.model import Model

FEW, LONG = 16, 128  # sequences, and positions of the longest
CHUNK = 512  # positions that are added at once; bounds the memory of attention
MOST_ROUNDS = 1 << 16  # of a loop at one position, before a whole run is asked whether it ever ends


class CachedRuns:
    """The ends of runs of sequences that grow, by their numbers; each has a cache.

    A run that fails, and one whose output is no value, is run as a whole, which says what is wrong. Many short ones
    are run as a whole, too: together they take less time than one after the other.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.caches: dict[int, Cache] = {}
        self.again = rerunning(model)

    def __call__(self, sequences: Mapping[int, Sequence[int]]) -> dict[int, Finish]:
        if len(sequences) > FEW and max(map(len, sequences.values())) < LONG:
            return self.again(sequences)
        ends = {number: self.finish(number, tokens) for number, tokens in sequences.items()}
        failed = {number: sequences[number] for number, end in ends.items() if end is None}
        found = self.again(failed) if failed else {}
        for number in failed:
            del self.caches[number]
        return {number: found[number] if end is None else end for number, end in ends.items()}

    def grown(self, tokens: Sequence[int]) -> Mapping[str, Indices] | None:
        """The variables at the end of a run, position by position; None where it fails."""
        cache, weight = Cache(self.model.module, MOST_ROUNDS), self.model.weight
        with executing(weight):
            for place in range(len(tokens)):
                try:
                    cache.extend(torch.tensor([tokens[place : place + 1]], device=weight.device))
                except Disagreement:
                    return None
            if cache.x is None:
                return None
            parts = self.model.metadata.stream.variables
            found, _ = Decoder(list(parts.values()))(cache.x, torch.tensor([len(tokens)], device=weight.device))
        return {name: found[part][0] for name, part in parts.items()}

    def finish(self, number: int, tokens: Sequence[int]) -> Finish | None:
        """The end of the run of one sequence, which begins as it did before; None where it has no value."""
        weight = self.model.weight
        cache = self.caches.get(number)
        if cache is None:
            cache = self.caches[number] = Cache(self.model.module, MOST_ROUNDS)
        with executing(weight):
            try:
                for start in range(cache.positions, len(tokens), CHUNK):
                    new = torch.tensor([tokens[start : start + CHUNK]], device=weight.device)
                    last = cache.extend(new)[:, -1:]
            except Disagreement:
                return None
            if not all_have_values(self.model.metadata.outputs, last[0]).all():
                return None
            logits = on_cpu(self.model.module.logits(last))[0]
        if self.model.interface.scoring is not None:
            logits = logits.astype(np.float64)
            return Finish((int(logits[0].argmax()),), cache.layers, None, logits)
        return Finish((int(logits[0].argmax()),), cache.layers, None)
