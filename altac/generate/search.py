"""Different interesting programs, drawn by processes in the order of their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count as counting

from altac.diagnostics import AltacError
from altac.diagnostics.suite_errors import TooFewPrograms
from altac.generate.grammar import Draft, draft
from altac.generate.interesting import Found, finished, judge
from altac.system.processes import cores, spread

PATIENCE = 2000  # drawn programs in a row of which none is kept


def work(seed: int) -> Callable[[int], Found | None]:
    """What a process does with the number of a program."""
    return lambda number: judge(draft(f"{seed} {number}", "drawn"))


def search(count: int, seed: int, progress: Callable[[int], None] = lambda _: None) -> Iterator[Draft]:
    """So many programs, no two of which give the same outputs on a sample of inputs, in a fixed order.

    Args:
        count: how many.
        seed: the same one gives the same programs.
        progress: called with 1 for each program that was found.

    Raises:
        AltacError: if there are not so many.
    """
    seen: set[str] = set()
    digits, idle = max(3, len(str(count))), 0
    found = spread(partial(work, seed), counting(), cores())
    try:
        while len(seen) < count:
            one = next(found)
            if one is None or one.behaviour in seen:
                idle += 1
                if idle == PATIENCE:
                    raise AltacError([TooFewPrograms(None, count, len(seen), PATIENCE)])
                continue
            seen.add(one.behaviour)
            idle = 0
            progress(1)
            yield finished(one.draft, f"random_{len(seen):0{digits}}")
    finally:
        found.close()
