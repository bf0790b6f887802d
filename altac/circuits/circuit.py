"""What a circuit is: nodes with names and meanings, and edges with the dimensions of the stream that they share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from typing import Any

from altac.diagnostics import AltacError
from altac.diagnostics.circuit_errors import NoRounds, OtherLayers
from altac.ir.stream import CARRYING, CLEARING
from altac.model.config import TransformerConfig
from altac.model.metadata import Metadata

EMBED, LOGITS = "embed", "logits"
PORTS = ("query", "key", "value")  # of a head: what it looks with, what it looks at, what it brings


class Kind(Enum):
    """What a node is."""

    EMBEDDING = "embedding"
    HEAD = "head"
    UNITS = "units"
    READOUT = "readout"


@dataclass(frozen=True)
class Ran:
    """A run of a layer: its number in the model, and which run of it this is, from 1."""

    place: int
    round: int


@dataclass(frozen=True)
class Node:
    """A part of the unrolled model.

    Attributes:
        name: as that of its activation, `carry.2.attn.left` (docs/inside.md).
        kind: what it is.
        means: in the words of the program.
        step: the number of the run of a layer, from 0; -1 for the embedding, and all of them for the readout.
        number: of the head in its layer, or of the MLP.
        where: where it is in an exported model; None in altac's own.
    """

    name: str
    kind: Kind
    means: tuple[str, ...]
    step: int
    number: int = 0
    where: Where | None = None


@dataclass(frozen=True)
class Where:
    """Where the tool that a model was exported to finds a node.

    Attributes:
        hook: a hook or a module, by the name that the tool has for it.
        head: the number of the head there; None for what is no head.
        columns: of what stands there, those that are the head's, from the first to one behind the last; None if the
            tool numbers heads itself.
        nothing: what stands there where the head selects nothing; zeros are behind it. None of what is no head, and
            where that would be no value of the program.
    """

    hook: str
    head: int | None = None
    columns: tuple[int, int] | None = None
    nothing: tuple[float, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain types."""
        found: dict[str, Any] = {"hook": self.hook}
        if self.head is not None:
            found |= {"head": self.head, "nothing": None if self.nothing is None else list(self.nothing)}
        if self.columns is not None:
            found["columns"] = list(self.columns)
        return found


@dataclass(frozen=True)
class Edge:
    """What one node writes and another reads.

    Attributes:
        source, target: names of nodes.
        port: through which the target reads it: "query", "key" or "value" of a head, "" of others.
        places: the dimensions that they share.
        dimensions: the names of these, as what the source writes there.
        shares: the names of the program that these are about.
    """

    source: str
    target: str
    port: str
    places: tuple[int, ...]
    dimensions: tuple[str, ...]
    shares: tuple[str, ...]

    @property
    def ends(self) -> tuple[str, str, str]:
        return self.source, self.target, self.port


@dataclass(frozen=True)
class Circuit:
    """A set of edges.

    Attributes:
        program: the name of the program.
        kind: "static", "live" or "minimal".
        layers: the names of the runs of layers, `carry 2`.
        every: all nodes of the model, in the order in which they act.
        edges: those of the circuit.
        candidates: how many pairs of nodes there are of which one acts before the other, by ports.
        pairs: how many pairs of inputs it is about; 0 for the static one.
        width: of the residual stream.
        tool: the tool that the model was exported to; "" for altac's own.
        dropped: how many pairs were left out, since an answer is another one after so many layers.
    """

    program: str
    kind: str
    layers: tuple[str, ...]
    every: tuple[Node, ...]
    edges: tuple[Edge, ...]
    candidates: int
    pairs: int
    width: int
    dropped: int = 0
    tool: str = ""

    @property
    def nodes(self) -> list[Node]:
        """Those that an edge of the circuit begins or ends at."""
        used = {name for edge in self.edges for name in (edge.source, edge.target)}
        return [node for node in self.every if node.name in used]

    def _repr_svg_(self) -> str:
        """The picture for notebooks."""
        from altac.circuits.drawing import svg

        return svg(self).decode()

    def to_dict(self) -> dict[str, Any]:
        """As plain types."""
        return {
            "program": self.program,
            **({"tool": self.tool} if self.tool else {}),
            "set": self.kind,
            "layers": list(self.layers),
            "pairs": self.pairs,
            "dropped": self.dropped,
            "candidates": self.candidates,
            "nodes": [
                {"name": node.name, "kind": node.kind.value, "means": list(node.means)}
                | ({} if node.where is None else node.where.to_dict())
                for node in self.nodes
            ],
            "edges": [
                {
                    "from": edge.source,
                    "to": edge.target,
                    "input": edge.port or None,
                    "shares": list(edge.shares),
                    "dimensions": list(edge.dimensions),
                }
                for edge in self.edges
            ],
        }


def unrolled(config: TransformerConfig, rounds: Mapping[int, int]) -> tuple[Ran, ...]:
    """The runs of layers, one after the other.

    Args:
        rounds: by the numbers of entries of the schedule, how often those run that wait for a condition.
    """
    return tuple(
        Ran(place, number)
        for entry, (places, times) in enumerate(config.entries)
        for number in range(1, (rounds.get(entry, 0) if times is None else times) + 1)
        for place in places
    )


def rounds_for(described: Metadata, layers: int | None) -> dict[int, int]:
    """How often loops run that wait for a condition, so that there are so many layers altogether.

    Raises:
        AltacError: if their number is not known, or there is no such number of rounds.
    """
    config, program = described.config, described.interface.program
    loops = {entry: places for entry, (places, times) in enumerate(config.entries) if times is None}
    fixed = sum(len(places) * times for places, times in config.entries if times is not None)
    if layers is None:
        if loops:
            raise AltacError([NoRounds(None, program)])
        return {}
    size = sum(len(places) for places in loops.values())
    rest = layers - fixed
    if rest == 0:
        return {}
    if not loops or rest < 0 or rest % size:
        reason = f"it runs {fixed} once"
        nearest = f"`--layers {fixed}`"
        if loops:
            reason = f"{fixed} run once, and {size} repeat together"
            nearest = f"`--layers {fixed + size * max(1, rest // size)}`"
        raise AltacError([OtherLayers(None, program, layers, reason, nearest)])
    return dict.fromkeys(loops, rest // size)


def name_of(described: Metadata, ran: Ran, rest: str) -> str:
    """The name of an activation in a run of a layer."""
    layer = described.layer_names[ran.place]
    return f"{layer}.{ran.round}.{rest}" if layer else f"{ran.round}.{rest}"


def nodes_of(described: Metadata, runs: Sequence[Ran]) -> tuple[Node, ...]:
    """All nodes, in the order in which they act."""
    initial = tuple(f"{name} at the beginning" for name in (*described.stream.variables, *described.stream.embedded))
    nodes = [Node(EMBED, Kind.EMBEDDING, initial, -1)]
    for step, ran in enumerate(runs):
        for number, head in enumerate(described.head_names[ran.place]):
            if head != CLEARING:
                means = ("adds up numbers",) if head == CARRYING else (declared(described.source, head),)
                nodes.append(Node(name_of(described, ran, f"attn.{head}"), Kind.HEAD, means, step, number))
        for number, rules in enumerate(described.unit_names[ran.place]):
            nodes.append(Node(name_of(described, ran, f"mlp{number + 1}"), Kind.UNITS, rules, step, number))
    return (*nodes, Node(LOGITS, Kind.READOUT, (answered(described),), len(runs)))


def answered(described: Metadata) -> str:
    """The line of a program that says what its output is."""
    found = re.search(r"^output\b.*$", described.source, re.MULTILINE)
    return found[0].strip() if found else f"output {described.interface.variable}"


def declared(source: str, head: str) -> str:
    """The line of a program that declares a head."""
    found = re.search(rf"^\s*(head\s+{re.escape(head)}\b[^#\n]*)", source, re.MULTILINE)
    return re.sub(r"\s+", " ", found[1]).strip() if found else f"head {head}"


def ports_of(node: Node) -> tuple[str, ...]:
    """What a node reads through."""
    match node.kind:
        case Kind.EMBEDDING:
            return ()
        case Kind.HEAD:
            return PORTS
        case Kind.UNITS | Kind.READOUT:
            return ("",)


def order(node: Node) -> tuple[int, int, int]:
    """When a node acts: heads of a layer together, then its MLPs one after the other."""
    return node.step, int(node.kind is Kind.UNITS), node.number if node.kind is Kind.UNITS else 0


def count_candidates(nodes: Iterable[Node]) -> int:
    """How many edges there could be."""
    found, before = 0, 0
    for _, together in groupby(sorted(nodes, key=order), key=order):
        here = list(together)
        found += before * sum(len(ports_of(node)) for node in here)
        before += len(here)
    return found
