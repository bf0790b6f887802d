"""The last step: NumPy matrices to a PyTorch module with its description. The only module of the backend with torch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from altac.backend.layout import Layout
from altac.backend.thresholds import head_buckets
from altac.backend.weights import Weights, build_weights
from altac.ir.encode import encode_value
from altac.ir.program import Head, Program
from altac.ir.rules import RuleSet
from altac.ir.values import Domain
from altac.model.metadata import Metadata, Reading
from altac.model.model import Model
from altac.model.transformer import Transformer
from altac.version import __version__


def build_model(program: Program, weights: Weights, level: int) -> Model:
    """A model in float32, on the CPU."""
    metadata = build_metadata(program, weights, level)
    module = Transformer(weights.config)
    module.extra = metadata.to_dict()
    state: dict[str, object] = {
        name: torch.from_numpy(array.astype(np.float32)) for name, array in weights.arrays.items()
    }
    module.load_state_dict({**state, "_extra_state": module.extra}, strict=True)
    return Model(module, metadata)


def build_learned_model(program: Program, hidden: tuple[int, ...], activation: str, restore: bool, rate: int) -> Model:
    """The program with compiled embeddings, attention and readouts, and an MLP that is still to be trained.

    Its step is never lowered to rules, so the stream has variables and heads alone. The MLP's weights are drawn from
    PyTorch's generator.

    Args:
        hidden: units of its hidden layers, at least one.
        activation: "relu", "sigmoid" or "tanh".
        restore: whether its output is brought back to zeros and ones.
        rate: layers for each position; bounds a run as `TransformerConfig.layer_rate` says.

    Raises:
        AltacError: if float32 cannot separate the values of a number.
    """
    variables = {one.name: one.domain for one in program.variables}
    weights = build_weights(program, RuleSet(variables, {one.name: one.domain for one in program.heads}, ()))
    config = replace(
        weights.config,
        hidden_sizes=(),
        learned_sizes=hidden,
        activation=activation,
        restore=restore,
        one_value=tuple(one and restore for one in weights.config.one_value),  # else what is mixed is only inexact
        real_dimensions=tuple(weights.layout.real(one.name) for one in program.variables if one.scalar),
        layer_rate=0 if program.halt is None else rate,
    )
    compiled = build_metadata(program, weights, 0)
    metadata = replace(
        compiled,
        config=config,
        heads={one.name: learned_reading(one, weights.layout) for one in program.heads},
        unit_names=(),
    )
    module = Transformer(config)
    module.extra = metadata.to_dict()
    state = {name: torch.from_numpy(array.astype(np.float32)) for name, array in weights.arrays.items()}
    kept = {name: tensor for name, tensor in state.items() if not name.startswith("mlps.")}
    learned = {name: tensor for name, tensor in module.state_dict().items() if name.startswith("learned.")}
    module.load_state_dict({**kept, **learned, "_extra_state": module.extra}, strict=True)
    return Model(module, metadata)


def learned_reading(head: Head, layout: Layout) -> Reading:
    """Where a head stands after attention: a number is told by its borders, since no unit makes it one-hot."""
    if not head.is_numeric:
        return reading(head.name, head.domain, layout, False)
    buckets = head_buckets(head)
    borders = tuple(float(border.middle) for border in buckets.borders)
    return Reading(head.domain, (layout.real(head.name),), True, borders, buckets.values)


def build_metadata(program: Program, weights: Weights, level: int) -> Metadata:
    layout = weights.layout
    scalars = {variable.name for variable in program.variables if variable.scalar}
    return Metadata(
        config=weights.config,
        interface=replace(program.interface, longest=weights.certificate.formats["float32"].longest),
        variables={one.name: reading(one.name, one.domain, layout, one.name in scalars) for one in program.variables},
        heads={one.name: reading(one.name, one.domain, layout, False) for one in program.heads},
        axes=tuple(str(axis) for axis in layout.axes),
        head_names=weights.head_names,
        unit_names=weights.unit_names,
        source_name=program.source.name,
        source=program.source.text,
        imports=program.imports,
        overrides={name: encode_value(value) for name, value in program.overrides},
        level=level,
        altac=__version__,
        certificate=weights.certificate,
    )


def reading(name: str, domain: Domain, layout: Layout, is_real: bool) -> Reading:
    dimensions = (layout.real(name),) if is_real else tuple(layout.one_hot(name))
    return Reading(domain, dimensions, is_real)
