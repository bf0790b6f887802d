"""A compiled model on text: the module together with what it reads and writes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import (
    NotExact,
    NotSparse,
    OutputUnclear,
    RunFailed,
    UnusableDevice,
    WrongArgument,
)
from altac.diagnostics.words import counted
from altac.engine.evidence import Told, decide, pooled_sums
from altac.engine.protocol import Finish, Following
from altac.engine.trace import PADDING, Layer, Ran, has_value
from altac.engine.writing import rerunning
from altac.ir.arrays import Array, Indices
from altac.ir.certificate import NO_INPUT
from altac.ir.interface import Interface
from altac.ir.numbers import is_open
from altac.ir.program import endings_of
from altac.ir.values import Domain
from altac.model.as_made import is_as_made, made
from altac.model.batch import batch_tensors, chunks
from altac.model.cache import looks_back
from altac.model.columns import BLOCK
from altac.model.decode import all_have_values, drift, fractions, on_cpu, whole_numbers
from altac.model.digest import digest_of
from altac.model.failures import errors_of
from altac.model.following import CachedRuns
from altac.model.inside.methods import Inside
from altac.model.metadata import Metadata
from altac.model.parts import naming_parts, refuse_unfit
from altac.model.precision import executing, number_format
from altac.model.reading import LayerReader
from altac.model.schedule import LayerState, Runner, last_states, states_of
from altac.model.sizes import layer_sizes, sizes
from altac.model.sparse import SparseTransformer, supports
from altac.model.text_model import TextModel
from altac.model.transformer import Transformer, TransformerLayer
from altac.system.devices import why_unusable

if TYPE_CHECKING:
    from jaxtyping import Float32

NUMBERS = 1 << 26  # in the largest tensor of a run
UNKNOWN_RATE = 250  # `layer_rate` of a module that was changed: who knows whether it ever repeats a state

Execution = Literal["auto", "dense", "sparse"]


class Model(Inside, TextModel):
    """An engine (`altac.engine.protocol.Engine`) that runs compiled weights.

    Every run respects what was done to the module: edited or replaced weights, hooks on its parts, other parts.

    Attributes:
        module: the plain `Transformer`.
        metadata: names, alphabets and the source text.
        execution: "dense" runs the module itself; "sparse" runs its nonzero weights, on a CPU in float32; "auto" is
            sparse wherever that is possible.
        layer_rate: a run fails after 4 * layer_rate * (positions + 8) layers; 0 for as many as it takes, or for 250
            where the module has hooks or other parts.
        with_cache: whether a program that writes keeps the keys and values of what it has read.

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
        self.with_cache = True
        self._sparse: SparseTransformer | None = None
        self._readers: dict[int, LayerReader] = {}

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
        return is_as_made(self.module, self._made)

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
    def runner(self) -> Runner[Any, Any]:
        """The module that runs: `module` itself, or its weights in sparse form, made anew when they have changed.

        Raises:
            AltacError: if a hook would have no effect, a part cannot run, or sparse execution is not possible.
        """
        return self._runner(self.is_as_made)

    def _runner(self, as_made: bool) -> Runner[Any, Any]:
        if not as_made:
            refuse_unfit(self.module)
        possible = as_made and supports(self.module)
        if self.execution == "sparse" and not possible:
            raise AltacError([NotSparse(None)])
        if self.execution == "dense" or not possible:
            return self.module
        if self._sparse is None or not self._sparse.is_current(self.module):
            self._sparse = SparseTransformer(self.module)
        return self._sparse

    def _started(self) -> tuple[Runner[Any, Any], int]:
        """What runs a batch, and its bound on layers."""
        as_made = self.is_as_made
        return self._runner(as_made), self.layer_rate or (0 if as_made else UNKNOWN_RATE)

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

    def sublayers(self, place: int) -> tuple[str, ...]:
        """The names of the sub-layers of a layer, by its number."""
        layer = self.module.layers[place]
        if not isinstance(layer, TransformerLayer):  # it has the results of the one that it replaces
            layer = self._made.layers[place]
        assert isinstance(layer, TransformerLayer)
        mlps = [f"MLP {number}" for number in range(1, len(layer.mlps) + 1)]
        mlps += ["learned MLP"] * self.is_learned
        return tuple(mlps if layer.attention is None else ["attention", *mlps])

    @property
    def is_learned(self) -> bool:
        """Whether the step was learned, so that it may be what is wrong, and the program right."""
        return self.metadata.learned is not None

    def _reader(self, place: int) -> LayerReader:
        """What reads the stream after a layer; -1: before the first."""
        if place not in self._readers:
            self._readers[place] = LayerReader(self.metadata.stream, place)
        return self._readers[place]

    @cached_property
    def _endings(self) -> frozenset[int]:
        return endings_of(self.metadata.config.entries)

    def _ran(self, state: LayerState[Any]) -> Ran:
        return Ran(state.place, self.metadata.layer_names[state.place] if state.place >= 0 else "", state.round)

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
        described, layers = self.metadata, layer_sizes(self.metadata, self.module)
        return {
            "program": described.interface.program,
            "level": described.level,
            "learned": "step" if described.learned else "nothing",
            "variables": len(described.stream.domains) - len(described.stream.heads),
            "heads": len(described.stream.heads),
            "d_model": self.width,
            "hidden_units": sum(layer["hidden_units"] for layer in layers),
            **sizes(self.module),
            "max_length": described.interface.longest,
            "layers": layers,
            "certificate": described.certificate.to_dict(),
        }

    def digest(self) -> str:
        """A hash of all weights."""
        refuse_unfit(self.module)
        return digest_of(self.module.state_dict())

    def _states(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[tuple[Layer, Tensor]]:
        tokens, lengths = batch_tensors(batch, self.weight.device)
        # the tensors have a position of padding even without any
        width = max((len(sequence) for sequence in batch), default=0)
        states = states_of(*self._started(), tokens, lengths)
        while True:
            # for one layer at a time: it must not reach into what the caller does
            with executing(self.weight), naming_parts(self.module, self._made):
                state = next(states, None)
                if state is None:
                    return
                found = self._layer(state, tokens[:, :width], lengths, whole)
            yield found

    def _layer(self, state: LayerState[Any], tokens: Tensor, lengths: Tensor, whole: bool) -> tuple[Layer, Tensor]:
        errors = errors_of(state, self._ran(state), self.metadata)
        streams = [torch.as_tensor(stream) for stream in (whole and state.sublayers) or (state.residual,)]
        rows, numbers = state.rows, state.numbers
        if errors:
            fine = ~np.isin(rows, list(errors))
            rows, numbers, streams = rows[fine], numbers[fine], [stream[fine] for stream in streams]
        alive, streams = lengths[rows], [stream[:, : tokens.shape[1]] for stream in streams]
        reader = self._reader(state.place)
        decoder = reader.whole if whole else reader.named
        states, margins = zip(*(decoder(stream, alive) for stream in streams), strict=True)
        layer = Layer(
            state.place,
            self._ran(state).name,
            state.round,
            numbers,
            rows,
            *reader.values(states[-1], alive.cpu().numpy(), tokens[rows].cpu().numpy()),
            errors,
            {row: int(state.numbers[np.searchsorted(state.rows, row)]) for row in errors},
            gone=frozenset(reader.gone),
        )
        if not whole:
            return layer, streams[-1]
        names = self.sublayers(state.place) if state.sublayers else ("",)
        told = self._told(streams[-1], alive)
        return replace(
            layer,
            told=told if state.place in self._endings else Told(np.full_like(told.values, PADDING)),
            sublayers=dict(zip(names, states, strict=True)),
            margin=max(margins),
            drift=None if self.is_learned else drift(streams[-1][:, :, reader.exact], rows, alive),
        ), streams[-1]

    def _told(self, residual: Tensor, lengths: Tensor) -> Told:
        """The value of the output with the greatest logit at every position, `PADDING` where it is not shown."""
        logits, shown = self.module.logits(residual), self.module.shows(residual, lengths)
        scoring = self.interface.scoring
        if scoring is not None:
            return decide(whole_numbers(on_cpu(logits)), shown, scoring, PADDING)
        valid = np.arange(residual.shape[1]) < lengths.cpu().numpy()[:, None]
        return Told(np.where(shown & valid, self._answers(on_cpu(logits)), PADDING))

    def _answers(self, logits: Array) -> Indices:
        """The indices of the values that logits (..., values) say; of a number they are the number."""
        if not is_open(self.interface.domain):
            answers: Indices = logits.argmax(axis=-1)
            return answers
        (part,) = self.metadata.outputs
        return fractions(logits[..., 0].astype(np.float64), part, np.ones(logits.shape[:-1], np.bool_))

    def following(self) -> Following:
        """With a cache of keys and values, if what was done to the module permits it."""
        return CachedRuns(self) if self._keeps else rerunning(self)

    def grown(self, tokens: Sequence[int]) -> Mapping[str, Indices] | None:
        return CachedRuns(self).grown(tokens) if self._keeps else None

    @property
    def _keeps(self) -> bool:
        return self.with_cache and self.is_as_made and looks_back(self.module)

    def finish(self, batch: Sequence[Sequence[int]]) -> list[Finish]:
        ends: list[Finish] = []
        runner, rate = self._started()
        start = 0
        for size in chunks(self.metadata, batch, BLOCK if isinstance(runner, SparseTransformer) else NUMBERS):
            ends += self._finish(runner, rate, batch[start : start + size])
            start += size
        return ends

    def _finish(self, runner: Runner[Any, Any], rate: int, batch: Sequence[Sequence[int]]) -> list[Finish]:
        tokens, lengths = batch_tensors(batch, self.weight.device)
        errors: dict[int, RunFailed] = {}

        def watched() -> Iterator[LayerState[Any]]:
            for state in states_of(runner, rate, tokens, lengths):
                if state.failed is not None:
                    errors.update(errors_of(state, self._ran(state), self.metadata))
                yield state

        with executing(self.weight), naming_parts(self.module, self._made):
            last, layers = last_states(runner, watched())
            shown, scoring = runner.shows(last, lengths), self.interface.scoring
            picked = self.interface.picked(shown)
            counted = picked if scoring is None or not scoring.pooled else shown
            read = runner.at(last, counted)
            logits = on_cpu(torch.as_tensor(runner.logits(read))[0])
            if scoring is not None:
                logits = logits.astype(np.float64)
                logits = pooled_sums(logits, shown) if scoring.pooled else logits
            answers = self._answers(logits)
            if is_open(self.interface.domain):
                clear = has_value(answers)
            else:
                clear = all_have_values(self.metadata.outputs, torch.as_tensor(read)[0])
        values = answers.tolist()
        for place in np.flatnonzero(~clear).tolist():
            row = int(np.searchsorted(counted.sum(axis=1).cumsum(), place, side="right"))
            errors.setdefault(row, OutputUnclear(None))
        ends, start = [], 0
        for row, (stop, number) in enumerate(zip(picked.sum(axis=1).cumsum().tolist(), layers.tolist(), strict=True)):
            error = errors.get(row)
            sums = None if scoring is None or error else logits[start:stop]
            ends.append(Finish(None if error else tuple(values[start:stop]), number, error, sums))
            start = stop
        return ends
