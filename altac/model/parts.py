"""Parts of a module that a user has changed: what cannot run is refused by name, whatever stands in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import (
    HookOnModel,
    PartFails,
    PartIsNoModule,
    PartIsNone,
    PartMissing,
    PartOfOtherNumbers,
    PartsAreNoList,
    PartWithoutMethod,
    UnfitPart,
)
from altac.diagnostics.words import shortened
from altac.model.as_made import MADE, changed_parts
from altac.model.learned import LearnedTransformer
from altac.model.transformer import Transformer

MISSING: Any = object()
FAILURES = (AttributeError, TypeError, ValueError, LookupError, RuntimeError)  # a user's own exceptions pass
METHODS = {"attention": "mask", "learned": "restored"}  # what a part needs besides being called


def refuse_unfit(module: Transformer) -> None:
    """Refuse a module of which a part would not act, or cannot be run.

    Raises:
        AltacError: if there is one.
    """
    if module._forward_hooks or module._forward_pre_hooks:
        raise AltacError([HookOnModel(None, "a hook")])
    if "forward" in vars(module):
        raise AltacError([HookOnModel(None, "a `forward` of its own")])
    for unfit in unfit_parts(module):
        raise AltacError([unfit])


def unfit_parts(module: Transformer) -> Iterator[UnfitPart]:
    """What can be told of a module before it runs."""
    optional = {"position_embedding", "attention", "shown"} | ({"halt"} if module.config.layers is not None else set())
    learned = ["learned"] * isinstance(module, LearnedTransformer)
    for name in ("token_embedding", *optional, "mlps", *learned, "unembedding", "halt"):
        part = getattr(module, name, MISSING)
        if part is MISSING:
            yield PartMissing(None, shown(name))
        elif part is None:
            if name not in optional:
                yield PartIsNone(None, shown(name))
        elif name == "mlps":
            if not isinstance(part, nn.ModuleList | list | tuple):
                yield PartsAreNoList(None, shown(name))
            elif not all(map(callable, part)):
                number = [callable(mlp) for mlp in part].index(False)
                yield PartIsNoModule(None, shown(f"{name}.{number}"))
        elif not callable(part):
            yield PartIsNoModule(None, shown(name))
        elif not callable(getattr(part, METHODS.get(name, "__call__"), None)):
            yield PartWithoutMethod(None, shown(name), METHODS[name])
    yield from mixed_numbers(module)


def mixed_numbers(module: Transformer) -> Iterator[UnfitPart]:
    """Parameters in another format or on another device than the first; other people's parts may convert."""
    kinds = {
        f"{path}.{name}": (parameter.dtype, parameter.device)
        for path, part in module.named_modules()
        if type(part) in MADE
        for name, parameter in part.named_parameters(recurse=False)
    }
    first = next(iter(kinds.values()), None)
    for path, kind in kinds.items():
        if kind != first and first is not None:
            (dtype, device), (others, place) = kind, first
            yield PartOfOtherNumbers(None, shown(path), f"{dtype} on {device}", f"{others} on {place}")


@contextmanager
def naming_parts(module: Transformer, original: Transformer) -> Iterator[None]:
    """Within it, a failure of a module that was changed is told with the part that it comes from.

    Raises:
        AltacError: for such a failure; those of a module as altac made it stay what they are.
    """
    try:
        yield
    except FAILURES as error:
        changed = list(changed_parts(module, original))
        if not changed:
            raise
        paths = {part: path for path, part in module.named_modules()}
        place, trace = "", error.__traceback__
        while trace is not None:
            running = trace.tb_frame.f_locals.get("self")
            place, trace = (isinstance(running, nn.Module) and paths.get(running)) or place, trace.tb_next
        around = (path for path in changed if path and f"{place}.".startswith(f"{path}."))
        part = next(around, next(filter(None, changed), place))
        reason = shortened(str(error).split("\n", 1)[0])
        raise AltacError([PartFails(None, shown(part), f"{type(error).__name__}: {reason}")]) from error


def shown(path: str) -> str:
    """A path as it is written in Python."""
    return re.sub(r"\.(\d+)", r"[\1]", f"model.module.{path}".rstrip("."))
