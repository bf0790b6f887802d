"""'Did you mean': the known name nearest to one that nobody declared."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 80  # characters of names that are compared
MOST = 500  # names that are compared


def closest(name: str, known: Iterable[str]) -> str | None:
    """The best of `known` if it is close enough to be what was meant; ties go to the alphabetically first."""
    if len(name) > LONGEST:
        return None
    candidates = sorted(candidate for candidate in set(known) if len(candidate) <= LONGEST)
    if len(candidates) > MOST:
        candidates = [candidate for candidate in candidates if candidate[:1] == name[:1]][:MOST]
    folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None
