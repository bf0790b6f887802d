"""Learning the steps of a program's layers from its traces.

The data of a layer are pairs: what a position's residual stream holds after its attention, and what its step makes of
that. Both are those of the program's runs on the training inputs, over all positions and all runs of the layer. Equal
pairs are stored once, with the number of their occurrences, by which they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from altac.diagnostics import AltacError
from altac.diagnostics.training_errors import LayerNotRun, NoStep
from altac.driver import Compiled
from altac.engine.batches import batches
from altac.engine.protocol import run_texts
from altac.engine.trace import Indices, has_value, transitions
from altac.interpret import Interpreter
from altac.ir.stream import Kind, Part, View
from altac.learn.settings import TrainingConfig
from altac.model.decode import encode
from altac.model.file import save_model
from altac.model.learned import LearnedTransformer
from altac.model.model import Model
from altac.targets.torch_model import build_learned_model

Numbers = NDArray[np.float32]
Rows = tuple[NDArray[np.float64], Indices]  # different rows, and how often each was met


@dataclass(frozen=True, eq=False)
class States:
    """Different states of one layer after attention, and how often each was met.

    `values[i, j]` is the value index of name j: what the layer finds before what its heads bring; `numbers[i, k]` what
    numeric head k brought, as the stream holds it; `after[i, j]` the value index of what its step writes, in the order
    of `written`; `counts[i]` occurrences.
    """

    names: tuple[str, ...]
    values: Indices
    numbers: Numbers
    after: Indices
    counts: Indices


def read(view: View) -> dict[str, Part]:
    """Where all that the step of a layer reads stands after attention."""
    return {**view.before, **view.heads}


def written(view: View) -> dict[str, Part]:
    """Where what the step of a layer writes stands: variables, then what is kept for later layers."""
    return {**view.stream.variables, **view.kept}


def stepped(program: Interpreter, view: View, state: Mapping[str, Indices]) -> Indices:
    """What the step of a layer makes of some states, (rows, written): value indices."""
    heads = {name: state[name] for name in view.heads}
    after = program.after(view.layer, {name: state[name] for name in view.before}, heads) | heads
    return np.stack([after[name] for name in written(view)], axis=1)


def collect_states(program: Interpreter, model: Model, texts: Sequence[str]) -> list[States]:
    """All states of each layer in the program's runs on some inputs; runs that fail count up to their last good layer.

    Args:
        model: brings what numeric heads bring; its attention is compiled.

    Raises:
        AltacError: if one of the layers never runs.
    """
    tokens = {number: program.interface.tokens(text) for number, text in enumerate(texts)}
    names = model.metadata.layer_names
    views = [model.metadata.stream.view(number) for number in range(len(names))]
    seen: list[list[Rows]] = [[] for _ in names]
    for numbers in batches(tokens):
        for before, layer in transitions(program.layers([tokens[number] for number in numbers])):
            rows = attended(model, views[layer.place], {**before, **layer.heads})
            seen[layer.place].append(distinct(rows))
        seen = [[merged(parts)] if parts else [] for parts in seen]
    for parts, name in zip(seen, names, strict=True):
        if not parts or not len(parts[0][1]):
            raise AltacError([LayerNotRun(None, name) if name else NoStep(None)])
    return [states_of(program, view, *parts[0]) for view, parts in zip(views, seen, strict=True)]


def states_of(program: Interpreter, view: View, rows: NDArray[np.float64], counts: Indices) -> States:
    """The states of a layer from rows of value indices and numbers."""
    names = tuple(read(view))
    values = rows[:, : len(names)].astype(np.int64)
    after = stepped(program, view, {name: values[:, place] for place, name in enumerate(names)})
    return States(names, values, rows[:, len(names) :].astype(np.float32), after, counts)


def attended(model: Model, view: View, state: Mapping[str, Indices]) -> NDArray[np.float64]:
    """What a layer reads at all positions: value indices, then numbers; (rows, names + numeric heads).

    Args:
        state: value indices of what it finds and of what its heads bring, (sequences, positions).
    """
    columns: list[NDArray[Any]] = [state[name] for name in read(view)]
    inside = has_value(columns[0])
    columns += attended_numbers(model, view, {name: state[name] for name in view.before})
    return np.stack([column[inside].astype(np.float64) for column in columns], axis=1)


def attended_numbers(model: Model, view: View, before: Mapping[str, Indices]) -> list[Numbers]:
    """What each numeric head of a layer brings from a state, in float32 to 6 digits: (sequences, positions) each."""
    numbers = [name for name, part in view.heads.items() if part.is_number]
    attention: Any = model.module.layers[view.layer].attention
    if not numbers:
        return []
    valid = torch.from_numpy(has_value(next(iter(before.values()))))
    stream = torch.zeros(*valid.shape, view.d_model)
    encode(stream, {view.before[name]: torch.from_numpy(indices.clip(0)) for name, indices in before.items()})
    with torch.inference_mode():
        update, _ = attention(stream, valid, attention.mask(valid))
    return [np.round(update[:, :, view.number(name)].numpy(), 6) for name in numbers]


def distinct(rows: NDArray[np.float64]) -> Rows:
    """The different rows, and how often each stands there."""
    found, counts = np.unique(rows, axis=0, return_counts=True)
    return found, counts


def merged(parts: Sequence[Rows]) -> Rows:
    """The different rows of several parts, with counts added up."""
    rows, places = np.unique(np.concatenate([rows for rows, _ in parts]), axis=0, return_inverse=True)
    counts = np.bincount(places.reshape(-1), np.concatenate([counts for _, counts in parts]), len(rows))
    return rows, counts.astype(np.int64)


class Examples:
    """The states of one layer as vectors: the stream after attention (states, d_model), and what its step writes of it
    (states, dimensions)."""

    def __init__(self, program: Interpreter, view: View, states: States, device: torch.device) -> None:
        self.program, self.view, self.states = program, view, states
        self.inputs, self.targets = self._inputs().to(device), self._targets(states.after).to(device)
        self.totals = torch.from_numpy(np.cumsum(states.counts) / states.counts.sum()).to(device)

    def _inputs(self) -> Tensor:
        states = self.states
        inputs = torch.zeros(len(states.counts), self.view.d_model)
        numeric = 0
        for place, part in enumerate(read(self.view).values()):
            if part.kind is Kind.NUMBER:
                inputs[:, part.start] = torch.from_numpy(states.numbers[:, numeric])
                numeric += 1
            else:
                encode(inputs, {part: torch.from_numpy(states.values[:, place])})
        return inputs

    def _targets(self, after: Indices) -> Tensor:
        parts = written(self.view).values()
        targets = torch.zeros(len(after), self.view.d_model)
        encode(targets, {part: torch.from_numpy(values) for part, values in zip(parts, after.T, strict=True)})
        return targets[:, [dimension for part in parts for dimension in part.place]]

    def draw(self, config: TrainingConfig, generator: Generator, size: int) -> tuple[Tensor, Tensor]:
        """Inputs and targets of so many states, by how often they were met."""
        device = self.inputs.device
        drawn = torch.rand(size, dtype=torch.float64, generator=generator, device=device)
        rows = torch.searchsorted(self.totals, drawn, right=True).clamp_(max=len(self.totals) - 1)
        inputs, targets = self.inputs[rows], self.targets[rows]
        if config.randomise:
            inputs, targets = self._randomised(rows, inputs, targets, generator)
        if config.noise:
            inputs = inputs + config.noise * torch.randn(inputs.shape, generator=generator, device=device)
        return inputs, targets

    def _randomised(self, rows: Tensor, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Every `none` replaced by a random value of its domain, `none` being one of them.

        The target is what the step makes of the new state: a step that ignores the value makes the same of all, and one
        that looks at it learns how. Numbers stay as they are.
        """
        values = self.states.values[rows.cpu().numpy()]
        drawn = torch.rand(len(self.states.names), len(rows), generator=generator, device=inputs.device)
        for place, part in enumerate(read(self.view).values()):
            if part.is_number or None not in part.domain:
                continue
            empty = values[:, place] == part.domain.index(None)
            random = (drawn[place] * len(part.domain)).long().clamp_(max=len(part.domain) - 1)
            values[:, place] = np.where(empty, random.cpu().numpy(), values[:, place])
            encode(inputs, {part: torch.from_numpy(values[:, place])})
        state = {name: values[:, place] for place, name in enumerate(self.states.names)}
        return inputs, self._targets(stepped(self.program, self.view, state)).to(targets.device)


class Steps(nn.Module):
    """The learned steps of all layers, which are trained together."""

    def __init__(self, module: LearnedTransformer) -> None:
        super().__init__()
        layers: Any = module.layers
        self.steps = nn.ModuleList(layer.learned for layer in layers)

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        return [step(x) for step, x in zip(self.steps, inputs, strict=True)]


class TraceTask:
    """Trains the MLPs of a model with compiled attention (`altac.learn.task.Task`)."""

    def __init__(self, compiled: Compiled, config: TrainingConfig, texts: Sequence[str], device: torch.device) -> None:
        self.interpreter, self.config = compiled.interpreter, config
        rate = layers_for_each_position(compiled.interpreter, texts)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.engine = build_learned_model(compiled.program, config.hidden, config.activation, config.restore, rate)
        module, stream = self.engine.module, self.engine.metadata.stream
        assert isinstance(module, LearnedTransformer)
        self.trained: nn.Module = Steps(module)
        states = collect_states(self.interpreter, self.engine, texts)
        module.to(device)
        self.examples = [
            Examples(self.interpreter, stream.view(number), one, device) for number, one in enumerate(states)
        ]

    def loss(self, module: nn.Module, generator: Generator, size: int, part: slice) -> tuple[Tensor, Tensor]:
        """For each layer the mean squared error over all that its step writes, added up.

        A state is right if each dimension is less than 1/4 off.
        """
        drawn = [examples.draw(self.config, generator, size) for examples in self.examples]
        found = module([inputs[part] for inputs, _ in drawn])
        errors = [one.float() - targets[part] for one, (_, targets) in zip(found, drawn, strict=True)]
        right = [(error.detach().abs().amax(dim=-1) < 0.25).float().mean() for error in errors]
        return torch.stack([error.square().mean() for error in errors]).sum(), torch.stack(right).mean()

    def save(self, path: Path, trained: dict[str, Any]) -> None:
        metadata = replace(self.engine.metadata, trained=trained)
        self.engine.module.extra = metadata.to_dict()
        self.engine.metadata = metadata
        save_model(self.engine, path)


def layers_for_each_position(program: Interpreter, texts: Sequence[str]) -> int:
    """The greatest number of layers for each position, rounded up, of the runs that succeed; at least 1."""
    rates = [
        -(-result.layers // max(1, len(program.interface.tokens(result.input))))
        for result in run_texts(program, texts)
        if result.error is None
    ]
    return max([1, *rates])
