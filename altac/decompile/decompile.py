"""From weights to a program that is equal to them."""

from __future__ import annotations

from collections.abc import Sequence

from altac.decompile.bare import BareWeights
from altac.decompile.basis import straightened
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


def decompiled(module: Transformer, interface: Interface) -> Compiled:
    """A program that does what the weights do, from nothing but these and what they read and write.

    Raises:
        Undecided: if they are not of the compiler's form, or of one that cannot be taken apart.
    """
    module = straightened(module).module
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
