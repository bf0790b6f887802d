"""What the stream says after a layer: which parts are read, and under which names their values go."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from altac.engine.trace import EMPTY, PADDING
from altac.ir.arrays import Indices
from altac.ir.stream import Kind, Part, Stream
from altac.model.decode import Decoder

Named = dict[str, Indices]


class LayerReader:
    """Reads the stream after one layer; -1 for the initial state.

    Attributes:
        heads: where the values of the layer's own heads stand.
        variables: where variables stand, and what layers introduce, as long as it stands.
        known: what the tokens alone say, since the stream does not hold it.
        gone: what layers introduce, where it does not stand.
        kept: where what heads brought stands that later layers need.
        exact: the dimensions of all that later layers find; compiled weights leave whole numbers there.
    """

    def __init__(self, stream: Stream, place: int) -> None:
        self.parts = [part for part in stream.view(place).parts if part.kind is not Kind.EVIDENCE]
        self.known = tuple(stream.embedded)
        self.heads = stream.view(place).heads
        introduced = {name: part for name, part in stream.introduced.items() if part.stands_after(place)}
        self.variables = {**stream.variables, **introduced}
        self.gone = [name for name in stream.introduced if name not in introduced]
        standing = stream.standing(place)
        self.kept = {name: standing[name] for name in stream.heads if name in standing and is_kept(standing[name])}
        stays = (*stream.embedded.values(), *self.variables.values(), *self.kept.values())
        self.exact = [dimension for part in stays if not part.is_open for dimension in part.place]

    @cached_property
    def whole(self) -> Decoder:
        """For every part that the layer reads or writes."""
        return Decoder(self.parts)

    @cached_property
    def named(self) -> Decoder:
        """For what has a name in the program."""
        return Decoder(list(dict.fromkeys((*self.heads.values(), *self.variables.values(), *self.kept.values()))))

    def values(self, found: Mapping[Part, Indices], lengths: Indices, tokens: Indices) -> tuple[Named, Named, Named]:
        """Of heads, of variables with what layers introduce, and of what is kept.

        Args:
            found: the values in the parts.
            lengths: positions from there on are padding.
            tokens: those of every position, (sequences, positions).
        """
        valid = np.arange(tokens.shape[1]) < lengths[:, None]
        nothing, read = np.where(valid, EMPTY, PADDING), np.where(valid, tokens, PADDING)
        heads, variables, kept = (
            {name: found[part] for name, part in parts.items()} for parts in (self.heads, self.variables, self.kept)
        )
        return heads, dict.fromkeys(self.known, read) | variables | dict.fromkeys(self.gone, nothing), kept


def is_kept(part: Part) -> bool:
    """Whether a part is needed after the layer that writes it."""
    return part.layers is not None and part.layers[0] < part.layers[1]
