"""The stream of the unrolled form: which dimensions there are, and which step of the run writes which.

Variables stay where they are. What a layer makes has dimensions of its own in every run of the layer, so that nothing
has to be cleared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from altac.export.request import Units
from altac.export.scores import ByDistance, Places
from altac.export.unrolled import Run
from altac.ir.arrays import Mask
from altac.ir.stream import Kind, Part, View
from altac.model.metadata import Metadata
from altac.model.parameters import Parameters

if TYPE_CHECKING:
    from jaxtyping import Bool

GOING = "(going)"  # the head that looks whether a loop still runs anywhere


@dataclass(frozen=True)
class Plan:
    """How weights are to be unrolled.

    Attributes:
        positions: the greatest number, without the sink.
        rounds: of each entry of the schedule.
        gated: the entries whose layers a gate stops.
        one: for each layer the heads that select one position at most, by their names.
        restores_all: whether what units read is never exact, since a norm rounds it.
    """

    positions: int
    rounds: tuple[int, ...]
    gated: frozenset[int]
    one: tuple[frozenset[str], ...]
    units: Units
    restores_all: bool = False


@dataclass(frozen=True)
class Gate:
    """Dimensions of a round of a loop: whether its condition does not hold at a position, and whether anywhere."""

    open: int
    going: int


@dataclass(frozen=True)
class OpenStep:
    """Before a round of a loop: where does its condition not hold?"""

    entry: int
    gate: Gate
    run: str


@dataclass(frozen=True)
class LayerStep:
    """A layer.

    Attributes:
        starts: the first dimension of each part that it makes.
        restored: for each MLP that reads what is inexact a dimension for each of its units; else none.
        gate: that of its round, if it has one.
        looks: whether it is the first of its round, whose attention looks at the gate.
    """

    run: Run
    starts: Mapping[Part, int]
    restored: Sequence[tuple[int, ...]]
    gate: Gate | None
    looks: bool


@dataclass(frozen=True)
class AskStep:
    """A condition is asked at the end of a layer: that of an entry, or where the output is shown (None)."""

    entry: int | None
    after: int
    dimension: int
    run: str


Step = OpenStep | LayerStep | AskStep


class Layout:
    """Dimensions are handed out in the order of the run; then everything knows its place.

    Attributes:
        axes: a name for each dimension.
        steps: what runs.
        halted: for each loop its name and a dimension for whether its condition holds at its end.
        shown: the dimension that says where the output is shown.
    """

    def __init__(
        self,
        metadata: Metadata,
        parameters: Parameters,
        plan: Plan,
        how: Sequence[Sequence[ByDistance]],
        causal: bool,
    ) -> None:
        self.metadata, self.parameters, self.plan, self.how = metadata, parameters, plan, how
        self.stream = metadata.stream
        self.axes = self.stream.names[: self.stream.d_state]
        self.places = self._places(causal)
        self.halted: list[tuple[str, int]] = []
        self.shown: int | None = None
        self.steps: list[Step] = []
        for entry, (layers, _) in enumerate(metadata.config.entries):
            self._entry(entry, layers)
        if parameters.shown is not None:
            self.shown = self.new("(shown)")
            self.steps.append(AskStep(None, len(parameters.layers) - 1, self.shown, "output"))

    def new(self, name: str) -> int:
        self.axes.append(name)
        return len(self.axes) - 1

    def _places(self, causal: bool) -> Places:
        sink, positions = self.new("(sink)"), self.plan.positions
        padding = None if causal else self.new("(padding)")
        flat = [how for layer in self.how for how in layer]
        number = square = None
        if any(how.needs_number for how in flat) or self.plan.gated:
            number = self.new("(position)")
        if any(how.kind == "one" for how in flat):
            square = self.new("(position squared)")
        one_hot: tuple[int, ...] = ()
        if any(how.kind == "table" for how in flat):
            one_hot = self._own_positions() or tuple(self.new(f"(position {place})") for place in range(positions))
        return Places(sink, padding, number, square, one_hot)

    def _own_positions(self) -> tuple[int, ...]:
        """The dimensions of `position`, if the program has it one-hot already."""
        part, count = self.stream.variables.get("position"), self.plan.positions
        given = self.parameters
        if part is None or part.size < count or len(given.positions) < count:
            return ()
        place = part.place[:count]
        fits = np.array_equal(given.positions[:count, place], np.eye(count)) and not given.tokens[:, place].any()
        written = any(mlp.outward.weight[place].any() for layer in given.layers for mlp in layer.mlps)
        return tuple(place) if fits and not written else ()

    def _entry(self, entry: int, layers: range) -> None:
        names = [self.metadata.layer_names[place] for place in layers]
        for number in range(1, self.plan.rounds[entry] + 1):
            gate = None
            if entry in self.plan.gated:
                run = f"{names[0]} {number}".strip()
                gate = Gate(self.new(f"{run}: (open)"), self.new(f"{run}: {GOING}"))
                self.steps.append(OpenStep(entry, gate, run))
            for place in layers:
                self.steps.append(self._layer(place, number, gate, place == layers[0]))
        if entry in self.parameters.until:
            name = ", ".join(names)
            dimension = self.new(f"(halted: {name})" if name else "(halted)")
            self.halted.append((name, dimension))
            self.steps.append(AskStep(entry, layers[-1], dimension, f"{name} ended".strip()))

    def _layer(self, place: int, number: int, gate: Gate | None, looks: bool) -> LayerStep:
        view, run = self.stream.view(place), Run(place, self.metadata.layer_names[place], number, range(0))
        starts = {part: self._new_part(part, run.text) for part in view.own}
        noisy, restored = self._noisy(view), []
        for mlp, names in zip(self.parameters.layers[place].mlps, self.metadata.unit_names[place], strict=True):
            reads = self.plan.restores_all or (mlp.inward.weight[:, noisy] != 0).any()
            restored.append(tuple(self.new(f"{run.text}: ({name})") for name in names) if reads else ())
        return LayerStep(run, starts, restored, gate, looks)

    def _new_part(self, part: Part, run: str) -> int:
        copied = part.kind is Kind.KEPT and part.owner in self.stream.heads
        start = len(self.axes)
        self.axes += [f"{run}: {'kept ' if copied else ''}{axis}" for axis in part.axes]
        return start

    def _noisy(self, view: View) -> Bool[Mask, "d_model"]:
        """The dimensions that attention leaves inexact: numbers, and averages over several positions."""
        noisy = np.zeros(self.stream.d_model, np.bool_)
        for part in view.own:
            number = part.kind is Kind.NUMBER
            if number or (part.kind is Kind.HEAD and part.after == 1 and part.owner not in self.plan.one[view.layer]):
                noisy[part.place] = True
        return noisy
