"""Whether two engines agree on the whole state after every sub-layer: the meaning of 'compiled'.

What must stand in a part of the stream after a sub-layer follows from its kind and from the program: variables keep
their values until the last sub-layer; scratch is cleared by the first, and each part of it stands from the sub-layer on
that makes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np

from altac.engine.protocol import Engine, batches, run_texts
from altac.engine.trace import EMPTY, NO_VALUE, PADDING, Layer
from altac.ir.arrays import Indices
from altac.ir.rules import Feature
from altac.ir.stream import Kind, Part
from altac.ir.values import Domain, Value, source_text

State = Mapping[str, Indices]


@dataclass(frozen=True)
class Difference:
    """The first place where two engines differ on one input; layer 0 is the initial state.

    `sublayer` is "" where it is not a matter of one of them.
    """

    input: str
    layer: int
    what: str
    sublayer: str = ""

    def __str__(self) -> str:
        place = f"after {self.sublayer} in layer" if self.sublayer else "layer"
        return f'input "{self.input}", {place} {self.layer}: {self.what}'


@dataclass(frozen=True)
class Comparison:
    """The first difference on some inputs, and how far from exact values anything found up to there was at most."""

    inputs: int
    difference: Difference | None
    margin: float


def compare_engines(expected: Engine, found: Engine, texts: Sequence[str]) -> Difference | None:
    """The first difference on any of the inputs; None where all states, layers, errors and outputs are equal.

    Raises:
        InputError: if an input is not accepted.
    """
    return compare_states(expected, found, texts).difference


def compare_states(
    expected: Engine, found: Engine, texts: Sequence[str], features: Mapping[str, Feature] | None = None
) -> Comparison:
    """The same, with the margin.

    Args:
        features: what the features of the weights stand for. For all others it is only checked that they have a class.

    Raises:
        InputError: if an input is not accepted.
    """
    tokens = {number: expected.interface.tokens(text) for number, text in enumerate(texts)}
    margin = 0.0
    for numbers in batches(tokens):
        batch = [tokens[number] for number in numbers]
        runs = Runs(expected, features or {}, [texts[number] for number in numbers])
        for expected_layer, found_layer in zip_longest(
            expected.layers(batch, whole=True), found.layers(batch, whole=True)
        ):
            margin = max(margin, 0.0 if found_layer is None else found_layer.margin)
            difference = next(runs.differences(expected_layer, found_layer), None)
            if difference is not None:
                return Comparison(len(texts), difference, margin)
        difference = next(runs.outputs(()), None)
        if difference is not None:
            return Comparison(len(texts), difference, margin)
    return Comparison(len(texts), None, margin)


def compare_answers(expected: Engine, found: Engine, texts: Sequence[str]) -> Difference | None:
    """The first difference in the outputs or errors of any of the inputs; its layer is the last of the found run."""
    for expected_result, found_result in zip(run_texts(expected, texts), run_texts(found, texts), strict=True):
        ours, theirs = (
            output_text(result.output) if result.output is not None else str(result.error and result.error.code)
            for result in (expected_result, found_result)
        )
        if ours != theirs:
            return Difference(expected_result.input, found_result.layers, f"the output is {theirs}, expected {ours}")
    return None


def output_text(values: Iterable[Value]) -> str:
    """Output values as in a program, where `0` and `"0"` differ, which are printed alike."""
    return " ".join(map(source_text, values)) or "empty"


@dataclass
class Runs:
    """Two runs of one batch, layer by layer; `last` are the layers before."""

    expected: Engine
    features: Mapping[str, Feature]
    texts: Sequence[str]
    last: tuple[Layer, Layer] | None = field(default=None)

    def differences(self, expected_layer: Layer | None, found_layer: Layer | None) -> Iterator[Difference]:
        """Where the next layer differs, or the output of a sequence that has halted before it."""
        if expected_layer is None or found_layer is None:
            longer = expected_layer or found_layer
            assert longer is not None
            row = [*longer.rows.tolist(), *longer.errors][0]
            yield self._only("found" if expected_layer is None else "expected", longer, row)
            return
        for row in sorted(set(expected_layer.errors) | set(found_layer.errors)):
            codes = [
                layer.errors[row].code if row in layer.errors else "no error" for layer in (expected_layer, found_layer)
            ]
            if codes[0] != codes[1]:
                yield Difference(self.texts[row], expected_layer.number, f"expected {codes[0]}, found {codes[1]}")
        ours, theirs = set(expected_layer.rows.tolist()), set(found_layer.rows.tolist())
        for row in sorted(ours ^ theirs):
            yield self._only("expected" if row in ours else "found", expected_layer, row)
        yield from self.outputs(ours | set(expected_layer.errors))
        yield from self._states(expected_layer, found_layer)
        if found_layer.drift is not None:
            row, off = found_layer.drift
            what = f"variables are {off:.2g} off from exact values, which adds up over layers"
            yield Difference(self.texts[row], expected_layer.number, what)
        self.last = expected_layer, found_layer

    def outputs(self, going: Collection[int]) -> Iterator[Difference]:
        """Where the outputs differ of sequences that were in the last layer and do not go on."""
        expected_layer, found_layer = self.last or (None, None)
        if expected_layer is None or found_layer is None or expected_layer.told is None or found_layer.told is None:
            return
        for place, row in enumerate(expected_layer.rows.tolist()):
            if row not in going:
                expected, found = self._output(expected_layer.told[place]), self._output(found_layer.told[place])
                if expected != found:
                    what = f"the output is {found}, expected {expected}"
                    yield Difference(self.texts[row], expected_layer.number, what)

    def _states(self, expected_layer: Layer, found_layer: Layer) -> Iterator[Difference]:
        """Where what stands after a sub-layer is not what must stand there; engines without any have the last one."""
        wanted = {**expected_layer.heads, **expected_layer.variables}
        named = {**found_layer.heads, **found_layer.variables}
        for name in (name for name in named if name not in wanted):
            yield Difference(self.texts[0], expected_layer.number, f"there is `{name}`, which should not be")
        for name in (name for name in wanted if name not in named):
            yield Difference(self.texts[0], expected_layer.number, f"there is no `{name}`")
        if not found_layer.sublayers:
            for name in (name for name in wanted if name in named):
                yield from self._values(
                    name, self.expected.domains[name], wanted[name], named[name], expected_layer, ""
                )
        before: State = {}
        if self.last is not None:
            places = np.searchsorted(self.last[0].rows, expected_layer.rows)
            before = {name: values[places] for name, values in self.last[0].variables.items()}
        for number, (sublayer, parts) in enumerate(found_layer.sublayers.items(), 1):
            state = expected_layer.variables if number == len(found_layer.sublayers) else before
            for part, found in parts.items():
                expected = self._part(
                    part, number if expected_layer.number else 0, state, before, expected_layer.heads, found
                )
                yield from self._values(str(part), part.domain, expected, found, expected_layer, sublayer)

    def _part(self, part: Part, acted: int, state: State, before: State, heads: State, found: Indices) -> Indices:
        """What must stand in a part of the stream.

        Args:
            acted: how many sub-layers of the layer have acted; 0 in the initial state.
            state: the variables at this place of the layer; `before` are those at its beginning.
            heads: what heads bring in this layer.
            found: what stands there, which is taken as right where nothing better is known.
        """
        if part.is_state:
            return state[part.owner]
        padding = next(iter(state.values())) == PADDING
        match part.kind:
            case Kind.NUMBER:  # has no form that says "nothing yet"
                return heads[part.owner] if acted else found
            case _ if acted < part.after:
                return np.where(padding, PADDING, EMPTY)
            case Kind.HEAD:
                return heads[part.owner]
            case Kind.ONE_HOT:
                return before[part.owner]
            case Kind.FEATURE if part.owner in self.features:
                return classes(self.features[part.owner], {**before, **heads})
        return np.where(found == NO_VALUE, EMPTY, found)  # a class, whichever

    def _values(
        self, name: str, domain: Domain, expected: Indices, found: Indices, layer: Layer, sublayer: str
    ) -> Iterator[Difference]:
        """The first place where something has another value than it must."""
        wrong = np.argwhere(expected != found)
        if len(wrong):
            place, position = wrong[0].tolist()
            texts = [value_or_none(domain, int(values[place, position])) for values in (expected, found)]
            what = f"`{name}` at position {position} is {texts[1]}, expected {texts[0]}"
            yield Difference(self.texts[int(layer.rows[place])], layer.number, what, sublayer)

    def _output(self, told: Indices) -> str:
        interface = self.expected.interface
        positions = interface.pick(np.flatnonzero(told != PADDING).tolist())
        return output_text(interface.domain.values[int(told[position])] for position in positions)

    def _only(self, which: str, layer: Layer, row: int) -> Difference:
        return Difference(self.texts[row], layer.number, f"only the {which} run has this layer")


def value_or_none(domain: Domain, index: int) -> str:
    """A value as a program would write it, or what stands instead."""
    if index < 0:
        return "empty" if index == EMPTY else "no value"
    return source_text(domain.values[index])


def classes(feature: Feature, values: State) -> Indices:
    """The class of a feature wherever there is a position."""
    terms = [np.array(weights, np.int64)[values[name]] for name, weights in feature.terms]
    padding = next(iter(values.values())) == PADDING
    return np.where(padding, PADDING, np.searchsorted(feature.cuts, sum(terms), side="right"))
