"""A compiler for alta, a language in which a program is a Transformer.

    import altac

    compiled = altac.compile("programs/parity.alta")
    compiled.save("parity.pt")
    model = altac.load("parity.pt")
    model("1 0 1")                                   # '0'
    altac.run("programs/parity.alta", "1 0 1")       # a Result
    altac.trace(model, "1 0 1")                      # every variable after every layer
"""

from altac.api import compile, load, run, trace
from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.ir.trace import Result, Trace

__all__ = ["AltacError", "Compiled", "Result", "Trace", "compile", "load", "run", "trace"]
