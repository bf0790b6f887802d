"""`altac fmt` on the text of an editor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from altac.diagnostics import AltacError, InternalError, Source
from altac.editing.outline import MOST_TEXTS
from altac.syntax.format import change_of_meaning, format_source, laid_out
from altac.syntax.pieces import pieces, same_meaning


@dataclass(frozen=True)
class Formatted:
    """The text in the one layout, or None with the reason."""

    text: str | None
    refusal: str = ""


@lru_cache(MOST_TEXTS)
def formatting(text: str) -> Formatted:
    """Format a text; one that does not parse is left as it is."""
    source = Source("<text>", text)
    try:
        if (before := pieces(text)) is None:
            return Formatted(format_source(source))  # which says why not
        found = laid_out(source)
        after = pieces(found)
        if after is None or not same_meaning(before, after):
            raise change_of_meaning(source)
        return Formatted(found)
    except AltacError as error:
        return Formatted(None, error.diagnostics[0].message)
    except (InternalError, RecursionError) as error:
        return Formatted(None, str(error))
