"""E0754: what goes wrong in notebooks alone."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record


@record
class NotAName(Diagnostic):
    code = "E0754"
    title = "`{name}` cannot be the name of a variable of Python, to which the program would be bound"
    help = "give another one after the magic: `%%alta my_program`"
    name: str
