"""What several tests need: programs compiled once, and small programs from fragments."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

from altac.diagnostics import Source
from altac.driver import Compiled, compile_source
from altac.ir.numbers import is_open
from altac.syntax import read_source

PROGRAMS = Path(__file__).parents[1] / "programs"
T = TypeVar("T")

# a program of two layers with names
DEMO = """program demo
input text: "a".."d" up to 8
layer measure:
    head frequency = count where key.token == query.token
layer compare:
    head letters = count where key.frequency == query.frequency
    var classes: 0..8 = letters // max(frequency, 1)
output classes
"""


def nonempty(items: Iterable[T]) -> Iterator[T]:
    """The items, of which there has to be one: what is asserted of each is then asserted of something."""
    empty = True
    for item in items:
        empty = False
        yield item
    assert not empty, "there is nothing to compare"


@cache
def program(name: str, level: int = 2) -> Compiled:
    """A program of the library."""
    return compile_source(read_source(PROGRAMS / f"{name}.alta"), level)


def whole_text(name: str) -> str:
    """A program of the library as one file: the constants that it imports stand in their place."""
    text = (PROGRAMS / f"{name}.alta").read_text(encoding="utf-8")

    def constants(found: re.Match[str]) -> str:
        imported = (PROGRAMS / found[1]).read_text(encoding="utf-8")
        return re.sub(r'\A""".*?"""\n', "", imported, flags=re.DOTALL)

    return re.sub(r'^import "(.*)"$', constants, text, flags=re.MULTILINE)


def compiled(text: str, level: int = 2, **params: object) -> Compiled:
    """A program from its text."""
    return compile_source(Source("test.alta", text), level, params)  # type: ignore[arg-type]


def small(body: str, *, domain: str = "0..9", longest: str = "up to 8", level: int = 2) -> Compiled:
    """A program around some declarations, over an input of numbers: of one layer, if these do not say how many.

    `body` makes `out`, which is the output.
    """
    stop = "" if any(word in body for word in ("layers ", "halt when", "layer ")) else "layers 1\n"
    return compiled(f"program test\ninput word: {domain} {longest}\n{body}\n{stop}output out\n", level)


def outputs(one: Compiled, *texts: str) -> list[str | None]:
    """The outputs in the interpreter, None for a run that fails; the weights have to agree on every state."""
    from altac.engine.equivalence import compare_engines
    from altac.engine.protocol import run_texts

    difference = compare_engines(one.interpreter, one.model, texts)
    assert difference is None, str(difference)
    results, found = run_texts(one.interpreter, texts), run_texts(one.model, texts)
    written = [None if r.error else r.text(one.program.interface) for r in results]
    if is_open(one.program.interface.domain):  # numbers, of which weights may know some digits alone
        for result, text in nonempty(zip(found, written, strict=True)):
            assert text is not None
            assert one.model.interface.agrees(result.output or (), text)
    else:
        assert [r.output for r in found] == [r.output for r in results]
    return written
