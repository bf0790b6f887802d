"""E0708: weights that cannot be taken apart."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record


@record
class NotDecompiled(Diagnostic):
    code = "E0708"
    title = "cannot decompile `{name}`: {reason}"
    help = "take weights that altac has compiled, from a program without what docs/decompiling.md leaves out"
    name: str
    reason: str
