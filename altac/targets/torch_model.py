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
from altac.ir.program import Program
from altac.model.config import LearnedStepConfig
from altac.model.learned import LearnedTransformer
from altac.model.metadata import Metadata
from altac.model.model import Model
from altac.model.transformer import Transformer
from altac.passes.lower import rule_set
from altac.passes.readouts import with_readouts
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
    """The program with compiled embeddings, attention and readouts, and an MLP that is still to be trained.

    Its step is never lowered to rules, so the stream has variables and heads alone. The MLP's weights are drawn from
    PyTorch's generator.

    Args:
        hidden: units of its hidden layers, at least one.
        activation: "relu", "sigmoid" or "tanh".
        restore: whether its output is brought back to zeros and ones.
        rate: layers for each position; bounds a run as `Model.layer_rate` says.

    Raises:
        AltacError: if float32 cannot separate the values of a number.
    """
    blocks = build_without_step(program, with_readouts(program, rule_set(program, [])))
    state = torch_state(blocks)
    stream = blocks.stream
    step = LearnedStepConfig(
        hidden,
        activation,
        restore,
        tuple(stream.number(variable.name) for variable in program.variables if variable.scalar),
    )
    # without it, a mixture is only inexact
    config = replace(state.config, one_value=tuple(required and restore for required in state.config.one_value))
    metadata = replace(
        build_metadata(program, blocks, 0),
        config=config,
        learned=step,
        layer_rate=0 if program.halt is None else rate,
    )
    module = LearnedTransformer(config, step)
    module.extra = metadata.to_dict()
    learned = {name: tensor for name, tensor in module.state_dict().items() if name.startswith("learned.")}
    module.load_state_dict({**tensors(state.arrays), **learned, "_extra_state": module.extra}, strict=True)
    return Model(module, metadata)


def tensors(arrays: Mapping[str, Array]) -> dict[str, Tensor]:
    """Parameters in float32."""
    return {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}


def build_metadata(program: Program, blocks: Blocks, level: int) -> Metadata:
    return Metadata(
        config=torch_config(blocks),
        interface=replace(program.interface, longest=blocks.certificate.formats["float32"].longest),
        stream=blocks.stream,
        head_names=tuple(head.name for head in blocks.heads),
        unit_names=tuple(mlp.units for mlp in blocks.mlps),
        source_name=program.source.name,
        source=program.source.text,
        imports=program.imports,
        overrides={name: encode_value(value) for name, value in program.overrides},
        level=level,
        altac=__version__,
        certificate=blocks.certificate,
    )
