"""The language server: each request of the protocol is answered by one function of `altac.editing`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altac.editing as editing
from altac.lsp import convert
from altac.lsp.answering import Here
from altac.lsp.examples import run_examples, told
from altac.lsp.positions import Positions
from altac.lsp.session import Session
from altac.lsp.worker import Lost, elsewhere
from altac.system.extras import require
from altac.version import __version__

if TYPE_CHECKING:
    from lsprotocol import types
    from pygls.lsp.server import LanguageServer

RUN = "altac.runExamples"
REFUSED = -32803  # the protocol's code of a request that was understood and failed
RUN_LIMIT = 30.0  # seconds that examples may run


def serve(imports_from: Path | str | None = None) -> None:
    """Answer an editor over standard input and output, until it closes them.

    Raises:
        AltacError: if pygls is not installed.
    """
    require("pygls", "lsp")
    logging.getLogger("pygls").setLevel(
        logging.CRITICAL
    )  # what is refused or dropped is told to the editor, and no error
    make_server(imports_from).start_io()


def make_server(imports_from: Path | str | None = None) -> LanguageServer:
    """A server that waits for an editor."""
    from pygls.lsp.server import LanguageServer

    server = LanguageServer("altac", __version__)
    session = Session(server, imports_from)
    _synchronise(server, session)
    _look_up(server, session)
    _change(server, session)
    _show(server, session)
    _run(server, session)
    return server


def _synchronise(server: LanguageServer, session: Session) -> None:
    """Texts that are opened, changed, saved and closed."""
    from lsprotocol import types

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        session.open(params.text_document)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        session.change(params)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        session.saved(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        session.close(params.text_document.uri)

    @server.feature(types.SHUTDOWN)
    def shutdown(_: None) -> None:
        session.end()


def _look_up(server: LanguageServer, session: Session) -> None:
    """What stands at a place, what can, and where else."""
    from lsprotocol import types

    def place(params: Any) -> Here:
        return session.here(params.text_document.uri, params.position)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["."]))
    async def complete(params: types.CompletionParams) -> types.CompletionList:
        def work(here: Here) -> types.CompletionList:
            found = editing.completions(here.text, here.offset, here.checked)
            return types.CompletionList(False, [convert.completion(one, here.positions, here.offset) for one in found])

        return await session.tokens.answer(place(params), work)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        def work(here: Here) -> types.Hover | None:
            found = editing.hover(here.text, here.offset, here.checked, here.name, session.imports_from)
            if found is None:
                return None
            contents = types.MarkupContent(types.MarkupKind.Markdown, found.text)
            return types.Hover(contents, here.range(found.start, found.end))

        return await session.tokens.answer(place(params), work)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> list[types.Location]:
        def work(here: Here) -> list[types.Location]:
            found = editing.definition(*names_in(here))
            return [one for one in map(here.locate, found) if one is not None]

        return await session.trees.answer(place(params), work)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(params: types.ReferenceParams) -> list[types.Location]:
        def work(here: Here) -> list[types.Location]:
            found = editing.references(*names_in(here))
            if not params.context.include_declaration:
                declared = editing.definition(*names_in(here))
                found = [one for one in found if one not in declared]
            places = [one for one in map(here.locate, found) if one is not None]
            others = editing.everywhere(*names_in(here), here.opened)[1:]
            return places + [place for one in others for place in in_file(here, one)]

        return await session.trees.answer(session.among(params.text_document.uri, params.position), work)

    def in_file(here: Here, found: editing.Found) -> list[types.Location]:
        positions = Positions(found.text, here.positions.encoding)
        uri = session.uri_of(found.file)
        return [types.Location(uri, convert.range_of(positions, use.start, use.end)) for use in found.uses]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    async def highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        def work(here: Here) -> list[types.DocumentHighlight]:
            found = editing.references(*names_in(here))
            return [types.DocumentHighlight(here.range(one.start, one.end)) for one in found]

        return await session.trees.answer(place(params), work)

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def prepare(params: types.PrepareRenameParams) -> types.Range:
        def work(here: Here) -> types.Range:
            refuse(editing.renamable(*names_in(here), here.opened))
            found = editing.references(*names_in(here))
            name = next(one for one in found if one.start <= here.offset <= one.end)
            return here.range(name.start, name.end)

        return await session.trees.answer(session.among(params.text_document.uri, params.position), work)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def rename(params: types.RenameParams) -> types.WorkspaceEdit:
        def work(here: Here) -> types.WorkspaceEdit:
            found = editing.rename(
                here.text, here.offset, params.new_name, here.name, session.imports_from, here.opened
            )
            refuse(found.refusal)
            edits = {here.uri: convert.edits(here.positions, found.changes)}
            for one in found.others:
                positions = Positions(one.text, here.positions.encoding)
                edits[session.uri_of(one.file)] = convert.edits(positions, one.changes)
            return types.WorkspaceEdit(edits)

        return await session.trees.answer(session.among(params.text_document.uri, params.position), work)

    def names_in(here: Here) -> tuple[str, int, str, Path | str | None]:
        return here.text, here.offset, here.name, session.imports_from


def refuse(refusal: Any) -> None:
    """Answer a request with a diagnostic, if there is one.

    Raises:
        JsonRpcException: with its words.
    """
    from pygls.exceptions import JsonRpcException

    if refusal is not None:
        words = f"{refusal.message}: {refusal.help_text}" if refusal.help_text else refusal.message
        raise JsonRpcException(words, REFUSED)


def _change(server: LanguageServer, session: Session) -> None:
    """Quick fixes and formatting."""
    from lsprotocol import types

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        here, known = session.here(params.text_document.uri), session.known.get(params.text_document.uri)
        if known is None or known.text != here.text:  # its places may be others
            return []
        start, end = offsets(here, params.range)
        found = []
        for problem in known.checked.problems:
            if problem.end < start or problem.start > end:
                continue
            shown = convert.diagnostic(problem, here.positions, here.locate)
            for fix in problem.fixes:
                edit = types.WorkspaceEdit({here.uri: convert.edits(here.positions, fix.changes)})
                is_only = len(problem.fixes) == 1
                kind = types.CodeActionKind.QuickFix
                found.append(types.CodeAction(fix.title, kind, [shown], is_preferred=is_only, edit=edit))
        return found

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        def work(here: Here) -> list[types.TextEdit] | None:
            found = editing.formatting(here.text)
            if found.text is None or found.text == here.text:
                return None
            return convert.edits(here.positions, [editing.Change(0, len(here.text), found.text)])

        return await session.trees.answer(session.here(params.text_document.uri), work)


def offsets(here: Here, place: types.Range) -> tuple[int, int]:
    """Where a range of a document begins and ends."""
    start, end = place.start, place.end
    return here.positions.offset(start.line, start.character), here.positions.offset(end.line, end.character)


def _show(server: LanguageServer, session: Session) -> None:
    """Colours, symbols, and what stands between the lines."""
    from lsprotocol import types

    legend = types.SemanticTokensLegend([colour.value for colour in convert.COLOURS], ["declaration"])

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    async def colours(params: types.SemanticTokensParams) -> types.SemanticTokens:
        def work(here: Here) -> types.SemanticTokens:
            return types.SemanticTokens(convert.encoded(editing.semantic_tokens(here.text), here.positions))

        return await session.tokens.answer(session.here(params.text_document.uri), work)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        def work(here: Here) -> list[types.DocumentSymbol]:
            return [convert.symbol(one, here.positions) for one in editing.symbols(here.text)]

        return await session.tokens.answer(session.here(params.text_document.uri), work)

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        def work(here: Here) -> list[types.InlayHint]:
            start, end = offsets(here, params.range)
            found = [one for one in editing.inlay_hints(here.text, here.checked) if start <= one.offset <= end]
            places = [types.Position(*here.positions.position(one.offset)) for one in found]
            return [
                types.InlayHint(place, one.text, types.InlayHintKind.Type)
                for place, one in zip(places, found, strict=True)
            ]

        return await session.tokens.answer(session.here(params.text_document.uri), work)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        def work(here: Here) -> list[types.CodeLens]:
            return [
                types.CodeLens(
                    here.range(one.start, one.end),
                    types.Command(one.title, RUN, arguments=[here.uri, list(one.examples)]),
                )
                for one in editing.lenses(here.text)
            ]

        return await session.tokens.answer(session.here(params.text_document.uri), work)


def _run(server: LanguageServer, session: Session) -> None:
    """The command of the code lenses."""
    from lsprotocol import types

    @server.command(RUN)
    async def run(uri: str, numbers: list[int]) -> dict[str, Any]:
        here = session.here(uri)
        try:
            found = await elsewhere(run_examples, here.text, here.name, numbers, session.imports_from, limit=RUN_LIMIT)
        except TimeoutError:
            found = f"the examples run longer than {RUN_LIMIT:.0f} seconds: `altac test` takes the time that it needs"
        except Lost:
            found = "the examples take more memory than there is"
        holds, text = told(found)
        kind = types.MessageType.Info if holds else types.MessageType.Error
        server.window_show_message(types.ShowMessageParams(kind, text))
        return {"holds": holds, "text": text}
