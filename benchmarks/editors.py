"""How long `altac lsp` lets an editor wait, on every program of the library, over stdio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

from altac import editing
from altac.editing.outline import outline
from benchmarks.runner import Timing
from benchmarks.suite import Figure, Size, of_timing, path_of

GOAL = 0.1
Request = Callable[[], Awaitable[Any]]
Times = dict[tuple[str, str], list[tuple[float, str]]]  # by kind of request and state: seconds, and the program
CHANGED, SAME = "after a change", "once more"


def editors(size: Size) -> Iterator[Figure]:
    """Answers on the slowest program of each kind: right after a change of its largest declaration, and once more."""
    for (kind, state), times in asyncio.run(measured(size)).items():
        of_program: dict[str, list[float]] = {}
        for time, program in times:
            of_program.setdefault(program, []).append(time)
        slowest = max(of_program, key=lambda program: median(of_program[program]))
        timing = Timing(tuple(sorted(of_program[slowest])))
        middle, (worst, where) = median(time for time, _ in times), max(times)
        detail = f"{slowest}; of all programs: median {1000 * middle:.2g} ms, worst {1000 * worst:.3g} ms ({where})"
        yield of_timing(f"altac lsp {state}", kind, timing, detail=detail, goal=GOAL)


async def measured(size: Size) -> Times:
    from tests.lsp.editor import editor

    found: Times = {}
    async with editor() as one:
        for name in size.programs:
            text = path_of(name).read_text(encoding="utf-8")
            uri = one.open(path_of(name), text)
            await one.diagnostics(uri)
            largest = max(outline(text).blocks, key=lambda block: block.finish - block.begin)
            for number in range(size.runs):
                for kind in requests(one, uri):
                    one.type(uri, largest.finish, largest.finish, f"  # {number}")
                    for state in (CHANGED, SAME):
                        request = requests(one, uri)[kind]
                        start = perf_counter()
                        await request()
                        found.setdefault((kind, state), []).append((perf_counter() - start, name))
                    one.type(uri, largest.finish, largest.finish + len(f"  # {number}"), "")
            one.client.text_document_did_close(closing(uri))
    return dict(sorted(found.items(), key=lambda one: one[0][1]))


def closing(uri: str) -> Any:
    from lsprotocol import types

    return types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))


def requests(one: Any, uri: str) -> dict[str, Request]:
    """One request of each kind; those about a place are about the name that is read off at the end."""
    from lsprotocol import types

    client, document = one.client, types.TextDocumentIdentifier(uri)
    offset = next(
        symbol.start + 1 for symbol in reversed(editing.symbols(one.texts[uri])) if symbol.kind.name != "LAYER"
    )
    place = {"text_document": document, "position": one.at(uri, offset)}
    whole = types.Range(types.Position(0, 0), types.Position(one.texts[uri].count("\n") + 1, 0))
    context = types.ReferenceContext(include_declaration=True)
    layout = types.FormattingOptions(4, True)
    return {
        "completion": lambda: client.text_document_completion_async(types.CompletionParams(**place)),
        "hover": lambda: client.text_document_hover_async(types.HoverParams(**place)),
        "definition": lambda: client.text_document_definition_async(types.DefinitionParams(**place)),
        "references": lambda: client.text_document_references_async(types.ReferenceParams(context, **place)),
        "rename": lambda: client.text_document_rename_async(types.RenameParams(new_name="other_name", **place)),
        "symbols": lambda: client.text_document_document_symbol_async(types.DocumentSymbolParams(document)),
        "formatting": lambda: client.text_document_formatting_async(types.DocumentFormattingParams(document, layout)),
        "semantic tokens": lambda: client.text_document_semantic_tokens_full_async(
            types.SemanticTokensParams(document)
        ),
        "inlay hints": lambda: client.text_document_inlay_hint_async(types.InlayHintParams(document, whole)),
        "code lenses": lambda: client.text_document_code_lens_async(types.CodeLensParams(document)),
    }
