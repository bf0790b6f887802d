"""The step's statements to core statements: `match` to branches, `for` unrolled, `let` expanded where it is used."""

from __future__ import annotations

from altac.check.elaborate import Elaborator, describe, elements, never_equal
from altac.check.scope import (
    Broken,
    ConstantBinding,
    LocalBinding,
    Reports,
    Scope,
    StateBinding,
    all_of,
)
from altac.diagnostics import AltacError, Span, closest
from altac.diagnostics.kind_errors import WrongKind
from altac.diagnostics.name_errors import CannotAssign, UnknownName, WrongArguments
from altac.ir.expr import Choose, Constant, Expr
from altac.ir.program import Assign, Branch, Statement, Uncovered
from altac.ir.values import Table
from altac.syntax import tree as t


class StepElaborator:
    """Elaborates statements; an error in one does not keep the others from being checked."""

    def __init__(self, reports: Reports) -> None:
        self.reports = reports

    def block(self, statements: tuple[t.Statement, ...], outer: Elaborator) -> tuple[Statement, ...]:
        here = outer.inside(Scope(outer.scope))
        result: list[Statement] = []
        for statement in statements:
            done = self.reports.attempt(lambda statement=statement: self.statement(statement, here))  # type: ignore[misc]
            if done is not None:
                result += done
            elif isinstance(statement, t.Let):
                here.scope.names.setdefault(statement.name.text, Broken(statement.name.span))
        return tuple(result)

    def statement(self, statement: t.Statement, here: Elaborator) -> list[Statement]:
        match statement:
            case t.Assign():
                return [self.assign(statement, here)]
            case t.Let():
                here.scope.declare(statement.name, LocalBinding(here.expr(statement.value), statement.name.span))
                return []
            case t.Pass():
                return []
            case t.If():
                arms = []
                for condition, body in statement.branches:
                    core = self.reports.attempt(lambda condition=condition: here.expr(condition))  # type: ignore[misc]
                    done = self.block(body, here)
                    if core is not None:
                        arms.append((core, done))
                return [Branch(tuple(arms), self.block(statement.other, here), statement.span)]
            case t.Match():
                return [self.match(statement, here)]
            case t.For():
                return self.unroll(statement, here)

    def assign(self, statement: t.Assign, here: Elaborator) -> Assign:
        name = statement.target
        binding = here.scope.find(name.text)
        if binding is None:
            variables = [one for one in here.scope.known() if isinstance(here.scope.find(one), StateBinding)]
            raise AltacError([UnknownName(name.span, "variable", name.text, closest(name.text, variables))])
        if not isinstance(binding, StateBinding) or binding.what != "variable":
            if binding.what == "name":
                raise AltacError([])
            hints = {
                "head": "a head is computed anew in every layer; assign to a variable",
                "local name": "a `let` names a value once; choose another name, or declare a `var`",
                "token": "the input never changes; keep what changes in a `var`",
                "position": "positions never change; keep what changes in a `var`",
            }
            hint = hints.get(binding.what, "declare a `var`")
            what = f"the {binding.what}" if binding.what in ("token", "position") else describe(binding)
            raise AltacError([CannotAssign(name.span, name.text, what, hint)])
        return Assign(name.text, here.expr(statement.value), statement.span, name.span)

    def unroll(self, statement: t.For, here: Elaborator) -> list[Statement]:
        result: list[Statement] = []
        for value in elements(here.inside_constant("what `for` goes through"), statement.collection):
            scope = Scope(here.scope)
            scope.declare(statement.name, LocalBinding(Constant(value, statement.name.span), statement.name.span))
            result += self.block(statement.body, here.inside(scope))
        return result

    # Matching ------------------------------------------------------------------------------------------------

    def match(self, statement: t.Match, here: Elaborator) -> Branch:
        subjects = here.exprs(*statement.subjects)
        arms = []
        for case in statement.cases:
            arm = self.reports.attempt(lambda case=case: self.case(case, subjects, statement, here))  # type: ignore[misc]
            if arm is not None:
                arms.append(arm)
        head = statement.subjects[0].span.to(statement.subjects[-1].span)
        return Branch(tuple(arms), (Uncovered(tuple(subjects), head),), statement.span)

    def case(
        self, case: t.Case, subjects: list[Expr], statement: t.Match, here: Elaborator
    ) -> tuple[Expr, tuple[Statement, ...]]:
        if len(case.patterns) != len(subjects):
            wanted = f"{len(subjects)} pattern{'' if len(subjects) == 1 else 's'}"
            count = "1 is" if len(case.patterns) == 1 else f"{len(case.patterns)} are"
            call = "case " + ", ".join("_" for _ in subjects) + ":"
            raise AltacError([WrongArguments(case.span, "match", wanted, count, call)])
        inner = here.inside(Scope(here.scope))
        condition: Expr = Constant(True, case.span)
        for pattern, subject, syntax in zip(case.patterns, subjects, statement.subjects, strict=True):
            one = self.pattern(pattern, subject, syntax, inner)
            condition = _and(condition, one, case.span)
        if case.guard is not None:
            guard = self.reports.attempt(lambda: inner.expr(case.guard))  # type: ignore[arg-type]
            if guard is not None:
                condition = _and(condition, guard, case.span)
        body = self.block(case.body, inner)
        return condition, body

    def pattern(self, pattern: t.Pattern, subject: Expr, syntax: t.Expr, here: Elaborator) -> Expr:
        """The condition under which a subject matches; captured names are declared in the scope."""
        conditions = all_of(
            [
                lambda one=one: self.alternative(one, subject, syntax, here, len(pattern.alternatives) == 1)  # type: ignore[misc]
                for one in pattern.alternatives
            ]
        )
        result = conditions[0]
        for condition in conditions[1:]:
            result = _or(result, condition, pattern.span)
        return result

    def alternative(
        self,
        pattern: t.PatternAny | t.PatternName | t.PatternValue | t.PatternRange,
        subject: Expr,
        syntax: t.Expr,
        here: Elaborator,
        alone: bool,
    ) -> Expr:
        span = pattern.span
        match pattern:
            case t.PatternAny():
                return Constant(True, span)
            case t.PatternValue():
                self.comparable(pattern.value, subject, syntax, here)
                return here.apply("==", (subject, Constant(pattern.value.value, span)), span)
            case t.PatternRange():
                low, high = Constant(pattern.low.value, span), Constant(pattern.high.value, span)
                values = here.apply("..", (low, high), span)
                return here.apply("in", (subject, values), span)
            case t.PatternName():
                binding = here.scope.find(pattern.text)
                if binding is None and alone:
                    here.scope.declare(t.Identifier(span, pattern.text), LocalBinding(subject, span))
                    return Constant(True, span)
                if isinstance(binding, LocalBinding) and isinstance(binding.expr, Constant):
                    binding = ConstantBinding(binding.expr.value, binding.span)
                if isinstance(binding, ConstantBinding):
                    value = Constant(binding.value, span)
                    op = "in" if isinstance(binding.value, frozenset | tuple | Table) else "=="
                    return here.apply(op, (subject, value), span)
                if binding is None:
                    raise AltacError([UnknownName(span, "constant", pattern.text, closest(pattern.text, here.scope.known()),
                                                  "a name captures only where it is the whole pattern")])
                if binding.what == "name":
                    raise AltacError([])
                detail = f"a pattern is made of constants, and `{pattern.text}` is {describe(binding)}"
                hint = f"capture the value under a new name and compare it: `case x if x == {pattern.text}:`"
                raise AltacError([WrongKind(span, detail, "not a constant", hint)])

    def comparable(self, literal: t.Literal_, subject: Expr, syntax: t.Expr, here: Elaborator) -> None:
        values = here.possible.values(subject)
        if values is None or not isinstance(literal.value, str) or literal.value in values:
            return
        raise AltacError([never_equal(literal.span, literal.value, syntax.span.text, values)])


def _and(left: Expr, right: Expr, span: Span) -> Expr:
    if isinstance(left, Constant) and left.value is True:
        return right
    if isinstance(right, Constant) and right.value is True:
        return left
    return Choose(left, right, Constant(False, span), span)


def _or(left: Expr, right: Expr, span: Span) -> Expr:
    return Choose(left, Constant(True, span), right, span)
