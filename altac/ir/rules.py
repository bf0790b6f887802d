"""Transition rules: what the steps of a program do, as implications, layer by layer.

A rule fires at a position if every variable of its antecedent has one of the listed values; then each of its changes
takes an old value away from a variable, adds a new one, or both. A rule becomes one hidden unit. The changes of all
rules that fire add up: for every variable that changes, exactly one old value goes and exactly one new value comes.

Readouts are antecedents too: a position is ready to go on to the next entry of the schedule, or shows the output, where
one of some cubes holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from altac.diagnostics import InternalError
from altac.ir.numbers import Combination, Test
from altac.ir.values import Domain, Value

Antecedent = tuple[tuple[str, tuple[int, ...]], ...]  # variables in the order of the rule set, with value indices
Cubes = tuple[Antecedent, ...]  # disjoint; empty where a condition is never true


def feature_name(number: int) -> str:
    """The name of a feature, numbered from 1: a name that no program can write."""
    return f"sum.{number}"


@dataclass(frozen=True, order=True)
class Change:
    """One effect on a variable, as value indices; None takes nothing away, or adds nothing."""

    variable: str
    old: int | None
    new: int | None


@dataclass(frozen=True)
class Rule:
    antecedent: Antecedent
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Feature:
    """A class of sums, computed before the rules: `terms` give each value (by index) of some variables a weight.

    The weights of the values add up; the feature's value is the number of `cuts`, in ascending order, that are at most
    the sum. In one-hot coordinates the sum is linear, so each cut is one hidden unit.
    """

    terms: tuple[tuple[str, tuple[int, ...]], ...]
    cuts: tuple[int, ...]

    @property
    def domain(self) -> Domain:
        return Domain(tuple(range(len(self.cuts) + 1)))

    def index(self, values: Mapping[str, int]) -> int:
        """The feature's value from the value indices of its variables."""
        return bisect_right(self.cuts, sum(weights[values[name]] for name, weights in self.terms))


@dataclass(frozen=True)
class RuleSet:
    """The rules of one layer, over variables, heads and features of these.

    `variables` are what it finds: the variables of the program, which may change, and what other layers have kept for
    it, which do not. `introduced` are what it writes without an old value: values that its step introduces, and copies
    of what its heads bring, under the names of these heads. What the step asks of numbers, its `tests`, stands with the
    heads. To what becomes of `numbers` rules add the amounts, nothing if no rule does.
    """

    variables: Mapping[str, Domain]
    heads: Mapping[str, Domain]
    introduced: Mapping[str, Domain]
    rules: tuple[Rule, ...]
    features: Mapping[str, Feature] = field(default_factory=dict)
    tests: tuple[Test, ...] = ()
    numbers: tuple[Combination, ...] = ()

    @property
    def added(self) -> dict[str, Domain]:
        """The amounts that rules add to numbers, where they add any."""
        return {one.name: one.amounts for one in self.numbers if one.amounts.values != (0,)}

    @property
    def domains(self) -> dict[str, Domain]:
        """Of all that antecedents and changes name."""
        features = {name: feature.domain for name, feature in self.features.items()}
        return {**self.introduced, **self.variables, **self.heads, **features, **self.added}

    @property
    def units(self) -> int:
        """Hidden units that rules and features become."""
        return len(self.rules) + sum(len(feature.cuts) for feature in self.features.values())

    def with_rules(self, rules: tuple[Rule, ...]) -> RuleSet:
        return replace(self, rules=rules)

    def after(self, state: Mapping[str, Value]) -> dict[str, Value]:
        """Variables and what is introduced, after the rules acted on one combination of values: what rules mean.

        Of numbers it is what is added.

        Raises:
            InternalError: if some variable would not have exactly one value.
        """
        index = {name: domain.index(state[name]) for name, domain in (*self.variables.items(), *self.heads.items())}
        index |= {name: feature.index(index) for name, feature in self.features.items()}
        count: dict[str, Counter[int]] = {name: Counter({index[name]: 1}) for name in self.variables}
        count |= {name: Counter() for name in (*self.introduced, *self.added)}
        for rule in self.rules:
            if all(index[name] in values for name, values in rule.antecedent):
                for change in rule.changes:
                    if change.old is not None:
                        count[change.variable][change.old] -= 1
                    if change.new is not None:
                        count[change.variable][change.new] += 1
        result: dict[str, Value] = {}
        for name, domain in (*self.variables.items(), *self.introduced.items()):
            present = {value: number for value, number in count[name].items() if number}
            if list(present.values()) != [1]:
                raise InternalError(f"the rules leave `{name}` without a single value: {present}")
            result[name] = domain.values[next(iter(present))]
        for name, domain in self.added.items():
            (index_added,) = +count[name] or (None,)
            result[name] = 0 if index_added is None else domain.values[index_added]
        return result


@dataclass(frozen=True)
class ProgramRules:
    """The rules of all layers, and the readouts.

    `names` are those of the layers, `schedule` says for each entry its layers and how often they run (None: until a
    condition holds), `until` where a position is ready to go on, by the number of the entry. `shown` is where a
    position shows the output: everywhere if it is None. Readouts read variables and what is kept, whose domains are
    `state`.
    """

    names: tuple[str, ...]
    layers: tuple[RuleSet, ...]
    schedule: tuple[tuple[range, int | None], ...]
    until: Mapping[int, Cubes]
    shown: Cubes | None
    state: Mapping[str, Domain]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those of all layers."""
        return tuple(rule for layer in self.layers for rule in layer.rules)

    @property
    def features(self) -> dict[tuple[int, str], Feature]:
        """Those of all layers, by the number of their layer and their name."""
        layers = enumerate(self.layers)
        return {(layer, name): feature for layer, rules in layers for name, feature in rules.features.items()}

    @property
    def units(self) -> int:
        """Hidden units that the rules and features of all layers become."""
        return sum(layer.units for layer in self.layers)


def cube(antecedent: Mapping[str, tuple[int, ...]], domains: Mapping[str, Domain]) -> Antecedent:
    """An antecedent in canonical form: variables in order, those that allow every value left out."""
    return Canonical(domains)(antecedent)


class Canonical:
    """`cube` for many antecedents over the same domains: the time of each depends on its own variables only."""

    def __init__(self, domains: Mapping[str, Domain]) -> None:
        self.sizes = {name: len(domain) for name, domain in domains.items()}
        self.order = {name: place for place, name in enumerate(domains)}

    def __call__(self, antecedent: Mapping[str, tuple[int, ...]]) -> Antecedent:
        names = [name for name, indices in antecedent.items() if len(indices) < self.sizes[name]]
        return tuple((name, antecedent[name]) for name in sorted(names, key=self.order.__getitem__))
