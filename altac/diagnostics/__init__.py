"""What altac says when something is wrong: spans of text, typed diagnostics, and how they are printed."""

from altac.diagnostics.diagnostic import AltacError, Diagnostic, Edit, Fix, InternalError, Note, Severity, tell_once
from altac.diagnostics.render import diagnostic_record, render_all, render_diagnostic
from altac.diagnostics.span import Source, Span
from altac.diagnostics.suggest import closest

__all__ = [
    "AltacError",
    "Diagnostic",
    "Edit",
    "Fix",
    "InternalError",
    "Note",
    "Severity",
    "Source",
    "Span",
    "closest",
    "diagnostic_record",
    "render_all",
    "render_diagnostic",
    "tell_once",
]
