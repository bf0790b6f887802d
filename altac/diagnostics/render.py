"""Diagnostics as text for people and as records for editors. Pure functions of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from altac.diagnostics.diagnostic import Diagnostic, Note
from altac.diagnostics.span import Span
from altac.diagnostics.words import joined

Style = Callable[[str, str], str]
WIDEST = 160  # characters of a source line that are shown
MOST_LINES = 8  # of other places that are named
LONGEST = 1000  # characters of a message, a label or a help


def plain(text: str, _style: str) -> str:
    return text


def terminal(text: str, style: str) -> str:
    """ANSI colours; `style` is error, warning, frame, help or bold."""
    codes = {"error": "1;31", "warning": "1;33", "frame": "1;34", "help": "1;36", "bold": "1"}
    return f"\x1b[{codes[style]}m{text}\x1b[0m"


def render_all(diagnostics: Iterable[Diagnostic], style: Style = plain) -> str:
    """Every diagnostic in the order of the text, separated by empty lines."""
    return "\n\n".join(render_diagnostic(diagnostic, style) for diagnostic in in_order(diagnostics))


def render_diagnostic(diagnostic: Diagnostic, style: Style = plain) -> str:
    """One diagnostic: headline, excerpt with the label under the place, second places, help."""
    severity = diagnostic.severity
    head = style(f"{severity}[{diagnostic.code}]", severity) + style(f": {brief(diagnostic.message)}", "bold")
    lines = [head]
    places = [Note(span, brief(text)) for span, text in [(diagnostic.span, diagnostic.label_text)] if span is not None]
    places += diagnostic.notes
    width = max((len(str(place.span.line)) for place in places), default=0)
    margin = " " * width + " "
    for number, place in enumerate(places):
        arrow = "-->" if number == 0 else ":::"
        where = f"{place.span.source.name}:{place.span.line}:{place.span.column}"
        lines.append(" " * width + style(arrow, "frame") + " " + where)
        lines.append(margin + style("|", "frame"))
        lines += _excerpt(place, width, severity if number == 0 else "frame", style)
    if diagnostic.again:
        lines.append(f"{margin}{style('= also:', 'help')} {other_places(diagnostic)}")
    help_text = brief(diagnostic.help_text)
    if places and help_text:
        lines.append(margin + style("|", "frame"))
    for line_number, line in enumerate(help_text.splitlines()):
        prefix = style("= help:", "help") if line_number == 0 else "       "
        lines.append(f"{margin}{prefix} {line}")
    return "\n".join(lines)


def other_places(diagnostic: Diagnostic) -> str:
    """The other places of the same cause: their lines, with the file where it is another one."""
    first = diagnostic.span.source.name if diagnostic.span is not None else ""
    here = [str(line) for line in sorted({span.line for span in diagnostic.again if span.source.name == first})]
    if len(here) > MOST_LINES:
        here[MOST_LINES:] = ["more"]
    lines = [f"line{'s' if len(here) > 1 else ''} {joined(here)}"] if here else []
    elsewhere = [f"{span.source.name}:{span.line}" for span in diagnostic.again if span.source.name != first]
    return brief(", ".join([*lines, *dict.fromkeys(elsewhere)]))


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The order of the text."""
    return sorted(diagnostics, key=_order)


def brief(text: str) -> str:
    """A text as far as it is shown."""
    return text if len(text) <= LONGEST else text[: LONGEST - 4] + " ..."


def _excerpt(place: Note, width: int, colour: str, style: Style) -> list[str]:
    span = place.span
    text = span.source.line(span.line)
    start = span.column - 1
    length = max(1, min(span.end - span.start, len(text) - start))
    offset = max(0, start + min(length, WIDEST) - WIDEST)
    shown = text[offset : offset + WIDEST].replace("\t", " ")
    length = min(length, WIDEST)
    gutter = style(f"{span.line:>{width}} |", "frame")
    empty = " " * width + " " + style("|", "frame")
    under = " " * (start - offset) + style(("^" * length + " " + place.text).rstrip(), colour)
    return [f"{gutter} {shown}".rstrip(), f"{empty} {under}"]


def _order(diagnostic: Diagnostic) -> tuple[str, int, str]:
    span = diagnostic.span
    return (span.source.name, span.start, diagnostic.code) if span is not None else ("", -1, diagnostic.code)


def diagnostic_record(diagnostic: Diagnostic) -> dict[str, Any]:
    """The diagnostic as plain JSON types; lines and columns are 1-based, the end is exclusive."""
    record: dict[str, Any] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": brief(diagnostic.message),
        "label": brief(diagnostic.label_text),
        "help": brief(diagnostic.help_text),
    }
    if diagnostic.span is not None:
        record.update(_place(diagnostic.span))
    record["notes"] = [{"text": note.text, **_place(note.span)} for note in diagnostic.notes]
    record["again"] = [_place(span) for span in diagnostic.again]
    return record


def _place(span: Span) -> dict[str, Any]:
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": end_line,
        "end_column": end_column,
    }
