"""The optimiser and its learning rate."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn, optim

from altac.diagnostics import AltacError
from altac.diagnostics.training_errors import NoAdafactor
from altac.learn.settings import TrainingConfig


def build_optimizer(parameters: Iterable[nn.Parameter], config: TrainingConfig) -> optim.Optimizer:
    """Adam, AdamW or Adafactor.

    Raises:
        AltacError: if this PyTorch has no Adafactor.
    """
    rate, decay = config.learning_rate, config.weight_decay
    if config.optimizer == "adam":
        return optim.Adam(parameters, lr=rate, weight_decay=decay)
    if config.optimizer == "adamw":
        return optim.AdamW(parameters, lr=rate, weight_decay=decay)
    if not hasattr(optim, "Adafactor"):
        raise AltacError([NoAdafactor(None)])
    return optim.Adafactor(parameters, lr=rate, weight_decay=decay)


def learning_rate(config: TrainingConfig, step: int) -> float:
    """The rate of one step, counted from 0: a straight line upwards, then an exponential downwards."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    rest = max(1, config.steps - config.warmup - 1)
    return float(config.learning_rate * config.decay ** min(1.0, (step - config.warmup) / rest))
