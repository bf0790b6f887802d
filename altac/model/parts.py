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
    PartsAreNoDictionary,
    PartsAreNoList,
    PartWithoutMethod,
    UnfitPart,
)
from altac.diagnostics.words import shortened
from altac.model.as_made import MADE, changed_parts
from altac.model.learned import LearnedLayer
from altac.model.transformer import Transformer, TransformerLayer

MISSING: Any = object()
LISTS = (nn.ModuleList, list, tuple)
FAILURES = (AttributeError, TypeError, ValueError, LookupError, RuntimeError)  # a user's own exceptions pass


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
    for name in ("token_embedding", "unembedding"):
        yield from unfit(part_of(module, name), name)
    for name in ("position_embedding", "shown"):
        yield from unfit(part_of(module, name), name, optional=True)
    yield from unfit_until(module)
    layers = part_of(module, "layers")
    yield from unfit_list(layers, "layers", "mask")
    for number, layer in enumerate(layers if isinstance(layers, LISTS) else ()):
        path = f"layers.{number}"
        if isinstance(layer, TransformerLayer):
            yield from unfit(part_of(layer, "attention"), f"{path}.attention", "mask", optional=True)
            yield from unfit_list(part_of(layer, "mlps"), f"{path}.mlps")
        if isinstance(layer, LearnedLayer):
            yield from unfit(part_of(layer, "learned"), f"{path}.learned", "restored")
    yield from mixed_numbers(module)


def part_of(module: nn.Module, name: str) -> Any:
    return getattr(module, name, MISSING)


def unfit(part: Any, path: str, method: str = "__call__", optional: bool = False) -> Iterator[UnfitPart]:
    """What is wrong with a part, which needs a method besides being called."""
    if part is MISSING:
        yield PartMissing(None, shown(path))
    elif part is None:
        if not optional:
            yield PartIsNone(None, shown(path))
    elif not callable(part):
        yield PartIsNoModule(None, shown(path))
    elif not callable(getattr(part, method, None)):
        yield PartWithoutMethod(None, shown(path), method)


def unfit_list(parts: Any, path: str, method: str = "__call__") -> Iterator[UnfitPart]:
    """What is wrong with a list of parts."""
    if parts is MISSING or parts is None:
        yield from unfit(parts, path)
    elif not isinstance(parts, LISTS):
        yield PartsAreNoList(None, shown(path))
    else:
        for number, part in enumerate(parts):
            yield from unfit(part, f"{path}.{number}", method)


def unfit_until(module: Transformer) -> Iterator[UnfitPart]:
    """What is wrong with what the schedule waits for."""
    readouts = part_of(module, "until")
    if readouts is MISSING or readouts is None:
        yield from unfit(readouts, "until")
    elif not isinstance(readouts, nn.ModuleDict | dict):
        yield PartsAreNoDictionary(None, shown("until"))
    else:
        found = dict(readouts.items())
        for number, entry in enumerate(module.config.schedule):
            if entry.times is None:
                yield from unfit(found.get(str(number), MISSING), f"until.{number}")


def mixed_numbers(module: Transformer) -> Iterator[UnfitPart]:
    """Parameters in another format or on another device than the first; other people's parts may convert."""
    kinds = {
        f"{path}.{name}": (tensor.dtype, tensor.device)
        for path, part in module.named_modules()
        if type(part) in MADE
        for name, tensor in part._parameters.items()
        if tensor is not None
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
    whole = re.sub(r"^until\.(\d+)", r'until["\1"]', path)
    return re.sub(r"\.(\d+)", r"[\1]", f"model.module.{whole}".rstrip("."))
