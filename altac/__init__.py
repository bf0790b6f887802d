"""A compiler for alta, a language in which a program is a Transformer.

import altac

compiled = altac.compile("programs/parity.alta")
compiled.save("parity.pt")
model = altac.load("parity.pt")
model("1 0 1")                                   # '0', as compiled("1 0 1")
altac.run("programs/parity.alta", "1 0 1")       # a Result
altac.trace(model, "1 0 1")                      # every variable after every layer
altac.verify(model)                              # whether they are those of their program
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from altac.api import compile, load, run, trace, verify
    from altac.diagnostics import AltacError
    from altac.driver import Compiled
    from altac.engine.trace import Result, Trace
    from altac.ir.values import UNCLEAR

__all__ = ["UNCLEAR", "AltacError", "Compiled", "Result", "Trace", "compile", "load", "run", "trace", "verify"]

_HOMES = {"AltacError": "altac.diagnostics", "Compiled": "altac.driver", "Result": "altac.engine.trace"}
_HOMES |= {"Trace": "altac.engine.trace", "UNCLEAR": "altac.ir.values"} | dict.fromkeys(
    ("compile", "load", "run", "trace", "verify"), "altac.api"
)
_HOMES |= dict.fromkeys(("load_ipython_extension", "unload_ipython_extension"), "altac.notebook.extension")


def __getattr__(name: str) -> object:
    """Import what is asked for: the command line starts without NumPy and torch."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'altac' has no attribute {name!r}")
