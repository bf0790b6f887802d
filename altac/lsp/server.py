"""The language server: each request of the protocol is answered by one function of `altac.editing`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import altac.editing as editing
from altac.lsp import convert
from altac.lsp.examples import run_examples, told
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
        session.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        session.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        session.saved(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        session.closed(params.text_document.uri)


def _look_up(server: LanguageServer, session: Session) -> None:
    """What stands at a place, what can, and where else."""
    from lsprotocol import types

    def place(params: Any) -> tuple[str, str, int]:
        """The document, its text and the offset of a request."""
        uri = params.text_document.uri
        text = session.text(uri)
        return uri, text, session.positions(text).offset(params.position.line, params.position.character)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["."]))
    def complete(params: types.CompletionParams) -> types.CompletionList:
        uri, text, offset = place(params)
        found = editing.completions(text, offset, session.checked(uri))
        positions = session.positions(text)
        return types.CompletionList(False, [convert.completion(one, positions, offset) for one in found])

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        uri, text, offset = place(params)
        found = editing.hover(text, offset, session.checked(uri))
        if found is None:
            return None
        contents = types.MarkupContent(types.MarkupKind.Markdown, found.text)
        return types.Hover(contents, convert.range_of(session.positions(text), found.start, found.end))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[types.Location]:
        uri, text, offset = place(params)
        found = [session.locate(uri, one) for one in editing.definition(text, offset, session.name(uri))]
        return [one for one in found if one is not None]

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def references(params: types.ReferenceParams) -> list[types.Location]:
        uri, text, offset = place(params)
        found = editing.references(text, offset, session.name(uri))
        if not params.context.include_declaration:
            declared = editing.definition(text, offset, session.name(uri))
            found = [one for one in found if one not in declared]
        return [one for one in (session.locate(uri, place) for place in found) if one is not None]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        uri, text, offset = place(params)
        positions = session.positions(text)
        found = editing.references(text, offset, session.name(uri))
        return [types.DocumentHighlight(convert.range_of(positions, one.start, one.end)) for one in found]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare(params: types.PrepareRenameParams) -> types.Range:
        uri, text, offset = place(params)
        refuse(editing.renamable(text, offset, session.name(uri)))
        here = next(
            one for one in editing.references(text, offset, session.name(uri)) if one.start <= offset <= one.end
        )
        return convert.range_of(session.positions(text), here.start, here.end)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def rename(params: types.RenameParams) -> types.WorkspaceEdit:
        uri, text, offset = place(params)
        found = editing.rename(text, offset, params.new_name, session.name(uri))
        refuse(found.refusal)
        return types.WorkspaceEdit({uri: convert.edits(session.positions(text), found.changes)})


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
        uri = params.text_document.uri
        text = session.text(uri)
        known = session.known.get(uri)
        if known is None or known.text != text:  # its places may be others
            return []
        positions = session.positions(text)
        start, end = (positions.offset(one.line, one.character) for one in (params.range.start, params.range.end))
        found = []
        for problem in known.checked.problems:
            if problem.end < start or problem.start > end:
                continue
            shown = convert.diagnostic(problem, positions, lambda one: session.locate(uri, one))
            for fix in problem.fixes:
                edit = types.WorkspaceEdit({uri: convert.edits(positions, fix.changes)})
                is_only = len(problem.fixes) == 1
                kind = types.CodeActionKind.QuickFix
                found.append(types.CodeAction(fix.title, kind, [shown], is_preferred=is_only, edit=edit))
        return found

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        text = session.text(params.text_document.uri)
        found = editing.formatting(text)
        if found.text is None or found.text == text:
            return None
        return convert.edits(session.positions(text), [editing.Change(0, len(text), found.text)])


def _show(server: LanguageServer, session: Session) -> None:
    """Colours, symbols, and what stands between the lines."""
    from lsprotocol import types

    legend = types.SemanticTokensLegend([colour.value for colour in convert.COLOURS], ["declaration"])

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    def colours(params: types.SemanticTokensParams) -> types.SemanticTokens:
        text = session.text(params.text_document.uri)
        return types.SemanticTokens(convert.encoded(editing.semantic_tokens(text), session.positions(text)))

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        text = session.text(params.text_document.uri)
        positions = session.positions(text)
        return [convert.symbol(one, positions) for one in editing.symbols(text)]

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        uri = params.text_document.uri
        text = session.text(uri)
        positions = session.positions(text)
        start, end = (positions.offset(one.line, one.character) for one in (params.range.start, params.range.end))
        found = editing.inlay_hints(text, session.checked(uri))
        places = [(types.Position(*positions.position(one.offset)), one) for one in found if start <= one.offset <= end]
        return [types.InlayHint(place, one.text, types.InlayHintKind.Type) for place, one in places]

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        uri = params.text_document.uri
        text = session.text(uri)
        positions = session.positions(text)
        return [
            types.CodeLens(
                convert.range_of(positions, one.start, one.end),
                types.Command(one.title, RUN, arguments=[uri, list(one.examples)]),
            )
            for one in editing.lenses(text)
        ]


def _run(server: LanguageServer, session: Session) -> None:
    """The command of the code lenses."""
    from lsprotocol import types

    @server.command(RUN)
    async def run(uri: str, numbers: list[int]) -> dict[str, Any]:
        try:
            found = await elsewhere(
                run_examples, session.text(uri), session.name(uri), numbers, session.imports_from, limit=RUN_LIMIT
            )
        except TimeoutError:
            found = f"the examples run longer than {RUN_LIMIT:.0f} seconds: `altac test` takes the time that it needs"
        except Lost:
            found = "the examples take more memory than there is"
        holds, text = told(found)
        kind = types.MessageType.Info if holds else types.MessageType.Error
        server.window_show_message(types.ShowMessageParams(kind, text))
        return {"holds": holds, "text": text}
