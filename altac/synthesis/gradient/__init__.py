"""The gradient engine of `altac learn`: discretised Transformers, trained and translated into programs."""

from __future__ import annotations

from collections.abc import Iterator

from altac.synthesis.engine import Progress, Settings
from altac.synthesis.examples import Examples

__all__ = ["gradient"]


def gradient(learned_from: Examples, validation: Examples, settings: Settings) -> Iterator[Progress]:
    """What the engine proposes; PyTorch is loaded only here."""
    from altac.synthesis.gradient.engine import gradient

    yield from gradient(learned_from, validation, settings)
