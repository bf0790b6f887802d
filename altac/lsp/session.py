"""What a server knows of the texts that are open, and how it comes to know it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from altac.check.imports import TEXT
from altac.diagnostics import AltacError
from altac.editing import Checked, Place, Problem, check
from altac.lsp import convert
from altac.lsp.positions import Positions
from altac.lsp.worker import Lost, elsewhere
from altac.syntax import read_source

if TYPE_CHECKING:
    from lsprotocol import types
    from pygls.lsp.server import LanguageServer

PAUSE = 0.1  # seconds without a key before a text is checked
LIMIT = 60.0  # seconds that a check may take


@dataclass(frozen=True)
class Known:
    """What was found out about a text of a document, perhaps not its latest."""

    text: str
    checked: Checked


@dataclass
class Session:
    """The open documents of one editor; keys are their URIs.

    Attributes:
        imports_from: a folder from which programs may import, beside their own.
        tasks: the checks that are under way, or about to begin: one at most for a document.
    """

    server: LanguageServer
    imports_from: Path | str | None = None
    known: dict[str, Known] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    # Texts ---------------------------------------------------------------------------------------------------

    def text(self, uri: str) -> str:
        """The text as it is typed."""
        return str(self.server.workspace.get_text_document(uri).source)

    def name(self, uri: str) -> str:
        """The path of a document; that of a text without a file if it has none."""
        from pygls.uris import to_fs_path

        return (to_fs_path(uri) or TEXT) if uri.startswith("file:") else TEXT

    def positions(self, text: str) -> Positions:
        encoding = self.server.workspace.position_encoding
        return Positions(text, str(getattr(encoding, "value", encoding) or "utf-16"))

    def checked(self, uri: str) -> Checked | None:
        """What is known of a document, or was of an earlier text of it that was correct."""
        known = self.known.get(uri)
        return None if known is None else known.checked

    def locate(self, uri: str, place: Place) -> types.Location | None:
        """A place in a document, or in a file that it imports; None if that cannot be read."""
        from lsprotocol import types
        from pygls.uris import from_fs_path

        if place.file == self.name(uri):
            return types.Location(uri, convert.range_of(self.positions(self.text(uri)), place.start, place.end))
        try:
            text = read_source(place.file).text
        except AltacError:
            return None
        other = from_fs_path(str(Path(place.file).resolve())) or ""
        return types.Location(other, convert.range_of(self.positions(text), place.start, place.end))

    # Checks --------------------------------------------------------------------------------------------------

    def changed(self, uri: str) -> None:
        """Check a document soon; a check of an earlier text is stopped."""
        self.forget(uri)
        self.tasks[uri] = asyncio.get_running_loop().create_task(self._check(uri))

    def forget(self, uri: str) -> None:
        """Stop the check of a document."""
        if (task := self.tasks.pop(uri, None)) is not None:
            task.cancel()

    def closed(self, uri: str) -> None:
        from lsprotocol import types

        self.forget(uri)
        self.known.pop(uri, None)
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def saved(self, uri: str) -> None:
        """Check the other documents that import files: this may be one of them."""
        for other in self.server.workspace.text_documents:
            if other != uri and "import" in self.text(other):
                self.changed(other)

    async def _check(self, uri: str) -> None:
        await asyncio.sleep(PAUSE)
        document = self.server.workspace.get_text_document(uri)
        text, version = str(document.source), document.version
        try:
            checked = await elsewhere(check, text, self.name(uri), self.imports_from, limit=LIMIT)
        except (Lost, TimeoutError):
            checked = Checked((_stopped(),))
        if text != self.text(uri):  # its own check is on the way
            return
        old = self.known.get(uri)
        if not checked.is_correct and old is not None:
            checked = Checked(checked.problems, old.checked.facts)
        self.known[uri] = Known(text, checked)
        self._publish(uri, text, version, checked)
        await self._refresh()

    def _publish(self, uri: str, text: str, version: int | None, checked: Checked) -> None:
        from lsprotocol import types

        positions = self.positions(text)
        found = [convert.diagnostic(one, positions, lambda place: self.locate(uri, place)) for one in checked.problems]
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    async def _refresh(self) -> None:
        """Let the editor ask again for what depends on checks."""
        workspace: Any = self.server.client_capabilities.workspace
        if workspace is not None and workspace.inlay_hint is not None and workspace.inlay_hint.refresh_support:
            with suppress(Exception):  # the editor may close meanwhile
                await self.server.workspace_inlay_hint_refresh_async(None)


def _stopped() -> Problem:
    message = f"checking this program takes longer than {LIMIT:.0f} seconds, or more memory than there is"
    return Problem("stopped", "warning", message, "", "`altac check` takes the time that it needs", 0, 0)
