"""What there is to say about inputs that were drawn: their answers, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from altac.data.sample import Drawn, Why
from altac.diagnostics.words import counted
from altac.engine.trace import Result
from altac.ir.interface import Interface
from altac.ir.values import source_text

MOST_SHORT = 12  # kinds with less than their share that are named
SHORT: dict[Why, str] = {
    "exist": "there are {fewer}",
    "shared": "{fewer} went to this set, which shares them with the other,",
    "given up": "{fewer} were found",
}


def answer(result: Result, interface: Interface) -> dict[str, Any]:
    """An input with its output and layers, as plain types."""
    if result.error is None:
        return {"input": result.input, "output": result.text(interface), "layers": result.layers}
    return {"input": result.input, "output": None, "layers": result.layers, "error": result.error.code}


def shortages(drawn: Drawn, what: str, results_only: bool) -> Iterator[str]:
    """Which kinds have less than their share, a line for each reason."""
    fewer = f"fewer than {counted(drawn.share, 'different input')}{' with a result' if results_only else ''}"
    for why, verdict in SHORT.items():
        kinds = [f"{source_text(kind.value)}: {kind.count:,}" for kind in drawn.short if kind.why == why]
        if kinds:
            more = f", and {len(kinds) - MOST_SHORT} more" if len(kinds) > MOST_SHORT else ""
            shown = ", ".join(kinds[:MOST_SHORT])
            yield f"  {verdict.format(fewer=fewer)} for these values of {what}: {shown}{more}"


def left_out(dropped: Counter[str]) -> str:
    codes = ", ".join(f"{code}: {number:,}" for code, number in sorted(dropped.items()))
    return f"left out because they have no result: {counted(dropped.total(), 'input')} ({codes})"
