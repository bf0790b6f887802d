"""From weights to a program that is equal to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from altac.decompile.bare import BareWeights
from altac.decompile.basis import straightenings
from altac.decompile.compare import first_difference, plan
from altac.decompile.idle import without_idle
from altac.decompile.naming import name_all
from altac.decompile.observe import observed
from altac.decompile.recovered import Recovered
from altac.decompile.text import program_text
from altac.decompile.weights import Undecided, Weights
from altac.diagnostics import AltacError, Source
from altac.driver import Compiled, compile_source
from altac.ir.interface import Interface
from altac.model.transformer import Transformer

LONG = 1000  # symbols: greater lengths are rather those up to which float32 is exact than declared
MOST_BASES = 12  # that are tried
BUDGET, DRAWN = 60, 20  # inputs on which a program must be equal, if there are other bases


@dataclass(frozen=True)
class Decompiled:
    """A program, and the weights that it is to be compared with."""

    program: Compiled
    given: Transformer


def decompiled(module: Transformer, interface: Interface) -> Decompiled:
    """A program that does what the weights do, from nothing but these and what they read and write.

    Of several bases that a rotated stream may have, it is the first that gives a program that is equal on some inputs,
    or one at all.

    Raises:
        Undecided: if they are not of the compiler's form, or of one that cannot be taken apart.
    """
    if not all(bool(value.isfinite().all()) for name, value in module.named_parameters() if name.endswith("weight")):
        raise Undecided("some weights are no numbers")
    module = without_idle(module)
    reason: Undecided | None = None
    other: Decompiled | None = None
    for straight in islice(straightenings(module), MOST_BASES):
        try:
            found = Decompiled(recovered(straight.module, interface), straight.given)
        except Undecided as problem:
            reason = reason or problem
            continue
        if straight.given is module or is_equal(found, interface):
            return found
        other = other or found
    if other is not None:
        return other
    raise reason or Undecided("the stream is in a basis of which not every direction was found")


def is_equal(found: Decompiled, interface: Interface) -> bool:
    """Whether a program gives what the weights give, on a few inputs."""
    weights = BareWeights(found.given, interface)
    return first_difference(found.program, weights, plan(found.program, weights, BUDGET, DRAWN, 0)) is None


def recovered(module: Transformer, interface: Interface) -> Compiled:
    """A program from weights in the basis of single values.

    Raises:
        Undecided: if they are not of the compiler's form.
    """
    weights = Weights.of(module)
    states = observed(BareWeights(module, interface))
    try:
        found = Recovered(weights, states, interface)
        name_all(found, interface)
        texts = [program_text(found, interface, is_bounded) for is_bounded in (False, True)]
    except (ArithmeticError, LookupError, ValueError):  # whatever else somebody has written into weights
        raise Undecided("they are not of the form that the compiler makes") from None
    except AltacError as error:
        raise Undecided(f"what was found is no program: {error.diagnostics[0].message}") from None
    return recompiled(texts, interface)


def recompiled(texts: Sequence[str], interface: Interface) -> Compiled:
    """The first of some programs that is exact for inputs as long as the weights are.

    Raises:
        Undecided: if none is.
    """
    problem: AltacError | None = None
    unbounded: Compiled | None = None
    for text in texts:
        try:
            compiled = compile_source(Source("decompiled.alta", text))
            if compiled.model.interface.longest == interface.longest:
                return compiled
            unbounded = unbounded or compiled
        except AltacError as error:
            problem = error
    if unbounded is not None and interface.longest is not None and interface.longest >= LONG:
        return unbounded  # neither has a greatest length but that of exactness
    reason = "of its greatest length" if problem is None else problem.diagnostics[0].message
    raise Undecided(f"the program that was found does not compile to the same: {reason}")
