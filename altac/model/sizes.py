"""How large models are."""

from __future__ import annotations

from typing import Any

from torch import nn

from altac.model.metadata import Metadata
from altac.model.transformer import Transformer


def sizes(module: nn.Module, under: str = "") -> dict[str, int]:
    """How many numbers a module has under names that begin like this, and how many of them are not zero."""
    named = module.named_parameters()
    tensors = [tensor for name, tensor in named if name.startswith(under) and not tensor.is_meta]
    return {
        "parameters": sum(tensor.numel() for tensor in tensors),
        "nonzeros": sum(int(tensor.count_nonzero()) for tensor in tensors),
    }


def layer_sizes(described: Metadata, module: Transformer) -> list[dict[str, Any]]:
    """Those of each layer, as plain types, in the names of `altac.Compiled.stats`."""
    learned = described.learned.hidden if described.learned else ()
    return [
        {
            "name": name,
            "heads": len(described.stream.view(place).heads),
            "hidden_units": sum((*described.config.layers[place].hidden_sizes, *learned)),
            "parameters": sizes(module, f"layers.{place}.")["parameters"],
        }
        for place, name in enumerate(described.layer_names)
    ]
