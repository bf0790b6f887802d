"""Where requests are answered: in threads, in turn, so that the loop is free for what comes next.

What is answered from tokens has a thread of its own, and never waits for what needs a tree. A request that was
cancelled, or whose document has changed since it came, is dropped before its turn, or its answer is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from altac.diagnostics import AltacError
from altac.editing import Checked, Place
from altac.lsp import convert
from altac.lsp.positions import Positions
from altac.syntax import read_source

if TYPE_CHECKING:
    from lsprotocol import types

T = TypeVar("T")


@dataclass(frozen=True)
class Here:
    """A document as it was when a request about it came.

    Attributes:
        name: the path of its file; that of a text without a file if it has none.
        offset: of the place in it that the request is about; 0 for the whole document.
        checked: what is known of it, or of an earlier text of it that was correct.
        opened: the texts of all open documents by the paths of their files, for a request that needs them.
    """

    uri: str
    name: str
    positions: Positions
    offset: int = 0
    checked: Checked | None = None
    opened: Mapping[str, str] | None = None

    @property
    def text(self) -> str:
        return self.positions.text

    def range(self, start: int, end: int) -> types.Range:
        return convert.range_of(self.positions, start, end)

    def locate(self, place: Place) -> types.Location | None:
        """A place in the document, or in a file that it imports; None if that cannot be read."""
        from lsprotocol import types
        from pygls.uris import from_fs_path

        if place.file == self.name:
            return types.Location(self.uri, self.range(place.start, place.end))
        try:
            text = read_source(place.file).text
        except AltacError:
            return None
        other = from_fs_path(str(Path(place.file).resolve())) or ""
        positions = Positions(text, self.positions.encoding)
        return types.Location(other, convert.range_of(positions, place.start, place.end))


class Lane:
    """A thread that answers one request after the other.

    Args:
        is_now: whether a document is still what it was.
    """

    def __init__(self, is_now: Callable[[Here], bool]) -> None:
        self.is_now = is_now
        self.thread = ThreadPoolExecutor(1)

    async def answer(self, here: Here, work: Callable[[Here], T]) -> T:
        """What a function says of a document.

        Raises:
            JsonRpcContentModified: if the document has changed meanwhile.
        """
        from pygls.exceptions import JsonRpcContentModified

        def in_turn() -> T:
            if not self.is_now(here):
                raise JsonRpcContentModified
            return work(here)

        found = await asyncio.get_running_loop().run_in_executor(self.thread, in_turn)
        if not self.is_now(here):
            raise JsonRpcContentModified
        return found

    def close(self) -> None:
        self.thread.shutdown(wait=False, cancel_futures=True)
