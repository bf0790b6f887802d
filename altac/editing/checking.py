"""What the checker says of a text, as plain data that can be sent from process to process."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from altac.check import check_file
from altac.check.imports import TEXT, Folder
from altac.diagnostics import AltacError, Diagnostic, Severity, Source, Span
from altac.diagnostics.syntax_errors import OnlyNames
from altac.ir.numbers import is_open
from altac.ir.program import Program
from altac.ir.values import Domain
from altac.syntax import parse_source
from altac.syntax.scan import scan

LONGEST_DOMAIN = 60  # characters of a domain that are shown
BUG = "bug"  # the code of what is wrong in altac, not in the text


@dataclass(frozen=True)
class Place:
    """Characters of a file; `file` is the name of the text itself, or the path of one that it imports."""

    file: str
    start: int
    end: int


@dataclass(frozen=True)
class Related:
    place: Place
    text: str


@dataclass(frozen=True)
class Change:
    """A new text in place of some characters."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Fix:
    """Changes to the text, which do not overlap, that mend a problem."""

    title: str
    changes: tuple[Change, ...]

    def applied(self, text: str) -> str:
        """The text with the changes made."""
        return changed(text, self.changes)


@dataclass(frozen=True)
class Problem:
    """A diagnostic; its place is in the text. `related` are places in any file."""

    code: str
    severity: Severity
    message: str
    label: str
    help: str
    start: int
    end: int
    related: tuple[Related, ...] = ()
    fixes: tuple[Fix, ...] = ()

    @property
    def text(self) -> str:
        """All that the message says, in lines."""
        return "\n".join(part for part in (self.message, self.label, self.help) if part)


@dataclass(frozen=True)
class Fact:
    """The domain of a variable, a head or a value; `layer` is the name of what makes it, "" for none."""

    name: str
    layer: str
    domain: str


@dataclass(frozen=True)
class Checked:
    """What is known of a text: its problems in order and, if it has no errors, the domains of its names."""

    problems: tuple[Problem, ...]
    facts: tuple[Fact, ...] = ()
    is_correct: bool = False

    def domain(self, name: str) -> str | None:
        """The domain of a name, as a program would write it; None if it is not known."""
        return next((fact.domain for fact in self.facts if fact.name == name), None)


def changed(text: str, changes: Iterable[Change]) -> str:
    """The text with changes made that do not overlap."""
    for change in sorted(changes, key=lambda change: (change.start, change.end), reverse=True):
        text = text[: change.start] + change.text + text[change.end :]
    return text


def check(text: str, name: str = TEXT, imports_from: str | os.PathLike[str] | None = None) -> Checked:
    """Check a text. It can take seconds for a large program, as `altac check` does.

    A file that only declares names for others to import is correct, although it is no program.

    Args:
        name: the path of its file, whose folder is that of its imports; without one it imports nothing.
        imports_from: a folder from which it may import files, beside its own.
    """
    source = Source(name, text)
    try:
        program, warnings = check_file(parse_source(source), library=Folder.of(source, imports_from))
        return Checked(_problems(warnings, source), _facts(program), True)
    except AltacError as error:
        found = [one for one in error.diagnostics if not isinstance(one, OnlyNames)]
        return Checked(_problems(found, source), is_correct=not found)
    except Exception as error:  # an editor goes on, whatever is wrong in altac
        message = f"a bug in altac: {type(error).__name__}: {error}"
        return Checked((Problem(BUG, "error", message, "", "please report it together with the program", 0, 0),))


def _problems(diagnostics: Iterable[Diagnostic], source: Source) -> tuple[Problem, ...]:
    found = [_problem(diagnostic, source) for diagnostic in diagnostics]
    return tuple(sorted(found, key=lambda problem: (problem.start, problem.end, problem.code)))


def _problem(diagnostic: Diagnostic, source: Source) -> Problem:
    span = diagnostic.span
    is_here = span is None or span.source is source
    start, end = (0, 0) if span is None else (span.start, span.end) if is_here else _importing(span, source)
    related = [Related(_place(note.span), note.text) for note in diagnostic.notes]
    related += [Related(_place(again), "the same here") for again in diagnostic.again]
    if span is not None and not is_here:
        related.insert(0, Related(_place(span), diagnostic.label_text or diagnostic.message))
    fixes = [
        Fix(fix.title, tuple(Change(edit.span.start, edit.span.end, edit.text) for edit in fix.edits))
        for fix in diagnostic.fixes
        if all(edit.span.source is source for edit in fix.edits)
    ]
    return Problem(
        diagnostic.code,
        diagnostic.severity,
        diagnostic.message,
        diagnostic.label_text,
        diagnostic.help_text,
        start,
        end,
        tuple(related),
        tuple(fixes),
    )


def _place(span: Span) -> Place:
    return Place(span.source.name, span.start, span.end)


def _importing(span: Span, source: Source) -> tuple[int, int]:
    """Where a text imports the file of a problem, or its first import, through which it comes."""
    tokens = scan(source.text)
    named = [after for word, after in pairwise(tokens) if word.type == "IMPORT"]
    name = Path(span.source.name).name
    for token in sorted(named, key=lambda token: Path(token.strip('"')).name != name):
        return token.start_pos or 0, token.end_pos or 0
    return 0, 0


def _facts(program: Program) -> tuple[Fact, ...]:
    found = [Fact(variable.name, "", _shown(variable.domain)) for variable in program.variables]
    for layer in program.layers:
        name = "" if program.is_short else layer.name
        found += [Fact(head.name, name, _shown(head.domain)) for head in layer.heads]
    made = [kept for kept in program.introduced if not kept.is_head]
    found += [Fact(kept.name, program.layer_names[kept.layer], _shown(kept.domain)) for kept in made]
    if program.score is not None:
        found.append(Fact(program.interface.variable, "", _shown(program.score.labels)))
    return tuple(found)


def _shown(domain: Domain) -> str:
    text = "number" if is_open(domain) else str(domain)
    return text if len(text) <= LONGEST_DOMAIN else f"{text[: LONGEST_DOMAIN - 4]} ..."


def checked_of(diagnostics: Iterable[Diagnostic], source: Source, program: Program | None = None) -> Checked:
    """What is known of a text that was checked already.

    Args:
        program: what it is, if it has no errors.
    """
    facts = () if program is None else _facts(program)
    return Checked(_problems(diagnostics, source), facts, program is not None)
