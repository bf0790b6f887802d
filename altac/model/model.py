"""A compiled model on text: the module together with what it reads and writes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import (
    HeadDisagrees,
    NeverHalts,
    NotExact,
    NotSparse,
    OutputUnclear,
    RunFailed,
    TooManyLayers,
    UnusableDevice,
    WrongArgument,
)
from altac.diagnostics.words import counted
from altac.engine.protocol import Finish
from altac.engine.trace import PADDING, Layer
from altac.ir.arrays import Indices
from altac.ir.certificate import NO_INPUT
from altac.ir.interface import Interface
from altac.ir.values import Domain
from altac.model.as_made import is_as_made, made
from altac.model.config import TransformerConfig
from altac.model.decode import Decoder
from altac.model.metadata import Metadata
from altac.model.parts import mixed_numbers, naming_parts, refuse_unfit
from altac.model.precision import executing
from altac.model.sparse import SparseTransformer, supports
from altac.model.text_model import TextModel
from altac.model.transformer import LayerState, Transformer
from altac.system.devices import why_unusable

if TYPE_CHECKING:
    from jaxtyping import Float32, Int

NUMBERS = 1 << 26  # in the largest tensor of a run
UNKNOWN_RATE = 250  # `layer_rate` of a module that was changed: who knows whether it ever repeats a state

Execution = Literal["auto", "dense", "sparse"]


class Model(TextModel):
    """An engine (`altac.engine.protocol.Engine`) that runs compiled weights.

    Every run respects what was done to the module: edited or replaced weights, hooks on its parts, other parts.

    Attributes:
        module: the plain `Transformer`.
        metadata: names, alphabets and the source text.
        execution: "dense" runs the module itself; "sparse" runs its nonzero weights, on a CPU in float32; "auto" is
            sparse wherever that is possible.
        layer_rate: a run fails after 4 * layer_rate * (positions + 8) layers; 0 for as many as it takes, or for 250
            where the module has hooks or other parts.

    >>> model = altac.load("build/parity.pt")      # doctest: +SKIP
    >>> model("1 0 1 1")                           # doctest: +SKIP
    '1'
    """

    def __init__(
        self, module: Transformer, metadata: Metadata, execution: Execution = "auto", layer_rate: int | None = None
    ) -> None:
        self.module = module.eval()
        self.metadata = metadata
        self.execution = execution
        self.layer_rate = metadata.layer_rate if layer_rate is None else layer_rate
        self._sparse: SparseTransformer | None = None

    def __repr__(self) -> str:
        stats, weight = self.stats(), self.weight
        heads, units = counted(stats["heads"], "head"), counted(stats["hidden_units"], "hidden unit")
        size = f"{heads}, width {stats['d_model']}, {units}, {stats['parameters']:,} parameters"
        return f"<altac.Model {stats['program']}: {size}, {number_format(weight.dtype)} on {weight.device}>"

    def to(self, target: str | torch.device | torch.dtype) -> Model:
        """This model, with its module on another device or in another number format.

        Raises:
            AltacError: if the device cannot be used here, or the format does not hold fractions.
        """
        if isinstance(target, torch.dtype):
            if not target.is_floating_point:
                raise WrongArgument.error("a number format", "one of fractions", target, "torch.float64")
            self.module.to(dtype=target)
            return self
        problem = why_unusable(str(target))
        if problem is not None:
            raise AltacError([UnusableDevice(None, str(target), problem)])
        self.module.to(device=torch.device(target))
        return self

    def allowing(self, layer_rate: int) -> Model:
        """The same weights, with another bound on the layers that a run may take."""
        return Model(self.module, self.metadata, self.execution, layer_rate)

    @property
    def is_as_made(self) -> bool:
        """Whether weights and sizes determine what it does: no hooks, no other parts, methods or number formats."""
        return is_as_made(self.module, self._made) and not any(mixed_numbers(self.module))

    @property
    def _made(self) -> Transformer:
        return made(self.metadata.config, self.metadata.learned)

    @property
    def weight(self) -> Tensor:
        """One of the weights, which all have one number format and one device."""
        return next(self.module.parameters(), torch.empty(0))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model as it is now to `something.pt` or `something.safetensors`, whole or not at all.

        Raises:
            AltacError: if it cannot be written, or a file cannot hold what was done to its module.
        """
        from altac.model.file import save_model

        if not isinstance(path, str | os.PathLike):
            raise WrongArgument.error("the place of a model", "a path", path, '"parity.pt"')
        save_model(self, Path(path))

    @property
    def runner(self) -> Transformer:
        """The module that runs: `module` itself, or its weights in sparse form, made anew when they have changed.

        Raises:
            AltacError: if a hook would have no effect, a part cannot run, or sparse execution is not possible.
        """
        refuse_unfit(self.module)
        possible = supports(self.module) and self.is_as_made
        if self.execution == "sparse" and not possible:
            raise AltacError([NotSparse(None)])
        if self.execution == "dense" or not possible:
            return self.module
        if self._sparse is None or not self._sparse.is_current(self.module):
            self._sparse = SparseTransformer(self.module)
        return self._sparse

    def run_states(self, tokens: Int[Tensor, "batch length"], lengths: Int[Tensor, "batch"]) -> Iterator[LayerState]:
        """The states of a batch, of at most as many layers as a run may take."""
        runner = self.runner
        rate = self.layer_rate or (0 if self.is_as_made else UNKNOWN_RATE)
        return runner.run(tokens, lengths, 4 * rate * (lengths + 8) if rate else None)

    @property
    def interface(self) -> Interface:
        """What the weights read and write: inputs for which their number format is exact, and no longer ones.

        Raises:
            AltacError: if the format is exact for no input.
        """
        interface, name = self.metadata.interface, number_format(self.weight.dtype)
        limit = self.metadata.certificate.formats.get(name)
        if limit is None or limit.longest == NO_INPUT:
            reason = "nothing is known of this format" if limit is None else limit.reason
            raise AltacError([NotExact(None, interface.program, name, reason)])
        return interface if limit.longest == interface.longest else replace(interface, longest=limit.longest)

    @property
    def domains(self) -> Mapping[str, Domain]:
        return self.metadata.stream.domains

    @property
    def sublayers(self) -> tuple[str, ...]:
        """The names of the sub-layers of a layer."""
        mlps = [f"MLP {number}" for number in range(1, len(self.module.mlps) + 1)]
        mlps += ["learned MLP"] * self.is_learned
        return tuple(mlps if self.module.attention is None else ["attention", *mlps])

    @property
    def is_learned(self) -> bool:
        """Whether the step was learned, so that it may be what is wrong, and the program right."""
        return self.metadata.learned is not None

    @cached_property
    def _decoder(self) -> Decoder:
        """Reads the whole stream."""
        return Decoder(self.metadata.stream, self.metadata.stream.parts)

    @cached_property
    def _named(self) -> Decoder:
        """Reads the values of variables and heads."""
        stream = self.metadata.stream
        return Decoder(stream, [*stream.variables.values(), *stream.heads.values()])

    # The engine ----------------------------------------------------------------------------------------------

    def layers(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[Layer]:
        return (layer for layer, _ in self._states(batch, whole))

    def layers_and_residual(
        self, batch: Sequence[Sequence[int]]
    ) -> Iterator[tuple[Layer, Float32[NDArray[np.float32], "running length d_model"]]]:
        """As `layers`, each with the residual stream after it."""
        return ((layer, residual.float().cpu().numpy()) for layer, residual in self._states(batch))

    @property
    def width(self) -> int:
        """Of the residual stream."""
        return self.metadata.config.d_model

    def stats(self) -> dict[str, Any]:
        """Sizes, as plain types, in the names of `altac.Compiled.stats`; what was `learned`, and the certificate."""
        described, config = self.metadata, self.metadata.config
        learned = described.learned.hidden if described.learned else ()
        return {
            "program": described.interface.program,
            "level": described.level,
            "learned": "step" if described.learned else "nothing",
            "variables": len(described.stream.variables),
            "heads": len(described.stream.heads),
            "d_model": config.d_model,
            "hidden_units": sum((*config.hidden_sizes, *learned)),
            **sizes(self.module),
            "max_length": described.interface.longest,
            "certificate": described.certificate.to_dict(),
        }

    def digest(self) -> str:
        """A hash of all weights."""
        refuse_unfit(self.module)
        state = {name: tensor for name, tensor in self.module.state_dict().items() if isinstance(tensor, Tensor)}
        numbers = hashlib.sha256()
        for name in sorted(state):
            numbers.update(f"{name} {tuple(state[name].shape)} ".encode())
            numbers.update(state[name].detach().float().cpu().contiguous().numpy().tobytes())
        return numbers.hexdigest()

    def _states(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[tuple[Layer, Tensor]]:
        tokens, lengths = batch_tensors(batch, self.weight.device)
        # the tensors have a position of padding even without any
        width = max((len(sequence) for sequence in batch), default=0)
        states = self.run_states(tokens, lengths)
        while True:
            # for one layer at a time: it must not reach into what the caller does
            with executing(self.weight), naming_parts(self.module, self._made):
                state = next(states, None)
                if state is None:
                    return
                found = self._layer(state, lengths, width, whole)
            yield found

    def _layer(self, state: LayerState, lengths: Tensor, width: int, whole: bool) -> tuple[Layer, Tensor]:
        errors = self._errors(state)
        fine = torch.tensor([row not in errors for row in state.rows.tolist()], dtype=torch.bool)
        here = fine.to(state.residual.device)
        rows, alive = state.rows.cpu()[fine].numpy(), lengths[state.rows][here]
        streams = [stream[here, :width] for stream in (whole and state.sublayers) or (state.residual,)]
        decoder = self._decoder if whole else self._named
        states, margins = zip(*(decoder(stream, alive) for stream in streams), strict=True)
        described = self.metadata.stream
        brought = described.heads if state.number else {}
        heads = {name: states[-1][part] for name, part in brought.items()}
        variables = {name: states[-1][part] for name, part in described.variables.items()}
        layer = Layer(state.number, rows, heads, variables, errors)
        if not whole:
            return layer, streams[-1]
        sublayers = dict(zip(self.sublayers if state.sublayers else ("",), states, strict=True))
        told = self._told(streams[-1], alive)
        drift = None if self.is_learned else self._drift(streams[-1], rows, alive)
        return replace(layer, told=told, sublayers=sublayers, margin=max(margins), drift=drift), streams[-1]

    def _drift(self, residual: Tensor, rows: Indices, lengths: Tensor) -> tuple[int, float] | None:
        """Where variables are not exactly what compiled weights leave between layers: zeros, ones, whole numbers."""
        valid = torch.arange(residual.shape[1], device=residual.device) < lengths[:, None]
        state = residual[:, :, : self.metadata.config.d_state]
        off = (state - state.round()).abs().nan_to_num(torch.inf).masked_fill(~valid[:, :, None], 0).flatten(1)
        if not off.any():
            return None
        farthest = off.amax(dim=1)
        place = int(farthest.argmax())
        return int(rows[place]), float(farthest[place])

    def _told(self, residual: Tensor, lengths: Tensor) -> Indices:
        """The value of the output with the greatest logit at every position, `PADDING` where it is not shown."""
        told = torch.arange(residual.shape[1], device=residual.device) < lengths[:, None]
        if self.module.shown is not None:
            told &= self.module.shown(residual)
        values: Indices = torch.where(told, self.module.logits(residual).argmax(dim=-1), PADDING).cpu().numpy()
        return values

    def finish(self, batch: Sequence[Sequence[int]]) -> list[Finish]:
        ends: list[Finish] = []
        start = 0
        for size in self._chunks(batch):
            ends += self._finish(batch[start : start + size])
            start += size
        return ends

    def _finish(self, batch: Sequence[Sequence[int]]) -> list[Finish]:
        tokens, lengths = batch_tensors(batch, self.weight.device)
        errors: dict[int, RunFailed] = {}
        refuse_unfit(self.module)
        with executing(self.weight), naming_parts(self.module, self._made):
            residual = self.module.embed(tokens)
            layers = torch.zeros(len(batch), dtype=torch.long)
            last: LayerState | None = None
            for state in self.run_states(tokens, lengths):
                if last is not None and len(last.rows) != len(state.rows):  # some have halted
                    residual[last.rows], layers[last.rows.cpu()] = last.residual, last.number
                errors.update(self._errors(state))
                last = state
            if last is not None:
                residual[last.rows], layers[last.rows.cpu()] = last.residual, last.number
            told = self._told(residual, lengths)
            part = self.metadata.stream.variables[self.interface.variable]
            clear = Decoder(self.metadata.stream, [part])(residual, lengths)[0][part] >= 0
        ends = []
        for row in range(len(batch)):
            picked = self.interface.pick(np.flatnonzero(told[row] != PADDING).tolist())
            if row not in errors and not clear[row, picked].all():
                errors[row] = OutputUnclear(None)
            output = None if row in errors else tuple(int(told[row, position]) for position in picked)
            ends.append(Finish(output, int(layers[row]), errors.get(row)))
        return ends

    def _chunks(self, batch: Sequence[Sequence[int]]) -> Iterator[int]:
        """Sizes of parts of a batch whose largest tensor stays within NUMBERS."""
        config: TransformerConfig = self.metadata.config
        length = max((len(tokens) for tokens in batch), default=0) or 1
        width = max(
            config.d_model,
            *config.hidden_sizes,
            *(self.metadata.learned.hidden if self.metadata.learned else ()),
            sum(config.value_sizes),
            len(config.value_sizes) * length,
            1,
        )
        size = max(1, NUMBERS // (length * width))
        rest = len(batch)
        while rest > 0:
            yield min(size, rest)
            rest -= size

    def _errors(self, state: LayerState) -> dict[int, RunFailed]:
        """The sequences that fail in this layer, by their place in the batch."""
        errors: dict[int, RunFailed] = {}
        for place in state.repeats.nonzero()[:, 0].tolist():
            errors[int(state.rows[place])] = NeverHalts(None, state.number, self.is_learned)
        for place in state.over.nonzero()[:, 0].tolist():
            errors[int(state.rows[place])] = TooManyLayers(None, state.number, self.is_learned)
        if state.disagree.any():
            for place, head, position in reversed(state.disagree.nonzero().tolist()):
                name = self.metadata.head_names[head]
                error = HeadDisagrees(None, name, state.number, position, learned=self.is_learned)
                errors[int(state.rows[place])] = error
        return errors


def sizes(module: nn.Module) -> dict[str, int]:
    """How many numbers a module has, and how many of them are not zero."""
    tensors = [tensor for tensor in module.parameters() if not tensor.is_meta]
    return {
        "parameters": sum(tensor.numel() for tensor in tensors),
        "nonzeros": sum(int(tensor.count_nonzero()) for tensor in tensors),
    }


def number_format(dtype: torch.dtype) -> str:
    """The name of a number format, as certificates have it."""
    return str(dtype).removeprefix("torch.")


def batch_tensors(
    batch: Sequence[Sequence[int]], device: torch.device
) -> tuple[Int[Tensor, "batch length"], Int[Tensor, "batch"]]:
    """Padded tokens, and lengths, on a device."""
    longest = max((len(tokens) for tokens in batch), default=0)
    tokens = torch.zeros(len(batch), max(1, longest), dtype=torch.long)  # never without a position: padding is one
    for row, sequence in enumerate(batch):
        tokens[row, : len(sequence)] = torch.tensor(list(sequence), dtype=torch.long)
    return tokens.to(device), torch.tensor([len(sequence) for sequence in batch], dtype=torch.long).to(device)
