"""Whether a module is as altac makes one: then its weights and sizes determine what it does, and a file can hold it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from altac.model.config import LearnedStepConfig, TransformerConfig
from altac.model.learned import LearnedMLP, LearnedTransformer
from altac.model.transformer import MLP, Attention, Linear, Readout, Transformer

GLOBAL: Any = nn.modules.module  # hooks on all modules at once


class Unfilled(TorchFunctionMode):
    """Leaves new parameters as they are: random numbers on the device "meta" cost an import of two seconds."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return None if getattr(func, "__module__", "") == "torch.nn.init" else func(*args, **(kwargs or {}))


def methods(kind: type[nn.Module]) -> dict[str, Callable[..., Any]]:
    return {name: value for name, value in vars(kind).items() if callable(value)}


MADE: dict[type[nn.Module], dict[str, Callable[..., Any]]] = {
    kind: methods(kind)
    for kind in (
        Transformer,
        Attention,
        MLP,
        Readout,
        Linear,
        LearnedTransformer,
        LearnedMLP,
        nn.Embedding,
        nn.Linear,
        nn.ModuleList,
    )
}


def untouched(module: nn.Module) -> bool:
    """Whether a module has no hooks, and neither classes, methods nor tensors but those that altac gives it."""
    if GLOBAL._global_forward_hooks or GLOBAL._global_forward_pre_hooks:
        return False
    kinds = {type(part) for part in module.modules()}
    if not kinds <= MADE.keys() or any(methods(kind) != MADE[kind] for kind in kinds):
        return False
    return not any(touched(part) for part in module.modules())


def touched(part: nn.Module) -> bool:
    """Whether a module has hooks, a method in the place of its class's, or a tensor that is not a parameter."""
    replaced = any(callable(getattr(type(part), name, None)) for name in vars(part))
    others = bool(part._buffers) or any(isinstance(value, Tensor) for value in vars(part).values())
    return bool(part._forward_hooks or part._forward_pre_hooks) or replaced or others


def is_as_made(module: Transformer, config: TransformerConfig, step: LearnedStepConfig | None) -> bool:
    """Whether a module is what its sizes say, and nothing else."""
    with torch.device("meta"), Unfilled():
        made = Transformer(config) if step is None else LearnedTransformer(config, step)
    return untouched(module) and type(module) is type(made) and structure(module) == structure(made)


def structure(module: Transformer) -> tuple[object, ...]:
    """What a module is besides its numbers."""
    shapes = {name: tensor.shape for name, tensor in module.named_parameters(remove_duplicate=False)}
    attention = module.attention
    if attention is None:
        return module.config, shapes
    heads = attention.query_sizes, attention.value_sizes, attention.one_value
    return module.config, shapes, attention.reach, *(tuple(sizes) for sizes in heads)
