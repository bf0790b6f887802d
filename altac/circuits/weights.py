"""The weights of a model, taken apart: what each head and each MLP of a layer reads and writes.

An exported model is taken apart the same way (`altac/export/circuit.py`): its layers are its blocks.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor

from altac.diagnostics import AltacError
from altac.diagnostics.circuit_errors import NotPlain
from altac.ir.stream import CLEARING
from altac.model.model import Model
from altac.model.parameters import Affine, LayerParameters, parameters_of
from altac.model.transformer import Transformer, TransformerLayer

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int


class Attention(Protocol):
    """What attention adds to its scores."""

    def mask(self, valid: Bool[Tensor, "batch length"], /) -> Tensor: ...


@dataclass(frozen=True, eq=False)
class HeadWeights:
    """A head: its number in its layer, and its slices of the maps of attention, as (weight, bias).

    Attributes:
        sink: what it brings from the sink; None where this is a position as all others.
    """

    number: int
    query: tuple[Float64[Tensor, "size d_model"], Float64[Tensor, "size"]]
    key: tuple[Float64[Tensor, "size d_model"], Float64[Tensor, "size"]]
    value: tuple[Float64[Tensor, "value d_model"], Float64[Tensor, "value"]]
    output: Float64[Tensor, "d_model value"]
    sink: Float64[Tensor, "value"] | None

    def reads(self, port: str) -> Bool[Tensor, "d_model"]:
        weight: Tensor = getattr(self, port)[0]
        return (weight != 0).any(dim=0)

    @property
    def writes(self) -> Bool[Tensor, "d_model"]:
        return (self.output != 0).any(dim=1)


@dataclass(frozen=True, eq=False)
class MLPWeights:
    """An MLP, whose units are never below 0, and never above `most`."""

    inward: Float64[Tensor, "units d_model"]
    inward_bias: Float64[Tensor, "units"]
    outward: Float64[Tensor, "d_model units"]
    outward_bias: Float64[Tensor, "d_model"]
    most: float = 1.0


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """A layer: its heads by their numbers, but for the one that clears, and the dimensions that this one clears.

    Attributes:
        bias: what attention adds at every position, whatever heads bring.
    """

    attention: Attention | None
    heads: dict[int, HeadWeights]
    cleared: Bool[Tensor, "d_model"]
    mlps: list[MLPWeights]
    bias: Float64[Tensor, "d_model"] | None = None


@dataclass(frozen=True, eq=False)
class Weights:
    """A model in float64.

    Attributes:
        embed: from tokens to the residual stream before the first layer.
        embedding_writes: the dimensions in which positions differ at the beginning.
        end: from tokens to the stream at the end of the model's own run; None where layers alone are known.
        lead: how many positions of the stream are in front of the first token.
    """

    embed: Callable[[Int[Tensor, "batch length"]], Tensor]
    embedding_writes: Bool[Tensor, "d_model"]
    end: Callable[[Int[Tensor, "batch length"]], Tensor] | None
    layers: list[LayerWeights]
    readout: tuple[Float64[Tensor, "outputs d_model"], Float64[Tensor, "outputs"]]
    shown: tuple[Float64[Tensor, "units d_model"], Float64[Tensor, "units"]] | None
    lead: int = 0

    @property
    def answer_reads(self) -> Bool[Tensor, "d_model"]:
        """The dimensions that the answer is read from, and those that say where."""
        found = (self.readout[0] != 0).any(dim=0)
        return found if self.shown is None else found | (self.shown[0] != 0).any(dim=0)

    @property
    def width(self) -> int:
        return len(self.embedding_writes)


def beginning(module: Transformer) -> Bool[Tensor, "d_model"]:
    """The dimensions in which positions differ at the beginning."""
    tokens = module.token_embedding.weight.detach()
    differ = (tokens != tokens[:1]).any(dim=0)
    if module.position_embedding is not None:
        positions = module.position_embedding.weight.detach()
        differ = differ | (positions != positions[:1]).any(dim=0)
    return differ


def weights_of(model: Model) -> Weights:
    """The weights of a compiled model.

    Raises:
        AltacError: if something in it is not what altac compiled.
    """
    if model.is_learned:
        raise AltacError([NotPlain(None, "their step was learned, and has no rules")])
    if not model.is_as_made:
        raise AltacError([NotPlain(None, "the module has hooks, or parts that altac did not make")])
    module = copy.deepcopy(model.module).double().cpu()
    found = parameters_of(module)
    layers = [
        layer_weights(module.layers[place], found.layers[place], names)
        for place, names in enumerate(model.metadata.head_names)
    ]
    shown = None if found.shown is None else pair(found.shown)

    def end(tokens: Tensor) -> Tensor:
        last: Tensor = module(tokens)[0]
        return last

    return Weights(module.embed, beginning(module), end, layers, pair(found.unembedding), shown)


def pair(affine: Affine) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(affine.weight), torch.from_numpy(affine.bias)


def layer_weights(layer: Any, found: LayerParameters, names: tuple[str, ...]) -> LayerWeights:
    assert isinstance(layer, TransformerLayer)
    mlps = [MLPWeights(*pair(mlp.inward), *pair(mlp.outward)) for mlp in found.mlps]
    width = next((len(one.output) for one in found.heads), mlps[0].inward.shape[1] if mlps else 0)
    cleared, heads = torch.zeros(width, dtype=torch.bool), {}
    for number, (name, head) in enumerate(zip(names, found.heads, strict=True)):
        output = torch.from_numpy(head.output)
        if name == CLEARING:
            cleared = (output != 0).any(dim=1)
            continue
        maps = [pair(affine) for affine in (head.query, head.key, head.value)]
        heads[number] = HeadWeights(number, maps[0], maps[1], maps[2], output, torch.from_numpy(head.sink_value))
    return LayerWeights(layer.attention, heads, cleared, mlps)
