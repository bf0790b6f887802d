"""What a server knows of the texts that are open, and how it comes to know it."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altac.editing as editing
from altac.check.imports import TEXT
from altac.editing import Checked, Problem, check
from altac.lsp import convert
from altac.lsp.answering import Here, Lane
from altac.lsp.positions import Positions
from altac.lsp.worker import Lost, elsewhere

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
        texts: as they are typed, with the line breaks that files have when they are read; `versions` are the editor's.
        tasks: the checks that are under way, or about to begin: one at most for a document.
        tokens, trees: what answers requests that need no tree, and those that need one.
    """

    server: LanguageServer
    imports_from: Path | str | None = None
    texts: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tokens, self.trees = Lane(self.is_now), Lane(self.is_now)

    # Texts ---------------------------------------------------------------------------------------------------

    def open(self, document: types.TextDocumentItem) -> None:
        self.texts[document.uri], self.versions[document.uri] = normalised(document.text), document.version
        self.changed(document.uri)
        here = self.here(document.uri)
        self.trees.thread.submit(editing.definition, here.text, 0, here.name, self.imports_from)  # is known from now on

    def change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Make the changes of an editor, each in the text that the one before it leaves."""
        uri = params.text_document.uri
        text = self.texts.get(uri, "")
        for change in params.content_changes:
            place = getattr(change, "range", None)
            start, end = 0, len(text)
            if place is not None:
                positions = self.positions(text)
                start, end = (positions.offset(one.line, one.character) for one in (place.start, place.end))
            text = normalised(text[:start] + change.text + text[max(start, end) :])
        self.texts[uri], self.versions[uri] = text, params.text_document.version
        self.changed(uri)

    def close(self, uri: str) -> None:
        from lsprotocol import types

        self.forget(uri)
        self.texts.pop(uri, None)
        self.versions.pop(uri, None)
        self.known.pop(uri, None)
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def end(self) -> None:
        """Stop all work."""
        for uri in tuple(self.tasks):
            self.forget(uri)
        for lane in (self.tokens, self.trees):
            lane.close()

    def saved(self, uri: str) -> None:
        """Check the other documents that import files: this may be one of them."""
        for other in self.texts:
            if other != uri and "import" in self.texts[other]:
                self.changed(other)

    def positions(self, text: str) -> Positions:
        encoding = self.server.workspace.position_encoding
        return Positions(text, str(getattr(encoding, "value", encoding) or "utf-16"))

    def here(self, uri: str, position: types.Position | None = None) -> Here:
        """A document as it is now, and a place in it."""
        positions, known = self.positions(self.texts.get(uri, "")), self.known.get(uri)
        offset = 0 if position is None else positions.offset(position.line, position.character)
        return Here(uri, name_of(uri), positions, offset, None if known is None else known.checked)

    def among(self, uri: str, position: types.Position) -> Here:
        """A place in a document as it is now, together with the texts of the others."""
        return replace(self.here(uri, position), opened=self.opened())

    def opened(self) -> dict[str, str]:
        return {path: self.texts[uri] for path, uri in self.uris().items()}

    def uris(self) -> dict[str, str]:
        """The open documents by the paths of their files, without links in them."""
        return {os.path.realpath(name): uri for uri in self.texts if (name := name_of(uri)) != TEXT}

    def uri_of(self, path: str) -> str:
        """The URI of a file: that of its document if it is open."""
        from pygls.uris import from_fs_path

        return self.uris().get(path) or from_fs_path(path) or ""

    def is_now(self, here: Here) -> bool:
        return self.texts.get(here.uri, "") == here.text and here.opened in (None, self.opened())

    # Checks --------------------------------------------------------------------------------------------------

    def changed(self, uri: str) -> None:
        """Check a document soon; a check of an earlier text is stopped."""
        self.forget(uri)
        self.tasks[uri] = asyncio.get_running_loop().create_task(self._check(uri))

    def forget(self, uri: str) -> None:
        """Stop the check of a document."""
        if (task := self.tasks.pop(uri, None)) is not None:
            task.cancel()

    async def _check(self, uri: str) -> None:
        await asyncio.sleep(PAUSE)
        here, version = self.here(uri), self.versions.get(uri)
        try:
            checked = await elsewhere(check, here.text, here.name, self.imports_from, limit=LIMIT)
        except (Lost, TimeoutError):
            checked = Checked((_stopped(),))
        if self.texts.get(uri) != here.text:  # it is closed, or its own check is on the way
            return
        old = self.known.get(uri)
        if not checked.is_correct and old is not None:
            checked = Checked(checked.problems, old.checked.facts)
        self.known[uri] = Known(here.text, checked)
        self._publish(here, version, checked)
        await self._refresh()

    def _publish(self, here: Here, version: int | None, checked: Checked) -> None:
        from lsprotocol import types

        found = [convert.diagnostic(one, here.positions, here.locate) for one in checked.problems]
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(here.uri, found, version))

    async def _refresh(self) -> None:
        """Let the editor ask again for what depends on checks."""
        workspace: Any = self.server.client_capabilities.workspace
        if workspace is not None and workspace.inlay_hint is not None and workspace.inlay_hint.refresh_support:
            with suppress(Exception):  # the editor may close meanwhile
                await self.server.workspace_inlay_hint_refresh_async(None)


def name_of(uri: str) -> str:
    """The path of a document; that of a text without a file if it has none."""
    from pygls.uris import to_fs_path

    return (to_fs_path(uri) or TEXT) if uri.startswith("file:") else TEXT


def normalised(text: str) -> str:
    """A text with the line breaks of files that are read; a blank stands for a byte-order mark.

    Positions in lines stay what they are.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return " " + text[1:] if text.startswith("\ufeff") else text


def _stopped() -> Problem:
    message = f"checking this program takes longer than {LIMIT:.0f} seconds, or more memory than there is"
    return Problem("stopped", "warning", message, "", "`altac check` takes the time that it needs", 0, 0)
