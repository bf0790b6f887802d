"""What is asked of a model that is looked into."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from altac.engine.protocol import Engine
from altac.engine.trace import Result
from altac.model.inside.activations import ActivationCache
from altac.model.inside.names import Names
from altac.model.metadata import Metadata
from altac.model.transformer import Transformer


class Opened(Engine, Protocol):
    """`altac.model.model.Model`, as far as it is used here."""

    module: Transformer
    metadata: Metadata
    layer_rate: int

    @property
    def names(self) -> Names: ...

    @property
    def weight(self) -> Tensor: ...

    @property
    def _made(self) -> Transformer: ...

    def run_with_cache(self, text: str) -> tuple[Result, ActivationCache]: ...
