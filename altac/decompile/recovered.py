"""What is known of weights before anything has a name: variables, heads, numbers that become values, rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from altac.decompile.begun import numbers_among
from altac.decompile.groups import Group
from altac.decompile.heads import HeadForm, exact, form_of
from altac.decompile.partition import conjuncts, partition
from altac.decompile.places import STATE, Chain, Places, Spot
from altac.decompile.weights import HeadWeights, Undecided, Weights
from altac.ir.arrays import Array
from altac.ir.interface import Interface
from altac.model.parameters import Affine

if TYPE_CHECKING:
    from jaxtyping import Float64


@dataclass(frozen=True, eq=False)
class FoundHead:
    """A head of a layer, and the variable that it brings."""

    layer: int
    form: HeadForm
    target: Group
    written: tuple[int, ...]  # for each index that its form has, the place in the target


@dataclass(frozen=True, eq=False)
class Sum:
    """A weighted sum of values that becomes a value; `cuts` are whole numbers that it reaches or not."""

    layer: int
    stage: int
    target: Group
    terms: tuple[tuple[Group, tuple[int, ...]], ...]
    cuts: tuple[int, ...]


Cube = tuple[tuple[Group, frozenset[int]], ...]


@dataclass(frozen=True)
class Condition:
    """That at least `least` of some variables have one of some values; nearly always all of them."""

    parts: Cube
    least: int


@dataclass(frozen=True, eq=False)
class FoundRule:
    """A hidden unit of a layer: what it asks, and the values that it adds."""

    layer: int
    condition: Condition
    adds: tuple[tuple[Group, int], ...]


@dataclass(frozen=True, eq=False)
class NumberSum:
    """What a layer makes of numbers: a sum of some that it finds or brings, times factors, and conditional amounts."""

    layer: int
    target: Group
    terms: tuple[tuple[Group, Fraction], ...]
    amounts: list[tuple[Condition, Fraction]]
    base: Fraction = Fraction(0)


class Recovered:
    """Everything that the weights do, in terms of variables.

    Raises:
        Undecided: if something is not of the compiler's form.
    """

    def __init__(
        self, weights: Weights, observed: Mapping[int, Float64[Array, "states d_model"]], interface: Interface
    ) -> None:
        self.weights = weights
        self.vocabulary = interface.vocabulary.values
        self.output: Group | None = None
        self.places = Places(weights, interface.scoring is not None)
        self.places = replace(self.places, begun=numbers_among(self.places, observed))
        variables = partition(self.places, observed)
        self.groups = [Group(tuple(sorted(spots))) for spots in variables]
        self.by_spot: dict[Spot, Group] = {}
        self.chains: dict[Group, Chain] = {}
        for chain in self.places.chains:
            self.groups = [group for group in self.groups if group.spots[0] not in chain.spots]
            self.groups.append(Group(chain.spots))
            self.chains[self.groups[-1]] = chain
        self.by_spot = {spot: group for group in self.groups for spot in group.spots}
        self.numbers: dict[Spot, Group] = {}  # what a head brings as a number, and the value that it becomes
        self.averages: set[Group] = set()  # values that averages become
        self.kept: dict[Group, Group] = {}  # the same, as later layers read them
        self.sums: list[Sum] = []
        self.tests: dict[Group, Spot] = {}  # what is asked of numbers, and where the number stands
        for target, chain in self.chains.items():
            self._chain(target, chain)
        for spot in sorted(self.places.numeric - self.numbers.keys()):
            self.groups.append(Group((spot,), [0], is_number=True))
            self.by_spot[spot] = self.groups[-1]
        self.number_sums: dict[tuple[int, Group], NumberSum] = {}
        self.heads = [found for layer in range(len(weights.layers)) for found in self._heads(layer)]
        self.rules = [found for layer, stage, _ in self.places.rules for found in self._rules(layer, stage)]
        self.until = {
            entry: self.conditions(units, weights.config.entries[entry][0].start)
            for entry, units in weights.until.items()
        }
        end = len(weights.layers)
        self.shown = [] if weights.shown is None else self.conditions(weights.shown, end)
        for row in weights.unembedding.weight:
            self.split(row, end)  # so that all is known that later layers read
        self.groups += self.kept.values()

    def split(
        self, row: Float64[Array, "d_model"], layer: int, stage: int = 0
    ) -> dict[Group, Float64[Array, "values"]]:
        """What a row of weights reads, variable by variable."""
        found: dict[Group, Array] = {}
        for spot, weight in self.places.spots(row, layer, stage).items():
            group = self.by_spot.get(spot)
            if group is None:
                continue  # nothing is ever hot there
            if group in self.averages and layer > group.spots[0][0]:
                group = self.kept.setdefault(group, Group(group.spots))
            found.setdefault(group, np.zeros(len(group.spots)))[group.index[spot]] = weight
        return found

    def _chain(self, target: Group, chain: Chain) -> None:
        """Whether it reads what a head brings as a number, or a sum of values."""
        if not len(chain.bias):
            target.constant = 0
            return
        reads = set(self.places.spots(chain.weights.any(axis=0).astype(float), chain.layer, chain.stage))
        brought = {
            (chain.layer, head.written[0]): head
            for head in self.weights.layers[chain.layer].heads
            if not (head.clears or self.places.carries(head, chain.layer))
            and head.output.shape[1] == 1
            and np.flatnonzero(head.output).tolist() == np.flatnonzero(head.output == 1).tolist()
            and np.count_nonzero(head.output) == 1
        }
        if len(reads) == 1 and reads <= brought.keys():
            (spot,) = reads
            self.numbers[spot] = target
            if not brought[spot].sink_score:
                self.averages.add(target)
            return
        if len(reads) == 1 and reads <= self.places.numeric:
            (spot,) = reads
            self.tests[target] = spot
            return
        if reads & self.places.numeric or (chain.weights != chain.weights[0]).any():
            raise Undecided("something is asked of numbers without a finite domain")
        terms = [
            (group, tuple(round(weight / 2) for weight in weights))
            for group, weights in self.split(chain.weights[0], chain.layer, chain.stage).items()
        ]
        cuts = tuple(round((1.5 - bias) / 2) for bias in chain.bias.tolist())
        self.sums.append(Sum(chain.layer, chain.stage, target, tuple(terms), cuts))

    def _heads(self, layer: int) -> list[FoundHead]:
        found = []
        for head in self.weights.layers[layer].heads:
            if self.places.takes_off(head):
                found += self._number_head(head, layer)
            if head.clears:
                continue
            if head.is_numeric and not self._is_value(head, layer):
                found += self._number_head(head, layer)
                continue
            spots = [(layer, dimension) for dimension in head.written]
            known = self.by_spot.get(spots[0])
            if known is not None and known.constant is not None and len(spots) == 1:
                continue
            if len(spots) == 1 and known is None and spots[0] not in self.numbers:
                self.groups.append(Group((spots[0],), constant=0))  # a single value
                self.by_spot[spots[0]] = self.groups[-1]
                continue
            target = self.numbers.get(spots[0]) if len(spots) == 1 else None
            is_number = target is not None
            form = form_of(head, lambda row: self.split(row, layer), is_number)
            if is_number and form.source is not None and form.source.is_number and form.brings[0] != 1:
                raise Undecided("a value is made of a number times another")
            target = target or self.by_spot.get(spots[0])
            if target is None or not (is_number or all(spot in target.index for spot in spots)):
                raise Undecided("what a head brings is not one variable")
            if form.which == "never":
                target.constant = self._default(head, form, target, is_number, spots)
            written = () if is_number else tuple(target.index[spot] for spot in spots)
            found.append(FoundHead(layer, form, target, written))
        return found

    def _is_value(self, head: HeadWeights, layer: int) -> bool:
        """Whether the number of a head becomes a value; or is the only value of one, 1 whatever is read."""
        places = np.flatnonzero(head.output.any(axis=1)).tolist()
        if any((layer, place) in self.numbers for place in places):
            return True
        if self.places.carries(head, layer) or len(places) != 1 or (layer, places[0]) not in self.by_spot:
            return False
        if places[0] not in self._alone(layer):
            return False
        read = self.split(head.value.weight[0], layer)
        if head.sink_score or any(
            (weights == 1).all() and len(weights) > 0 and not group.is_number for group, weights in read.items()
        ):
            group = self.by_spot[layer, places[0]]
            group.is_number, group.constant = False, 0
            return True
        return False

    def _number_head(self, head: HeadWeights, layer: int) -> list[FoundHead]:
        """A head that brings a number, or several from its own position; and what it adds to sums."""
        found: list[FoundHead] = []
        sources: list[tuple[Group, Fraction]] = []
        carries = self.places.carries(head, layer) or self.places.takes_off(head)
        if carries:
            for row in head.value.weight:
                ((read, weights),) = self.split(row, layer).items()
                sources.append((read, exact(float(weights[0]))))
        elif len(head.value.bias) > 1:
            return [one for row in range(len(head.value.bias)) for one in self._number_head(head.row(row), layer)]
        else:
            form = form_of(head, lambda row: self.split(row, layer), True)
            if form.which == "never":
                default = form.default or Fraction(0)
                for spot, times in self.places.written(head.output[:, 0], layer).items():
                    one = self._number_sum(layer, self.by_spot[spot])
                    self.number_sums[layer, one.target] = replace(one, base=one.base + exact(times) * default)
                return []
            weight = form.brings[0] if form.source is not None and form.source.is_number else Fraction(1)
            if weight != 1 and form.default is not None:
                form = replace(form, default=form.default / weight)
            sources.append((self._own(head, layer, weight == 1), weight))
            found.append(FoundHead(layer, form, sources[0][0], ()))
        for column, (source, weight) in zip(head.output.T, sources, strict=True):
            for spot, written in self.places.written(column, layer).items():
                target, factor = self.by_spot[spot], weight * exact(written)
                if target is not source or carries:
                    one = self._number_sum(layer, target)
                    if source.constant is None:
                        one = replace(one, terms=(*one.terms, (source, factor)))
                    else:  # a head that brings 1 wherever it looks
                        one = replace(one, base=one.base + factor)
                    self.number_sums[layer, target] = one
        return found

    def _own(self, head: HeadWeights, layer: int, is_plain: bool) -> Group:
        """The number that a head brings: where it stands, or, if it stands nowhere as it is, one without a place."""
        alone, state = self._alone(layer), self.weights.config.d_state
        own = [place for place in np.flatnonzero(head.output[:, 0] == 1).tolist() if place in alone and place >= state]
        asked = set(self.tests.values())
        own = [place for place in own if (layer, place) not in asked] or own
        if own and is_plain:
            return self.by_spot[layer, own[0]]
        nowhere = sum(group.spots[0][1] < 0 for group in self.groups)
        self.groups.append(Group(((layer, -1 - nowhere),), [0], is_number=True))
        return self.groups[-1]

    def _number_sum(self, layer: int, target: Group) -> NumberSum:
        """What a layer makes of a number; a variable keeps what it was, unless that is taken off."""
        kept = ((target, Fraction(1)),) if target.spots[0][0] == STATE else ()
        return self.number_sums.setdefault((layer, target), NumberSum(layer, target, kept, []))

    def _alone(self, layer: int) -> set[int]:
        """The dimensions that one head alone writes, of all that a layer writes."""
        here = self.weights.layers[layer]
        written = [head.output.any(axis=1) for head in here.heads if not head.clears]
        written += [mlp.outward.weight.any(axis=1) for mlp in here.mlps]
        return set(np.flatnonzero(np.sum(written, axis=0) == 1).tolist())

    def _default(self, head: HeadWeights, form: HeadForm, target: Group, is_number: bool, spots: list[Spot]) -> int:
        """The place of what a head brings where it selects nothing."""
        if is_number:
            return self.bucket(target, float(head.sink_value[0]))
        assert form.default is not None
        return target.index[spots[int(form.default)]]

    def bucket(self, target: Group, number: float) -> int:
        """The place of the value that a number becomes."""
        chain = self.chains[target]
        return int((chain.weights.max(axis=1) * number + chain.bias > 0.5).sum())

    def _rules(self, layer: int, stage: int) -> list[FoundRule]:
        mlp = self.weights.layers[layer].mlps[stage - 1]
        found = []
        for unit, condition in enumerate(self.conditions(mlp.inward, layer, stage)):
            if condition is None:
                continue
            written = self.places.written(mlp.outward.weight[:, unit], layer)
            for spot in written.keys() & self.places.numeric:
                amount = exact(written.pop(spot))
                self._number_sum(layer, self.by_spot[spot]).amounts.append((condition, amount))
            if not all(sign in (-1, 1) for sign in written.values()):
                raise Undecided("a rule adds more than values")
            adds = [(self.by_spot[spot], spot) for spot, sign in written.items() if sign == 1 and spot in self.by_spot]
            found.append(FoundRule(layer, condition, tuple((group, group.index[spot]) for group, spot in adds)))
        return found

    def conditions(self, units: Affine, layer: int, stage: int = 0) -> list[Condition | None]:
        """What each unit asks; None if that never holds."""
        found: list[Condition | None] = []
        for row, bias in zip(units.weight, units.bias, strict=True):
            reads, least = self.split(row, layer, stage), conjuncts(float(bias))
            if not all(np.isin(weights, (0, 2)).all() for weights in reads.values()):
                raise Undecided("a hidden unit weighs values")
            parts = tuple((group, frozenset(np.flatnonzero(weights).tolist())) for group, weights in reads.items())
            parts = tuple((group, chosen) for group, chosen in parts if chosen)
            never = len(parts) < least or (least == 1 and bias == -0.5 and not parts)
            found.append(None if never else Condition(parts, least))
        return found

    @property
    def state(self) -> list[Group]:
        """The variables that have values."""
        return [group for group in self.groups if group.spots[0][0] == STATE and not group.is_number]

    def is_evidence(self, group: Group) -> bool:
        """Whether a number is only there for a score: what the token adds to a label."""
        if group.spots[0] in self.places.evidence:
            return True
        if not self.places.is_score:
            return False
        moved = {one for total in self.number_sums.values() for one, _ in total.terms} | {
            total.target for total in self.number_sums.values()
        }
        read = {head.form.source for head in self.heads}
        return group.is_number and group.spots[0][0] == STATE and group not in moved | read

    def introduced(self, layer: int) -> list[Group]:
        """What the rules of a layer introduce."""
        brought = {found.target for found in self.heads} | set(self.chains) | set(self.kept.values())
        here = [
            group
            for group in self.groups
            if group.spots[0][0] == layer and not group.is_number and group.constant is None
        ]
        return [group for group in here if group not in brought]
