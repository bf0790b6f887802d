"""`altac lsp` over stdio, driven by pygls' client as an editor would."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.uris import to_fs_path

from altac.lsp.server import RUN
from tests.lsp.editor import Editor, driven
from tests.support import PROGRAMS, nonempty

PARITY = (PROGRAMS / "parity.alta").read_text(encoding="utf-8")
SMALL = """\"\"\"Größe: 𝔸 and 𝔹.\"\"\"
program small

input text: {"𝔸", "𝔹"} up to 8

var seen: bool = token == "𝔸"  # 𝔸

layer look:
    head before = exists where key.seen at ..-1
    seen := seen or before

output seen

example "𝔸 𝔹" -> "true true"
example "𝔹" -> "true"
"""


def test_an_error_is_told_mended_and_gone(tmp_path: Path) -> None:
    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "small.alta", SMALL.replace("seen or before", "sen or before"))
        (problem,) = await one.diagnostics(uri)
        assert (problem.code, problem.severity) == ("E0101", types.DiagnosticSeverity.Error)
        assert one.positions(uri).offset(problem.range.start.line, problem.range.start.character) == one.texts[
            uri
        ].index("sen or")
        context = types.CodeActionContext([problem])
        (action,) = await one.client.text_document_code_action_async(
            types.CodeActionParams(types.TextDocumentIdentifier(uri), problem.range, context)
        )
        assert action.is_preferred
        assert one.applied(uri, action.edit.changes[uri]) == SMALL
        start = one.texts[uri].index("sen or")
        one.type(uri, start, start + 3, "seen")
        assert await one.diagnostics(uri) == []

    driven(test)


def test_related_places_are_named(tmp_path: Path) -> None:
    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "small.alta", SMALL.replace("layer look", "var seen: bool = true\nlayer look"))
        found = [problem for problem in await one.diagnostics(uri) if problem.code == "E0102"]
        (place,) = found[0].related_information
        assert (place.location.uri, place.message) == (uri, "the first one")
        assert place.location.range.start == one.at(uri, one.texts[uri].index("seen"))

    driven(test)


def test_a_newer_text_ends_the_check_of_an_older_one() -> None:
    """The text of the first version takes seconds to check, and only what is typed last is told of."""

    async def test(one: Editor) -> None:
        path = PROGRAMS / "eliza.alta"
        text = path.read_text(encoding="utf-8")
        uri = one.open(path, text)
        await asyncio.sleep(0.3)
        for number in range(20):
            one.type(uri, 0, 0, f"# {number}\n")
        one.type(uri, 0, len(one.texts[uri]), "program p\n")
        (problem,) = await one.diagnostics(uri)
        assert problem.code == "E0010"
        assert one.published.empty()

    driven(test)


def test_requests_are_answered_while_a_check_runs() -> None:
    async def test(one: Editor) -> None:
        path = PROGRAMS / "eliza.alta"
        uri = one.open(path, path.read_text(encoding="utf-8"))
        await asyncio.sleep(0.2)
        answer = await one.client.text_document_hover_async(types.HoverParams(**one.place(uri, "head ")))
        assert "attention" in answer.contents.value
        assert one.published.empty()

    driven(test)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_positions_count_units_of_the_encoding(tmp_path: Path, encoding: str) -> None:
    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "small.alta", SMALL)
        assert one.encoding == encoding
        assert await one.diagnostics(uri) == []
        start = SMALL.index("# 𝔸") + 3
        one.type(uri, start, start, "𝔹𝔹")
        one.type(uri, start, start + 1, "")
        name = SMALL.index("seen: bool")
        answer = await one.client.text_document_rename_async(
            types.RenameParams(new_name="known", **one.place(uri, "seen or"))
        )
        assert one.applied(uri, answer.changes[uri]) == one.texts[uri].replace("seen", "known")
        assert name > 0
        answer = await one.client.text_document_semantic_tokens_full_async(
            types.SemanticTokensParams(types.TextDocumentIdentifier(uri))
        )
        assert decoded(one, uri, answer.data) == [
            *("program", "small", "input", "text", ":", "{", '"𝔸"', ",", '"𝔹"', "}")
        ]

    def decoded(one: Editor, uri: str, data: list[int]) -> list[str]:
        """The pieces of the lines of the program and its input."""
        line = unit = 0
        found = []
        for down, right, length, *_ in zip(*[iter(data)] * 5, strict=True):
            line, unit = line + down, right + (0 if down else unit)
            positions = one.positions(uri)
            found.append((line, one.texts[uri][positions.offset(line, unit) : positions.offset(line, unit + length)]))
        return [text for line, text in found if line in (1, 3)][:10]

    driven(test, encodings=[encoding])


def test_names_are_found_and_changed(tmp_path: Path) -> None:
    (tmp_path / "common.alta").write_text("const LIMIT = 9\n", encoding="utf-8")
    text = 'import "common.alta"\nprogram p\ninput text: 0..LIMIT\nvar x: 0..LIMIT = token\n'
    text += "layers 0\nstep: pass\noutput x\n"

    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "p.alta", text)
        (place,) = await one.client.text_document_definition_async(types.DefinitionParams(**one.place(uri, "LIMIT")))
        assert place.uri.endswith("common.alta")
        assert (place.range.start.line, place.range.start.character) == (0, 6)
        context = types.ReferenceContext(include_declaration=True)
        found = await one.client.text_document_references_async(
            types.ReferenceParams(context=context, **one.place(uri, "output x", 7))
        )
        assert [one.positions(uri).offset(at.range.start.line, at.range.start.character) for at in found] == [
            text.index("x: "),
            text.index("output x") + 7,
        ]
        with pytest.raises(JsonRpcException, match="not declared in this file"):
            await one.client.text_document_prepare_rename_async(types.PrepareRenameParams(**one.place(uri, "LIMIT")))
        with pytest.raises(JsonRpcException, match="has a meaning here already"):
            await one.client.text_document_rename_async(types.RenameParams(new_name="token", **one.place(uri, "x: ")))

    driven(test)


def test_what_editors_show_beside_the_text() -> None:
    async def test(one: Editor) -> None:
        uri = one.open(PROGRAMS / "parity.alta", PARITY)
        assert await one.diagnostics(uri) == []
        document = types.TextDocumentIdentifier(uri)
        everything = types.Range(types.Position(0, 0), types.Position(1000, 0))
        hints = await one.client.text_document_inlay_hint_async(types.InlayHintParams(document, everything))
        assert {hint.label for hint in nonempty(hints)} == {": bool", ": 0..1"}
        hover = await one.client.text_document_hover_async(types.HoverParams(**one.place(uri, "var parity", 5)))
        assert "Domain: `0..1`" in hover.contents.value
        symbols = await one.client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
        assert {"parity", "bits"} <= {symbol.name for symbol in symbols}
        found = await one.client.text_document_completion_async(types.CompletionParams(**one.place(uri, "output ", 7)))
        assert "parity" in {item.label for item in found.items}

    driven(test)


def test_a_text_is_formatted_as_by_fmt(tmp_path: Path) -> None:
    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "p.alta", PARITY.replace(" = ", "="))
        options = types.FormattingOptions(4, True)
        params = types.DocumentFormattingParams(types.TextDocumentIdentifier(uri), options)
        edits = await one.client.text_document_formatting_async(params)
        assert one.applied(uri, edits) == PARITY
        one.type(uri, 0, 0, "§")
        assert await one.client.text_document_formatting_async(params) is None

    driven(test)


def test_lenses_run_examples(tmp_path: Path) -> None:
    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "small.alta", SMALL)
        lenses = await one.client.text_document_code_lens_async(types.CodeLensParams(types.TextDocumentIdentifier(uri)))
        assert [lens.command.title for lens in lenses] == ["run all 2 examples", "run", "run"]
        answers = []
        for lens in lenses:
            params = types.ExecuteCommandParams(RUN, arguments=lens.command.arguments)
            answers.append(await one.client.workspace_execute_command_async(params))
            await asyncio.wait_for(one.messages.get(), 1)
        assert [answer["holds"] for answer in answers] == [False, True, False]
        assert answers[1]["text"] == 'example "𝔸 𝔹" holds'
        assert answers[2]["text"] == 'example "𝔹": expected "true", found "false"'

    driven(test)


def test_a_closed_document_has_no_diagnostics(tmp_path: Path) -> None:
    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "p.alta", "program\n")
        assert await one.diagnostics(uri)
        one.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        assert list((await asyncio.wait_for(one.published.get(), 60)).diagnostics) == []

    driven(test)


# What is dropped, and what does not wait ------------------------------------------------------------------------


def long_program(values: int) -> str:
    """A program that takes long to parse: a table of values in one declaration."""
    return "program p\nconst A = {" + "".join(f"{number}: {number} + 1, " for number in range(values)) + "}\n"


def formatting(one: Editor, uri: str) -> asyncio.Future[object]:
    """The layout of a text, which needs its tree; the request is sent, and its answer still to come."""
    params = types.DocumentFormattingParams(types.TextDocumentIdentifier(uri), types.FormattingOptions(4, True))
    return asyncio.wrap_future(one.client.protocol.send_request(types.TEXT_DOCUMENT_FORMATTING, params))


def test_a_hover_does_not_wait_for_the_tree_of_a_long_program(tmp_path: Path) -> None:
    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "long.alta", long_program(6_000))
        formatted = formatting(one, uri)
        answer = await one.client.text_document_hover_async(types.HoverParams(**one.place(uri, "const ")))
        assert "a name for a value" in answer.contents.value
        assert not formatted.done()
        assert await formatted is not None

    driven(test)


def test_a_request_whose_text_has_changed_is_dropped(tmp_path: Path) -> None:
    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "long.alta", long_program(6_000))
        formatted = formatting(one, uri)
        one.type(uri, 0, len(one.texts[uri]), PARITY.replace(" = ", "="))
        with pytest.raises(JsonRpcException) as caught:
            await formatted
        assert caught.value.code == types.LSPErrorCodes.ContentModified.value
        edits = await formatting(one, uri)
        assert one.applied(uri, edits) == PARITY

    driven(test)


def test_a_request_that_is_cancelled_is_answered_as_cancelled_at_once(tmp_path: Path) -> None:
    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "long.alta", long_program(6_000))
        first = formatting(one, uri)
        params = types.DefinitionParams(**one.place(uri, "A = "))
        second = one.client.protocol.send_request(types.TEXT_DOCUMENT_DEFINITION, params, msg_id="second")
        one.client.cancel_request(types.CancelParams("second"))
        with pytest.raises(JsonRpcException) as caught:
            await asyncio.wrap_future(second)
        assert caught.value.code == types.LSPErrorCodes.RequestCancelled.value
        assert not first.done()
        assert await first is not None

    driven(test)


def test_changes_are_sent_in_pieces_and_positions_count_utf_16_by_default() -> None:
    async def test(one: Editor) -> None:
        sync = one.capabilities.text_document_sync
        assert sync.change == types.TextDocumentSyncKind.Incremental
        assert one.encoding == "utf-16"

    driven(test)


# Texts as editors send them -------------------------------------------------------------------------------------


def test_lines_end_where_the_protocol_says(tmp_path: Path) -> None:
    """Form feeds and the line separators of Unicode end no line; carriage returns do."""
    text = '"""One\u2028two\x0cthree\x85four"""\r\nprogram p\r\ninput x: 0..1\rlayers 0\nstep: pass\noutput token\n'

    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "p.alta", text)
        assert await one.diagnostics(uri) == []
        place = one.texts[uri].index("token")
        one.type(uri, place, place + 5, "tokn")
        (problem,) = await one.diagnostics(uri)
        assert (problem.code, problem.range.start) == ("E0101", types.Position(5, 7))
        one.type(uri, place, place + 4, "token")
        assert await one.diagnostics(uri) == []

    driven(test)


@pytest.mark.parametrize("text", ["", "\ufeff" + PARITY, PARITY.replace("\n", "\r\n"), PARITY + "#" + "x" * 300_000])
def test_unusual_texts_are_served(tmp_path: Path, text: str) -> None:
    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "p.alta", text)
        found = await one.diagnostics(uri)
        assert [problem.code for problem in found] == ([] if text else ["E0010"])
        document = types.TextDocumentIdentifier(uri)
        symbols = await one.client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
        assert {symbol.name for symbol in symbols or ()} >= ({"parity", "bits"} if text else set())
        one.type(uri, len(text), len(text), "\nvar parity: bool = true\n")
        assert "E0102" in {problem.code for problem in await one.diagnostics(uri)} or not text

    driven(test)


@pytest.mark.parametrize("name", ["with blanks.alta", "größe 𝔸.alta", "100%25 % sure.alta", "a;b#c?d[1].alta"])
def test_names_of_files_may_hold_anything(tmp_path: Path, name: str) -> None:
    (tmp_path / f"of {name}").write_text("const LIMIT = 9\n", encoding="utf-8")
    text = f'import "of {name}"\nprogram p\ninput text: 0..LIMIT\nlayers 0\nstep: pass\noutput token\n'

    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / name, text)
        assert await one.diagnostics(uri) == []
        (place,) = await one.client.text_document_definition_async(types.DefinitionParams(**one.place(uri, "LIMIT")))
        assert to_fs_path(place.uri) == str(tmp_path / f"of {name}")

    driven(test)


def test_a_text_without_a_file_imports_nothing(tmp_path: Path) -> None:
    text = 'import "common.alta"\nprogram p\ninput text: 0..LIMIT\nlayers 0\nstep: pass\noutput token\n'

    async def test(one: Editor) -> None:
        uri = one.open_uri("untitled:Untitled-1", text)
        (problem,) = await one.diagnostics(uri)
        assert problem.range.start == types.Position(0, 0)
        assert await one.client.text_document_definition_async(types.DefinitionParams(**one.place(uri, "LIMIT"))) == []

    driven(test)


def test_names_from_another_folder_are_found(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "shared" / "common.alta").write_text("const LIMIT = 9\n", encoding="utf-8")
    text = 'import "../shared/common.alta"\nprogram p\ninput text: 0..LIMIT\nlayers 0\nstep: pass\noutput token\n'

    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "own" / "p.alta", text)
        assert await one.diagnostics(uri) == []
        (place,) = await one.client.text_document_definition_async(types.DefinitionParams(**one.place(uri, "LIMIT")))
        assert place.uri.endswith("common.alta")

    driven(test, "--imports-from", str(tmp_path / "shared"))


def test_a_name_is_changed_in_all_files_that_import_it(tmp_path: Path) -> None:
    library, main = "const LIMIT = 9\n", 'program p\nimport "lib.alta"\ninput x: 0..LIMIT\nlayers 0\nstep: pass\n'
    main += "output token\n"
    (tmp_path / "lib.alta").write_text(library, encoding="utf-8")
    (tmp_path / "closed.alta").write_text(main, encoding="utf-8")

    async def test(one: Editor) -> None:
        uri = one.open(tmp_path / "lib.alta", library)
        other = one.open(tmp_path / "main.alta", "# 𝔸 not saved\n" + main)
        place = one.place(uri, "LIMIT")
        for declares in (True, False):
            params = types.ReferenceParams(types.ReferenceContext(declares), **place)
            found = await one.client.text_document_references_async(params)
            names = ["lib.alta"] * declares + ["main.alta", "closed.alta"]
            assert [Path(to_fs_path(found.uri) or "").name for found in found] == names
        answer = await one.client.text_document_rename_async(types.RenameParams(new_name="MOST", **place))
        assert one.applied(uri, answer.changes[uri]) == "const MOST = 9\n"
        assert one.applied(other, answer.changes[other]) == one.texts[other].replace("LIMIT", "MOST")
        assert {Path(to_fs_path(uri) or "").name for uri in answer.changes} == {"lib.alta", "main.alta", "closed.alta"}
        one.type(other, len(one.texts[other]), len(one.texts[other]), "const MOST = 1\n")
        with pytest.raises(JsonRpcException, match=r"in main\.alta"):
            await one.client.text_document_rename_async(types.RenameParams(new_name="MOST", **place))

    driven(test)
