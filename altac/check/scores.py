"""Scores: sums of tables, each a function of one variable or head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import lcm

from altac.check.elaborate import Elaborator
from altac.check.places import Place
from altac.check.proofs import Prover, table
from altac.check.scope import Reports, Scope, StateBinding, each
from altac.diagnostics import AltacError, closest
from altac.diagnostics.constant_errors import Subject
from altac.diagnostics.domain_errors import Guard, TermTooLarge
from altac.diagnostics.name_errors import UnknownName
from altac.diagnostics.score_errors import (
    BadTemperature,
    EntryNeverRead,
    EntryNotLabels,
    NotANumber,
    NotATerm,
    ScoreTooLarge,
    TableWithoutIndex,
    TermOfSeveral,
    UnknownLabel,
)
from altac.diagnostics.words import joined
from altac.ir.diagram import Diagrams, TooLarge
from altac.ir.expr import Expr, reads
from altac.ir.scores import Row, Score, Scoring, Term
from altac.ir.values import Domain, Table, Value, kind_of, source_text, value_key
from altac.syntax import tree as t
from altac.syntax.mentions import names as mentioned

MOST_SUM = 2**24  # float32 holds all whole numbers up to here
Number = int | Fraction
Numbers = dict[int, Number]  # what is added to labels, by their indices; nothing to all others


@dataclass(frozen=True)
class Part:
    """A term as it was written, and what it is multiplied by."""

    syntax: t.Expr
    factor: Fraction


@dataclass
class ScoreChecker:
    """Checks one score."""

    scope: Scope
    reports: Reports
    syntax: t.Score
    labels: Domain

    def score(self) -> Score:
        """The typed score.

        Raises:
            AltacError: with what is no sum of tables of labels.
        """
        terms: dict[str, list[Numbers]] = {}
        constant: Numbers = {}
        for variable, rows in each(self.term, list(self.parts(self.syntax.value, Fraction(1)))):
            if variable is None:
                constant = added(constant, rows[0])
            else:
                before = terms.get(variable, [{}] * len(rows))
                terms[variable] = [added(*pair) for pair in zip(before, rows, strict=True)]
        tables = [*terms.values(), [constant]]
        denominator = lcm(*(one.denominator for rows in tables for row in rows for one in row.values()))

        def whole(row: Numbers) -> Row:
            return {label: int(one * denominator) for label, one in row.items()}

        score = Score(
            self.syntax.name.text,
            self.labels,
            tuple(Term(variable, tuple(map(whole, rows))) for variable, rows in terms.items()),
            whole(constant),
            Scoring(tuple(terms), denominator, self.temperature(), False),
            self.syntax.span,
        )
        if score.greatest > MOST_SUM:
            facts = (score.name, f"{score.greatest:,}", f"{MOST_SUM:,}", denominator)
            raise AltacError([ScoreTooLarge(self.syntax.value.span, *facts)])
        return score

    def temperature(self) -> Fraction:
        if self.syntax.temperature is None:
            return Fraction(1)
        value = Elaborator(self.scope, Place.CONSTANT, Subject.TEMPERATURE).constant(self.syntax.temperature)
        if kind_of(value) != "number" or value <= 0:  # type: ignore[operator]
            raise AltacError([BadTemperature(self.syntax.temperature.span, source_text(value))])
        return Fraction(value)  # type: ignore[arg-type]

    def parts(self, syntax: t.Expr, factor: Fraction) -> Iterator[Part]:
        """The terms of a sum, from left to right."""
        match syntax:
            case t.Group():
                yield from self.parts(syntax.inner, factor)
            case t.Unary(op="-"):
                yield from self.parts(syntax.operand, -factor)
            case t.Binary(op="+"):
                yield from self.parts(syntax.left, factor)
                yield from self.parts(syntax.right, factor)
            case t.Binary(op="-"):
                yield from self.parts(syntax.left, factor)
                yield from self.parts(syntax.right, -factor)
            case t.Binary(op="*"):
                number = self.number(syntax.left)
                other = syntax.right
                if number is None:
                    number, other = self.number(syntax.right), syntax.left
                if number is None:
                    raise AltacError([NotATerm(syntax.span, syntax.span.text)])
                yield from self.parts(other, factor * number)
            case t.Binary(op="/") if number := self.number(syntax.right):
                yield from self.parts(syntax.left, factor / number)
            case t.Binary():
                raise AltacError([NotATerm(syntax.span, syntax.span.text)])
            case _:
                yield Part(syntax, factor)

    def number(self, syntax: t.Expr) -> Fraction | None:
        """A factor; None for what is no number."""
        try:
            value = Elaborator(self.scope, Place.CONSTANT, Subject.FACTOR).constant(syntax)
        except AltacError as error:
            if any(isinstance(problem, UnknownName) for problem in error.diagnostics):
                raise
            return None
        return Fraction(value) if kind_of(value) == "number" else None  # type: ignore[arg-type]

    def term(self, part: Part) -> tuple[str | None, list[Numbers]]:
        """What a term reads, and for each value of it what it adds to the labels."""
        syntax = part.syntax
        reading = self.state_in(syntax)
        if len(reading) > 1:
            raise AltacError([TermOfSeveral(syntax.span, reading)])
        if reading and self.state_in(syntax.collection if isinstance(syntax, t.Index) else syntax):
            raise AltacError([NotATerm(syntax.span, syntax.span.text)])
        if not isinstance(syntax, t.Index):
            entries = self.constant(syntax)
            if isinstance(entries, Table) and any(isinstance(value, Table) for value in entries.values()):
                raise AltacError([TableWithoutIndex(syntax.span, syntax.span.text)])
            return None, [self.row(entries, f"`{syntax.span.text}`", syntax, part.factor)]
        entries = self.constant(syntax.collection)
        core = Elaborator(self.scope, Place.TERM).expr(syntax.index)
        names = reads(core)
        called, where = syntax.collection.span.text, syntax.collection
        known: dict[Value, Value] = {}
        if isinstance(entries, Table):
            known = dict(entries.entries)
        elif isinstance(entries, tuple):
            known = dict(enumerate(entries))
        else:
            raise AltacError([NotATerm(syntax.span, syntax.span.text)])
        self.scope.expand(syntax.span, len(known) // 4)
        rows = {
            value_key(key): self.row(value, f"`{called}[{source_text(key)}]`", where, part.factor)
            for key, value in known.items()
        }
        found = self.values(core, syntax.index)
        occurring = {value_key(value) for value in found}
        never = [source_text(key) for key in known if value_key(key) not in occurring]
        if never:
            shown = joined([*never[:3], f"{len(never) - 3:,} more"] if len(never) > 4 else never)
            self.reports.add(EntryNeverRead(syntax.span, f"`{called}`", shown, syntax.index.span.text))
        return next(iter(names), None), [rows.get(value_key(value), {}) for value in found]

    def state_in(self, syntax: t.Expr) -> tuple[str, ...]:
        """What of a position's state an expression names, in the order of their names."""
        return tuple(name for name in sorted(mentioned(syntax)) if isinstance(self.scope.find(name), StateBinding))

    def constant(self, syntax: t.Expr) -> Value:
        """The value of what must be a table."""
        return Elaborator(self.scope, Place.CONSTANT, Subject.EVIDENCE).constant(syntax)

    def values(self, core: Expr, where: t.Expr) -> list[Value]:
        """What an expression is for each value of the one name that it reads."""
        domains = {name: read.domain for name, read in reads(core).items()}
        diagrams = Diagrams(list(domains.items()), budget=self.scope.around.proofs)
        prover, before = Prover(diagrams, self.reports, domains), self.reports.failures
        try:
            node = diagrams.of(core)
            prover.faults(node, Guard.CHOICE)
        except TooLarge:
            prover.too_large(partial(TermTooLarge, where.span), (core,), diagrams.true)
            raise AltacError([]) from None
        if self.reports.failures > before:
            raise AltacError([])
        return table(diagrams, node, next(iter(domains))) if domains else [node.value]

    def row(self, entries: Value, owner: str, where: t.Expr, factor: Fraction) -> Numbers:
        """What a table of labels adds."""
        if entries == frozenset():  # `{}` is the empty set
            return {}
        if not isinstance(entries, Table):
            if where.span.text == owner.strip("`"):
                raise AltacError([NotATerm(where.span, where.span.text)])
            first = source_text(self.labels.values[0])
            raise AltacError([EntryNotLabels(where.span, owner, source_text(entries), first)])
        row: Numbers = {}
        for label, value in entries.entries:
            if label not in self.labels:
                symbols = {one: source_text(one) for one in self.labels if isinstance(one, str)}
                guess = closest(label, symbols) if isinstance(label, str) else None
                facts = (self.syntax.name.text, str(self.labels), None if guess is None else symbols[guess])
                raise AltacError([UnknownLabel(where.span, owner, source_text(label), *facts)])
            if kind_of(value) != "number":
                raise AltacError([NotANumber(where.span, owner, source_text(label), source_text(value))])
            if value:
                row[self.labels.index(label)] = value if factor == 1 else value * factor  # type: ignore
        return row


def added(one: Numbers, other: Numbers) -> Numbers:
    """The sum of two rows."""
    if not one or not other:
        return one or other
    return {label: one.get(label, 0) + other.get(label, 0) for label in one.keys() | other.keys()}


def check_score(scope: Scope, reports: Reports, syntax: t.Score, labels: Domain) -> Score:
    """A score as it is decided at the end of a run, when the scope holds what can be read then.

    Raises:
        AltacError: if it is no sum of tables of labels.
    """
    return ScoreChecker(scope, reports, syntax, labels).score()
