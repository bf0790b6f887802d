"""Which layers run after which, in ONNX: what `model/schedule.py` says, with every sequence of a batch side by side.

A sequence that waits, has halted or has failed stays as it is while others run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from altac.export.onnx_graph import Graph, Value
from altac.export.onnx_layers import Batch, Head, Layers
from altac.model.transformer import Transformer, TransformerLayer


class Status(IntEnum):
    """How the run of a sequence ended."""

    ANSWERED = 0
    TOO_LONG = 1  # for the weights to be exact
    DISAGREES = 2  # a head that should bring one value met several
    NEVER_HALTS = 3  # its state was one that it had before
    STOPPED = 4  # after the most layers that it was allowed
    UNCLEAR = 5  # the output is no value


@dataclass(frozen=True)
class State:
    """The sequences of a batch between two layers.

    Attributes:
        x: (batch, length, d_model), the stream.
        layers: (batch,), how many layers each has run.
        status: (batch,), of those that run it is `ANSWERED`.
    """

    x: Value
    layers: Value
    status: Value


class Schedule:
    """Writes the run of a model."""

    def __init__(self, module: Transformer, layers: Layers, batch: Batch, most: Value) -> None:
        self.module, self.layers, self.batch, self.most = module, layers, batch, most
        self.masks: dict[int, list[Head]] = {}

    def run(self, graph: Graph, state: State) -> State:
        """All entries of the schedule, one after the other."""
        for place, layer in enumerate(self.module.layers):
            assert isinstance(layer, TransformerLayer)
            with graph.scope(f"layer_{place}"):
                self.masks[place] = self.layers.masks(graph, layer, self.batch)
        state = self.stopped(graph, -1, state, self.runs(graph, state), is_last=True)
        for number, (places, times) in enumerate(self.module.config.entries):
            if times is None:
                state = self.until(graph, number, places, state)
            elif times == 1:
                state = self.round(graph, number, places, state, self.runs(graph, state), times == 1)[0]
            elif times:
                state = self.repeated(graph, number, places, times, state)
        return state

    def runs(self, graph: Graph, state: State) -> Value:
        """Which sequences have not failed."""
        return graph.op("Equal", state.status, graph.scalar(Status.ANSWERED))

    def repeated(self, graph: Graph, entry: int, places: range, times: int, state: State) -> State:
        """An entry that runs so often."""

        def body(inner: Graph, number: Value, carried: list[Value]) -> tuple[None, list[Value]]:
            before = State(*carried)
            is_last = inner.op("Equal", number, inner.scalar(times - 1))
            after, _ = self.round(inner, entry, places, before, self.runs(inner, before), is_last)
            return None, [after.x, after.layers, after.status]

        return State(*graph.loop(times, None, self.carried(graph, state), body))

    def until(self, graph: Graph, entry: int, places: range, state: State) -> State:
        """An entry that repeats until a readout holds, or a state is one that was there before (Brent's way)."""
        kinds = graph.onnx.TensorProto

        def waits(inner: Graph, state: State) -> Value:
            held = inner.op("Not", self.holds(inner, entry, state.x))
            return inner.op("And", self.runs(inner, state), held)

        def body(inner: Graph, number: Value, carried: list[Value]) -> tuple[Value, list[Value]]:
            x, layers, status, running, saved, power = carried
            after, running = self.round(inner, entry, places, State(x, layers, status), running, None)
            repeats = inner.op("And", running, self.same(inner, after.x, saved))
            status = self.marked(inner, after.status, repeats, Status.NEVER_HALTS, over=Status.ANSWERED)
            after = replace(after, status=status)
            round_number = inner.op("Add", number, inner.scalar(1))
            is_power = inner.op("Equal", round_number, power)
            saved = inner.op("Where", is_power, after.x, saved)
            power = inner.op("Where", is_power, inner.op("Mul", power, inner.scalar(2)), power)
            running = inner.op("And", running, waits(inner, after))
            return self.some(inner, running), [after.x, after.layers, after.status, running, saved, power]

        running = waits(graph, state)
        carried = [
            *self.carried(graph, state),
            (running, kinds.BOOL, 1),
            (state.x, self.number_kind(graph), 3),
            (graph.scalar(1), kinds.INT64, 0),
        ]
        return State(*graph.loop(None, self.some(graph, running), carried, body)[:3])

    def round(
        self, graph: Graph, entry: int, places: range, state: State, running: Value, is_last: Value | bool | None
    ) -> tuple[State, Value]:
        """The layers of an entry, once: the state, and which sequences have run all of them.

        Args:
            is_last: whether the entry ends with this round; None where its readout says so.
        """
        for place in places:
            layer = self.module.layers[place]
            assert isinstance(layer, TransformerLayer)
            with graph.scope(f"layer_{place}"):
                x, disagree = self.layers.layer(graph, layer, state.x, self.batch, self.masks[place])
            counted = graph.op("Add", state.layers, graph.op("Cast", running, to=graph.onnx.TensorProto.INT64))
            kept = graph.op("Where", self.streams(graph, running), x, state.x)
            state = State(kept, counted, state.status)
            state = self.stopped(graph, entry, state, running, is_last if place == places[-1] else False)
            if disagree is not None:
                mixed = graph.op("And", running, disagree)
                state = replace(state, status=self.marked(graph, state.status, mixed, Status.DISAGREES))
            running = graph.op("And", running, self.runs(graph, state))
        return state, running

    def stopped(self, graph: Graph, entry: int, state: State, running: Value, is_last: Value | bool | None) -> State:
        """The state, with those marked that have run the most layers and would run more."""
        over = graph.op("And", running, graph.op("LessOrEqual", self.most, state.layers))
        if is_last is not False:
            over = graph.op("And", over, graph.op("Not", self.ended(graph, entry, state.x, is_last)))
        return replace(state, status=self.marked(graph, state.status, over, Status.STOPPED))

    def ended(self, graph: Graph, entry: int, x: Value, is_last: Value | bool | None) -> Value:
        """Which sequences run no layer after a round of an entry; later entries are then left out, too."""
        rest = self.module.config.schedule[entry + 1 :]
        if any(later.times for later in rest):
            return graph.op("Expand", graph.constant(np.array(False)), graph.op("Shape", x, end=1))
        waiting = [number for number, later in enumerate(rest, entry + 1) if later.times is None]
        done = [self.holds(graph, number, x) for number in ([entry, *waiting] if is_last is None else waiting)]
        result = graph.op("Expand", graph.constant(np.array(True)), graph.op("Shape", x, end=1))
        if isinstance(is_last, Value):
            done.append(is_last)
        for one in done:
            result = graph.op("And", result, one)
        return result

    def holds(self, graph: Graph, entry: int, x: Value) -> Value:
        """In which sequences the readout of an entry holds at every position."""
        with graph.scope(f"until_{entry}"):
            readout = self.module.until[str(entry)]
            found = self.layers.readout(graph, readout, x)  # type: ignore[arg-type]
            return self.layers.everywhere(graph, found, self.batch)

    def same(self, graph: Graph, x: Value, other: Value) -> Value:
        """Which sequences have equal variables in two streams."""
        ends = graph.whole(self.module.config.d_state)
        now, then = (graph.op("Slice", one, graph.whole(0), ends, graph.whole(2)) for one in (x, other))
        neither = graph.op("And", graph.op("IsNaN", now), graph.op("IsNaN", then))
        equal = graph.op("Or", graph.op("Equal", now, then), neither)
        return graph.op("Not", self.layers.anywhere(graph, graph.op("Not", equal), 1, 2))

    def marked(self, graph: Graph, status: Value, rows: Value, as_what: Status, over: Status | None = None) -> Value:
        """The status with some sequences marked; `over`, if given, is the only one that may be replaced."""
        if over is not None:
            rows = graph.op("And", rows, graph.op("Equal", status, graph.scalar(over)))
        return graph.op("Where", rows, graph.scalar(as_what), status)

    def streams(self, graph: Graph, rows: Value) -> Value:
        """Flags of sequences beside their streams."""
        return graph.op("Unsqueeze", rows, graph.whole(1, 2))

    def some(self, graph: Graph, rows: Value) -> Value:
        """Whether a flag of a sequence is set, as a scalar."""
        return self.layers.anywhere(graph, rows, 0)

    def number_kind(self, graph: Graph) -> int:
        kind: int = graph.onnx.helper.np_dtype_to_tensor_dtype(self.layers.kind)
        return kind

    def carried(self, graph: Graph, state: State) -> list[tuple[Value, int, int]]:
        kinds = graph.onnx.TensorProto
        return [
            (state.x, self.number_kind(graph), 3),
            (state.layers, kinds.INT64, 1),
            (state.status, kinds.INT64, 1),
        ]
