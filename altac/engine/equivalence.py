"""Whether two engines agree on the whole state after every sub-layer: the meaning of 'compiled'.

What must stand in a part of the stream after a sub-layer follows from its kind and from the program: variables keep
their values until the last sub-layer of a layer, and what others have kept for it keeps its value through all of them.
What the layer makes itself is cleared by the first, and stands from the sub-layer on that makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from operator import itemgetter

import numpy as np

from altac.engine.batches import batches
from altac.engine.evidence import UNCLEAR_SUM, Evidence
from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import EMPTY, NO_VALUE, PADDING, Layer, Ran, States
from altac.engine.writing import read_tokens
from altac.ir.arrays import Indices, Mask
from altac.ir.interface import InputError
from altac.ir.numbers import is_open
from altac.ir.rules import Feature
from altac.ir.stream import Kind, Part
from altac.ir.values import Domain, Value, source_text

State = Mapping[str, Indices]
MOST_GROWN = 16  # runs of a batch that are grown position by position
Features = Mapping[tuple[int, str], Feature]  # by the number of their layer and their name


@dataclass(frozen=True)
class Difference:
    """The first place where two engines differ on one input; layer 0 is the initial state.

    `name` is that of the layer with its round, such as `carry 2`, "" in a program with one step; `sublayer` is "" where
    it is not a matter of one of them.
    """

    input: str
    layer: int
    what: str
    sublayer: str = ""
    name: str = ""

    def __str__(self) -> str:
        place = f"after {self.sublayer} in layer" if self.sublayer else "layer"
        name = f" ({self.name})" if self.name else ""
        return f'input "{self.input}", {place} {self.layer}{name}: {self.what}'


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
    expected: Engine, found: Engine, texts: Sequence[str], features: Features | None = None
) -> Comparison:
    """The same, with the margin.

    Args:
        features: what the features of the weights stand for. For all others it is only checked that they have a class.

    Raises:
        InputError: if an input is not accepted.
    """
    tokens: dict[int, list[int]] = {}
    for number, read in enumerate(read_tokens(expected, texts)):
        if isinstance(read, InputError):
            raise read
        tokens[number] = read
    margin = 0.0
    for numbers in batches(tokens):
        batch = [tokens[number] for number in numbers]
        runs = Runs(expected, found, features or {}, [texts[number] for number in numbers])
        for expected_layer, found_layer in zip_longest(
            expected.layers(batch, whole=True), found.layers(batch, whole=True)
        ):
            margin = max(margin, 0.0 if found_layer is None else found_layer.margin)
            difference = next(runs.differences(expected_layer, found_layer), None)
            if difference is not None:
                return Comparison(len(texts), difference, margin)
        difference = next(runs.outputs(), None) or next(runs.grown(batch), None)
        if difference is not None:
            return Comparison(len(texts), difference, margin)
    if expected.interface.writing is not None:
        difference = compare_answers(expected, found, texts)
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
    """Two runs of one batch, layer by layer; `last` are the last layers of each sequence up to now."""

    expected: Engine
    found: Engine
    features: Features
    texts: Sequence[str]
    states: States = field(default_factory=States)
    last: dict[int, tuple[Layer, Layer]] = field(default_factory=dict)

    def differences(self, expected_layer: Layer | None, found_layer: Layer | None) -> Iterator[Difference]:
        """Where the next layer differs."""
        if expected_layer is None or found_layer is None or place_of(expected_layer) != place_of(found_layer):
            pair = (("expected", expected_layer), ("found", found_layer))
            # what stands earlier is in a loop that the other run has left
            one, which = min(
                ((layer, which) for which, layer in pair if layer is not None), key=lambda one: one[0].place
            )
            yield self._only(which, one, [*one.rows.tolist(), *one.errors][0])
            return
        ours, theirs = set(expected_layer.rows.tolist()), set(found_layer.rows.tolist())
        for row in sorted(set(expected_layer.errors) | set(found_layer.errors)):
            codes = [
                layer.errors[row].code if row in layer.errors else "no error" for layer in (expected_layer, found_layer)
            ]
            if codes[0] != codes[1]:
                one = expected_layer if row in ours or row in expected_layer.errors else found_layer
                yield self._difference(one, row, f"expected {codes[0]}, found {codes[1]}")
        for row in sorted(ours ^ theirs):
            which, one = ("expected", expected_layer) if row in ours else ("found", found_layer)
            yield self._only(which, one, row)
        if ours:
            yield from self._states(expected_layer, found_layer)
        if found_layer.drift is not None:
            row, off = found_layer.drift
            what = f"variables are {off:.2g} off from exact values, which adds up over layers"
            yield self._difference(expected_layer, row, what)
        self.states.enter(expected_layer)
        self.last |= dict.fromkeys(ours, (expected_layer, found_layer))
        for row in expected_layer.errors:
            self.last.pop(row, None)

    def outputs(self) -> Iterator[Difference]:
        """Where the outputs differ of sequences that have not failed, after the last layer."""
        interface = self.expected.interface
        for row, (expected_layer, found_layer) in sorted(self.last.items(), key=itemgetter(0)):
            place = np.searchsorted(expected_layer.rows, row)
            if expected_layer.told is None or found_layer.told is None:
                continue
            ours, theirs = expected_layer.told, found_layer.told
            expected, found = self._output(ours.values[place]), self._output(theirs.values[place])
            if len(expected) != len(found) or self._differ(expected, found):
                texts = [output_text(map(interface.domain.values.__getitem__, one)) for one in (expected, found)]
                yield self._difference(expected_layer, row, f"the output is {texts[1]}, expected {texts[0]}")
            elif ours.sums is not None and theirs.sums is not None:
                yield from self._sums(ours.values[place], ours.sums[place], theirs.sums[place], expected_layer, row)

    def grown(self, batch: Sequence[Sequence[int]]) -> Iterator[Difference]:
        """Where a run to which positions were added one by one ends in other variables, in a program that writes.

        Of a batch some are tried, from the shortest to the longest; the answers of all of them are compared anyway.
        """
        if self.expected.interface.writing is None:
            return
        rows = sorted(self.last)
        for row in rows[:: -(-len(rows) // MOST_GROWN) or 1]:
            layer, _ = self.last[row]
            found = self.found.grown(batch[row])
            place = np.searchsorted(layer.rows, row)
            for name, values in (found or {}).items():
                expected = layer.variables[name][place, : len(values)]
                wrong = np.flatnonzero(differ(self.found.domains[name], expected, values))
                if len(wrong):
                    domain, position = self.found.domains[name], int(wrong[0])
                    texts = [value_or_none(domain, int(one[position])) for one in (values, expected)]
                    what = f"`{name}` at position {position} is {texts[0]} with a cache, expected {texts[1]}"
                    yield self._difference(layer, row, what)

    def _states(self, expected_layer: Layer, found_layer: Layer) -> Iterator[Difference]:
        """Where what stands after a sub-layer is not what must stand there; engines without any have the last one."""
        row = int(expected_layer.rows[0])
        wanted, named = (layer.state for layer in (expected_layer, found_layer))
        for name in (name for name in named if name not in wanted):
            yield self._difference(expected_layer, row, f"there is `{name}`, which should not be")
        for name in (name for name in wanted if name not in named):
            yield self._difference(expected_layer, row, f"there is no `{name}`")
        if not found_layer.sublayers:
            for name, values in wanted.items():
                yield from self._values(name, self.found.domains[name], values, named[name], expected_layer, "")
        before = self.states.of(expected_layer.rows)
        names = list(found_layer.sublayers)
        for acted, sublayer in enumerate(names, 1 if "attention" in names else 2):
            for part, found in found_layer.sublayers[sublayer].items():
                expected = self._part(part, acted, sublayer == names[-1], expected_layer, before, found)
                yield from self._values(str(part), part.domain, expected, found, expected_layer, sublayer)

    def _part(self, part: Part, acted: int, is_last: bool, layer: Layer, before: State, found: Indices) -> Indices:
        """What must stand in a part of the stream.

        Args:
            acted: how many sub-layers of the layer have acted, attention included.
            is_last: whether these are all of them; so it is in the initial state.
            before: what stood before the layer.
            found: what stands there, which is taken as right where nothing better is known.
        """
        padding = next(iter(layer.variables.values())) == PADDING
        nothing = np.where(padding, PADDING, EMPTY)
        if part.is_open and part.kind is not Kind.HEAD and not is_last and not part.stands_before(layer.place):
            return np.where(found == NO_VALUE, EMPTY, found)  # sub-layers add to it, one after the other
        if part.is_state and part.is_open and not is_last:
            return np.where(found == NO_VALUE, EMPTY, found)
        if part.is_state:
            return (layer.variables if is_last else before).get(part.owner, nothing)
        if not part.written_by(layer.place):
            return before.get(part.owner, nothing)
        match part.kind:
            case Kind.NUMBER:  # has no form that says "nothing yet"
                return layer.heads.get(part.owner, nothing)
            case _ if acted < part.after:
                return nothing
            case Kind.HEAD:
                return layer.heads.get(part.owner, nothing)
            case Kind.KEPT:
                return {**layer.heads, **layer.variables}.get(part.owner, nothing)
            case Kind.FEATURE if (layer.place, part.owner) in self.features:
                return classes(self.features[layer.place, part.owner], {**before, **layer.heads})
        return np.where(found == NO_VALUE, EMPTY, found)  # a class, whichever

    def _values(
        self,
        name: str,
        domain: Domain,
        expected: Indices,
        found: Indices,
        layer: Layer,
        sublayer: str,
    ) -> Iterator[Difference]:
        """The first place where something has another value than it must."""
        wrong = np.argwhere(differ(domain, expected, found))
        if len(wrong):
            place, position = wrong[0].tolist()
            texts = [value_or_none(domain, int(values[place, position])) for values in (expected, found)]
            what = f"`{name}` at position {position} is {texts[1]}, expected {texts[0]}"
            yield self._difference(layer, int(layer.rows[place]), what, sublayer)

    def _sums(self, told: Indices, expected: Indices, found: Indices, layer: Layer, row: int) -> Iterator[Difference]:
        """The first label whose score differs, at the positions that have an output."""
        interface = self.expected.interface
        wrong = np.argwhere((expected != found) & (told != PADDING)[:, None])
        if interface.scoring is not None and len(wrong):
            position, label = wrong[0].tolist()
            pair = Evidence(np.stack([found[position], expected[position]]), interface.domain, interface.scoring).scores
            value = interface.domain.values[label]
            theirs, ours = (str(scores[value]) for scores in pair)
            if found[position, label] == UNCLEAR_SUM:
                theirs = f"no multiple of 1/{interface.scoring.denominator}"
            what = f"the score of {source_text(value)} at position {position} is {theirs}, expected {ours}"
            yield self._difference(layer, row, what)

    def _output(self, told: Indices) -> Indices:
        """The indices of the values of an output."""
        found: Indices = told[self.expected.interface.pick(np.flatnonzero(told != PADDING).tolist())]
        return found

    def _differ(self, expected: Indices, found: Indices) -> bool:
        """Whether two outputs of one length are different."""
        return bool(differ(self.found.interface.domain, expected, found).any())

    def _only(self, which: str, layer: Layer, row: int) -> Difference:
        return self._difference(layer, row, f"only the {which} run has this layer")

    def _difference(self, layer: Layer, row: int, what: str, sublayer: str = "") -> Difference:
        """A difference in the run of one sequence, by its place in the batch."""
        numbers = {**dict(zip(layer.rows.tolist(), layer.numbers.tolist(), strict=True)), **layer.failed}
        name = Ran(layer.place, layer.name, layer.round).label
        return Difference(self.texts[row], numbers[row], what, sublayer, name)


def differ(domain: Domain, expected: Indices, found: Indices) -> Mask:
    """Where values differ; numbers without a finite domain, by more than weights leave open."""
    wrong: Mask = expected != found
    if is_open(domain):
        both = wrong & (expected >= 0) & (found >= 0)
        numbers = domain.values
        for place in map(tuple, np.argwhere(both)):
            one, other = numbers[expected[place]], numbers[found[place]]
            wrong[place] = abs(one - other) > domain.tolerance
    return wrong


def place_of(layer: Layer) -> tuple[int, int]:
    """Where a layer is in the run of a schedule."""
    return layer.place, layer.round


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
