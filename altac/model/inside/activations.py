"""What happened inside a run: tensors whose axes have names and labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor

from altac.diagnostics import AltacError
from altac.diagnostics.inside_errors import UnknownActivation
from altac.diagnostics.suggest import closest
from altac.ir.stream import Part
from altac.ir.values import UNCLEAR, NoValue, Value
from altac.model.decode import Decoder
from altac.model.inside.names import Names
from altac.system.extras import require

POSITION, QUERY, KEY, UNIT, VALUE, DIMENSION, OUTPUT = (
    "position",
    "query",
    "key",
    "unit",
    "value",
    "dimension",
    "output",
)
SINK = "nothing"  # the label of the key that is looked at where nothing is selected


@dataclass(frozen=True)
class Axis:
    """A dimension of a tensor: what it counts, and a label for each index."""

    name: str
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False, repr=False)
class Activation:
    """A tensor of a run.

    Attributes:
        name: such as `carry.2.attn.left`.
        values: the numbers, on the CPU, without gradients.
        axes: one for each dimension of `values`. Positions are labelled with their number and token, `2 "1"`; those of
            a stream with the names of its dimensions, `parity=1`.
        parts: where the values of the program stand in the last axis, by their names.
    """

    name: str
    values: Tensor
    axes: tuple[Axis, ...]
    parts: Mapping[str, Part] = field(default_factory=dict)

    def __repr__(self) -> str:
        shape = " x ".join(f"{len(axis)} {axis.name}" for axis in self.axes)
        return f"<Activation {self.name}: {shape}>"

    def at(self, **indices: int | str) -> Tensor:
        """The numbers at some places, by the names of axes: `at(position=2)`, `at(position=2, unit="if ...")`.

        Args:
            indices: for each axis a number, or one of its labels.

        Raises:
            AltacError: for an axis or a label that is not there.
        """
        found: list[int | slice] = [slice(None)] * len(self.axes)
        names = [axis.name for axis in self.axes]
        for name, index in indices.items():
            if name not in names:
                raise self._unknown(name, tuple(names))
            axis = self.axes[names.index(name)]
            if isinstance(index, str):
                if index not in axis.labels:
                    raise self._unknown(index, axis.labels)
                index = axis.labels.index(index)
            if not -len(axis) <= index < len(axis):
                raise self._unknown(f"{name} {index}", axis.labels)
            found[names.index(name)] = index
        return self.values[tuple(found)]

    def _unknown(self, name: str, known: tuple[str, ...]) -> AltacError:
        return AltacError([UnknownActivation(None, f"`{self.name}`", name, closest(name, known), known[:3])])

    def decode(self) -> dict[str, tuple[Value | NoValue, ...]]:
        """What the numbers mean in the program, by its names, at every position; `UNCLEAR` where they mean nothing."""
        decoder, rows = Decoder(list(dict.fromkeys(self.parts.values()))), len(self.axes[0])
        found, _ = decoder(self.values[None], torch.tensor([rows]))
        return {
            name: tuple(part.domain.values[index] if index >= 0 else UNCLEAR for index in found[part][0].tolist())
            for name, part in self.parts.items()
        }

    def to_pandas(self) -> Any:
        """A table of pandas: a `DataFrame` with the labels of the two axes; of one axis a `Series`.

        Raises:
            AltacError: if pandas is not installed.
        """
        pandas: Any = require("pandas", "inside")
        indices = [pandas.Index(axis.labels, name=axis.name) for axis in self.axes]
        if len(indices) == 1:
            return pandas.Series(self.values.float().numpy(), index=indices[0], name=self.name)
        return pandas.DataFrame(self.values.float().numpy(), index=indices[0], columns=indices[1])


class ActivationCache(Mapping[str, Activation]):
    """All activations of a run of one input, by their names, in the order in which they were computed."""

    def __init__(
        self, text: str, activations: Mapping[str, Activation], rounds: Mapping[int, int], names: Names
    ) -> None:
        self.text = text
        self.rounds = dict(rounds)  # of each layer that ran, by its number
        self.names = names
        self._activations = dict(activations)

    def __getitem__(self, name: str) -> Activation:
        """The activation of a name.

        Raises:
            AltacError: if there is none; it says which is nearest.
        """
        found = self._activations.get(name) or self._rule(name)
        if found is None:
            raise self.names.unknown(name, f'the run of "{self.text}"', tuple(self._activations))
        return found

    def _rule(self, name: str) -> Activation | None:
        """One hidden unit, `carry.2.mlp1.RULE`: how far it is on, at every position."""
        for units, one in self._activations.items():
            rule = name.removeprefix(f"{units}.")
            if one.axes[-1].name == UNIT and rule in one.axes[-1].labels:
                return Activation(name, one.at(unit=rule), one.axes[:1])
        return None

    def __iter__(self) -> Iterator[str]:
        return iter(self._activations)

    def __len__(self) -> int:
        return len(self._activations)

    def __contains__(self, name: object) -> bool:
        return name in self._activations or (isinstance(name, str) and self._rule(name) is not None)

    def matching(self, pattern: str) -> dict[str, Activation]:
        """Those whose names match a pattern, where `*` stands for anything: `matching("carry.*.attn.left")`.

        Raises:
            AltacError: if there are none.
        """
        found = {name: one for name, one in self._activations.items() if fnmatchcase(name, pattern)}
        return found or {pattern: self[pattern]}

    def to_pandas(self, pattern: str = "*.attn.*") -> Any:
        """A long table of pandas: one row for each number of the activations that match a pattern.

        Its columns are `activation`, the names of the axes, and `number`.

        Raises:
            AltacError: if none match, or pandas is not installed.
        """
        pandas: Any = require("pandas", "inside")
        tables = []
        for name, one in self.matching(pattern).items():
            index = pandas.MultiIndex.from_product([axis.labels for axis in one.axes], names=[a.name for a in one.axes])
            column = pandas.Series(one.values.float().flatten().numpy(), index=index, name="number").reset_index()
            column.insert(0, "activation", name)
            tables.append(column)
        return pandas.concat(tables, ignore_index=True)

    def __repr__(self) -> str:
        return f'<ActivationCache of "{self.text}": {len(self)} activations>'

    def __str__(self) -> str:
        """The names, and the sizes of what they stand for."""
        return "\n".join(map(repr, self._activations.values()))
