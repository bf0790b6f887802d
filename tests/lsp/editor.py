"""An editor for tests: pygls' own client, which starts `altac lsp` and talks to it over stdio."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.uris import from_fs_path

from altac.lsp.positions import Positions

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds; a machine can be slow


class Editor:
    """One document at a time, by its URI."""

    def __init__(self) -> None:
        self.client = LanguageClient("test", "1")
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.messages: asyncio.Queue[types.ShowMessageParams] = asyncio.Queue()
        self.versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.encoding = "utf-16"
        self.capabilities: Any = None

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params)

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)
        def message(params: types.ShowMessageParams) -> None:
            self.messages.put_nowait(params)

        @self.client.feature(types.WORKSPACE_INLAY_HINT_REFRESH)
        def refresh(params: Any) -> None:
            return None

    def open(self, path: Path, text: str) -> str:
        return self.open_uri(from_fs_path(str(path)) or "", text)

    def open_uri(self, uri: str, text: str) -> str:
        self.texts[uri], self.versions[uri] = text, 1
        item = types.TextDocumentItem(uri, "alta", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def positions(self, uri: str) -> Positions:
        return Positions(self.texts[uri], self.encoding)

    def at(self, uri: str, offset: int) -> types.Position:
        return types.Position(*self.positions(uri).position(offset))

    def place(self, uri: str, text: str, into: int = 0) -> dict[str, Any]:
        """What requests about a place want: the document, and the position of a text in it, or some characters in."""
        offset = self.texts[uri].index(text) + into
        return {"text_document": types.TextDocumentIdentifier(uri), "position": self.at(uri, offset)}

    def type(self, uri: str, start: int, end: int, text: str) -> None:
        """Put a text in place of some characters, as one incremental change."""
        range_ = types.Range(self.at(uri, start), self.at(uri, end))
        self.versions[uri] += 1
        self.texts[uri] = self.texts[uri][:start] + text + self.texts[uri][end:]
        change = types.TextDocumentContentChangePartial(range_, text)
        identifier = types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))

    async def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """Those of the text as it is now."""
        while True:
            found = await asyncio.wait_for(self.published.get(), PATIENCE)
            if found.uri == uri and found.version == self.versions[uri]:
                return list(found.diagnostics)

    def applied(self, uri: str, edits: list[types.TextEdit]) -> str:
        """The text with the edits of an answer made."""
        text, positions = self.texts[uri], self.positions(uri)
        places = [
            (
                positions.offset(one.range.start.line, one.range.start.character),
                positions.offset(one.range.end.line, one.range.end.character),
                one.new_text,
            )
            for one in edits
        ]
        for start, end, new in sorted(places, reverse=True):
            text = text[:start] + new + text[end:]
        return text


@asynccontextmanager
async def editor(encodings: list[str] | None = None, *arguments: str) -> AsyncIterator[Editor]:
    one = Editor()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    await one.client.start_io(sys.executable, "-m", "altac", "lsp", *arguments, env=environment)
    workspace = types.WorkspaceClientCapabilities(
        inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True)
    )
    general = types.GeneralClientCapabilities(
        position_encodings=[types.PositionEncodingKind(e) for e in encodings or []]
    )
    capabilities = types.ClientCapabilities(workspace=workspace, general=general if encodings else None)
    result = await one.client.initialize_async(types.InitializeParams(capabilities, root_uri=None))
    one.capabilities = result.capabilities
    found = one.capabilities.position_encoding
    one.encoding = str(getattr(found, "value", found) or "utf-16")
    one.client.initialized(types.InitializedParams())
    try:
        yield one
    finally:
        await one.client.shutdown_async(None)
        one.client.exit(None)
        await one.client.stop()


def driven(
    test: Callable[[Editor], Coroutine[Any, Any, None]], *arguments: str, encodings: list[str] | None = None
) -> None:
    """Run a test with an editor of its own."""

    async def run() -> None:
        async with editor(encodings, *arguments) as one:
            await asyncio.wait_for(test(one), 4 * PATIENCE)

    asyncio.run(run())
