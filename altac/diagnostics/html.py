"""Diagnostics as HTML, for notebooks. All text of programs is escaped, and it can be read without styles, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from altac.diagnostics.diagnostic import Diagnostic, Note
from altac.diagnostics.render import WIDEST, brief, in_order, other_places
from altac.diagnostics.words import readable

COLOURS = {"error": "#b00020", "warning": "#a05a00"}
SOFT = "color:#5a6673"


def html_all(diagnostics: Iterable[Diagnostic]) -> str:
    """Every diagnostic in the order of the text."""
    return "\n".join(html_of(diagnostic) for diagnostic in in_order(diagnostics))


def html_of(diagnostic: Diagnostic) -> str:
    """One diagnostic: headline, lines with the place marked in them, second places, help."""
    colour = COLOURS[diagnostic.severity]
    head = f'<b style="color:{colour}">{diagnostic.severity}[{diagnostic.code}]</b>: <b>{said(diagnostic.message)}</b>'
    places = [Note(span, diagnostic.label_text) for span in [diagnostic.span] if span is not None]
    lines = [line for place in [*places, *diagnostic.notes] for line in excerpt(place)]
    parts = [f"<div>{head}</div>"]
    if lines:
        parts.append(f'<pre style="margin:.3em 0 .3em 1em">{chr(10).join(lines)}</pre>')
    if diagnostic.again:
        parts.append(f"<div><i>also:</i> {said(other_places(diagnostic))}</div>")
    if diagnostic.help_text:
        parts.append(f"<div><i>help:</i> {said(diagnostic.help_text)}</div>")
    return f'<div style="margin:.4em 0;border-left:3px solid {colour};padding-left:.7em">{"".join(parts)}</div>'


def excerpt(place: Note) -> Iterator[str]:
    """The line of a place, in which the place is marked, and below it what is said of it."""
    span = place.span
    text, start = span.source.line(span.line).replace("\t", " "), span.column - 1
    end = min(max(span.end - span.start, 1) + start, len(text))
    first = max(0, min(start, end - WIDEST))
    before, marked, after = text[first:start], text[start:end] or " ", text[end : first + WIDEST]
    yield f'<span style="{SOFT}">{escape(readable(span.source.name))}:{span.line}:{span.column}</span>'
    yield f'<span style="{SOFT}">{span.line} |</span> {escape(before)}<mark>{escape(marked)}</mark>{escape(after)}'
    if place.text:
        yield f'<span style="{SOFT}">{" " * len(str(span.line))} |</span> <i>{said(place.text)}</i>'


def said(text: str) -> str:
    """A message; what stands in it between backquotes is code."""
    pieces = escape(readable(brief(text)), quote=False).split("`")
    if len(pieces) % 2 == 0:
        return "`".join(pieces)
    return "".join(f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces))
