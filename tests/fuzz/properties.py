"""What must hold of every program."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from altac.diagnostics import AltacError, Source
from altac.driver import Compiled, compile_source
from altac.equivalence import compare_engines
from altac.ir.engine import run_texts
from altac.ir.values import value_text


def inputs(compiled: Compiled, most: int) -> list[str]:
    """All inputs in order of length, at most so many."""
    interface = compiled.program.interface
    symbols = [value_text(value) for value in interface.alphabet]
    longest = interface.longest if interface.longest is not None else 6
    texts: list[str] = []
    for length in range(longest + 1):
        for word in product(symbols, repeat=length):
            if len(texts) == most:
                return texts
            texts.append(" ".join(word))
    return texts


def failure(text: str, most: int = 60) -> str | None:
    """Why a program breaks a promise; None if it keeps all of them."""
    try:
        compiled = [compile_source(Source("fuzz.alta", text), level) for level in (0, 1, 2)]
    except AltacError as error:
        if {one.code for one in error.diagnostics} == {"E0202"}:
            return None  # a head whose condition leaves out the symbol that it is compared with
        return f"a well-typed program is refused\n{error}"
    texts = inputs(compiled[0], most)
    expected = compiled[0].interpreter
    checks: list[tuple[str, Callable[[], object]]] = [
        (f"weights at -O{one.level}", lambda one=one: compare_engines(expected, one.model, texts)) for one in compiled
    ]
    for what, check in checks:
        try:
            difference = check()
        except AltacError as error:
            return f"{what}: refused\n{error}"
        if difference is not None:
            return f"{what}: {difference}"
    found = [[result.output for result in run_texts(one, texts)] for one in (expected, compiled[2].model)]
    return None if found[0] == found[1] else f"outputs differ: {found[0]} and {found[1]}"
