"""What the search has found so far: one node of each behaviour on the sample, the smallest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from altac.synthesis.nodes import Kind, Node
from altac.synthesis.sample import NONE, Array, Bits, Sample

MOST = 60_000  # nodes of one kind
KINDS: tuple[Kind, ...] = ("number", "boolean", "symbol")
Row = npt.NDArray[np.int16]  # values at the positions of all examples, one example after the other


@dataclass
class Shelf:
    """The nodes of one kind, and what they are: a row of values for each."""

    width: int
    nodes: list[Node] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rows = np.zeros((64, self.width), np.int16)

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def rows(self) -> Array:
        return self._rows[: len(self.nodes)]

    def add(self, node: Node, row: Row) -> None:
        if len(self.nodes) == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[len(self.nodes)] = row
        self.nodes.append(node)
        self.costs.append(node.cost)

    def cheapest(self, most: int) -> npt.NDArray[np.intp]:
        """The places of the cheapest nodes, cheapest first."""
        return np.argsort(np.array(self.costs, np.int32), kind="stable")[:most]


def probed(columns: Bits, most: int) -> Bits:
    """Some of the columns, evenly spread; what does not fit there need not be looked at in full."""
    places = np.flatnonzero(columns)
    found = np.zeros_like(columns)
    found[places[:: max(1, len(places) // most)]] = True
    return found


class Pool:
    """Nodes by kind. A number that is `none` somewhere stands among the symbols: it can only be compared."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.width = int(sample.valid.sum())
        self.shelves: dict[Kind, Shelf] = {kind: Shelf(self.width) for kind in KINDS}
        self._seen: set[bytes] = set()
        self._place: dict[Node, tuple[Shelf, int]] = {}
        sample.lookup = self._find

    def _find(self, node: Node) -> Array | None:
        place = self._place.get(node)
        return None if place is None else self.square(place[0].rows[place[1]])

    def __len__(self) -> int:
        return sum(map(len, self.shelves.values()))

    def flat(self, values: Any) -> Row:
        """Values (example, position) as a row."""
        row: Row = np.asarray(values)[self.sample.valid].astype(np.int16)
        return row

    def square(self, row: Any) -> Any:
        """A row as values (example, position), zero behind the ends."""
        found = np.zeros(self.sample.shape, np.asarray(row).dtype)
        found[self.sample.valid] = row
        return found

    def is_new(self, row: Row, kind: Kind) -> bool:
        """Whether nothing behaves like this yet, and it is not the same everywhere; then it is known from now on."""
        if not row.size or (row == row[0]).all():
            return False
        key = kind[:1].encode() + row.tobytes()
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def add(self, node: Node, values: Any) -> bool:
        """Keep a node unless another behaves like it."""
        row: Row = np.asarray(values, np.int16)
        kind = node.kind
        if kind == "number" and (row == NONE).any():
            kind = "symbol"
        if len(self.shelves[kind]) >= MOST or not self.is_new(row, kind):
            return False
        self._place[node] = (self.shelves[kind], len(self.shelves[kind]))
        self.shelves[kind].add(node, row)
        return True
