"""Sums of numbers: what can be calculated from them, and what a step can ask of them.

A number has no finite domain, so it is in no table and no decision diagram. What is linear in it stays a sum of numbers
times factors; a comparison becomes a boolean, a `Test`, which is read like the result of a head.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from altac.check.scope import Operand
from altac.diagnostics import AltacError, Span
from altac.diagnostics.number_errors import (
    ComparedWithOther,
    DividedByNumber,
    NonlinearNumber,
    NumberChosen,
    NumberInSet,
    TooManyTests,
)
from altac.ir.diagram import Diagrams, Fault, TooLarge
from altac.ir.expr import Apply, Choose, Constant, Expr, Read, reads
from altac.ir.numbers import Cut, Linear, Terms, Test, added, terms_text
from altac.ir.program import Assign, Branch, Statement, Uncovered
from altac.ir.values import Value, kind_of, number, source_text

if TYPE_CHECKING:
    from altac.check.elaborate import Elaborator

MOST_TESTS = 256  # of one comparison with something that has several values


def as_linear(operand: Operand) -> Linear:
    """A sum without numbers, where it is none."""
    return operand if isinstance(operand, Linear) else Linear((), operand, operand.span)


def calculated(here: Elaborator, op: str, arguments: tuple[Operand, ...], span: Span) -> Operand:
    """An operator on sums of numbers.

    Raises:
        AltacError: if the result is no such sum.
    """
    if op == "negative":
        (only,) = arguments
        return scaled(here, as_linear(only), Fraction(-1), span)
    if op in ("+", "-"):
        left, right = map(as_linear, arguments)
        terms = added(left.terms, right.terms, Fraction(1 if op == "+" else -1))
        return collected(Linear(terms, here.apply(op, (left.rest, right.rest), span), span))
    if op in ("*", "/"):
        one, other = arguments
        factor = constant(other)
        if factor is None and op == "*":
            factor, one = constant(one), other
        if op == "/" and isinstance(other, Linear):
            raise AltacError([DividedByNumber(span, terms_text(other.terms))])
        if factor is not None and not (op == "/" and factor == 0):
            return scaled(here, as_linear(one), factor if op == "*" else 1 / factor, span)
    first = next(one for one in arguments if isinstance(one, Linear))
    raise AltacError([NonlinearNumber(span, terms_text(first.terms))])


def constant(operand: Operand) -> Fraction | None:
    """The number that an operand is, if it is a constant one."""
    if isinstance(operand, Constant) and kind_of(operand.value) == "number":
        return Fraction(operand.value)  # type: ignore[arg-type]
    return None


def scaled(here: Elaborator, linear: Linear, factor: Fraction, span: Span) -> Operand:
    rest = here.apply("*", (linear.rest, Constant(number(factor), span)), span)
    return collected(Linear(added((), linear.terms, factor), rest, span))


def collected(linear: Linear) -> Operand:
    """A sum whose numbers have cancelled is what is left."""
    return linear if linear.terms else linear.rest


def chosen(here: Elaborator, condition: Expr, then: Operand, other: Operand, span: Span) -> Operand:
    """A choice between sums of the same numbers, which differ in what is added.

    Raises:
        AltacError: if they differ in more.
    """
    left, right = as_linear(then), as_linear(other)
    if dict(left.terms) != dict(right.terms):
        texts = (f"`{terms_text(side.terms)}`" if side.terms else "what reads no number" for side in (left, right))
        raise AltacError([NumberChosen(span, *texts)])
    return collected(replace(left, rest=here.choose(condition, left.rest, right.rest, span), span=span))


# Comparisons -----------------------------------------------------------------------------------------------------


def compared(here: Elaborator, op: str, one: Operand, other: Operand, span: Span) -> Expr:
    """A comparison of which one side, or both, is a sum of numbers."""
    left, right = as_linear(one), as_linear(other)
    if op == "in":
        raise AltacError([NumberInSet(span, terms_text(left.terms or right.terms))])
    for side in (left, right):
        if isinstance(side.rest, Constant) and kind_of(side.rest.value) != "number":
            raise AltacError(
                [ComparedWithOther(span, terms_text(left.terms or right.terms), source_text(side.rest.value))]
            )
    terms = added(left.terms, right.terms, Fraction(-1))
    rest = here.apply("-", (right.rest, left.rest), span)  # what the sum of the terms is compared with
    if not terms:
        return here.apply(op, (Constant(0, span), rest), span)
    factor = terms[0][1]
    if factor < 0:
        op = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(op, op)
    terms = added((), terms, 1 / factor)
    if isinstance(rest, Constant):
        return asked(here, op, terms, Fraction(rest.value) / factor, span)  # type: ignore[arg-type]
    bounds = possible_bounds(here, rest, span)
    result: Expr = Constant(False, span)
    for bound in bounds:
        answer = asked(here, op, terms, Fraction(bound) / factor, span)  # type: ignore[arg-type]
        result = here.choose(here.apply("==", (rest, Constant(bound, span)), span), answer, result, span)
    return result


def possible_bounds(here: Elaborator, rest: Expr, span: Span) -> list[Value]:
    """The values of what numbers are compared with.

    Raises:
        AltacError: if some are no numbers, or they are too many.
    """
    domains = {name: read.domain for name, read in reads(rest).items()}
    diagrams = Diagrams(list(domains.items()), budget=here.scope.around.proofs)
    try:
        leaves = diagrams.leaves(diagrams.of(rest))
    except TooLarge:
        raise AltacError([TooManyTests(span, MOST_TESTS)]) from None
    values = [leaf for leaf in leaves if not isinstance(leaf, Fault)]
    if len(values) > MOST_TESTS:
        raise AltacError([TooManyTests(span, MOST_TESTS)])
    return sorted(values)


def asked(here: Elaborator, op: str, terms: Terms, bound: Fraction, span: Span) -> Expr:
    """A comparison of a sum of numbers with a constant, as a boolean."""

    def test(or_equal: bool) -> Expr:
        found = Test(terms, (Cut(bound, not or_equal, span),))
        here.scope.around.tests.setdefault(found.name, found)
        return Read(found.name, found.domain, span)

    def negated(expr: Expr) -> Expr:
        return here.choose(expr, Constant(False, span), Constant(True, span), span)

    match op:
        case ">" | ">=":
            return test(op == ">=")
        case "<" | "<=":
            return negated(test(op == "<"))
        case "==":
            return here.choose(test(True), negated(test(False)), Constant(False, span), span)
        case _:  # !=
            return here.choose(test(True), test(False), Constant(True, span), span)


# All that a step asks of one sum --------------------------------------------------------------------------------


class Gathering:
    """One test for all cuts of a sum, and the statements that read it.

    So a step has no values to consider that exclude each other, such as a number above 2 and not above 1.
    """

    def __init__(self, tests: Sequence[Test], layer: str, taken: Collection[str]) -> None:
        """Args: `layer` is the name of the layer, `taken` are the names of tests of others."""
        cuts: dict[Terms, set[Cut]] = {}
        for test in tests:
            cuts.setdefault(test.terms, set()).update(test.cuts)
        gathered = (Test(terms, tuple(sorted(all_cuts))) for terms, all_cuts in cuts.items())
        self.tests = tuple(replace(test, layer=layer) if test.name in taken else test for test in gathered)
        by_terms = {test.terms: test for test in self.tests}
        self.gathered = {test.name: (by_terms[test.terms], test.cuts[0]) for test in tests}
        self.done: dict[Expr, Expr] = {}

    def statements(self, statements: Sequence[Statement]) -> tuple[Statement, ...]:
        return tuple(map(self.statement, statements))

    def statement(self, statement: Statement) -> Statement:
        match statement:
            case Assign():
                return replace(statement, value=self.expr(statement.value))
            case Branch():
                arms = tuple((self.expr(condition), self.statements(body)) for condition, body in statement.arms)
                return replace(statement, arms=arms, other=self.statements(statement.other))
            case Uncovered():
                return replace(statement, subjects=tuple(map(self.expr, statement.subjects)))

    def expr(self, expr: Expr) -> Expr:
        """The same expression where tests are read; what is shared stays shared."""
        if expr not in self.done:
            self.done[expr] = self._expr(expr)
        return self.done[expr]

    def _expr(self, expr: Expr) -> Expr:
        match expr:
            case Read() if expr.name in self.gathered:
                test, cut = self.gathered[expr.name]
                read = Read(test.name, test.domain, expr.span)
                if len(test.cuts) == 1:
                    return read
                return Apply(">", (read, Constant(test.cuts.index(cut), expr.span)), expr.span)
            case Read() | Constant():
                return expr
            case Apply():
                return replace(expr, arguments=tuple(map(self.expr, expr.arguments)))
            case Choose():
                condition, then, other = (self.expr(part) for part in (expr.condition, expr.then, expr.other))
                return Choose(condition, then, other, expr.span)
