"""The shape of a diagnostic.

A diagnostic is a frozen dataclass: its fields are the facts, its class attributes `title`, `label` and `help` are
templates over those fields (or properties, where the wording depends on the facts). Rendering is a pure function in
`render.py`; nothing here prints. All words of a message stand with its class: whoever raises one passes only facts.

Where several causes share a code, the code's class is their base and each cause a class of its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import field, fields, replace
from typing import Any, ClassVar, Literal

from altac.diagnostics.record import Record, record
from altac.diagnostics.span import Span

Severity = Literal["error", "warning"]
MOST_PLACES = 50  # that a diagnostic remembers beside its own


@record
class Note(Record):
    """A second place that a diagnostic points at."""

    span: Span
    text: str


@record
class Edit(Record):
    """A text in place of another one."""

    span: Span
    text: str


@record
class Fix(Record):
    """An edit that mends a diagnostic, in as many parts as it needs; what is only advice is none."""

    title: str
    edits: tuple[Edit, ...]

    @staticmethod
    def replace(span: Span | None, text: str, title: str = "") -> tuple[Fix, ...]:
        """One fix that writes a text in place of a span; none where there is no span."""
        return () if span is None else (Fix(title or f"write `{text}`", (Edit(span, text),)),)


@record
class Diagnostic(Record):
    """What is wrong (`title`), where (`span`), why there (`label`), and the edit that mends it (`help`)."""

    code: ClassVar[str]
    severity: ClassVar[Severity] = "error"
    title: ClassVar[str]
    label: ClassVar[str] = ""
    help: ClassVar[str] = ""

    span: Span | None
    again: tuple[Span, ...] = field(default=(), kw_only=True, compare=False, repr=False)  # where else it goes wrong

    @property
    def cause(self) -> Hashable:
        """What has to be mended: diagnostics of one cause are reported as one.

        The same at the same place, of other values, says nothing new.
        """
        return self if self.span is None else (type(self), self.span, self.message)

    def facts(self) -> dict[str, Any]:
        """The fields that the templates may mention."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    @property
    def message(self) -> str:
        return self.title.format(**self.facts())

    @property
    def label_text(self) -> str:
        return self.label.format(**self.facts())

    @property
    def help_text(self) -> str:
        return self.help.format(**self.facts())

    @property
    def notes(self) -> Sequence[Note]:
        return ()

    def _repr_html_(self) -> str:
        """For notebooks."""
        from altac.diagnostics.html import html_of

        return html_of(self)

    @property
    def fixes(self) -> Sequence[Fix]:
        """The edits of `help` that a program could make, the likeliest first."""
        return ()


def tell_once(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """One diagnostic for each cause, the first in the text, which says where else it goes wrong."""
    causes: dict[Hashable, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        causes.setdefault(diagnostic.cause, []).append(diagnostic)
    return tuple(_merged(alike) for alike in causes.values())


def _merged(alike: list[Diagnostic]) -> Diagnostic:
    first = min(alike, key=lambda diagnostic: -1 if diagnostic.span is None else diagnostic.span.start)
    places = [span for diagnostic in alike for span in (diagnostic.span, *diagnostic.again)]
    others = dict.fromkeys(span for span in places if span is not None and span != first.span)
    return replace(first, again=tuple(others)[:MOST_PLACES]) if len(alike) > 1 else first


class AltacError(Exception):
    """Something that the user can mend; carries every diagnostic that was found, errors and warnings."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tell_once(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from altac.diagnostics.render import render_all

        return render_all(self.diagnostics)

    def _repr_html_(self) -> str:
        """For notebooks."""
        from altac.diagnostics.html import html_all

        return html_all(self.diagnostics)


class InternalError(Exception):
    """An invariant of the compiler does not hold: a bug in altac, never the user's mistake."""
