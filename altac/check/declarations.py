"""Constants, alphabets, frames and variables: everything around the heads and the step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from typing import Any

from altac.check.elaborate import Elaborator
from altac.check.files import MOST_WORDS
from altac.check.places import LARGEST_DOMAIN as LARGEST_DOMAIN
from altac.check.places import Place
from altac.check.problems import collides
from altac.check.proofs import Prover, table
from altac.check.scope import ConstantBinding, Reports, Scope
from altac.diagnostics import AltacError, Span, closest
from altac.diagnostics.constant_errors import (
    BadParameter,
    DomainOfCollections,
    ElementTwice,
    EmptyDomain,
    LargeDomain,
    NotAnInteger,
    Subject,
    UnknownParameter,
    ValueAsDomain,
)
from altac.diagnostics.domain_errors import Guard, InitialTooLarge, TokenAndPosition
from altac.diagnostics.kind_errors import CollidingMembers
from altac.diagnostics.number_errors import NumberCombined, ValueForNumber
from altac.diagnostics.program_errors import (
    BadFrame,
    InputTwiceInFrame,
    NoOtherShape,
    NoShape,
    OtherNameInFrame,
    SymbolsOfOneText,
    SymbolWithBlanks,
    SymbolWithoutText,
)
from altac.ir.diagram import Diagrams, TooLarge
from altac.ir.expr import Expr, reads
from altac.ir.interface import LONGEST
from altac.ir.numbers import NUMBERS, is_open
from altac.ir.program import Variable
from altac.ir.unknown import Unknown, is_shape, shape
from altac.ir.values import (
    Domain,
    Table,
    Value,
    is_plain_symbol,
    kind_of,
    number,
    same,
    source_text,
    value_key,
    value_text,
)
from altac.syntax import tree as t

Overrides = Mapping[str, str | Value]


def check_overrides(declarations: list[t.Declaration], overrides: Overrides, reports: Reports) -> None:
    """Report every `-D NAME=...` that names no parameter."""
    known = tuple(declaration.name.text for declaration in declarations if isinstance(declaration, t.Param))
    for name in overrides:
        if name not in known:
            reports.add(UnknownParameter(None, name, known, closest(name, known)))


def check_parameter(name: str, default: Value, given: str | Value) -> Value:
    """The value of an overridden parameter; text is read as a value of the kind that was declared."""
    kind = kind_of(default)
    if not isinstance(given, str):
        value: Value = given
    elif kind == "number":
        is_number = re.fullmatch(r"[+-]?\d{1,30}(\.\d{1,30}|/0*[1-9]\d{0,29})?", given.strip(), re.ASCII)
        value = number(Fraction(given)) if is_number else given
    elif kind == "boolean":
        value = {"true": True, "false": False}.get(given, given)
    else:
        value = given
    if kind_of(value) != kind:
        raise AltacError([BadParameter(None, name, str(given), kind, source_text(default))])
    return value


def check_domain(scope: Scope, syntax: t.Expr, what: Subject) -> Domain:
    """The domain that an expression denotes.

    Raises:
        AltacError: if it is not a finite set that is worth having.
    """
    value = Elaborator(scope, Place.CONSTANT, what).constant(syntax)
    if isinstance(value, tuple) and not isinstance(syntax, t.Collection):  # `[0, 1]` may be meant as a range
        value = elements_of(value, syntax)
    if not isinstance(value, frozenset):
        last = abs(value) if type(value) is int and value else 9
        shown = f"`{syntax.span.text}`" if isinstance(value, Table) else source_text(value)
        raise AltacError([ValueAsDomain(syntax.span, kind_of(value), shown, last)])
    if not value:
        raise AltacError([EmptyDomain(syntax.span, isinstance(syntax, t.Range))])
    scope.expand(syntax.span, len(value) // 4)
    largest = MOST_WORDS if what in (Subject.ALPHABET, Subject.TYPE) else LARGEST_DOMAIN
    if len(value) > largest:
        raise AltacError([LargeDomain(syntax.span, len(value), largest)])
    for member in value:
        if kind_of(member) in ("list", "table"):
            raise AltacError([DomainOfCollections(syntax.span, kind_of(member))])
    return Domain.of(value)


def check_domain_or_number(scope: Scope, syntax: t.Expr, what: Subject) -> Domain:
    """The same, or `number`, which is a word of the language only here.

    Raises:
        AltacError: if it is neither.
    """
    if names_number(scope, syntax):
        return NUMBERS
    alone = syntax.domain if isinstance(syntax, t.Optional_) else syntax
    parts = (alone.left, alone.right) if isinstance(alone, t.Binary) and alone.op == "|" else (alone,)
    if any(names_number(scope, part) for part in parts):
        raise AltacError([NumberCombined(syntax.span, syntax.span.text)])
    return check_domain(scope, syntax, what)


def names_number(scope: Scope, syntax: t.Expr) -> bool:
    """Whether the domain `number` is meant, and no constant of that name."""
    return (
        isinstance(syntax, t.Name) and syntax.text == "number" and not isinstance(scope.find("number"), ConstantBinding)
    )


def elements_of(values: tuple[Value, ...], syntax: t.Expr) -> frozenset[Value]:
    """The set of the elements of a list.

    Raises:
        AltacError: if one is there twice, or they are not values of a domain.
    """
    places: dict[Any, int] = {}
    for place, value in enumerate(values):
        if kind_of(value) in ("list", "table"):
            raise AltacError([DomainOfCollections(syntax.span, kind_of(value))])
        first = places.setdefault(value_key(value), place)
        if first != place:
            raise AltacError([ElementTwice(syntax.span, source_text(value), first + 1, place + 1)])
    if collides(list(values)):
        raise AltacError([CollidingMembers(syntax.span)])
    return frozenset(values)


def check_unknown(scope: Scope, syntax: t.Expr, domain: Domain | None) -> Unknown:
    """What all symbols of an input are read as that are not in its domain: one symbol, or one for each shape.

    Raises:
        AltacError: if it is none that text can hold.
    """
    value = Elaborator(scope, Place.CONSTANT, Subject.UNKNOWN).constant(syntax)
    unknown = shapes_of(syntax, value) if isinstance(value, Table) else Unknown(value)
    check_alphabet(syntax, Domain.of(unknown.symbols))
    known = {value_text(other): other for other in domain or ()}
    for symbol in unknown.symbols:
        if not same(other := known.get(value_text(symbol), symbol), symbol):
            raise AltacError([SymbolsOfOneText(syntax.span, source_text(symbol), source_text(other))])
    return unknown


def shapes_of(syntax: t.Expr, table: Table) -> Unknown:
    """A table from shapes to symbols.

    Raises:
        AltacError: if it does not say what symbols of other shapes are read as, or a key is no shape.
    """
    if "" not in table:
        raise AltacError([NoOtherShape(syntax.span, source_text(""))])
    shapes = [(key, symbol) for key, symbol in table.entries if key != ""]
    for key, _ in shapes:
        if not isinstance(key, str) or not is_shape(key):
            found = shape(key) if isinstance(key, str) else ""
            raise AltacError([NoShape(syntax.span, source_text(key), source_text(found or "Xx"))])
    return Unknown(table[""], tuple((str(key), symbol) for key, symbol in shapes))


def check_integer(scope: Scope, syntax: t.Expr, what: Subject, least: int) -> int:
    value = Elaborator(scope, Place.CONSTANT, what).constant(syntax)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LONGEST:
        raise AltacError([NotAnInteger(syntax.span, what, least, LONGEST, source_text(value))])
    return value


def check_alphabet(syntax: t.Expr, domain: Domain) -> Domain:
    """An alphabet whose symbols can be told apart in input text."""
    texts: dict[str, Value] = {}
    for value in domain:
        text = value_text(value)
        if kind_of(value) not in ("symbol", "number", "boolean"):
            raise AltacError([SymbolWithoutText(syntax.span, source_text(value))])
        if not is_plain_symbol(text):
            raise AltacError([SymbolWithBlanks(syntax.span, source_text(value))])
        if text in texts:
            raise AltacError([SymbolsOfOneText(syntax.span, source_text(value), source_text(texts[text]))])
        texts[text] = value
    return domain


def check_frame(scope: Scope, frame: t.Frame | None, input_name: str) -> tuple[list[str], list[str]]:
    """The tokens before and after the input."""
    before: list[str] = []
    after: list[str] = []
    if frame is None:
        return before, after
    seen: Span | None = None
    for item in frame.items:
        if isinstance(item, t.FrameInput):
            if item.name.text != input_name:
                raise AltacError([OtherNameInFrame(item.span, input_name, item.name.text)])
            if seen is not None:
                raise AltacError([InputTwiceInFrame(item.span, input_name)])
            seen = item.span
        else:
            times = 1 if item.times is None else check_integer(scope, item.times, Subject.REPETITION, 0)
            scope.expand(item.span, times // 4)
            (before if seen is None else after).extend([item.token] * times)
    if seen is None:
        raise AltacError([BadFrame(frame.span, input_name)])
    return before, after


def check_initial(scope: Scope, var: t.Var, domain: Domain, sources: dict[str, Domain], reports: Reports) -> Variable:
    """A variable with its table of initial values; `sources` are the domains of `token` and `position`."""
    core = Elaborator(scope, Place.INITIAL).expr(var.initial)
    name = var.name.text
    names = reads(core)
    if len(names) > 1:
        raise AltacError([TokenAndPosition(var.initial.span, name)])
    by = next(iter(names), "token")
    source = sources.get(by)
    if source is None:  # the alphabet is wrong, which has been reported
        raise AltacError([])
    diagrams = Diagrams([(by, source)], budget=scope.around.proofs)
    prover = Prover(diagrams, reports, {by: source})
    before = reports.failures
    scope.expand(var.initial.span, len(source) // 4)
    if is_open(domain):
        return Variable(name, domain, by, (), var.span, beginning(core, by, var, diagrams, prover))  # type: ignore[arg-type]
    try:
        node = prover.value(core, diagrams.true, name, domain, var.initial.span, Guard.CHOICE)
    except TooLarge:
        prover.too_large(partial(InitialTooLarge, var.initial.span, variable=name), (core,), diagrams.true)
        raise AltacError([]) from None
    if reports.failures > before:
        raise AltacError([])
    initial = tuple(domain.index(value) for value in table(diagrams, node, by))
    return Variable(name, domain, by, initial, var.span)  # type: ignore[arg-type]


def beginning(core: Expr, by: str, var: t.Var, diagrams: Diagrams, prover: Prover) -> tuple[Fraction, ...]:
    """The number that a variable is before the first layer, for each value of what it depends on.

    Raises:
        AltacError: without diagnostics for faults that are reported; for what is no number.
    """
    before = prover.reports.failures
    node = diagrams.of(core)
    prover.faults(node, Guard.CHOICE)
    if prover.reports.failures > before:
        raise AltacError([])
    found = table(diagrams, node, by)
    other = next((value for value in found if kind_of(value) != "number"), 0)
    if kind_of(other) != "number":
        raise AltacError([ValueForNumber(var.initial.span, var.name.text, source_text(other))])
    return tuple(map(Fraction, found))


def builtin_variable(name: str, domain: Domain) -> Variable:
    """`token` or `position` as a variable that starts as itself and never changes."""
    by = "token" if name == "token" else "position"
    return Variable(name, domain, by, tuple(range(len(domain))), None)  # type: ignore[arg-type]
