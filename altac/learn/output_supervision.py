"""Learning a task from inputs and outputs alone: a Transformer trained from scratch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor, nn

from altac.diagnostics import AltacError
from altac.diagnostics.training_errors import NoAnswers, StateInOutput
from altac.driver import Compiled, interpreter_depth
from altac.engine.protocol import run_texts
from altac.ir.encode import encode_value
from altac.learn.settings import TrainingConfig
from altac.model.batch import batch_tensors
from altac.model.config import EncoderConfig
from altac.model.encoder import Encoder
from altac.model.encoder_model import EncoderMetadata, EncoderModel
from altac.model.file import save_model
from altac.version import __version__

NOWHERE = -100  # a position where no output is shown


class OutputTask:
    """Trains an encoder (`altac.learn.task.Task`).

    Args:
        texts: the training inputs; those on which the program fails are left out.
        tests: the test inputs, of which only the lengths are used: position embeddings reach that far.
    """

    def __init__(
        self,
        compiled: Compiled,
        config: TrainingConfig,
        texts: Sequence[str],
        tests: Sequence[str],
        device: torch.device,
    ) -> None:
        if compiled.program.output_where is not None:
            raise AltacError([StateInOutput(None)])
        interface = replace(compiled.program.interface, scoring=None)  # it learns answers, not what decides them
        longest = max((len(interface.tokens(text)) for text in (*texts, *tests)), default=1)
        absolute = config.positions == "absolute"
        sizes = EncoderConfig(
            vocabulary=len(interface.vocabulary),
            positions=max(1, longest) if absolute else 0,
            width=config.width,
            heads=config.heads,
            hidden=config.hidden,
            activation=config.activation,
            layers=config.layers,
            shared=config.shared,
            outputs=len(interface.domain),
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            encoder = Encoder(sizes)
        frame = len(interface.before) + len(interface.after)
        metadata = EncoderMetadata(
            config=sizes,
            interface=replace(interface, longest=sizes.positions - frame) if absolute else interface,
            source_name=compiled.program.source.name,
            source=compiled.program.source.text,
            imports=compiled.program.imports,
            overrides={name: encode_value(value) for name, value in compiled.program.overrides},
            level=compiled.level,
            altac=__version__,
        )
        self.engine = EncoderModel(encoder.to(device), metadata, interpreter_depth(compiled))
        self.trained: nn.Module = encoder
        self.tokens, self.lengths, self.labels, self.depths = (
            tensor.to(device) for tensor in self._examples(compiled, texts)
        )

    def _examples(self, compiled: Compiled, texts: Sequence[str]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Tokens and labels (inputs, length), lengths and numbers of layers (inputs,)."""
        interface = compiled.program.interface
        results = [result for result in run_texts(compiled.interpreter, texts) if result.output]
        if not results:
            raise AltacError([NoAnswers(None)])
        tokens, lengths = batch_tensors([interface.tokens(result.input) for result in results], torch.device("cpu"))
        labels = torch.full(tokens.shape, NOWHERE)
        for row, result in enumerate(results):
            places = interface.pick(range(int(lengths[row])))
            labels[row, places] = torch.tensor([interface.domain.index(value) for value in result.output or ()])
        fixed = self.engine.metadata.config.layers
        return tokens, lengths, labels, torch.tensor([fixed or result.layers for result in results])

    def loss(self, module: nn.Module, generator: Generator, size: int, part: slice) -> tuple[Tensor, Tensor]:
        """Cross entropy over all values that are shown; an input is right if all of its values are."""
        rows = torch.randint(len(self.tokens), (size,), generator=generator, device=self.tokens.device)[part]
        width = int(self.lengths[rows].max())
        tokens, labels = self.tokens[rows, :width], self.labels[rows, :width]
        logits = module(tokens, self.lengths[rows], self.depths[rows]).float()
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=NOWHERE)
        right = ((logits.argmax(dim=-1) == labels) | (labels == NOWHERE)).all(dim=-1)
        return loss, right.float().mean()

    def save(self, path: Path, trained: dict[str, Any]) -> None:
        self.engine.metadata = replace(self.engine.metadata, trained=trained)
        self.engine.module.extra = self.engine.metadata.to_dict()
        save_model(self.engine, path)
