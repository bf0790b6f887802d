"""A program against the weights that it was recovered from: what they answer, after how many layers, or why not."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from altac.decompile.bare import BareWeights
from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.engine.trace import Result
from altac.engine.verify import Plan, plan_inputs
from altac.ir.values import Value, kind_of, value_key

LONGEST = 128  # symbols of random inputs
CLOSE = Fraction(1, 10_000)  # of the size of a number


def plan(program: Compiled, weights: BareWeights, budget: int, drawn: int, seed: int) -> Plan:
    """The inputs that are compared: all short ones, and random ones."""
    return plan_inputs(program.program.interface, weights.interface, budget, drawn, seed, LONGEST)


def first_difference(
    program: Compiled, weights: BareWeights, inputs: Plan, progress: Callable[[int], None] | None = None
) -> str | None:
    """The first input on which the two differ, and how; None if they do not."""
    for texts in inputs.chunks():
        for left, right in zip(run_texts(program.interpreter, texts), run_texts(weights, texts), strict=True):
            if not agree(left, right):
                return f'on "{left.input}" the program gives {ending(left)}, the weights {ending(right)}'
        if progress is not None:
            progress(len(texts))
    return None


def agree(left: Result, right: Result) -> bool:
    """Whether two runs end in the same way; numbers of the weights are rounded."""
    if ending(left)[1:] != ending(right)[1:] or (left.output is None) != (right.output is None):
        return False
    pairs = list(zip(left.output or (), right.output or (), strict=False))
    same = len(left.output or ()) == len(right.output or ())
    return same and all(value_key(one) == value_key(other) or near(one, other) for one, other in pairs)


def near(exact: Value, rounded: Value) -> bool:
    """Whether a number of the weights is one that the program has."""
    kinds = {kind_of(exact), kind_of(rounded)}
    return kinds == {"number"} and isinstance(rounded, Fraction) and abs(exact - rounded) <= CLOSE * (1 + abs(exact))  # type: ignore[operator, arg-type]


def ending(result: Result) -> tuple[object, int, str]:
    """What can be compared of two runs."""
    return result.output, result.layers, "" if result.error is None else result.error.code
