"""`altac fmt` on the text of an editor."""

from __future__ import annotations

from dataclasses import dataclass

from altac.diagnostics import AltacError, InternalError, Source
from altac.syntax.format import format_source


@dataclass(frozen=True)
class Formatted:
    """The text in the one layout, or None with the reason."""

    text: str | None
    refusal: str = ""


def formatting(text: str) -> Formatted:
    """Format a text; one that does not parse is left as it is."""
    try:
        return Formatted(format_source(Source("<text>", text)))
    except AltacError as error:
        return Formatted(None, error.diagnostics[0].message)
    except (InternalError, RecursionError) as error:
        return Formatted(None, str(error))
