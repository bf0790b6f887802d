"""Compiled weights as values with names, in NumPy: heads, MLPs and readouts over one residual stream.

Every matrix is (outputs, inputs), and each block reads and writes all `d_model` dimensions of the stream. How blocks
become parameters of a module, and under which names, is a matter of the target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from altac.ir.arrays import Array
from altac.ir.certificate import Certificate
from altac.ir.offsets import Offsets
from altac.ir.stream import Stream

if TYPE_CHECKING:
    from jaxtyping import Float64


@dataclass(frozen=True, eq=False)
class LinearMap:
    """A linear map with a bias."""

    weight: Float64[Array, "outputs inputs"]
    bias: Float64[Array, "outputs"]

    def __len__(self) -> int:
        """The number of outputs."""
        return len(self.weight)


@dataclass(frozen=True, eq=False)
class HeadBlock:
    """An attention head with a sink: one more key, which takes the weight where nothing is selected.

    Attributes:
        name: that of the program's head, or `(clear)`.
        one_value: whether all positions that it selects must bring the same value.
        offsets: the distances at which it looks; others have a score of minus infinity.
        query, key: of one width; 0 where positions alone decide.
        value: what a position brings.
        output: where that is written.
        in_reach: score of every position at one of the offsets.
        slope: score per position of distance, key minus query; without its sign if the head `is_symmetric`.
        lead_before: what positions before the own one score more.
        sink_score, sink_value: those of the sink.
    """

    name: str
    one_value: bool
    offsets: Offsets
    query: LinearMap
    key: LinearMap
    value: LinearMap
    output: Float64[Array, "d_model value_size"]
    in_reach: float
    slope: float
    is_symmetric: bool
    lead_before: float
    sink_score: float
    sink_value: Float64[Array, "value_size"]


@dataclass(frozen=True, eq=False)
class MLPBlock:
    """Hidden units that saturate at 0 and 1; each has a name."""

    units: tuple[str, ...]
    inward: LinearMap
    outward: LinearMap


@dataclass(frozen=True, eq=False)
class ReadoutBlock:
    """A yes-or-no question to every position: whether one of some units is on."""

    inward: LinearMap


@dataclass(frozen=True, eq=False)
class LayerBlock:
    """One layer: `heads`, side by side, and then `mlps`, one after the other; either may be none.

    Attributes:
        name: that of the program's layer.
    """

    name: str
    heads: tuple[HeadBlock, ...]
    mlps: tuple[MLPBlock, ...]


@dataclass(frozen=True, eq=False)
class EntryBlock:
    """Some layers in a row, by their numbers, `times` times, or until a readout holds at every position."""

    layers: range
    times: int | None
    until: ReadoutBlock | None


@dataclass(frozen=True, eq=False)
class Blocks:
    """A Transformer: layers, and a schedule, each of whose entries has layers of its own.

    Attributes:
        stream: what every dimension means.
        tokens, positions: embeddings, which are added up.
        shown: where the output is shown; None for everywhere.
        unembedding: scores of the output's values.
        certificate: for which inputs this computes the same as the program, in which number format.
    """

    stream: Stream
    tokens: Float64[Array, "vocabulary d_model"]
    positions: Float64[Array, "positions d_model"] | None
    layers: tuple[LayerBlock, ...]
    schedule: tuple[EntryBlock, ...]
    shown: ReadoutBlock | None
    unembedding: LinearMap
    certificate: Certificate

    @property
    def hidden_units(self) -> int:
        return sum(len(mlp.units) for layer in self.layers for mlp in layer.mlps)
