"""The activations of one run, as they are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from altac.ir.interface import Interface
from altac.ir.numbers import is_open
from altac.ir.stream import Part
from altac.ir.values import source_text
from altac.model.inside.activations import DIMENSION, KEY, OUTPUT, POSITION, QUERY, SINK, UNIT, VALUE, Activation, Axis
from altac.model.inside.names import Kind, Names, Target, standing


class Recording:
    """Called with every activation of a run of one sequence."""

    def __init__(self, names: Names, interface: Interface, tokens: Sequence[int]) -> None:
        self.names, self.interface = names, interface
        shown = [source_text(interface.vocabulary.values[token]) for token in tokens]
        self.positions = tuple(f"{place} {token}" for place, token in enumerate(shown))
        self.found: list[tuple[int, int, str, Tensor]] = []
        self.rounds: dict[int, int] = {}
        self.order = {(target.place, target.name): number for number, target in enumerate(names.targets)}
        self.targets = {(target.place, target.name): target for target in names.targets}

    def __call__(self, place: int, number: int, name: str, numbers: Tensor) -> None:
        length = len(self.positions)  # an empty sequence has a position of padding
        numbers = numbers[0, :length].detach().cpu()
        if name.startswith("pattern."):
            numbers = torch.cat([numbers[:, :length], numbers[:, -1:]], dim=1)
        self.found.append((place, number, name, numbers))
        if place >= 0:
            self.rounds[place] = number

    def activations(self) -> dict[str, Activation]:
        """By their full names; what stands in a stream beside it."""
        result: dict[str, Activation] = {}
        begun = {(place, number): first for first, (place, number, _, _) in reversed(list(enumerate(self.found)))}
        begun[-1, 0] = -1

        def moment(one: tuple[int, int, str, Tensor]) -> tuple[bool, int, int]:
            place, number, name, _ = one
            return name == "logits", begun[place, number], self.order[place, name]

        for place, number, name, numbers in sorted(self.found, key=moment):
            # a copy: what inference mode has made cannot be used with gradients
            for one in self._activations(self.targets[place, name], number, torch.from_numpy(numbers.numpy().copy())):
                result[one.name] = one
        return result

    def _activations(self, target: Target, number: int, numbers: Tensor) -> list[Activation]:
        name, positions = self.names.full(target, number), Axis(POSITION, self.positions)
        if target.name == "logits":
            domain = self.interface.domain
            labels = ("number",) if is_open(domain) else tuple(map(source_text, domain))
            return [Activation(name, numbers, (positions, Axis(OUTPUT, labels)))]
        if target.name.startswith("pattern."):
            axes = Axis(QUERY, self.positions), Axis(KEY, (*self.positions, SINK))
            return [Activation(name, numbers, axes)]
        if target.kind is Kind.UNITS:
            rules = self.names.described.unit_names[target.place][target.number]
            return [Activation(name, numbers, (positions, Axis(UNIT, rules)))]
        if target.kind is Kind.HEAD and target.part is not None:
            return [part_of(name, numbers, positions, target.owner, target.part)]
        stream = Axis(DIMENSION, tuple(self.names.described.stream.names))
        found = [Activation(name, numbers, (positions, stream), self._parts(target))]
        if target.name in ("embed", "resid.post"):
            for one in self.names.of_layer(target.place):
                if one.name.removeprefix("embed.").startswith("var.") and one.part is not None:
                    values = numbers[:, one.start : one.stop]
                    found.append(part_of(self.names.full(one, number), values, positions, one.owner, one.part))
        return found

    def _parts(self, target: Target) -> dict[str, Part]:
        """What can be read in a stream."""
        described = self.names.described
        if target.place < 0:
            return standing(described, -1)
        view = described.stream.view(target.place)
        if target.name == "resid.post":
            return {**view.heads, **standing(described, target.place)}
        if target.name == "resid.pre":
            return dict(view.before)
        done = 1 if target.name == "resid.mid" else target.number + 2
        heads = {part.owner: part for part in view.own if part.owner in view.heads and part.after <= done}
        return {**view.before, **heads}


def part_of(name: str, numbers: Tensor, positions: Axis, owner: str, part: Part) -> Activation:
    """The values of one name of the program."""
    labels = tuple("number" if axis.value is None and part.is_number else source_text(axis.value) for axis in part.axes)
    return Activation(name, numbers, (positions, Axis(VALUE, labels)), {owner: replace(part, start=0)})
