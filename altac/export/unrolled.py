"""The unrolled form: a plain stack of blocks over one stream, in NumPy, that every stock Transformer can hold.

A block is attention and one MLP, each added to the stream; there is no norm and no mask. The first position of every
input is the *sink*, a token of its own: heads look at it where they select nothing else, and it looks at itself alone.
Hidden units are ReLUs. Positions are dimensions of the stream, as far as heads need them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from altac.export.scores import Places
from altac.ir.arrays import Array
from altac.ir.interface import Interface
from altac.ir.stream import Part

if TYPE_CHECKING:
    from jaxtyping import Float64


@dataclass(frozen=True, eq=False)
class UnrolledHead:
    """A head: scores are query times key, and the softmax of all of them weighs the values.

    Attributes:
        name: that of the program's head.
        query, key, value: (size, d_model) with a bias each; queries and keys are of one size.
        output: where values are written.
        nothing: the value where nothing is selected; zero for all but numbers, since values are differences from it.
            None if that is no value of the program, as of a head that always selects something.
    """

    name: str
    query: Float64[Array, "size d_model"]
    query_bias: Float64[Array, "size"]
    key: Float64[Array, "size d_model"]
    key_bias: Float64[Array, "size"]
    value: Float64[Array, "value_size d_model"]
    value_bias: Float64[Array, "value_size"]
    output: Float64[Array, "d_model value_size"]
    nothing: Float64[Array, "value_size"] | None


@dataclass(frozen=True, eq=False)
class UnrolledMLP:
    """ReLUs between two linear maps; each has a name."""

    units: tuple[str, ...]
    inward: Float64[Array, "units d_model"]
    inward_bias: Float64[Array, "units"]
    outward: Float64[Array, "d_model units"]
    outward_bias: Float64[Array, "d_model"]


@dataclass(frozen=True, eq=False)
class Block:
    """Attention, then an MLP; without heads, attention adds nothing.

    Attributes:
        run: which layer of the program this belongs to, as `carry 2`.
        mlp_name: that of the MLP as a node of circuits, `carry.2.mlp1`; `.raw` stands behind that of the first of two
            blocks that are one MLP of the program; "" if it has no units.
        attention_bias: what attention adds at every position: what heads bring that select nothing.
    """

    run: str
    mlp_name: str
    heads: tuple[UnrolledHead, ...]
    attention_bias: Float64[Array, "d_model"]
    mlp: UnrolledMLP


@dataclass(frozen=True)
class Standing:
    """Where a part of the program's stream stands in the unrolled one.

    Attributes:
        part: the part of the program's stream.
        run: the layer that makes it, as `carry 2`; "" for variables.
        start: its first dimension.
        block: the number of blocks after whose attention (`by_attention`) or MLP it is there; 0 for variables, which
            change with the last block of each layer.
    """

    part: Part
    run: str
    start: int
    block: int
    by_attention: bool

    @property
    def place(self) -> range:
        return range(self.start, self.start + self.part.size)


@dataclass(frozen=True)
class Run:
    """A layer that runs: its place in the program, its name, which run of it this is, and its blocks."""

    place: int
    name: str
    round: int
    blocks: range

    @property
    def text(self) -> str:
        """`carry 2`; in a program with one step only the number."""
        return f"{self.name} {self.round}" if self.name else str(self.round)


@dataclass(frozen=True, eq=False)
class Unrolled:
    """The whole model.

    Attributes:
        interface: what it reads and writes; the sink stands before all of it.
        axes: a name for every dimension.
        tokens: their embeddings; the last is that of the sink.
        positions: those of positions, the sink's first.
        runs: the layers, in the order in which they run.
        standing: where variables, and what layers make, stand.
        unembedding: scores of the output's values, (outputs, d_model), with a bias.
        halted: for every loop its name and the dimension that says, at each position, whether its condition holds at
            its end.
        shown: the dimension that says where the output is shown; None for everywhere.
        causal: whether no position needs to see what stands behind it.
        places: the dimensions of positions.
    """

    interface: Interface
    axes: tuple[str, ...]
    tokens: Float64[Array, "tokens d_model"]
    positions: Float64[Array, "positions d_model"]
    blocks: tuple[Block, ...]
    runs: tuple[Run, ...]
    standing: tuple[Standing, ...]
    unembedding: Float64[Array, "outputs d_model"]
    unembedding_bias: Float64[Array, "outputs"]
    halted: tuple[tuple[str, int], ...]
    shown: int | None
    causal: bool
    places: Places

    @property
    def sink(self) -> int:
        """The token of the first position."""
        return len(self.tokens) - 1

    @property
    def padding(self) -> Float64[Array, "d_model"]:
        """What stands at padding, behind an input: in a causal model, where nobody looks there, that of the sink."""
        dimension = self.places.sink if self.places.padding is None else self.places.padding
        row: Array = np.eye(self.width)[dimension]
        return row

    @property
    def width(self) -> int:
        return len(self.axes)

    @property
    def longest(self) -> int:
        """The greatest number of positions, without the sink."""
        return len(self.positions) - 1

    @property
    def heads(self) -> int:
        """The greatest number of heads of a block, at least one: stock models have as many in each."""
        return max([1, *(len(block.heads) for block in self.blocks)])

    @property
    def head_size(self) -> int:
        """The greatest size of queries and of values."""
        sizes = [size for block in self.blocks for head in block.heads for size in (len(head.query), len(head.value))]
        return max([1, *sizes])

    @property
    def units(self) -> int:
        """The greatest number of units of a block."""
        return max([1, *(len(block.mlp.units) for block in self.blocks)])


def no_mlp(width: int) -> UnrolledMLP:
    """An MLP that adds nothing."""
    return UnrolledMLP((), np.zeros((0, width)), np.zeros(0), np.zeros((width, 0)), np.zeros(width))
