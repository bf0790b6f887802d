"""Blocks to a PyTorch module with its description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from altac.backend import Blocks, build_without_step
from altac.ir.arrays import Array
from altac.ir.encode import encode_value
from altac.ir.numbers import is_open
from altac.ir.program import Program
from altac.model.config import LearnedStepConfig
from altac.model.learned import LearnedTransformer
from altac.model.metadata import Metadata, learned_step
from altac.model.model import Model
from altac.model.transformer import Transformer
from altac.passes.readouts import without_rules
from altac.targets.torch_state import torch_config, torch_state
from altac.version import __version__


def build_model(program: Program, blocks: Blocks, level: int) -> Model:
    """A model in float32, on the CPU."""
    state = torch_state(blocks)
    metadata = build_metadata(program, blocks, level)
    module = Transformer(state.config)
    module.extra = metadata.to_dict()
    module.load_state_dict({**tensors(state.arrays), "_extra_state": module.extra}, strict=True)
    return Model(module, metadata)


def build_learned_model(program: Program, hidden: tuple[int, ...], activation: str, restore: bool, rate: int) -> Model:
    """The program with compiled embeddings, attention and readouts; an MLP in each layer is still to be trained.

    Its steps are never lowered to rules, so the stream has what the program names alone. The MLPs' weights are drawn
    from PyTorch's generator.

    Args:
        hidden: units of the hidden layers of each, at least one.
        activation: "relu", "sigmoid" or "tanh".
        restore: whether what an MLP writes is brought back to zeros and ones.
        rate: layers for each position; bounds a run as `Model.layer_rate` says.

    Raises:
        AltacError: if float32 cannot separate the values of a number.
    """
    blocks = build_without_step(program, without_rules(program))
    state = torch_state(blocks)
    step = learned_step(blocks.stream, LearnedStepConfig(hidden, activation, restore, (), ()), len(blocks.layers))
    # without it, a mixture is only inexact
    layers = (
        replace(layer, one_value=tuple(required and restore for required in layer.one_value))
        for layer in state.config.layers
    )
    metadata = replace(
        build_metadata(program, blocks, 0),
        config=replace(state.config, layers=tuple(layers)),
        learned=step,
        layer_rate=0 if program.fixed_layers is not None else rate,
    )
    module = LearnedTransformer(metadata.config, step)
    module.extra = metadata.to_dict()
    learned = {name: tensor for name, tensor in module.state_dict().items() if ".learned." in name}
    module.load_state_dict({**tensors(state.arrays), **learned, "_extra_state": module.extra}, strict=True)
    return Model(module, metadata)


def tensors(arrays: Mapping[str, Array]) -> dict[str, Tensor]:
    """Parameters in float32."""
    return {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}


def build_metadata(program: Program, blocks: Blocks, level: int) -> Metadata:
    interface = replace(program.interface, longest=blocks.certificate.formats["float32"].longest)
    if is_open(interface.domain):  # of which weights may know some digits alone
        last = blocks.stream.standing(len(blocks.layers) - 1)
        interface = replace(interface, domain=last[interface.variable].domain)
    return Metadata(
        config=torch_config(blocks),
        interface=interface,
        stream=blocks.stream,
        layer_names=program.layer_names,
        head_names=tuple(tuple(head.name for head in layer.heads) for layer in blocks.layers),
        unit_names=tuple(tuple(mlp.units for mlp in layer.mlps) for layer in blocks.layers),
        source_name=program.source.name,
        source=program.source.text,
        imports=program.imports,
        overrides={name: encode_value(value) for name, value in program.overrides},
        level=level,
        altac=__version__,
        certificate=blocks.certificate,
    )
