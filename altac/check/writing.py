"""Programs that write: what `generate` needs, and what can be written."""

from __future__ import annotations

from dataclasses import replace

from altac.check.declarations import check_domain, check_integer
from altac.check.elaborate import Elaborator
from altac.check.outline import all_of, first_of
from altac.check.places import Place
from altac.check.scope import Reports, Scope
from altac.diagnostics import AltacError
from altac.diagnostics.causal_errors import (
    GenerateElsewhere,
    GenerateUnproved,
    NeverEnds,
    NoText,
    NotKnownBefore,
    NumberWritten,
)
from altac.diagnostics.constant_errors import Subject
from altac.ir.interface import Interface, Writing
from altac.ir.numbers import is_open
from altac.ir.values import Value, is_plain_symbol, kind_of, same, source_text, value_text
from altac.syntax import tree as t


def check_writing(file: t.File, scope: Scope, reports: Reports) -> tuple[Writing | None, tuple[Value, ...]]:
    """How much is written, and what is declared to be: its tokens are known before anything reads them.

    What ends it is known with the output's domain.
    """
    generate, output = first_of(file, t.Generate), first_of(file, t.Output)
    if generate is None:
        return None, ()
    most = reports.attempt(check_integer, scope, generate.most, Subject.WRITTEN, 1)
    if most is None or output is None:
        return None, ()
    end = ending(generate, scope, reports)
    declared = [value for value in declared_values(file, output.variable.text, scope) if is_token(value)]
    return Writing(None, most), tuple(value for value in declared if end is None or not same(value, end[0]))


def ending(generate: t.Generate, scope: Scope, reports: Reports) -> tuple[Value] | None:
    """What ends the writing, if something does."""
    if generate.until is None:
        return None
    elaborator = Elaborator(scope, Place.CONSTANT, Subject.END)
    try:
        return (elaborator.constant(generate.until),)
    except AltacError as error:
        for diagnostic in error.diagnostics:
            reports.add(diagnostic)
        return None


def declared_values(file: t.File, name: str, scope: Scope) -> tuple[Value, ...]:
    """The values of the domain that is declared for the output; none where there is none, or a wrong one."""
    inside = [item for layer in all_of(file, t.Layer) for item in layer.items]
    for one in (*file.declarations, *inside):
        domain: t.Expr | None = None
        if isinstance(one, t.Var | t.Head | t.Introduce) and one.name.text == name:
            domain = one.domain
        elif isinstance(one, t.Score) and one.name.text == name:
            domain = one.labels
        if domain is not None and not (isinstance(domain, t.Name) and domain.text == "number"):
            try:
                return check_domain(scope, domain, Subject.DOMAIN).values
            except AltacError:  # it is told where the domain is checked
                return ()
    return ()


def is_token(value: Value) -> bool:
    """Whether a value can be read."""
    return kind_of(value) in ("symbol", "number", "boolean") and is_plain_symbol(value_text(value))


def check_written(file: t.File, scope: Scope, reports: Reports, interface: Interface) -> Interface:
    """The interface of a program that writes, with what ends it.

    Raises:
        AltacError: if the output cannot be read again.
    """
    generate, output = first_of(file, t.Generate), first_of(file, t.Output)
    if generate is None or output is None or interface.writing is None:
        return interface
    name, domain = output.variable, interface.domain
    if first_of(file, t.Causal) is None:
        raise AltacError([GenerateUnproved(generate.span)])
    if output.at != "last" or output.where is not None or output.pooled:
        raise AltacError([GenerateElsewhere(output.span, name.text)])
    if is_open(domain):
        raise AltacError([NumberWritten(name.span, name.text, "a number")])
    end = ending(generate, scope, Reports())
    index = None
    if end is not None and generate.until is not None:
        if end[0] in domain:
            index = domain.index(end[0])
        else:
            reports.add(NeverEnds(generate.until.span, source_text(end[0]), str(domain)))
    for number, value in enumerate(domain):
        if number != index and not is_token(value):
            raise AltacError([NoText(name.span, name.text, source_text(value))])
        if number != index and value not in interface.vocabulary:
            raise AltacError([NotKnownBefore(name.span, name.text, source_text(value))])
    return replace(interface, writing=replace(interface.writing, end=index))
