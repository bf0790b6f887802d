"""Whether a module is as altac makes one: then its weights and sizes determine what it does, and a file can hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from altac.model.config import LearnedStepConfig, TransformerConfig
from altac.model.learned import LearnedLayer, LearnedMLP, LearnedTransformer
from altac.model.transformer import MLP, Attention, Linear, Readout, Transformer, TransformerLayer

ANYTHING = {"training", "extra"}  # attributes that do not say what a module does
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
        TransformerLayer,
        Attention,
        MLP,
        Readout,
        Linear,
        LearnedTransformer,
        LearnedLayer,
        LearnedMLP,
        nn.Embedding,
        nn.Linear,
        nn.ModuleList,
        nn.ModuleDict,
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


@lru_cache(maxsize=16)
def made(config: TransformerConfig, step: LearnedStepConfig | None) -> Transformer:
    """The module that altac makes for some sizes, without its numbers."""
    with torch.device("meta"), Unfilled():
        return Transformer(config) if step is None else LearnedTransformer(config, step)


def is_as_made(module: Transformer, original: Transformer) -> bool:
    """Whether a module is what its sizes say, and nothing else."""
    return untouched(module) and not any(other_parts(module, original))


def changed_parts(module: Transformer, original: Transformer) -> Iterator[str]:
    """The paths of the parts that are not as altac makes them."""
    yield from other_parts(module, original)
    yield from (path for path, part in module.named_modules() if touched(part))


def other_parts(part: nn.Module, original: nn.Module, path: str = "") -> Iterator[str]:
    """The paths of the parts in which others stand, or tensors of other shapes."""
    if type(part) is not type(original):
        yield path
        return
    if names_of(part) != names_of(original):
        yield path
    for name, value in vars(original).items():
        found = getattr(part, name, None)
        if name[0] != "_" and name not in ANYTHING and (type(found) is not type(value) or found != value):
            yield f"{path}.{name}".lstrip(".")
    for name, child in original.named_children():
        found, below = getattr(part, name, None), f"{path}.{name}".lstrip(".")
        if isinstance(found, nn.Module):
            yield from other_parts(found, child, below)
        else:
            yield below


def names_of(part: nn.Module) -> tuple[dict[str, torch.Size | None], set[str]]:
    """The shapes of its own tensors, and its parts."""
    tensors = {name: None if tensor is None else tensor.shape for name, tensor in part._parameters.items()}
    return tensors, {name for name, child in part._modules.items() if child is not None}
