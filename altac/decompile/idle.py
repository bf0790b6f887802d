"""Weights without the layers that never run: they say nothing, and nothing shows what they mean."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from altac.model.transformer import Transformer


def without_idle(module: Transformer) -> Transformer:
    """The same function without the layers that the schedule runs no times; the same module if there are none."""
    config = module.config
    entries = [number for number, entry in enumerate(config.schedule) if entry.times != 0]
    if len(entries) == len(config.schedule):
        return module
    layers = [layer for number in entries for layer in config.entries[number][0]]
    chosen = replace(
        config,
        layers=tuple(config.layers[layer] for layer in layers),
        schedule=tuple(config.schedule[number] for number in entries),
    )
    moved = {f"layers.{old}.": f"layers.{new}." for new, old in enumerate(layers)}
    moved |= {f"until.{old}.": f"until.{new}." for new, old in enumerate(entries)}
    result = Transformer(chosen).to(module.token_embedding.weight.dtype)
    state = {}
    for name, tensor in module.state_dict().items():
        place = ".".join(name.split(".")[:2]) + "."
        if isinstance(tensor, Tensor) and (place in moved or not name.startswith(("layers.", "until."))):
            state[name.replace(place, moved.get(place, place), 1)] = tensor
    result.load_state_dict({**state, "_extra_state": {"config": chosen.to_dict()}})
    return result
