"""Traces: the value of every variable and head at every position, layer by layer.

Both engines produce the same types, so that to compare them is to compare traces. Indices rather than values are
stored; names and domains travel beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import RunFailed
from altac.diagnostics.words import counted, shortened
from altac.engine.evidence import Evidence, Told
from altac.ir.arrays import Indices as Indices
from altac.ir.arrays import Mask
from altac.ir.encode import encode_value
from altac.ir.interface import Interface
from altac.ir.stream import Part
from altac.ir.values import UNCLEAR, Domain, NoValue, Value

PADDING, NO_VALUE, EMPTY = -1, -2, -3  # instead of the index of a value: no position; no value; all dimensions zero
MOST_CELLS = 1000  # positions times layers of a trace that is printed


def has_value(indices: Indices) -> Mask:
    """Where there is the index of a value, and not what stands in its place."""
    return indices >= 0


@dataclass(frozen=True)
class Layer:
    """The state of the sequences of a batch that run one layer together.

    `place` is the number of the layer in the program, from 0 (-1: the initial state), `name` its name, "" in a program
    with one step, and `round` which run of it this is, from 1. `rows[i]` is the place in the batch of sequence i here,
    and `numbers[i]` how many layers it has run; arrays are (running sequences, positions).

    `heads` are the values after attention (empty for the initial state). `variables` are those after the step; what
    layers introduce is among them, `EMPTY` where it is not there yet, or no longer needed. `kept` is what heads brought
    that later layers need. Where there is no value stands `PADDING`, `NO_VALUE` or `EMPTY`. `errors` are the sequences
    of the batch that failed in this layer, with their numbers of layers in `failed`; they are not among the rows.
    `gone` names the variables that are not there after this layer, whatever weights hold.

    The rest is there only where the whole state was asked for. `told` has the index of the value that the output would
    have at each position if the run ended here, `PADDING` where it would have none, or where no run ends. Weights also
    give `sublayers`: by the name of each sub-layer ("" for the initial state) every part of the stream after it that
    this layer reads or writes; `margin`, how far the stream is from exact values at most; and `drift`, where compiled
    weights leave variables that are not whole numbers: a sequence's place in the batch, and how far they are off.
    """

    place: int
    name: str
    round: int
    numbers: Indices
    rows: Indices
    heads: Mapping[str, Indices]
    variables: Mapping[str, Indices]
    kept: Mapping[str, Indices]
    errors: Mapping[int, RunFailed]
    failed: Mapping[int, int]
    told: Told | None = None
    sublayers: Mapping[str, Mapping[Part, Indices]] = field(default_factory=dict)
    margin: float = 0.0
    drift: tuple[int, float] | None = None
    gone: frozenset[str] = frozenset()

    @property
    def state(self) -> dict[str, Indices]:
        """All that can be read after it: what its heads brought, too."""
        return {**self.heads, **self.variables, **self.kept}


@dataclass(frozen=True)
class Ran:
    """A layer of a run: its place in the program, its name, which run of it this is, and the names of its heads."""

    place: int
    name: str
    round: int
    heads: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """`carry 2`; in a program with one step only the number."""
        return f"{self.name} {self.round}" if self.name else str(self.round)

    @property
    def label(self) -> str:
        """The same for messages that have the number: nothing in a program with one step."""
        return self.text if self.name else ""


@dataclass(frozen=True)
class Step:
    """What the run of a program that writes gave for one symbol: that, or the end, and the number of layers."""

    value: Value
    layers: int


@dataclass(frozen=True, repr=False)
class Result:
    """What one input gave. `output` is None exactly when there is an error.

    Of a program that writes, `output` is what was written, `layers` those of its last run, and `steps` are all runs.
    """

    input: str
    output: tuple[Value, ...] | None
    layers: int
    error: RunFailed | None
    evidence: Evidence | None = field(default=None, compare=False)
    steps: tuple[Step, ...] = field(default=(), compare=False)

    @property
    def scores(self) -> tuple[dict[Value, float | Fraction], ...] | None:
        """For each symbol of the output the score of every label; None where the output is not a score."""
        return None if self.evidence is None else self.evidence.scores

    @property
    def probabilities(self) -> tuple[dict[Value, float], ...] | None:
        """For each symbol of the output the probability of every label; None where the output is not a score."""
        return None if self.evidence is None else self.evidence.probabilities

    def text(self, interface: Interface) -> str:
        """The output as text.

        Raises:
            AltacError: if there is none.
        """
        if self.error is not None:
            raise AltacError([self.error])
        return interface.render(self.output or ())

    def _repr_html_(self) -> str:
        """For notebooks."""
        from altac.engine.html import html_result

        return html_result(self)

    def __repr__(self) -> str:
        if self.error is not None:
            return f"<Result of {shortened(self.input)}: {self.error.code}, {self.error.message}>"
        return f"<Result of {shortened(self.input)}: {shortened(self.output)} after {counted(self.layers, 'layer')}>"


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """The run of one input: `heads[name]` is (layers, positions), `variables[name]` is (layers + 1, positions).

    Row 0 of `variables` is the initial state; row i of `heads` is read by the step that gives row i + 1. All values are
    indices in `domains[name]`, or `EMPTY` where there are none: heads have values in their own layer, and what a layer
    introduces has one as long as it is needed: `gone` names, for each row of `variables`, those that are not there.
    `ran` are the layers in the order in which they ran.
    """

    interface: Interface
    tokens: tuple[Value, ...]
    domains: Mapping[str, Domain]
    variables: Mapping[str, Indices]
    heads: Mapping[str, Indices]
    gone: tuple[frozenset[str], ...]
    ran: tuple[Ran, ...]
    error: RunFailed | None

    @property
    def layers(self) -> int:
        return len(self.ran)

    def __repr__(self) -> str:
        size = f"{counted(len(self.tokens), 'position')}, {counted(self.layers, 'layer')}"
        failed = "" if self.error is None else f", ends with {self.error.code}"
        return f"<Trace of {self.interface.program}: {size}{failed}>"

    def __str__(self) -> str:
        """The table that `altac trace` prints; of a large trace as `repr`."""
        from altac.engine.table import render_trace

        if len(self.tokens) * (self.layers + 1) > MOST_CELLS:
            return repr(self)
        names = [name for name in self.domains if name not in ("token", "position")]
        table = render_trace(self, names, list(range(len(self.tokens))))
        return table if self.error is None else f"{table}\n{self.error.code}: {self.error.message}"

    def _repr_html_(self) -> str | None:
        """The table for notebooks; None where it would be too large."""
        from altac.engine.html import html_trace

        return html_trace(self)

    def knows(self, name: str, layer: int) -> bool:
        """Whether something has values after `layer` layers, or as a head in layer `layer`.

        In a program with one step all have, whatever weights hold.
        """
        if name not in self.variables and layer == 0:
            return False
        if self.ran and not self.ran[0].name:
            return True
        if name not in self.variables:
            return name in self.ran[layer - 1].heads
        if name in self.gone[layer]:
            return False
        rows = self.variables[name][layer]
        return not len(rows) or not (rows == EMPTY).all()

    def value(self, name: str, layer: int, position: int) -> Value | NoValue:
        """The value of a variable after `layer` layers (0: initially), or of a head in layer `layer` (from 1).

        `UNCLEAR` where the weights hold no value, which those that altac compiles never do.
        """
        index = self.index(name, layer, position)
        return self.domains[name].values[index] if index >= 0 else UNCLEAR

    def index(self, name: str, layer: int, position: int) -> int:
        """The index of that value in its domain, or what stands in its place."""
        rows = self.variables[name][layer] if name in self.variables else self.heads[name][layer - 1]
        return int(rows[position])

    def difference(self, other: Trace) -> str | None:
        """The first place where two traces of one input differ, in words; None where they are equal."""
        for layer in range(max(self.layers, other.layers) + 1):
            if layer > min(self.layers, other.layers):
                return f"{self.layers} layers against {other.layers}"
            for name in (*self.heads, *self.variables):
                if name in self.heads and layer == 0:
                    continue
                for position in range(len(self.tokens)):
                    if self.index(name, layer, position) != other.index(name, layer, position):
                        mine, theirs = self.value(name, layer, position), other.value(name, layer, position)
                        place = "" if not layer or not self.ran[layer - 1].name else f" ({self.ran[layer - 1].text})"
                        return f"layer {layer}{place}, position {position}: `{name}` is {mine!r} against {theirs!r}"
        return None

    def to_dict(self, names: Sequence[str] | None = None, positions: Sequence[int] | None = None) -> dict[str, Any]:
        """The trace as plain types, as `altac trace --json` prints it; layer 0 is the initial state.

        Args:
            names: variables and heads, all if None; `positions` likewise.
        """
        shown = list(self.domains) if names is None else names
        places = list(range(len(self.tokens)) if positions is None else positions)

        def columns(of: Mapping[str, Indices], layer: int) -> dict[str, list[Any]]:
            known = [name for name in shown if name in of and self.knows(name, layer)]
            return {name: [encode_value(self.value(name, layer, position)) for position in places] for name in known}

        error = self.error
        return {
            "program": self.interface.program,
            "positions": places,
            "tokens": [encode_value(self.tokens[position]) for position in places],
            "layers": [
                {
                    "layer": layer,
                    "name": self.ran[layer - 1].name if layer else "",
                    "round": self.ran[layer - 1].round if layer else 0,
                    "heads": columns(self.heads, layer) if layer else {},
                    "variables": columns(self.variables, layer),
                }
                for layer in range(self.layers + 1)
            ],
            "error": None if error is None else {"code": error.code, "message": error.message},
        }


def gather_trace(
    interface: Interface, tokens: Sequence[int], domains: Mapping[str, Domain], layers: Sequence[Layer]
) -> Trace:
    """The trace of a batch of one sequence from its layers."""
    whole = [layer for layer in layers if 0 not in layer.errors]
    error = next((layer.errors[0] for layer in layers if 0 in layer.errors), None)
    variables = whole[0].variables
    nothing = np.full(len(tokens), EMPTY, np.int64)

    def stack(rows: list[Any]) -> Indices:
        return np.stack(rows) if rows else np.zeros((0, len(tokens)), dtype=np.int64)

    def brought(name: str) -> Indices:
        return stack([layer.heads[name][0] if name in layer.heads else nothing for layer in whole[1:]])

    return Trace(
        interface,
        tuple(interface.vocabulary.values[token] for token in tokens),
        domains,
        {name: stack([layer.variables[name][0] for layer in whole]) for name in variables},
        {name: brought(name) for name in domains if name not in variables},
        tuple(layer.gone for layer in whole),
        tuple(Ran(layer.place, layer.name, layer.round, tuple(layer.heads)) for layer in whole[1:]),
        error,
    )


class States:
    """The state of every sequence of a batch after the last layer that it ran; some may wait while others run."""

    def __init__(self) -> None:
        self._state: dict[str, Indices] = {}

    def of(self, rows: Indices) -> dict[str, Indices]:
        """The state of some sequences."""
        return {name: values[rows] for name, values in self._state.items()}

    def enter(self, layer: Layer) -> None:
        """Keep what a layer leaves."""
        for name, values in layer.state.items():
            if layer.place < 0:
                self._state[name] = values.copy()
                continue
            if name not in self._state:
                shape = len(next(iter(self._state.values()))), values.shape[1]
                self._state[name] = np.full(shape, EMPTY, np.int64)
            self._state[name][layer.rows] = values


def transitions(layers: Iterable[Layer]) -> Iterator[tuple[dict[str, Indices], Layer]]:
    """Every layer but the initial state, with the state that its sequences had before."""
    states = States()
    for layer in layers:
        if layer.place >= 0:
            yield states.of(layer.rows), layer
        states.enter(layer)
