"""Hidden units: borders of numbers and sums in the first MLP sub-layers, then rules; cubes in the readouts.

A unit over a cube of m variables adds up two for every variable that has a listed value; shifted by 2m - 3/2, the sum
is 3/2 on a match and at most -1/2 elsewhere, which clamping turns into one and zero, with slack for errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from altac.backend.blocks import LinearMap, MLPBlock
from altac.backend.thresholds import Buckets
from altac.ir.arrays import Array
from altac.ir.rules import Antecedent, RuleSet
from altac.ir.stream import View
from altac.passes.rule_text import print_rule

if TYPE_CHECKING:
    from jaxtyping import Float64


def build_cubes(antecedents: Sequence[Antecedent], one_hot: Callable[[str], Sequence[int]], d_model: int) -> LinearMap:
    """One unit for each cube, which is on exactly where the cube holds.

    Args:
        one_hot: the dimensions of the values of a name.
    """
    weights = np.zeros((len(antecedents), d_model))
    bias = np.zeros(len(antecedents))
    for unit, antecedent in enumerate(antecedents):
        for name, indices in antecedent:
            axes = one_hot(name)
            weights[unit, [axes[index] for index in indices]] = 2
        bias[unit] = 1.5 - 2 * len(antecedent)
    return LinearMap(weights, bias)


def build_rules(rules: RuleSet, view: View) -> MLPBlock:
    """The sub-layer that applies the rules of a layer: one unit for each."""
    output = np.zeros((view.d_model, len(rules.rules)))
    written = {**view.before, **view.kept}
    for unit, rule in enumerate(rules.rules):
        for change in rule.changes:
            part = written[change.variable]
            for index, sign in ((change.old, -1.0), (change.new, 1.0)):
                if index is None:
                    continue
                if change.variable in rules.added:
                    output[part.start, unit] += float(rules.added[change.variable].values[index])  # type: ignore[arg-type]
                else:
                    output[part.place[index], unit] += sign
    names = tuple(print_rule(rule, rules.domains) for rule in rules.rules)
    inward = build_cubes([rule.antecedent for rule in rules.rules], view.one_hot, view.d_model)
    return MLPBlock(names, inward, LinearMap(output, np.zeros(view.d_model)))


def build_thresholds(numbers: Sequence[Buckets], view: View) -> MLPBlock:
    """A sub-layer that turns numbers into one-hot values: one unit for each border."""
    count = sum(len(buckets.borders) for buckets in numbers)
    weights, bias = np.zeros((count, view.d_model)), np.zeros(count)
    output, output_bias = np.zeros((view.d_model, count)), np.zeros(view.d_model)
    unit = 0
    for buckets in numbers:
        axes, direction = view.one_hot(buckets.name), number_direction(buckets, view)
        output_bias[axes[buckets.values[0]]] += 1  # the lowest bucket, unless the first border is passed
        for border, left, right in zip(buckets.borders, buckets.values[:-1], buckets.values[1:], strict=True):
            slope = 2 / border.gap
            weights[unit] = float(slope) * direction
            bias[unit] = float(Fraction(1, 2) - slope * border.middle)
            output[axes[left], unit] -= 1
            output[axes[right], unit] += 1
            unit += 1
    names = tuple(name for buckets in numbers for name in buckets.unit_names)
    return MLPBlock(names, LinearMap(weights, bias), LinearMap(output, output_bias))


def number_direction(buckets: Buckets, view: View) -> Float64[Array, "d_model"]:
    """The direction of the residual stream along which a number is read."""
    direction = np.zeros(view.d_model)
    if not buckets.terms:
        direction[view.number(buckets.name)] = 1
    for name, weights in buckets.terms:
        direction[view.one_hot(name)] = weights
    return direction
