"""Weights to the unrolled form: layers one after the other, a fixed number of times.

What a module does is kept, as long as it is of the form that the compiler makes; an edit that leaves it is refused. In
a loop whose end is no fixed point of its layers, their units are gated: off, once its condition holds everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import assert_never

import numpy as np
import torch

from altac.diagnostics import AltacError
from altac.diagnostics.export_errors import EditedForm, NotRulesAlone, UnrolledTooLarge
from altac.export.layout import GOING, AskStep, Gate, LayerStep, Layout, OpenStep, Plan
from altac.export.mlps import pairs, restoring, rules
from altac.export.scores import FAR, GAP, ByDistance, Rows, add_distance, by_distance, leave_out_padding, power_above
from altac.export.unrolled import Block, Standing, Unrolled, UnrolledHead, UnrolledMLP, no_mlp
from altac.ir.arrays import Array
from altac.ir.stream import CARRYING, CLEARING, Kind, Part, View
from altac.model.inside.names import first_part
from altac.model.inside.values import is_default
from altac.model.model import Model
from altac.model.parameters import Affine, HeadParameters, MLPParameters, Parameters, parameters_of

MOST_NUMBERS = 1 << 26  # in all matrices: half a gigabyte


def unroll(model: Model, plan: Plan) -> Unrolled:
    """The unrolled form.

    Raises:
        AltacError: for weights that are not of the form that the compiler makes, or units that need two ReLUs.
    """
    return Unrolling(model, plan).whole()


def looks_back(parameters: Parameters) -> bool:
    """Whether no head looks at what stands behind a position."""
    heads = [head for layer in parameters.layers for head in layer.heads]
    return all(np.isinf(head.biases[len(head.biases) // 2 + 1 :]).all() for head in heads)


class Unrolling:
    """Blocks in the order of the run. The stream of the sink is the same in every input, so it is known throughout."""

    def __init__(self, model: Model, plan: Plan) -> None:
        self.metadata, self.plan = model.metadata, plan
        self.stream = self.metadata.stream
        self.parameters = parameters_of(model.module)
        self.causal = looks_back(self.parameters) and not plan.gated
        self.how = [
            [self._by_distance(head, name) for head, name in zip(layer.heads, names, strict=True)]
            for layer, names in zip(self.parameters.layers, self.metadata.head_names, strict=True)
        ]
        self.layout = Layout(self.metadata, self.parameters, plan, self.how, self.causal)
        self.places, self.width = self.layout.places, len(self.layout.axes)
        self.tokens, self.positions = self._embeddings()
        self.at_sink = self.tokens[-1] + self.positions[0]
        self.latest: dict[Part, int] = {part: part.start for part in self.stream.parts if part.is_state}
        self.standing = [Standing(part, "", part.start, 0, False) for part in self.latest]
        self.blocks: list[Block] = []
        self.numbers = 0  # in all matrices

    def whole(self) -> Unrolled:
        runs = []
        for step in self.layout.steps:
            match step:
                case OpenStep():
                    self._open(step)
                case LayerStep():
                    begin = len(self.blocks)
                    self._layer(step)
                    runs.append(replace(step.run, blocks=range(begin, len(self.blocks))))
                case AskStep():
                    self._ask(step)
                case _:
                    assert_never(step)
        if not self.blocks:  # stock models have one at least
            self.add("nothing", no_mlp(self.width), "")
        unembedding, last = self.parameters.unembedding, len(self.parameters.layers) - 1
        return Unrolled(
            self.metadata.interface,
            tuple(self.layout.axes),
            self.tokens,
            self.positions,
            tuple(self.blocks),
            tuple(runs),
            tuple(self.standing),
            self.spread(unembedding.weight, self.map_after(last), "the unembedding"),
            unembedding.bias,
            tuple(self.layout.halted),
            self.layout.shown,
            self.causal,
            self.places,
        )

    def _by_distance(self, head: HeadParameters, name: str) -> ByDistance:
        if name == CLEARING:  # it has no place here
            return ByDistance("never", 0.0, 0.0, 0, (), 0.0)
        return by_distance(head, self.plan.positions, self.causal)

    def _embeddings(self) -> tuple[Array, Array]:
        given, places, state = self.parameters, self.places, self.stream.d_state
        if given.tokens[:, state:].any() or given.positions[:, state:].any():
            raise self.edited("the embeddings write to scratch")
        numbers = np.arange(self.plan.positions)
        tokens = np.zeros((len(given.tokens) + 1, self.width))
        tokens[:-1, :state] = given.tokens[:, :state]
        tokens[-1, places.sink] = 1
        positions = np.zeros((len(numbers) + 1, self.width))
        if len(given.positions):
            positions[1:, :state] = given.positions[: len(numbers), :state]
        if places.number is not None:
            positions[1:, places.number] = numbers
        if places.square is not None:
            positions[1:, places.square] = numbers**2
        if places.one_hot and places.one_hot[0] >= state:
            positions[1 + numbers, places.one_hot] = 1
        return tokens, positions

    # Dimensions ----------------------------------------------------------------------------------------------

    def edited(self, reason: str) -> AltacError:
        return AltacError([EditedForm(None, self.metadata.interface.program, reason)])

    def map_after(self, place: int) -> dict[int, int]:
        """From the dimensions of what stands at the end of a layer to those where it stands now."""
        return self._mapped(part for part in self.stream.parts if part.stands_after(place))

    def _mapped(self, parts: Iterable[Part]) -> dict[int, int]:
        found = (part for part in parts if part in self.latest)
        return {old: new for part in found for new, old in enumerate(part.place, self.latest[part])}

    def spread(self, weight: Array, mapped: dict[int, int], what: str) -> Array:
        """Columns of the stream as those of the unrolled one.

        Raises:
            AltacError: if a weight is on a dimension that means nothing here.
        """
        old, new = list(mapped), list(mapped.values())
        if np.delete(weight, old, axis=1).any():
            raise self.edited(f"{what} reads or writes dimensions that are not its own")
        result = np.zeros((len(weight), self.width))
        result[:, new] = weight[:, old]
        return result

    # Steps ---------------------------------------------------------------------------------------------------

    def add(
        self, run: str, mlp: UnrolledMLP, name: str, heads: Sequence[UnrolledHead] = (), bias: Array | None = None
    ) -> None:
        """A block; its units are off at the sink and at padding.

        Args:
            name: of the MLP, behind the name of the layer.
        """
        bias = np.zeros(self.width) if bias is None else bias
        self.at_sink = self.at_sink + bias
        inward = mlp.inward.copy()
        if (inward @ self.at_sink + mlp.inward_bias > -0.5).any():
            reached = 2 * (np.abs(inward) @ np.abs(self.at_sink)) + np.abs(mlp.inward_bias) + 1
            inward[:, self.places.sink] = [-power_above(one) for one in reached]
        if self.places.padding is not None:
            inward[:, self.places.padding] = -FAR
        self.numbers += self.width * (2 * len(inward) + sum(4 * len(head.query) for head in heads))
        if self.numbers > MOST_NUMBERS:
            raise AltacError([UnrolledTooLarge(None, self.metadata.interface.program, MOST_NUMBERS)])
        full = f"{run.replace(' ', '.')}.{name}" if mlp.units else ""
        self.blocks.append(Block(run, full, tuple(heads), bias, replace(mlp, inward=inward)))
        self.at_sink = self.at_sink + mlp.outward_bias

    def _asked(self, readout: Affine, after: int, name: str, dimension: int, sign: float) -> UnrolledMLP:
        """The units of a readout, of which one at most is on, written to one dimension."""
        inward = self.spread(readout.weight, self.map_after(after), f"`{name}`")
        outward, bias = np.zeros((self.width, len(inward))), np.zeros(self.width)
        outward[dimension] = sign
        bias[dimension] = float(sign < 0)
        names = tuple(f"{name} {number}" for number in range(len(inward)))
        return pairs(UnrolledMLP(names, inward, readout.bias, outward, bias))

    def _ask(self, step: AskStep) -> None:
        readout = self.parameters.shown if step.entry is None else self.parameters.until[step.entry]
        assert readout is not None
        name = "shown" if step.entry is None else "halted"
        self.add(step.run, self._asked(readout, step.after, name, step.dimension, 1.0), name)

    def _open(self, step: OpenStep) -> None:
        before = self.metadata.config.entries[step.entry][0].start - 1
        readout = self.parameters.until[step.entry]
        self.add(f"{step.run} (open)", self._asked(readout, before, "until", step.gate.open, -1.0), "until")

    def _layer(self, step: LayerStep) -> None:
        self.latest |= step.starts
        place, text, begin = step.run.place, step.run.text, len(self.blocks)
        view, layer = self.stream.view(place), self.parameters.layers[place]
        mapped = self._mapped(view.parts)
        heads = [self._going(step.gate)] if step.gate is not None and step.looks else []
        bias, numbers = np.zeros(self.width), np.zeros(self.width)
        for head, how, name in zip(layer.heads, self.how[place], self.metadata.head_names[place], strict=True):
            if name == CLEARING:
                self._check_clearing(head, view)
                continue
            heads.append(self._head(head, how, name, view, mapped))
            nothing = self.spread(head.output.T, mapped, f"`{name}`").T @ head.sink_value
            if is_number(view, name):
                numbers += nothing
            else:
                bias += nothing
        self.at_sink = self.at_sink + numbers
        pieces = [self._mlp(step, number, mlp, mapped) for number, mlp in enumerate(layer.mlps)]
        ends = []
        for number, piece in enumerate(pieces, 1):
            for mlp in piece:
                self.add(text, mlp, f"mlp{number}" if mlp is piece[-1] else f"mlp{number}.raw", heads, bias)
                heads, bias = [], np.zeros(self.width)
            ends.append(len(self.blocks))
        if heads or bias.any():
            self.add(text, no_mlp(self.width), "", heads, bias)
        for part, start in step.starts.items():
            block = begin + 1 if part.after == 1 else ends[part.after - 2]
            self.standing.append(Standing(part, text, start, block, part.after == 1))

    # Heads ---------------------------------------------------------------------------------------------------

    def _head(
        self, head: HeadParameters, how: ByDistance, name: str, view: View, mapped: dict[int, int]
    ) -> UnrolledHead:
        query = self.spread(head.query.weight, mapped, f"`{name}`")
        key = self.spread(head.key.weight, mapped, f"`{name}`")
        rows = Rows(self.width, list(query), list(key), head.query.bias.tolist(), head.key.bias.tolist())
        for one, added in zip(rows.keys, rows.key_biases, strict=True):
            one[self.places.sink] = -(one @ self.at_sink + added)
        bound = float(np.dot(self._most(head.query, view), self._most(head.key, view)))
        add_distance(rows, how, head.sink_score, bound, self.places, self.plan.positions, self.causal)
        value, bias = self.spread(head.value.weight, mapped, f"`{name}`"), head.value.bias
        brings = head.sink_value if is_number(view, name) else np.zeros(len(bias))
        bias = bias - head.sink_value + brings
        value[:, self.places.sink] = brings - (value @ self.at_sink + bias)
        known = brings if self._has_default(head, name, view) else None
        return self._finished(name, rows, value, bias, self.spread(head.output.T, mapped, f"`{name}`").T, known)

    def _has_default(self, head: HeadParameters, name: str, view: View) -> bool:
        if name == CARRYING:
            return False
        part = first_part(self.metadata, view.layer, name) or view.heads[name]
        return is_default(part, torch.from_numpy(head.sink_value), head.sink_score)

    def _finished(
        self, name: str, rows: Rows, value: Array, bias: Array, output: Array, nothing: Array | None
    ) -> UnrolledHead:
        if self.places.padding is not None:
            leave_out_padding(rows, self.places.padding)
        query, key = np.array(rows.queries), np.array(rows.keys)
        return UnrolledHead(
            name, query, np.array(rows.query_biases), key, np.array(rows.key_biases), value, bias, output, nothing
        )

    def _most(self, linear: Affine, view: View) -> Array:
        """A bound of what each dimension of queries or keys can be; one-hot parts hold one value each."""
        most = np.abs(linear.bias)
        for part in view.parts:
            if len(part.place) and part.kind is not Kind.NUMBER:
                scale = np.abs(self.parameters.tokens[:, part.place]).max() if part.kind is Kind.EVIDENCE else 1.0
                most = most + scale * np.abs(linear.weight[:, part.place]).max(axis=1)
        return most

    def _going(self, gate: Gate) -> UnrolledHead:
        """Brings one from the last position at which the loop goes on, if there is one: a single weight is exact."""
        scale = GAP * (self.plan.positions + 1)
        rows = Rows(self.width)
        _, key = rows.add(query_bias=1.0)
        key[gate.open] = 2 * scale
        key[self.places.sink] = -2 * scale * self.at_sink[gate.open]
        how = ByDistance("linear", -scale, GAP, 0, (), 2 * scale)
        add_distance(rows, how, 0.0, 2 * scale, self.places, self.plan.positions, self.causal)
        value, output = np.zeros((1, self.width)), np.zeros((self.width, 1))
        value[0, gate.open], output[gate.going, 0] = 1.0, 1.0
        value[0, self.places.sink] = -self.at_sink[gate.open]
        return self._finished(GOING, rows, value, np.zeros(1), output, None)

    def _check_clearing(self, head: HeadParameters, view: View) -> None:
        """Make sure that the head that clears does that and nothing else: scratch is fresh here.

        Raises:
            AltacError: if it does something else.
        """
        own = [dimension for part in view.own for dimension in part.place]
        middle = len(head.biases) // 2
        cleared = head.value.weight.sum(axis=0)
        fits = (
            np.isfinite(head.biases).nonzero()[0].tolist() == [middle]
            and not len(head.query.bias)
            and head.slope == 0
            and head.biases[middle] >= GAP + head.sink_score
            and np.array_equal(head.output, -head.value.weight.T)
            and np.array_equal(head.value.weight @ head.value.weight.T, np.eye(len(head.value.bias)))
            and not (head.value.bias.any() or head.sink_value.any() or np.delete(cleared, own).any())
        )
        if not fits:
            raise self.edited("the head that clears scratch does something else")

    # Units ---------------------------------------------------------------------------------------------------

    def _mlp(self, step: LayerStep, number: int, mlp: MLPParameters, mapped: dict[int, int]) -> tuple[UnrolledMLP, ...]:
        names, restored = self.metadata.unit_names[step.run.place][number], step.restored[number]
        what = f"an MLP of layer {step.run.text}"
        inward, bias = self.spread(mlp.inward.weight, mapped, what), mlp.inward.bias
        outward = self.spread(mlp.outward.weight.T, mapped, what).T
        outward_bias = self.spread(mlp.outward.bias[None], mapped, what)[0]
        if step.gate is not None and (
            outward[: self.stream.d_state].any() or outward_bias[: self.stream.d_state].any()
        ):
            if outward_bias[: self.stream.d_state].any():
                raise self.edited(f"{what} changes variables without a unit")
            shut = power_above(2 * float((np.abs(inward).sum(axis=1) + np.abs(bias)).max()))
            inward[:, step.gate.going] = shut
            bias = bias - shut
        made = UnrolledMLP(names, inward, bias, outward, outward_bias)
        if self.plan.units == "pair":
            return restoring(made, restored) if restored else (pairs(made),)
        if restored or not self._are_rules(mlp, self.stream.view(step.run.place)):
            raise AltacError([NotRulesAlone(None, self.metadata.interface.program, step.run.text)])
        return (rules(made),)

    def _are_rules(self, mlp: MLPParameters, view: View) -> bool:
        """Whether each unit is 3/2 on a match and at most -1/2 elsewhere."""
        most = mlp.inward.bias.copy()
        for part in view.parts:
            if len(part.place) and part.kind is not Kind.NUMBER:
                most += mlp.inward.weight[:, part.place].max(axis=1)
        return bool((most <= 1.5).all() and not (mlp.inward.weight % 2).any() and (mlp.inward.bias % 2 == 1.5).all())


def is_number(view: View, name: str) -> bool:
    """Whether a head brings a number, rather than a value."""
    return any(part.owner == name and part.kind is Kind.NUMBER for part in view.own)
