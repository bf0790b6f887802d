"""A page for each program of the library: its text, its sizes, and its examples with living traces."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from altac.analysis.sizes import sizes_text
from altac.diagnostics import AltacError, Source
from altac.diagnostics.explain_errors import TooLargeToShow
from altac.driver import Compiled, compile_source
from altac.engine.protocol import trace_text
from altac.explain import Explainer
from altac.ir.program import Example
from altac.syntax import read_source
from altac.view import page
from altac.view.running import view_of_run
from website.sources import ROOT

PLAY = "http://127.0.0.1:8642/#p="  # where `altac play` is unless `--port` says otherwise
LONGEST_LINK = 8_000  # characters that all browsers take
MOST_BYTES = 1_000_000  # of a living trace, so that a page opens at once


@dataclass(frozen=True)
class Run:
    """An example, the page of its run, if that is not too large to show, and a link that opens it in `altac play`."""

    example: Example
    view: bytes | None
    play: str | None


@dataclass(frozen=True)
class Entry:
    """A program of the gallery."""

    name: str
    text: str
    sizes: tuple[str, ...]
    runs: tuple[Run, ...]


def programs() -> list[str]:
    """The names of the library's programs."""
    return sorted(path.stem for path in (ROOT / "programs").glob("*.alta"))


def entry(name: str) -> Entry:
    source = read_source(ROOT / "programs" / f"{name}.alta")
    compiled = compile_source(source)
    return Entry(name, source.text, tuple(sizes_text(compiled.stats())), tuple(runs(compiled)))


def runs(compiled: Compiled) -> Iterator[Run]:
    """The examples of a program, run."""
    for example in compiled.program.examples:
        yield Run(example, view(compiled, example.input), play(compiled, example.input))


def play(compiled: Compiled, text: str) -> str | None:
    """A link that opens a program with its files and an input in `altac play` here, if it is short enough."""
    record = {
        "name": f"{compiled.program.name}.alta",
        "text": compiled.program.source.text,
        "files": dict(compiled.program.imports),
        "input": text,
        "engine": "interpreter",
    }
    packed = zlib.compress(json.dumps(record).encode(), 9, -zlib.MAX_WBITS)
    link = PLAY + base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return link if len(link) <= LONGEST_LINK else None


def view(compiled: Compiled, text: str) -> bytes | None:
    """The page of a run in the interpreter, if it can be shown."""
    try:
        explainer = Explainer(compiled.program, trace_text(compiled.interpreter, text))
        content = page(view_of_run(compiled, None, explainer, text)).encode()
    except AltacError as error:
        if all(isinstance(one, TooLargeToShow) for one in error.diagnostics):
            return None
        raise
    return content if len(content) <= MOST_BYTES else None


def runs_of_block(text: str) -> list[Run]:
    """The examples of a program on a page; none of a fragment, or where it needs other files."""
    if not text.startswith("program ") or "\nexample " not in text:
        return []
    try:
        return list(runs(compile_source(Source("example.alta", text))))
    except AltacError:
        return []  # that the blocks of the documentation are right is for its tests to say
