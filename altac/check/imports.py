"""`import "common.alta"`: the types, constants and functions of another file, as if they stood here."""

from __future__ import annotations

import os
from pathlib import Path

from altac.diagnostics import AltacError, Source
from altac.diagnostics.program_errors import (
    ImportCycle,
    ImportOfProgram,
    ImportsTooLong,
    TooManyImports,
    UnreadableImport,
)
from altac.diagnostics.syntax_errors import UnreadableFile
from altac.syntax import parse_source, read_source
from altac.syntax import tree as t
from altac.syntax.parse import MOST_TOKENS, count_tokens

MOST_FILES = 100  # that a program imports


def import_declarations(file: t.File, source: Source) -> list[t.Declaration]:
    """The declarations of all imported files, each file once, those that others need first.

    Raises:
        AltacError: for a missing file, a cycle, or a file that declares more than names.
    """
    return _imports(file, (_path(source.name),), {}, count_tokens(source.text))


def imported_files(file: t.File) -> list[Path]:
    """Every file that a program imports, those that these import too.

    Raises:
        AltacError: as `import_declarations`.
    """
    done: dict[Path, int] = {}
    _imports(file, (_path(file.span.source.name),), done, 0)
    return list(done)


def _path(name: str) -> Path:
    return Path(os.path.realpath(name.replace("\0", "?")))  # no file name has a null in it; a loop of links is kept


def _imports(file: t.File, stack: tuple[Path, ...], done: dict[Path, int], tokens: int) -> list[t.Declaration]:
    """The declarations; `done` are files with their numbers of tokens, `tokens` those of the program itself."""
    result: list[t.Declaration] = []
    for declaration in file.declarations:
        if not isinstance(declaration, t.Import):
            continue
        path = _path(str(stack[-1].parent / declaration.path))
        if path in stack:
            cycle = (*stack[stack.index(path) :], path)
            raise AltacError([ImportCycle(declaration.span, tuple(file.name for file in cycle))])
        if path in done:
            continue
        done[path] = 0
        if len(done) > MOST_FILES:
            raise AltacError([TooManyImports(declaration.span, MOST_FILES)])
        try:
            text = read_source(path)
        except AltacError as error:
            reasons = [problem.reason for problem in error.diagnostics if isinstance(problem, UnreadableFile)]
            raise AltacError([UnreadableImport(declaration.span, declaration.path, reasons[0])]) from None
        done[path] = count_tokens(text.text)
        if tokens + sum(done.values()) > MOST_TOKENS:
            raise AltacError([ImportsTooLong(declaration.span, MOST_TOKENS)])
        inner = parse_source(Source(_shown(path), text.text))
        for one in inner.declarations:
            if not isinstance(one, t.Import | t.Const | t.Type | t.Def | t.Param):
                raise AltacError([ImportOfProgram(declaration.span, declaration.path)])
        result += _imports(inner, (*stack, path), done, tokens)
        result += [one for one in inner.declarations if not isinstance(one, t.Import)]
    return result


def _shown(path: Path) -> str:
    """The path as a user would write it: relative where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
