"""What a program reads, and what it writes; its output is not known yet."""

from __future__ import annotations

from altac.check.declarations import check_alphabet, check_domain, check_frame, check_integer, check_unknown
from altac.check.scope import Reports, Scope
from altac.check.writing import check_writing
from altac.diagnostics.constant_errors import Subject
from altac.ir.interface import Interface
from altac.ir.values import Domain
from altac.syntax import tree as t

NOTHING = Domain.of((None,))  # of an output that is not known yet


def check_interface(
    file: t.File, scope: Scope, reports: Reports, program: str, declaration: t.Input, frame: t.Frame | None
) -> Interface | None:
    """Alphabet, frame, lengths and tokens; None where too little of it is right."""
    name = declaration.name.text
    domain = reports.attempt(check_domain, scope, declaration.alphabet, Subject.ALPHABET)
    alphabet = reports.attempt(check_alphabet, declaration.alphabet, domain) if domain is not None else None
    unknown = longest = None
    if declaration.unknown is not None:
        unknown = reports.attempt(check_unknown, scope, declaration.unknown, domain)
        if unknown is None:
            return None
        if alphabet is not None:
            alphabet = Domain.of((*alphabet, *unknown.symbols))
    if declaration.longest is not None:
        longest = reports.attempt(check_integer, scope, declaration.longest, Subject.LENGTH, 1)
    framed = reports.attempt(check_frame, scope, frame, name)
    if alphabet is None or framed is None or (declaration.longest is not None and longest is None):
        return None
    before, after = framed
    writing, written = check_writing(file, scope, reports)
    vocabulary = Domain.of((*alphabet, *before, *after, *written))
    indices = [tuple(vocabulary.index(token) for token in tokens) for tokens in framed]
    sides = (indices[0], indices[1])
    return Interface(program, name, alphabet, longest, vocabulary, *sides, "", NOTHING, "all", None, writing, unknown)
