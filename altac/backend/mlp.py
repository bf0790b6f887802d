"""Hidden units: borders of numbers and sums in the first MLP sub-layers, then rules; cubes in the readouts.

A unit over a cube of m variables adds up two for every variable that has a listed value; shifted by 2m - 3/2, the sum
is 3/2 on a match and at most -1/2 elsewhere, which clamping turns into one and zero, with slack for errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from altac.backend.layout import Layout
from altac.backend.thresholds import Buckets
from altac.ir.program import Program
from altac.ir.rules import Antecedent, RuleSet

Matrix = NDArray[np.float64]
Units = tuple[Matrix, Matrix]  # weights (units, d_model) and biases (units,)


def build_cubes(antecedents: Sequence[Antecedent], layout: Layout) -> Units:
    """One unit for each cube, on exactly where the cube holds."""
    weights = np.zeros((len(antecedents), layout.d_model))
    bias = np.zeros(len(antecedents))
    for unit, antecedent in enumerate(antecedents):
        for name, indices in antecedent:
            axes = layout.one_hot(name)
            weights[unit, [axes[index] for index in indices]] = 2
        bias[unit] = 1.5 - 2 * len(antecedent)
    return weights, bias


def build_rules(rules: RuleSet, program: Program, layout: Layout) -> tuple[Units, Units]:
    """Both linear maps of the sub-layer that applies the rules."""
    scalars = {variable.name for variable in program.variables if variable.scalar}
    output = np.zeros((layout.d_model, len(rules.rules)))
    for unit, rule in enumerate(rules.rules):
        for change in rule.changes:
            for index, sign in ((change.old, -1.0), (change.new, 1.0)):
                if index is None:
                    continue
                if change.variable in scalars:
                    value = rules.variables[change.variable].values[index]
                    output[layout.real(change.variable), unit] += sign * float(value)  # type: ignore[arg-type]
                else:
                    output[layout.one_hot(change.variable)[index], unit] += sign
    return build_cubes([rule.antecedent for rule in rules.rules], layout), (output, np.zeros(layout.d_model))


def build_thresholds(buckets: Sequence[Buckets], layout: Layout) -> tuple[Units, Units]:
    """Both linear maps of the sub-layer that turns numbers into one-hot values."""
    count = sum(len(one.borders) for one in buckets)
    weights, bias = np.zeros((count, layout.d_model)), np.zeros(count)
    output, output_bias = np.zeros((layout.d_model, count)), np.zeros(layout.d_model)
    unit = 0
    for one in buckets:
        axes, direction = layout.one_hot(one.name), number_direction(one, layout)
        output_bias[axes[one.values[0]]] += 1  # the lowest bucket, unless the first border is passed
        for border, left, right in zip(one.borders, one.values, one.values[1:], strict=False):
            slope = 2 / border.gap
            weights[unit] = float(slope) * direction
            bias[unit] = float(Fraction(1, 2) - slope * border.middle)
            output[axes[left], unit] -= 1
            output[axes[right], unit] += 1
            unit += 1
    return (weights, bias), (output, output_bias)


def number_direction(one: Buckets, layout: Layout) -> Matrix:
    """The direction of the residual stream along which a number is read: (d_model,)."""
    direction = np.zeros(layout.d_model)
    if not one.terms:
        direction[layout.real(one.name)] = 1
    for name, weights in one.terms:
        direction[layout.one_hot(name)] = weights
    return direction
