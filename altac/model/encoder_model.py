"""A Transformer that learned from inputs and outputs, on text. The only state that it shows is the output variable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from altac.diagnostics.run_errors import DepthUnknown
from altac.engine.evidence import Told
from altac.engine.protocol import Finish, Following, finish_layers
from altac.engine.trace import PADDING, Layer
from altac.engine.writing import rerunning
from altac.ir.encode import decode_domain, encode_values
from altac.ir.interface import Interface
from altac.ir.values import Domain
from altac.model.batch import batch_tensors
from altac.model.config import EncoderConfig
from altac.model.encoder import Encoder
from altac.model.metadata import FORMAT, interface_dict, interface_of, texts_of
from altac.model.precision import executing
from altac.model.sizes import sizes
from altac.model.text_model import TextModel

KIND = "encoder"
Depth = Callable[[Sequence[Sequence[int]]], list[int]]


@dataclass(frozen=True)
class EncoderMetadata:
    """What travels in the file of an encoder besides the numbers."""

    config: EncoderConfig
    interface: Interface
    source_name: str
    source: str
    imports: Mapping[str, str]
    overrides: Mapping[str, Any]
    level: int
    altac: str
    trained: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "kind": KIND,
            "altac": self.altac,
            "config": self.config.to_dict(),
            **interface_dict(self.interface),
            "domain": encode_values(self.interface.domain.values),
            "source_name": self.source_name,
            "source": self.source,
            "imports": dict(self.imports),
            "overrides": dict(self.overrides),
            "level": self.level,
            "trained": None if self.trained is None else dict(self.trained),
        }

    @staticmethod
    def from_dict(data: Any) -> EncoderMetadata:
        """The inverse of `to_dict`.

        Raises:
            ValueError: if something is missing, of another format, or inconsistent.
        """
        if data.get("format") != FORMAT:
            raise ValueError(f"its format is {data.get('format')}, and this altac reads {FORMAT}")
        try:
            config = EncoderConfig.from_dict(data["config"])
            domain = decode_domain(data["domain"])
            if len(domain) != config.outputs:
                raise ValueError("its description does not fit its sizes")
            interface = interface_of(data, domain, config.vocabulary)
            if config.positions and (interface.most_positions is None or interface.most_positions > config.positions):
                raise ValueError("its positions do not fit its greatest length")
            trained = data["trained"]
            return EncoderMetadata(
                config,
                interface,
                str(data["source_name"]),
                str(data["source"]),
                texts_of(data["imports"]),
                dict(data["overrides"]),
                int(data["level"]),
                str(data["altac"]),
                None if trained is None else dict(trained),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"its description is damaged ({error})") from None


class EncoderModel(TextModel):
    """An engine (`altac.engine.protocol.Engine`) that runs an encoder; its layers have the output variable only.

    Attributes:
        depth: the number of layers that the program takes on each sequence of a batch; needed where the config does not
            fix that number. It is not in the file: whoever opens a model gets it from the program.
    """

    def __init__(self, module: Encoder, metadata: EncoderMetadata, depth: Depth | None = None) -> None:
        self.module = module.eval()
        self.metadata = metadata
        self.depth = depth

    @property
    def interface(self) -> Interface:
        return self.metadata.interface

    def stats(self) -> dict[str, Any]:
        """Sizes, as plain types, in the names of `Model.stats`; layers are counted as often as they have weights."""
        config = self.metadata.config
        blocks = len(self.module.blocks)
        return {
            "program": self.interface.program,
            "learned": "everything",
            "layers": config.layers or None,
            "heads": config.heads * blocks,
            "d_model": config.width,
            "hidden_units": sum(config.hidden) * blocks,
            **sizes(self.module),
            "max_length": self.interface.longest,
        }

    @property
    def domains(self) -> Mapping[str, Domain]:
        return {self.interface.variable: self.interface.domain}

    def layers(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[Layer]:  # noqa: ARG002 - there is no more to report
        depths = self._depths(batch)
        rows = np.arange(len(batch))
        if depths is None:
            errors = dict.fromkeys(rows.tolist(), DepthUnknown(None))
            nothing = np.zeros((0, max(map(len, batch), default=0)), np.int64)
            failed = dict.fromkeys(rows.tolist(), 0)
            yield Layer(-1, "", 0, rows[:0], rows[:0], {}, {self.interface.variable: nothing}, {}, errors, failed)
            return
        tokens, lengths = batch_tensors(batch, self.module.readout.weight.device)
        width = max(map(len, batch), default=0)
        streams = self.module.streams(tokens, lengths, torch.tensor(depths, device=tokens.device))
        for number in range(max(depths, default=0) + 1):
            with executing(self.module.readout.weight):
                values = self._values(next(streams), lengths)[:, :width].cpu().numpy()
            running = rows[np.array([depth >= number for depth in depths], np.bool_)]
            numbers = np.full(len(running), number)
            variables = {self.interface.variable: values[running]}
            yield Layer(*self._place(number), numbers, running, {}, variables, {}, {}, {})

    def following(self) -> Following:
        return rerunning(self)

    def grown(self, tokens: Sequence[int]) -> None:  # noqa: ARG002 - it keeps nothing
        return None

    def finish(self, batch: Sequence[Sequence[int]]) -> list[Finish]:
        return finish_layers(
            self.layers(batch), batch, self.interface, lambda layer: Told(layer.variables[self.interface.variable])
        )

    def _place(self, number: int) -> tuple[int, str, int]:
        """Place, name and round of a layer of a run, from 1; 0 for the initial state."""
        if number == 0:
            return -1, "", 0
        return (0, "", number) if self.module.config.shared else (number - 1, "", 1)

    def _depths(self, batch: Sequence[Sequence[int]]) -> list[int] | None:
        if self.metadata.config.layers:
            return [self.metadata.config.layers] * len(batch)
        return None if self.depth is None else self.depth(batch)

    def _values(self, stream: Tensor, lengths: Tensor) -> Tensor:
        """The value with the greatest score at every position."""
        best = self.module.logits(stream).argmax(dim=-1)
        valid = torch.arange(stream.shape[1], device=stream.device) < lengths[:, None]
        return torch.where(valid, best, PADDING)
