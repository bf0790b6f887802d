"""A compiled model on text: the module together with what it reads and writes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import NotExact, RunFailed
from altac.engine.protocol import Engine, Finish, run_texts, trace_text
from altac.engine.trace import COMPARE, ONE_HOT, Indices, Layer, Result, RunError, Trace
from altac.ir.certificate import NO_INPUT
from altac.ir.interface import Interface
from altac.ir.values import Domain
from altac.model.config import TransformerConfig
from altac.model.decode import Decoder
from altac.model.metadata import Metadata, Reading
from altac.model.precision import executing
from altac.model.sparse import SparseTransformer, supports
from altac.model.transformer import LayerState, Transformer

NUMBERS = 1 << 26  # in the largest tensor of a run
SAY_WHICH = "select one position, or say which: `first`, `last` or `mean`"

Execution = Literal["auto", "dense", "sparse"]


class TextModel:
    """What every model can do with text."""

    def __call__(self: Engine, text: str) -> str:
        """The output for one input text.

        Raises:
            AltacError: if the input is not accepted, or the run fails.
        """
        result = run_texts(self, [text])[0]
        if result.error is not None:
            raise AltacError([RunFailed.of(result.error)])
        return result.text(self.interface)

    def run(self: Engine, texts: Sequence[str]) -> list[Result]:
        """The results of many inputs, in their order; an input that fails carries its error."""
        return run_texts(self, texts)

    def trace(self: Engine, text: str) -> Trace:
        """The state after every layer, decoded from the residual stream.

        Raises:
            InputError: if the input is not accepted.
        """
        return trace_text(self, text)


class Model(TextModel):
    """An engine (`altac.engine.protocol.Engine`) that runs compiled weights.

    Attributes:
        module: the plain `Transformer`; move it to another device or precision as any module.
        metadata: names, alphabets and the source text.
        execution: "dense" runs the module itself; "sparse" runs its nonzero weights, on a CPU in float32; "auto" is
            sparse wherever that is possible.

    >>> model = altac.load("build/parity.pt")      # doctest: +SKIP
    >>> model("1 0 1 1")                           # doctest: +SKIP
    '1'
    """

    def __init__(self, module: Transformer, metadata: Metadata, execution: Execution = "auto") -> None:
        self.module = module.eval()
        self.metadata = metadata
        self.execution = execution
        self._sparse: tuple[Any, SparseTransformer] | None = None

    @property
    def runner(self) -> Transformer:
        """The module that runs: `module` itself, or its weights in sparse form, made anew when they have changed.

        Raises:
            ValueError: if sparse execution is asked for where there is none.
        """
        possible = supports(self.module)
        if self.execution == "sparse" and not possible:
            raise ValueError("sparse execution is for compiled weights, a CPU and float32")
        if self.execution == "dense" or not possible:
            return self.module
        versions = [
            (tensor.data_ptr(), 0 if tensor.is_inference() else tensor._version) for tensor in self.module.parameters()
        ]
        if self._sparse is None or self._sparse[0] != versions:
            self._sparse = versions, SparseTransformer(self.module)
        return self._sparse[1]

    @property
    def interface(self) -> Interface:
        """What the weights read and write: inputs for which their number format is exact, and no longer ones.

        Raises:
            AltacError: if the format is exact for no input.
        """
        interface, dtype = self.metadata.interface, self.module.unembedding.weight.dtype
        name = str(dtype).removeprefix("torch.")
        limit = self.metadata.certificate.formats.get(name)
        if limit is None or limit.longest == NO_INPUT:
            reason = "nothing is known of this format" if limit is None else limit.reason
            raise AltacError([NotExact(None, interface.program, name, reason)])
        return interface if limit.longest == interface.longest else replace(interface, longest=limit.longest)

    @property
    def domains(self) -> Mapping[str, Domain]:
        return self.metadata.domains

    @property
    def numbers(self) -> Collection[str]:
        heads = self.metadata.heads.items()
        return frozenset(
            name for name, reading in heads if f"{name} (number)" in self.metadata.axes and not reading.buckets
        )

    @property
    def sublayers(self) -> tuple[str, ...]:
        """The names of the sub-layers of a layer."""
        mlps = [f"MLP {number}" for number in range(1, len(self.module.mlps) + 1)]
        mlps += ["learned MLP"] * (self.module.learned is not None)
        return tuple(mlps if self.module.attention is None else ["attention", *mlps])

    @cached_property
    def _decoder(self) -> Decoder:
        """Reads everything: variables, heads, and what only the axes name, one-hot forms of numbers and features."""
        readings = {**self.metadata.variables, **self.metadata.heads}
        known = {dimension for reading in readings.values() for dimension in reading.dimensions}
        scratch: dict[str, list[int]] = {}
        for dimension, axis in enumerate(self.metadata.axes[: self.metadata.config.d_model]):
            name, equals, _ = axis.partition("=")
            if equals and dimension not in known and dimension >= self.metadata.config.d_state:
                scratch.setdefault(name + ONE_HOT if name in readings else name, []).append(dimension)
        for name, dimensions in scratch.items():
            readings[name] = Reading(Domain(tuple(range(len(dimensions)))), tuple(dimensions), False)
        return Decoder(readings)

    # The engine ----------------------------------------------------------------------------------------------

    def layers(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[Layer]:
        return (layer for layer, _ in self._states(batch, whole))

    def layers_and_residual(self, batch: Sequence[Sequence[int]]) -> Iterator[tuple[Layer, NDArray[np.float32]]]:
        """As `layers`, each with the residual stream after it: (running sequences, positions, width)."""
        return ((layer, residual.float().cpu().numpy()) for layer, residual in self._states(batch))

    @property
    def width(self) -> int:
        """Of the residual stream."""
        return self.metadata.config.d_model

    def stats(self) -> dict[str, Any]:
        """Sizes, as plain types, in the names of `altac.Compiled.stats`; what was `learned`, and the certificate."""
        described, config = self.metadata, self.metadata.config
        return {
            "program": described.interface.program,
            "level": described.level,
            "learned": "nothing" if self.module.learned is None else "step",
            "variables": len(described.variables),
            "heads": len(described.heads),
            "d_model": config.d_model,
            "hidden_units": sum((*config.hidden_sizes, *config.learned_sizes)),
            **sizes(self.module),
            "max_length": described.interface.longest,
            "certificate": described.certificate.to_dict(),
        }

    def digest(self) -> str:
        """A hash of all weights."""
        state = {name: one for name, one in self.module.state_dict().items() if isinstance(one, Tensor)}
        numbers = hashlib.sha256()
        for name in sorted(state):
            numbers.update(f"{name} {tuple(state[name].shape)} ".encode())
            numbers.update(state[name].detach().float().cpu().contiguous().numpy().tobytes())
        return numbers.hexdigest()

    def _states(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[tuple[Layer, Tensor]]:
        tokens, lengths = batch_tensors(batch, self.module.unembedding.weight.device)
        width = max((len(one) for one in batch), default=0)  # the tensors have a position of padding even without any
        states = self.runner.run(tokens, lengths)
        while True:
            # for one layer at a time: it must not reach into what the caller does
            with executing(self.module.unembedding.weight):
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
        brought = self.metadata.heads if state.number else {}
        streams = [stream[here, :width] for stream in (whole and state.sublayers) or (state.residual,)]
        states, margins = zip(*(self._decoder(stream, alive) for stream in streams), strict=True)
        heads = {name: states[-1][name] for name in brought}
        variables = {name: states[-1][name] for name in self.metadata.variables}
        layer = Layer(state.number, rows, heads, variables, errors)
        if not whole:
            return layer, streams[-1]
        sublayers = dict(zip(self.sublayers if state.sublayers else ("",), states, strict=True))
        told = self._told(streams[-1], alive)
        drift = None if self.module.learned is not None else self._drift(streams[-1], rows, alive)
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
        """The value of the output with the greatest logit at every position, -1 where it is not told."""
        told = torch.arange(residual.shape[1], device=residual.device) < lengths[:, None]
        if self.module.shown is not None:
            told &= self.module.shown(residual)
        values: Indices = torch.where(told, self.module.logits(residual).argmax(dim=-1), -1).cpu().numpy()
        return values

    def finish(self, batch: Sequence[Sequence[int]]) -> list[Finish]:
        ends: list[Finish] = []
        start = 0
        for size in self._chunks(batch):
            ends += self._finish(batch[start : start + size])
            start += size
        return ends

    def _finish(self, batch: Sequence[Sequence[int]]) -> list[Finish]:
        tokens, lengths = batch_tensors(batch, self.module.unembedding.weight.device)
        errors: dict[int, RunError] = {}
        with executing(self.module.unembedding.weight):
            residual = self.module.embed(tokens)
            layers = torch.zeros(len(batch), dtype=torch.long)
            last: LayerState | None = None
            for state in self.runner.run(tokens, lengths):
                if last is not None and len(last.rows) != len(state.rows):  # some have halted
                    residual[last.rows], layers[last.rows.cpu()] = last.residual, last.number
                errors.update(self._errors(state))
                last = state
            if last is not None:
                residual[last.rows], layers[last.rows.cpu()] = last.residual, last.number
            variable = self.interface.variable
            values = Decoder({variable: self.metadata.variables[variable]})(residual, lengths)[0][variable]
            valid = np.arange(tokens.shape[1]) < lengths.cpu().numpy()[:, None]
            shown = valid if self.module.shown is None else valid & self.module.shown(residual).cpu().numpy()
        ends = []
        for row in range(len(batch)):
            if row in errors:
                ends.append(Finish(None, int(layers[row]), errors[row]))
                continue
            picked = self.interface.pick(np.flatnonzero(shown[row]).tolist())
            output = tuple(int(values[row, one]) for one in picked)
            unclear = RunError("E0605", "the model's output is no value of its variable", COMPARE)
            bad = any(one < 0 for one in output)
            ends.append(Finish(None if bad else output, int(layers[row]), unclear if bad else None))
        return ends

    def _chunks(self, batch: Sequence[Sequence[int]]) -> Iterator[int]:
        """Sizes of parts of a batch whose largest tensor stays within NUMBERS."""
        config: TransformerConfig = self.metadata.config
        length = max((len(tokens) for tokens in batch), default=0) or 1
        width = max(
            config.d_model,
            *config.hidden_sizes,
            *config.learned_sizes,
            sum(config.value_sizes),
            len(config.value_sizes) * length,
            1,
        )
        size = max(1, NUMBERS // (length * width))
        rest = len(batch)
        while rest > 0:
            yield min(size, rest)
            rest -= size

    def _errors(self, state: LayerState) -> dict[int, RunError]:
        """The sequences that fail in this layer, by their place in the batch."""
        errors: dict[int, RunError] = {}
        learned = self.module.learned is not None  # then the step may be what is wrong, and the program right
        for place in state.repeats.nonzero()[:, 0].tolist():
            errors[int(state.rows[place])] = RunError(
                "E0604",
                f"the run never halts: after layer {state.number} the state is one that it had before",
                COMPARE if learned else "check that `halt when` becomes true at every position",
            )
        for place in state.over.nonzero()[:, 0].tolist():
            errors[int(state.rows[place])] = RunError(
                "E0620",
                f"the run does not halt within {state.number} layers, the most that this learned model may take",
                COMPARE,
            )
        if state.disagree.any():
            for place, head, position in reversed(state.disagree.nonzero().tolist()):
                name = self.metadata.head_names[head]
                errors[int(state.rows[place])] = RunError(
                    "E0603",
                    f"the head `{name}` selects positions that disagree, in layer {state.number} "
                    f"at position {position}",
                    COMPARE if learned else f"{SAY_WHICH} in the head `{name}`",
                )
        return errors


def sizes(module: nn.Module) -> dict[str, int]:
    """How many numbers a module has, and how many of them are not zero."""
    tensors = list(module.parameters())
    return {
        "parameters": sum(tensor.numel() for tensor in tensors),
        "nonzeros": sum(int(tensor.count_nonzero()) for tensor in tensors),
    }


def batch_tensors(batch: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Padded tokens (batch, length) and lengths (batch,) on a device."""
    longest = max((len(tokens) for tokens in batch), default=0)
    tokens = torch.zeros(len(batch), max(1, longest), dtype=torch.long)  # never without a position: padding is one
    for row, one in enumerate(batch):
        tokens[row, : len(one)] = torch.tensor(list(one), dtype=torch.long)
    return tokens.to(device), torch.tensor([len(one) for one in batch], dtype=torch.long).to(device)
