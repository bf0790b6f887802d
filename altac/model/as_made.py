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


MADE: dict[type[nn.Module], tuple[dict[str, Callable[..., Any]], int]] = {  # with the number of all attributes
    kind: (methods(kind), len(vars(kind)))
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


@lru_cache(maxsize=16)
def made(config: TransformerConfig, step: LearnedStepConfig | None) -> Transformer:
    """The module that altac makes for some sizes, without its numbers."""
    with torch.device("meta"), Unfilled():
        return Transformer(config) if step is None else LearnedTransformer(config, step)


def is_as_made(module: Transformer, original: Transformer) -> bool:
    """Whether a module is what its sizes say, and nothing else: no hooks, no other parts, methods or number formats."""
    if GLOBAL._global_forward_hooks or GLOBAL._global_forward_pre_hooks or not classes_as_made():
        return False
    if next(changed_parts(module, original), None) is not None:
        return False
    return len({(tensor.dtype, tensor.device) for tensor in parameters_of(module)}) <= 1


def classes_as_made() -> bool:
    """Whether the classes have the methods that altac and torch give them."""
    for kind, (made_methods, count) in MADE.items():
        found = vars(kind)
        if len(found) != count or any(found.get(name) is not method for name, method in made_methods.items()):
            return False
    return True


def parameters_of(part: nn.Module) -> Iterator[Tensor]:
    """All weights: `part.parameters()`, in a tenth of the time."""
    for tensor in part._parameters.values():
        if tensor is not None:
            yield tensor
    for child in part._modules.values():
        if child is not None:
            yield from parameters_of(child)


def changed_parts(part: nn.Module, original: nn.Module, path: str = "") -> Iterator[str]:
    """The paths of the parts that are not as altac makes them."""
    if type(part) is not type(original):
        yield path
        return
    mine, made_so = vars(part), vars(original)
    others = mine.keys() - made_so.keys() if mine.keys() != made_so.keys() else ()
    if part._forward_hooks or part._forward_pre_hooks or part._buffers or any(acts(part, name) for name in others):
        yield path
    if shapes(part) != shapes(original) or children(part).keys() != children(original).keys():
        yield path
    for name, value in made_so.items():
        found = mine.get(name)
        if found is value or name[0] == "_" or name in ANYTHING:
            continue
        if type(found) is not type(value) or found != value:
            yield f"{path}.{name}".lstrip(".")
    for name, child in children(original).items():
        found, below = part._modules.get(name), f"{path}.{name}".lstrip(".")
        if found is None:
            yield below
        else:
            yield from changed_parts(found, child, below)


def acts(part: nn.Module, name: str) -> bool:
    """Whether an attribute stands in the place of a method, or is a tensor that is not a parameter."""
    return callable(getattr(type(part), name, None)) or isinstance(vars(part)[name], Tensor)


def shapes(part: nn.Module) -> dict[str, torch.Size | None]:
    """Those of its own tensors."""
    return {name: None if tensor is None else tensor.shape for name, tensor in part._parameters.items()}


def children(part: nn.Module) -> dict[str, nn.Module]:
    return {name: child for name, child in part._modules.items() if child is not None}
