"""Numbers for activations: of values, defaults, and other runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

import torch
from torch import Tensor

from altac.diagnostics import AltacError
from altac.diagnostics.inside_errors import NoDefault, UnfitValue
from altac.diagnostics.words import shortened
from altac.engine.trace import has_value
from altac.ir.stream import Part
from altac.ir.values import kind_of, source_text
from altac.model.decode import Decoder
from altac.model.inside.activations import Activation, ActivationCache
from altac.model.inside.edits import EVERY_ROUND, Copied, Fixed, Replacement
from altac.model.inside.names import Chosen, Kind, Target
from altac.model.inside.opened import Opened
from altac.model.transformer import TransformerLayer

if TYPE_CHECKING:
    from jaxtyping import Float


def zeros(target: Target) -> Float[Tensor, "size"]:
    return torch.zeros(target.size)


def default_of(model: Opened, target: Target, name: str) -> Float[Tensor, "size"]:
    """What an activation is without what makes it: of a head what it brings where it selects nothing.

    Raises:
        AltacError: if there is no such thing.
    """
    match target.kind:
        case Kind.UNITS:
            return zeros(target)
        case Kind.HEAD:
            return sink_of(model, target, name)
        case Kind.STREAM | Kind.VARIABLE | Kind.READ_ONLY:
            example = "..." if target.part is None else source_text(next(iter(target.part.domain), 0))
            raise AltacError([NoDefault(None, name, "no value of it stands for nothing", example)])
        case _:
            assert_never(target.kind)


def sink_of(model: Opened, target: Target, name: str) -> Float[Tensor, "size"]:
    """What a head brings where it selects nothing.

    Raises:
        AltacError: if that is no value: it always selects something.
    """
    layer: Any = model.module.layers[target.place]
    assert isinstance(layer, TransformerLayer)
    assert layer.attention is not None
    assert target.part is not None
    sink = layer.attention.sink_value.detach()[target.start : target.stop].cpu()
    if not is_default(target.part, sink, float(layer.attention.sink_score.detach()[target.number])):
        reason = "it always selects something, and brings no value where it does not"
        raise AltacError([NoDefault(None, name, reason, source_text(next(iter(target.part.domain))))])
    return sink


def is_default(part: Part, sink: Float[Tensor, "size"], score: float) -> bool:
    """Whether what a head brings from the sink is a value of its program.

    Args:
        score: that of the sink.
    """
    value = value_of(part, sink)
    # of a number the sink always says something: the program knows it if it is the number that it stands for
    stands_for_zero = part.is_number and not part.is_open and (score != 0 or not bool(sink.any()))
    return value is not None and not (stands_for_zero and value[0] != 0)


def value_of(part: Part, numbers: Float[Tensor, "size"]) -> tuple[Any] | None:
    """The value that some numbers stand for; None if there is none."""
    alone = replace(part, start=0)
    found, _ = Decoder([alone])(numbers.float()[None, None], torch.tensor([1]))
    index = int(found[alone][0, 0])
    return (alone.domain.values[index],) if has_value(found[alone]).all() else None


def fixed(target: Target, value: Any, name: str) -> Float[Tensor, "size"]:
    """The numbers of a value of the program.

    Raises:
        AltacError: if there is no such value here.
    """
    if target.kind is Kind.UNITS and target.owner:
        if value not in (0, 1):
            hint = "write 1 or 0"
            raise AltacError([UnfitValue(None, name, shortened(value), "a rule fires or does not", hint)])
        return torch.tensor([float(value)])
    if target.part is None:
        reason = "it holds no single value of the program"
        hint = "give numbers: a tensor, an activation, or the cache of another run"
        raise AltacError([UnfitValue(None, name, shortened(value), reason, hint)])
    part = target.part
    if part.is_open:
        if kind_of(value) != "number":
            raise AltacError([UnfitValue(None, name, shortened(value), "it is a number", "give a number")])
        return torch.tensor([float(value)])
    try:
        index = part.domain.index(value)
    except (KeyError, TypeError):
        hint = f"take one of {part.domain}"
        raise AltacError([UnfitValue(None, name, shortened(value), "it never has this value", hint)]) from None
    if part.is_number:
        return torch.tensor([inside(part, index)])
    return torch.eye(part.size)[index]


def inside(part: Part, index: int) -> float:
    """A number that stands for a value, in the middle between the borders around it."""
    place, borders = part.buckets.index(index), part.borders
    if not borders:
        return 0.0
    far = 1 + abs(borders[-1] - borders[0])
    below = borders[place - 1] if place else borders[0] - far
    above = borders[place] if place < len(borders) else borders[-1] + far
    return (below + above) / 2


def drawn(model: Opened, name: str, chosen: Chosen, texts: Sequence[str]) -> dict[Target, Float[Tensor, "n size"]]:
    """For each activation all that it is in runs on some inputs, at any position in any round.

    Raises:
        AltacError: if an input is not accepted, or none has such an activation.
    """
    pools: dict[Target, list[Tensor]] = {target: [] for target in chosen.targets}
    for text in texts:
        _, cache = model.run_with_cache(text)
        for target, found in pools.items():
            for number in numbers_of(cache, target):
                found.append(numbers_in(cache, target, number))
    for target, found in pools.items():
        if not sum(map(len, found)):
            reason = f"no run on these inputs has `{model.names.full(target, 1)}`"
            raise AltacError([UnfitValue(None, name, "resampled", reason, "give inputs that have")])
    return {target: torch.cat(found) for target, found in pools.items()}


def numbers_of(cache: ActivationCache, target: Target) -> list[int]:
    """The rounds in which a run has an activation; 0 before the first layer."""
    return [0] if target.place < 0 else list(range(1, cache.rounds.get(target.place, 0) + 1))


def numbers_in(cache: ActivationCache, target: Target, number: int) -> Float[Tensor, "length size"]:
    values = cache[cache.names.full(target, number)].values
    return values[:, None] if values.ndim == 1 else values


def copied(
    name: str, chosen: Chosen, source: Activation | ActivationCache | Tensor, positions: Any
) -> tuple[Chosen, Replacement]:
    """What puts the numbers of another run in the place of these.

    Raises:
        AltacError: if they are of another size.
    """
    if not isinstance(source, ActivationCache):
        values = source.values if isinstance(source, Activation) else source.detach().cpu()
        return chosen, tensors(name, chosen, values, positions)
    found = {
        (target, number): numbers_in(source, target, number)
        for target in chosen.targets
        for number in numbers_of(source, target)
        if chosen.includes(number)
    }
    missing = [target for target in chosen.targets if not any(one == target for one, _ in found)]
    if len(missing) == len(chosen.targets):
        number = chosen.rounds if chosen.rounds.isdigit() else "1"
        raise source.names.unknown(source.names.full(missing[0], int(number)), f'the run of "{source.text}"')
    present = tuple(target for target in chosen.targets if target not in missing)
    for values in found.values():
        fits(name, values, positions)
    return replace(chosen, targets=present), Copied(found, name, positions)


def tensors(name: str, chosen: Chosen, values: Tensor, positions: Any) -> Replacement:
    """The same numbers in all rounds."""
    wide = values[:, None] if values.ndim == 1 and all(target.size == 1 for target in chosen.targets) else values
    for target in chosen.targets:
        if wide.shape[-1:] != (target.size,) or wide.ndim > 2:
            shape = " x ".join(map(str, values.shape)) or "one number"
            wanted = f"({target.size},) or (positions, {target.size})"
            raise AltacError(
                [UnfitValue(None, name, f"numbers of shape {shape}", f"its shape is {wanted}", "give such")]
            )
    if wide.ndim == 1:
        return Fixed(dict.fromkeys(chosen.targets, wide))
    fits(name, wide, positions)
    return Copied({(target, EVERY_ROUND): wide for target in chosen.targets}, name, positions)


def fits(name: str, values: Tensor, positions: Any) -> None:
    """Make sure that numbers of another run are there for all positions.

    Raises:
        AltacError: if they are not.
    """
    for position in positions or ():
        if not -len(values) <= position < len(values):
            reason = f"the other run has {len(values)} positions, and none is number {position}"
            raise AltacError([UnfitValue(None, name, "patched", reason, "take another position, or another run")])
