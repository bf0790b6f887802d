"""The forms in which a model leaves altac, and comes back. Knows no torch, so that commands start without it."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePath
from typing import assert_never


class Target(Enum):
    """What a file of weights is."""

    CHECKPOINT = "a PyTorch checkpoint"
    SAFETENSORS = "safetensors"


def suffixes(target: Target) -> tuple[str, ...]:
    """How names of such files end; the first is the usual one."""
    match target:
        case Target.CHECKPOINT:
            return (".pt", ".pth")
        case Target.SAFETENSORS:
            return (".safetensors",)
        case _:
            assert_never(target)


def target_of(path: PurePath) -> Target | None:
    """What a file is by its name; None if it does not hold weights."""
    return next((target for target in Target if path.suffix in suffixes(target)), None)


SUFFIXES = tuple(suffix for target in Target for suffix in suffixes(target))
