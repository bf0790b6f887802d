"""Compiled weights with one mistake, and whether it changes a state: told without the code that `altac verify` uses.

`python -m tests.mutations --count 200` prints, for five programs, how many of the mistakes `altac verify` reports and
how many change nothing. It exits 1 if a report is missing or wrong.
"""

import argparse
import copy
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from altac.engine.verify import Pair, Plan, gather, plan_inputs
from altac.ir.stream import Kind, Stream
from altac.model.model import Model
from altac.model.schedule import LayerState
from altac.verification.verify import plain_of
from tests.support import program

PROGRAMS = ["parity", "parity_sum", "addition", "reverse", "dyck2"]
Mutation = Callable[[Model, random.Random], str]


def tested_inputs(name: str) -> Plan:
    """Short inputs, so that thousands of mutants can be tried."""
    interface = program(name).program.interface
    return plan_inputs(interface, program(name).model.interface, 60, 20, 0, 12)


def weight(model: Model, generator: random.Random) -> str:
    """A nonzero weight is another."""
    parameters = dict(model.module.named_parameters())
    name = generator.choice([one for one, tensor in parameters.items() if len(changeable(tensor))])
    places = changeable(parameters[name])
    return moved(parameters[name], name, tuple(places[generator.randrange(len(places))].tolist()), generator)


def changeable(tensor: torch.Tensor) -> torch.Tensor:
    return (tensor.isfinite() & (tensor != 0)).nonzero()


def bias(model: Model, generator: random.Random) -> str:
    """A bias, zero or not, is another."""
    biases = {name: one for name, one in model.module.named_parameters() if one.ndim == 1 and one.numel()}
    name = generator.choice(list(biases))
    return moved(biases[name], name, (generator.randrange(len(biases[name])),), generator)


def moved(tensor: torch.Tensor, name: str, place: tuple[int, ...], generator: random.Random) -> str:
    step = generator.choice([-1, 1]) * generator.choice([0.003, 0.03, 0.3, 1.0, 3.0])
    tensor[place] += step
    return f"{name}{list(place)} by {step}"


def unit(model: Model, generator: random.Random) -> str:
    """A hidden unit, or one of a readout, is never on."""
    layers = {name: one for name, one in model.module.named_modules() if name.endswith("fc_in") and one.out_features}
    name = generator.choice(list(layers))
    number = generator.randrange(layers[name].out_features)
    layers[name].weight[number] = 0
    layers[name].bias[number] = 0
    return f"{name} unit {number} off"


def swap(model: Model, generator: random.Random) -> str:
    """Two rows or columns of a matrix have changed places."""
    matrices = {name: one for name, one in model.module.named_parameters() if one.ndim == 2 and one.numel()}
    name = generator.choice(list(matrices))
    axis = generator.choice([axis for axis in (0, 1) if matrices[name].shape[axis] > 1])
    one, other = generator.sample(range(matrices[name].shape[axis]), 2)
    order = torch.arange(matrices[name].shape[axis])
    order[[one, other]] = order[[other, one]]
    matrices[name].copy_(matrices[name].index_select(axis, order))
    return f"{name}: {one} and {other} of axis {axis} swapped"


MUTATIONS: dict[str, Mutation] = {"weight": weight, "bias": bias, "unit": unit, "swap": swap}


@dataclass(frozen=True)
class Trial:
    """One mutant: what was done, whether a state changes, and what `altac verify` says."""

    what: str
    changed: bool
    reported: str | None

    @property
    def right(self) -> bool:
        return self.changed == (self.reported is not None)


def trials(name: str, kind: str, count: int, seed: int = 0) -> list[Trial]:
    compiled, plan = program(name), tested_inputs(name)
    generator = random.Random(f"{name} {kind} {seed}")
    result = []
    for _ in range(count):
        mutant = Model(copy.deepcopy(compiled.model.module), compiled.model.metadata)
        with torch.no_grad():
            what = MUTATIONS[kind](mutant, generator)
        report = gather(Pair(compiled.interpreter, mutant, compiled.rules.features, plain=plain_of(mutant)), plan)
        reported = None if report.difference is None else str(report.difference)
        result.append(Trial(what, changes(compiled.model, mutant, list(plan.texts())), reported))
    return result


def changes(original: Model, mutant: Model, texts: list[str]) -> bool:
    """Whether two plain modules part on any of the inputs: in a dimension with a name, a layer, an error or an output.

    A dimension has a name in the layers that read or write what it holds. The number that a head brings has no value of
    its own, only its one-hot form has. Between layers, what later ones read is exact.
    """
    words = [original.interface.tokens(text) for text in texts]
    lengths = torch.tensor([len(word) for word in words])
    tokens = torch.zeros(len(words), int(lengths.max()), dtype=torch.long)
    for row, word in enumerate(words):
        tokens[row, : len(word)] = torch.tensor(word, dtype=torch.long)
    ends: dict[int, tuple[LayerState[Any], LayerState[Any]]] = {}  # the last layer of each sequence
    with torch.inference_mode():
        for one, other in zip_longest(original.module.run(tokens, lengths), mutant.module.run(tokens, lengths)):
            if one is None or other is None or place_of(one) != place_of(other):
                return True
            named, exact = dimensions(original.metadata.stream, one.place)
            if (failed(one) != failed(other)).any():
                return True
            counts = (torch.arange(tokens.shape[1]) < lengths[one.rows, None]) & ~torch.from_numpy(failed(one))[:, None]
            for left, right in zip(one.sublayers or [one.residual], other.sublayers or [other.residual], strict=True):
                if not ((left - right).abs() < 0.25)[counts][:, named].all():
                    return True
            if (one.residual != other.residual)[counts][:, exact].any():
                return True
            ends |= dict.fromkeys(one.rows.tolist(), (one, other))
        return not same_outputs(original, mutant, ends, lengths)


def failed(state: LayerState[Any]) -> NDArray[np.bool_]:
    return np.zeros(len(state.rows), np.bool_) if state.failed is None else state.failed


def place_of(state: LayerState[Any]) -> tuple[int, int, list[int]]:
    return state.place, state.round, state.rows.tolist()


def dimensions(stream: Stream, layer: int) -> tuple[list[int], list[int]]:
    """Those that hold a value in a layer, and those that hold one after it: variables, and what layers keep."""
    parts = stream.view(layer).parts
    named = [part for part in parts if part.kind is not Kind.NUMBER]
    exact = [
        part
        for part in named
        if part.layers is None
        or (part.layers[1] >= layer and (part.owner in stream.introduced or part.layers[0] < part.layers[1]))
    ]
    return [at for part in named for at in part.place], [at for part in exact for at in part.place]


def same_outputs(
    original: Model, mutant: Model, ends: dict[int, tuple[LayerState[Any], LayerState[Any]]], lengths: torch.Tensor
) -> bool:
    """Whether the sequences that ended with these layers, without an error, tell the same."""
    for row, (one, other) in ends.items():
        place = one.rows.tolist().index(row)
        if failed(one)[place]:
            continue
        told = []
        for model, state in ((original, one), (mutant, other)):
            stream = state.residual[place : place + 1, : lengths[row]]
            picked = model.interface.picked(model.module.shows(stream, lengths[row : row + 1]))[0]
            told.append((picked.tolist(), model.module.logits(stream)[0].argmax(-1)[picked].tolist()))
        if told[0] != told[1]:
            return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sys.stdout.write(f"{'program':12}  {'mutation':8}  mutants  reported  change nothing\n")
    wrong = 0
    for name in PROGRAMS:
        for kind in MUTATIONS:
            done = trials(name, kind, options.count, options.seed)
            reported = sum(trial.reported is not None for trial in done)
            sys.stdout.write(f"{name:12}  {kind:8}  {len(done):7}  {reported:8}  {len(done) - reported:14}\n")
            sys.stdout.flush()
            for trial in done:
                if not trial.right:
                    wrong += 1
                    sys.stdout.write(f"WRONG: {trial}\n")
    return int(wrong > 0)


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(main())
