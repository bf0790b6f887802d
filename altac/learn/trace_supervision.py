"""Learning the step of a program from its traces.

The data are pairs: what a position's residual stream holds after attention, and the variables after the step. Both are
those of the program's runs on the training inputs, over all positions and all layers. Equal pairs are stored once, with
the number of their occurrences, by which they are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from altac.diagnostics import AltacError
from altac.diagnostics.training_errors import NoStep
from altac.driver import Compiled
from altac.engine.protocol import batches, run_texts
from altac.engine.trace import Indices, Layer, has_value
from altac.interpret import Interpreter
from altac.ir.stream import Kind
from altac.learn.settings import TrainingConfig
from altac.model.decode import encode
from altac.model.file import save_model
from altac.model.learned import LearnedTransformer
from altac.model.model import Model
from altac.targets.torch_model import build_learned_model

Numbers = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class States:
    """Different states after attention, and how often each was met.

    `values[i, j]` is the value index of name j, variables before heads; `numbers[i, k]` what numeric head k brought, as
    the stream holds it; `after[i, j]` the value index of variable j after the step; `counts[i]` occurrences.
    """

    names: tuple[str, ...]
    values: Indices
    numbers: Numbers
    after: Indices
    counts: Indices


def collect_states(program: Interpreter, model: Model, texts: Sequence[str]) -> States:
    """All states of the program's runs on some inputs; runs that fail count up to their last good layer.

    Args:
        model: brings what numeric heads bring; its attention is compiled.
    """
    interface = program.interface
    tokens = {number: interface.tokens(text) for number, text in enumerate(texts)}
    variables = list(model.metadata.stream.variables)
    names = (*variables, *model.metadata.stream.heads)
    seen: list[tuple[NDArray[np.float64], Indices]] = []
    for numbers in batches(tokens):
        seen += [distinct(rows) for rows in _rows(program, model, [tokens[number] for number in numbers])]
        seen = [merged(seen)] if seen else []
    rows, counts = seen[0] if seen else (np.empty((0, len(names))), np.empty(0, np.int64))
    if not len(rows):
        raise AltacError([NoStep(None)])
    values = rows[:, : len(names)].astype(np.int64)
    state = {name: values[:, place] for place, name in enumerate(names)}
    after = program.after({name: state[name] for name in variables}, {name: state[name] for name in names})
    return States(
        names,
        values,
        rows[:, len(names) :].astype(np.float32),
        np.stack([after[name] for name in variables], axis=1),
        counts,
    )


def _rows(program: Interpreter, model: Model, batch: Sequence[Sequence[int]]) -> Iterator[NDArray[np.float64]]:
    """For every layer the states of all positions: value indices, then numbers; (rows, names + numeric heads)."""
    previous: Layer | None = None
    for layer in program.layers(batch):
        if previous is not None:
            kept = np.isin(previous.rows, layer.rows)
            before = {name: previous.variables[name][kept] for name in model.metadata.stream.variables}
            columns: list[NDArray[Any]] = [
                *before.values(),
                *(layer.heads[name] for name in model.metadata.stream.heads),
            ]
            inside = has_value(columns[0])
            columns += attended_numbers(model, before)
            yield np.stack([column[inside].astype(np.float64) for column in columns], axis=1)
        previous = layer


def attended_numbers(model: Model, before: Mapping[str, Indices]) -> list[Numbers]:
    """What each numeric head brings from a state, in float32 to 6 digits: (sequences, positions) each."""
    described = model.metadata.stream
    numbers = [name for name, part in described.heads.items() if part.is_number]
    attention = model.module.attention
    if not numbers or attention is None:
        return []
    valid = torch.from_numpy(has_value(next(iter(before.values()))))
    stream = torch.zeros(*valid.shape, described.d_model)
    values = {described.variables[name]: torch.from_numpy(indices.clip(0)) for name, indices in before.items()}
    encode(stream, described, values)
    with torch.inference_mode():
        update, _ = attention(stream, valid, attention.mask(valid))
    return [np.round(update[:, :, described.number(name)].numpy(), 6) for name in numbers]


def distinct(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], Indices]:
    """The different rows, and how often each stands there."""
    found, counts = np.unique(rows, axis=0, return_counts=True)
    return found, counts


def merged(parts: Sequence[tuple[NDArray[np.float64], Indices]]) -> tuple[NDArray[np.float64], Indices]:
    """The different rows of several parts, with counts added up."""
    rows, places = np.unique(np.concatenate([rows for rows, _ in parts]), axis=0, return_inverse=True)
    counts = np.bincount(places.reshape(-1), np.concatenate([counts for _, counts in parts]), len(rows))
    return rows, counts.astype(np.int64)


class TraceTask:
    """Trains the MLP of a model with compiled attention (`altac.learn.task.Task`)."""

    def __init__(self, compiled: Compiled, config: TrainingConfig, texts: Sequence[str], device: torch.device) -> None:
        self.interpreter, self.config = compiled.interpreter, config
        rate = layers_for_each_position(compiled.interpreter, texts)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.engine = build_learned_model(compiled.program, config.hidden, config.activation, config.restore, rate)
        module = self.engine.module
        assert isinstance(module, LearnedTransformer)
        self.trained: nn.Module = module.learned
        self.states = collect_states(self.interpreter, self.engine, texts)
        self.engine.module.to(device)
        self.inputs, self.targets = (tensor.to(device) for tensor in self._vectors())
        totals = np.cumsum(self.states.counts) / self.states.counts.sum()
        self.totals = torch.from_numpy(totals).to(device)

    def _vectors(self) -> tuple[Tensor, Tensor]:
        """The stream after attention (states, d_model) and the variables after the step (states, d_state)."""
        stream, states = self.engine.metadata.stream, self.states
        inputs = torch.zeros(len(states.counts), stream.d_model)
        numeric = 0
        for place, part in enumerate((*stream.variables.values(), *stream.heads.values())):
            if part.kind is Kind.NUMBER:
                inputs[:, stream.places[part]] = torch.from_numpy(states.numbers[:, [numeric]])
                numeric += 1
            else:
                encode(inputs, stream, {part: torch.from_numpy(states.values[:, place])})
        return inputs, self._targets(states.after)

    def _targets(self, after: Indices) -> Tensor:
        stream = self.engine.metadata.stream
        targets = torch.zeros(len(after), stream.d_state)
        encode(
            targets,
            stream,
            {part: torch.from_numpy(v) for part, v in zip(stream.variables.values(), after.T, strict=True)},
        )
        return targets

    def loss(self, module: nn.Module, generator: Generator, size: int, part: slice) -> tuple[Tensor, Tensor]:
        """Mean squared error over all variables; a state is right if each dimension is less than 1/4 off."""
        device = self.inputs.device
        drawn = torch.rand(size, dtype=torch.float64, generator=generator, device=device)
        rows = torch.searchsorted(self.totals, drawn, right=True).clamp_(max=len(self.totals) - 1)
        inputs, targets = self.inputs[rows], self.targets[rows]
        if self.config.randomise:
            inputs, targets = self._randomised(rows, inputs, targets, generator)
        if self.config.noise:
            noise = torch.randn(inputs.shape, generator=generator, device=device)
            inputs = inputs + self.config.noise * noise
        found = module(inputs[part]).float()
        error = found - targets[part]
        right = (error.detach().abs().amax(dim=-1) < 0.25).float().mean()
        return error.square().mean(), right

    def _randomised(self, rows: Tensor, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Every `none` replaced by a random value of its domain, `none` being one of them.

        The target is what the step makes of the new state: a step that ignores the value makes the same of all, and one
        that looks at it learns how. Numbers stay as they are.
        """
        stream = self.engine.metadata.stream
        values = self.states.values[rows.cpu().numpy()]
        drawn = torch.rand(len(self.states.names), len(rows), generator=generator, device=inputs.device)
        for place, part in enumerate((*stream.variables.values(), *stream.heads.values())):
            if part.is_number or None not in part.domain:
                continue
            empty = values[:, place] == part.domain.index(None)
            random = (drawn[place] * len(part.domain)).long().clamp_(max=len(part.domain) - 1)
            values[:, place] = np.where(empty, random.cpu().numpy(), values[:, place])
            encode(inputs, stream, {part: torch.from_numpy(values[:, place])})
        state = {name: values[:, place] for place, name in enumerate(self.states.names)}
        after = self.interpreter.after({name: state[name] for name in stream.variables}, state)
        return inputs, self._targets(np.stack([after[name] for name in stream.variables], axis=1)).to(targets.device)

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
