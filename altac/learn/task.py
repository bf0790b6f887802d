"""What the training loop asks of a kind of supervision."""

from __future__ import annotations

from typing import Any, Protocol

from torch import Generator, Tensor, nn

from altac.engine.protocol import Engine


class Task(Protocol):
    """Something that is trained: a module, the batches that it sees, and the model that it belongs to.

    Attributes:
        trained: the module whose parameters are trained.
        engine: the whole model; it runs with the current parameters.
    """

    trained: nn.Module

    @property
    def engine(self) -> Engine: ...

    def loss(self, module: nn.Module, generator: Generator, size: int, part: slice) -> tuple[Tensor, Tensor]:
        """The loss and the part of right answers of one batch, both scalars.

        Args:
            module: `trained`, or what wraps it.
            generator: decides the batch.
            size: of the whole batch.
            part: which of its examples this process takes.
        """
        ...

    def save(self, path: Any, trained: dict[str, Any]) -> None:
        """Write the whole model with a description of how it was trained."""
        ...
