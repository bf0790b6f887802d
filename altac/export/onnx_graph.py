"""Graphs of ONNX nodes, written one operation after the other.

Names are counted, so that the same calls give the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

OPSET, IR = 18, 9  # of 2022 and later; onnxruntime reads them since 1.14

Value = str  # the name of a tensor


class Graph:
    """A graph, or the body of a loop in it.

    Attributes:
        nodes: so far, in the order in which they run.
        initializers: constants by what they hold; a loop has those of the graph around it.
    """

    def __init__(self, onnx: ModuleType, outer: Graph | None = None) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.initializers: dict[tuple[str, tuple[int, ...], bytes], Any] = outer.initializers if outer else {}
        self._counts: dict[str, int] = outer._counts if outer else {}
        self._scope: list[str] = outer._scope if outer else []

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Within it, names begin with this one."""
        self._scope.append(name)
        yield
        self._scope.pop()

    def name(self, kind: str) -> Value:
        """A new name."""
        whole = "/".join([*self._scope, kind])
        count = self._counts.get(whole, 0)
        self._counts[whole] = count + 1
        return f"{whole}_{count}" if count else whole

    def op(self, kind: str, *inputs: Value, **attributes: Any) -> Value:
        """The only result of an operation."""
        (result,) = self.ops(kind, inputs, 1, **attributes)
        return result

    def ops(self, kind: str, inputs: Sequence[Value], results: int, **attributes: Any) -> list[Value]:
        """All results of an operation."""
        name = self.name(kind)
        outputs = [name] if results == 1 else [self.name(f"{kind}.{number}") for number in range(results)]
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), outputs, name=name, **attributes))
        return outputs

    def constant(self, array: NDArray[Any], name: str = "constant") -> Value:
        """A tensor; the same numbers are kept once."""
        array = np.ascontiguousarray(array).reshape(array.shape)
        key = (str(array.dtype), array.shape, array.tobytes())
        if key not in self.initializers:
            self.initializers[key] = self.onnx.numpy_helper.from_array(array, self.name(name))
        found: Value = self.initializers[key].name
        return found

    def whole(self, *numbers: int) -> Value:
        """Whole numbers, as a vector."""
        return self.constant(np.array(numbers, np.int64))

    def scalar(self, number: int) -> Value:
        return self.constant(np.array(number, np.int64))

    def loop(
        self,
        times: int | None,
        going: Value | None,
        carried: Sequence[tuple[Value, int, int]],
        body: Callable[[Graph, Value, list[Value]], tuple[Value | None, list[Value]]],
    ) -> list[Value]:
        """What is carried, after some rounds.

        Args:
            times: how often; None while `going`, which the body gives anew.
            carried: what goes from round to round: its name, number format and rank.
            body: gives whether to go on, and what is carried, from a graph, the number of the round from 0, and that.
        """
        helper, kinds = self.onnx.helper, self.onnx.TensorProto
        inner = Graph(self.onnx, self)
        number, before = inner.name("round"), [inner.name("carried") for _ in carried]
        still = inner.name("going")
        more, after = body(inner, number, before)
        more = inner.op("Identity", still if more is None else more)
        after = [inner.op("Identity", value) for value in after]

        def information(name: Value, kind: int, rank: int) -> Any:
            return helper.make_tensor_value_info(name, kind, [None] * rank)

        inputs = [information(number, kinds.INT64, 0), information(still, kinds.BOOL, 0)]
        inputs += [information(name, kind, rank) for name, (_, kind, rank) in zip(before, carried, strict=True)]
        outputs = [information(more, kinds.BOOL, 0)]
        outputs += [information(name, kind, rank) for name, (_, kind, rank) in zip(after, carried, strict=True)]
        graph = helper.make_graph(inner.nodes, self.name("body"), inputs, outputs)
        trips = "" if times is None else self.scalar(times)
        given = [trips, "" if going is None else going, *(name for name, _, _ in carried)]
        return self.ops("Loop", given, len(carried), body=graph)
