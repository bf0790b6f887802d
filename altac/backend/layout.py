"""The residual stream: which dimension means what. Index arithmetic lives here and nowhere else.

Variables come first and stay from layer to layer; scratch follows, which every layer clears at its start: what heads
bring, and one-hot forms of numbers and sums, which the first MLP sub-layers compute.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from altac.ir.program import Program
from altac.ir.rules import RuleSet
from altac.ir.values import Value, source_text


@dataclass(frozen=True)
class Axis:
    """One dimension: a value of a variable or head (one-hot), or a number (`is_real`)."""

    name: str
    value: Value
    is_real: bool

    def __str__(self) -> str:
        return f"{self.name} (number)" if self.is_real else f"{self.name}={source_text(self.value)}"


@dataclass(frozen=True)
class Layout:
    """The axes in order; the first `d_state` are variables."""

    axes: tuple[Axis, ...]
    d_state: int

    @cached_property
    def _one_hot(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for index, axis in enumerate(self.axes):
            if not axis.is_real:
                places.setdefault(axis.name, []).append(index)
        return places

    @cached_property
    def _real(self) -> dict[str, int]:
        return {axis.name: index for index, axis in enumerate(self.axes) if axis.is_real}

    @property
    def d_model(self) -> int:
        return len(self.axes)

    def one_hot(self, name: str) -> list[int]:
        """The dimensions of a variable's or head's values, in the order of its domain."""
        return self._one_hot[name]

    def real(self, name: str) -> int:
        """The dimension of a number: a scalar variable, or what a counting or averaging head brings."""
        return self._real[name]

    def is_real(self, name: str) -> bool:
        return name in self._real

    @property
    def scratch(self) -> range:
        """The dimensions that are cleared."""
        return range(self.d_state, len(self.axes))


def build_layout(program: Program, rules: RuleSet) -> Layout:
    """Variables, then heads, then one-hot forms of scalar variables, then features of the rules."""
    axes: list[Axis] = []
    for variable in program.variables:
        axes += _number(variable.name) if variable.scalar else _values(variable.name, variable.domain.values)
    d_state = len(axes)
    for head in program.heads:
        if head.is_numeric:
            axes += _number(head.name)
        axes += _values(head.name, head.domain.values)
    for variable in program.variables:
        if variable.scalar:
            axes += _values(variable.name, variable.domain.values)
    for name, feature in rules.features.items():
        axes += _values(name, feature.domain.values)
    return Layout(tuple(axes), d_state)


def _values(name: str, values: tuple[Value, ...]) -> list[Axis]:
    return [Axis(name, value, False) for value in values]


def _number(name: str) -> list[Axis]:
    return [Axis(name, None, True)]
