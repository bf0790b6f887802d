"""The step's statements to core statements: `match` to branches, `for` unrolled, `let` expanded where it is used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from math import prod

from altac.check.declarations import LARGEST_DOMAIN, check_domain_or_number
from altac.check.elaborate import Elaborator, not_constant
from altac.check.linear import Gathering, as_linear
from altac.check.problems import Side, check_kinds, never_equal
from altac.check.proofs import SKIP
from altac.check.scope import Broken, ConstantBinding, LocalBinding, Reports, StateBinding, Unbounded, each
from altac.diagnostics import AltacError, closest
from altac.diagnostics.constant_errors import DomainOfCollections, LargeDomain, Subject
from altac.diagnostics.domain_errors import AssignmentTooLarge
from altac.diagnostics.kind_errors import PatternOfVariable
from altac.diagnostics.name_errors import CannotAssign, UnknownPattern, UnknownTarget, WrongPatterns
from altac.diagnostics.number_errors import FactorsDiffer, NonlinearNumber, NumberKept, TooManyTests, ValueForNumber
from altac.ir.diagram import Diagrams, Fault, TooLarge
from altac.ir.expr import Constant, Expr, reads
from altac.ir.numbers import NUMBERS, Combination, Linear, Terms, Test, is_open, terms_text
from altac.ir.program import Assign, Branch, Statement, Uncovered, guarded
from altac.ir.values import Domain, Table, Value, kind_of, source_text
from altac.syntax import tree as t


class StepElaborator:
    """Elaborates statements; an error in one does not keep the others from being checked.

    Attributes:
        readable: the domains of all that a step reads; where none is declared, those of what it introduces follow.
        introduced: what was introduced, with its domain.
        faulty: those of which some value is missing, which the proof reports.
        numbers: the sums that numbers become, in all their assignments.
        tests: what the step asks of numbers, once it is finished.
    """

    def __init__(self, reports: Reports, readable: Mapping[str, Domain]) -> None:
        self.reports = reports
        self.readable = readable
        self.introduced: dict[str, Domain] = {}
        self.faulty: set[str] = set()
        self.numbers: dict[str, list[Terms]] = {}
        self.undeclared: dict[str, t.Introduce] = {}
        self.tests: tuple[Test, ...] = ()

    def block(self, statements: tuple[t.Introduce | t.Statement, ...], outer: Elaborator) -> tuple[Statement, ...]:
        here = outer.inside(outer.scope.inner())
        result: list[Statement] = []
        for statement in statements:
            done = self.reports.attempt(self.statement, statement, here)
            if done is not None:
                result += done
            elif isinstance(statement, t.Let):
                here.scope.names.setdefault(statement.name.text, Broken(statement.name.span))
        return tuple(result)

    def statement(self, statement: t.Introduce | t.Statement, here: Elaborator) -> list[Statement]:
        here.scope.expand(statement.span)
        match statement:
            case t.Introduce():
                return [self.introduce(statement, here)]
            case t.Assign():
                return [self.assign(statement, here)]
            case t.Let():
                operand = here.operand(statement.value)
                here.scope.declare(statement.name, LocalBinding(operand, statement.name.span))
                return []
            case t.Pass():
                return []
            case t.If():
                return self.branches(statement, here)
            case t.Match():
                return self.match(statement, here)
            case t.For():
                return self.unroll(statement, here)

    def assign(self, statement: t.Assign, here: Elaborator) -> Assign:
        name = statement.target
        binding = here.scope.find(name.text)
        if isinstance(binding, Broken):
            raise AltacError([])
        if binding is None:
            known = here.scope.known()
            variables = [
                candidate for candidate in known if getattr(here.scope.find(candidate), "what", "") == "variable"
            ]
            raise AltacError([UnknownTarget(name.span, "variable", name.text, closest(name.text, variables))])
        if not isinstance(binding, StateBinding) or binding.what != "variable":
            raise AltacError([CannotAssign(name.span, name.text, binding.what)])
        if is_open(binding.domain):
            return self.number(name, as_linear(here.operand(statement.value)), statement)
        return Assign(name.text, here.expr(statement.value), statement.span, name.span, statement.value.span)

    def introduce(self, statement: t.Introduce, here: Elaborator) -> Assign:
        """The assignment that gives a new variable its value."""
        name = statement.name
        declared = None
        if statement.domain is not None:
            declared = check_domain_or_number(here.scope.top, statement.domain, Subject.DOMAIN)
        value = here.operand(statement.value)
        if is_open(declared) or (declared is None and isinstance(value, Linear)):
            self.introduced[name.text] = NUMBERS
            return self.number(name, as_linear(value), statement)
        if isinstance(value, Linear):
            raise AltacError([NonlinearNumber(statement.value.span, terms_text(value.terms))])
        if declared is None:
            self.undeclared[name.text] = statement
        else:
            self.introduced[name.text] = declared
        return Assign(name.text, value, statement.span, name.span, statement.value.span)

    def finish(
        self, step: tuple[Statement, ...], here: Elaborator, layer: str, taken: Collection[str]
    ) -> tuple[tuple[Statement, ...], list[Combination]]:
        """The whole step with what it asks of numbers, what becomes of these, and the domains of what it introduces.

        Args:
            layer: its name.
            taken: the names of what other layers ask.
        """
        gathering = Gathering(list(here.scope.around.tests.values()), layer, taken)
        step, self.tests = gathering.statements(step), gathering.tests
        for statement in step:
            if isinstance(statement, Assign) and statement.variable in self.undeclared:
                syntax = self.undeclared[statement.variable]
                domain = self.reports.attempt(self.possible, statement.variable, statement.value, syntax, here)
                if domain is not None:
                    self.introduced[statement.variable] = domain
        return step, self.combinations(step, here)

    def number(self, name: t.Identifier, value: Linear, statement: t.Assign | t.Introduce) -> Assign:
        """The assignment of a number."""
        assign = Assign(name.text, value.rest, statement.span, name.span, statement.value.span)
        self.numbers.setdefault(name.text, []).append(value.terms)
        return assign

    def possible(self, name: str, value: Expr, statement: t.Introduce, here: Elaborator) -> Domain:
        """All values that an expression can have; those that have none are a matter of the proof."""
        diagrams = Diagrams(list(self.known().items()), budget=here.scope.around.proofs)
        try:
            leaves = diagrams.leaves(diagrams.of(value))
        except TooLarge:
            known = self.known()
            sizes = tuple((read, len(known[read])) for read in reads(value) if read in known)
            count = f"{prod(size for _, size in sizes):,}"
            raise AltacError([AssignmentTooLarge(statement.span, sizes, count, name)]) from None
        values = [leaf for leaf in leaves if not isinstance(leaf, Fault)]
        if len(values) < len(leaves):
            self.faulty.add(name)
        others = [found for found in values if kind_of(found) in ("list", "table")]
        if others:
            raise AltacError([DomainOfCollections(statement.value.span, kind_of(others[0]))])
        if len(values) > LARGEST_DOMAIN:
            raise AltacError([LargeDomain(statement.value.span, len(values), LARGEST_DOMAIN)])
        return Domain.of(values or (None,))

    def known(self) -> dict[str, Domain]:
        """The domains of all values that a step reads, and of what it asks of numbers."""
        return {**self.readable, **{test.name: test.domain for test in self.tests}}

    # Numbers -------------------------------------------------------------------------------------------------

    def combinations(self, step: tuple[Statement, ...], here: Elaborator) -> list[Combination]:
        """What becomes of every number that is assigned or introduced."""
        diagrams = Diagrams(list(self.known().items()), budget=here.scope.around.proofs)
        found = (
            self.reports.attempt(self.combination, name, sums, step, diagrams) for name, sums in self.numbers.items()
        )
        return [one for one in found if one is not None]

    def combination(self, name: str, sums: list[Terms], step: tuple[Statement, ...], diagrams: Diagrams) -> Combination:
        """The sum that a number becomes on all paths.

        Raises:
            AltacError: if it differs from path to path, in more than what is added.
        """
        written = [(guard, one) for guard, one in guarded(step) if isinstance(one, Assign) and one.variable == name]
        terms, first = sums[0], written[0][1]
        for other, (_, assign) in zip(sums, written, strict=True):
            if dict(other) != dict(terms):
                raise AltacError([FactorsDiffer(assign.written, name, *map(sum_text, (other, terms)))])
        always, amounts = diagrams.false, set[Value]()
        try:
            for guard, assign in written:
                holds = diagrams.true if guard is None else diagrams.of(guard)
                holds = diagrams.apply(lambda leaf: leaf is True, holds)
                always = diagrams.choose(holds, diagrams.true, always)
                leaves = diagrams.leaves(diagrams.choose(holds, diagrams.of(assign.value), diagrams.leaf(SKIP)))
                values = [leaf for leaf in leaves if leaf is not SKIP and not isinstance(leaf, Fault)]
                amounts |= {self.amount(value, assign) for value in values}
        except TooLarge:
            raise AltacError([TooManyTests(first.written, LARGEST_DOMAIN)]) from None
        if always is not diagrams.true:
            if dict(terms) != {name: 1}:
                raise AltacError([NumberKept(first.written, name, sum_text(terms))])
            amounts.add(0)
        if len(amounts) > LARGEST_DOMAIN:
            raise AltacError([LargeDomain(first.written, len(amounts), LARGEST_DOMAIN)])
        return Combination(name, terms, Domain.of(amounts or {0}))

    def amount(self, leaf: Value, statement: Assign) -> Value:
        """What is added to a number.

        Raises:
            AltacError: if it is none.
        """
        if kind_of(leaf) != "number":
            raise AltacError([ValueForNumber(statement.written, statement.variable, source_text(leaf))])
        return leaf

    # Blocks --------------------------------------------------------------------------------------------------

    def branches(self, statement: t.If, here: Elaborator) -> list[Statement]:
        """An `if`; nothing if a condition is wrong, for then it is unknown when the other branches are taken."""
        arms = []
        for condition, body in statement.branches:
            core = self.reports.attempt(here.expr, condition)
            done = self.block(body, here)
            if core is not None:
                arms.append((core, done))
        other = self.block(statement.other.body, here) if statement.other is not None else ()
        otherwise = statement.other.span if statement.other is not None else None
        places = tuple(condition.span for condition, _ in statement.branches)
        return [Branch(tuple(arms), other, statement.span, places, otherwise)] if len(arms) == len(places) else []

    def unroll(self, statement: t.For, here: Elaborator) -> list[Statement]:
        result: list[Statement] = []
        for value in here.elements(statement.collection, Subject.LOOP):
            here.scope.expand(statement.name.span)
            scope = here.scope.inner()
            scope.declare(statement.name, LocalBinding(Constant(value, statement.name.span), statement.name.span))
            result += self.block(statement.body, here.inside(scope))
        return result

    # Matching ------------------------------------------------------------------------------------------------

    def match(self, statement: t.Match, here: Elaborator) -> list[Statement]:
        """A `match`; nothing if a case is wrong, for then it is unknown when the cases below are taken."""
        subjects = here.exprs(statement.subjects)
        arms = []
        for case in statement.cases:
            arm = self.reports.attempt(self.case, case, subjects, statement, here)
            if arm is not None:
                arms.append(arm)
        if len(arms) < len(statement.cases):
            return []
        head = statement.subjects[0].span.to(statement.subjects[-1].span)
        places = tuple(case.span for case in statement.cases)
        return [Branch(tuple(arms), (Uncovered(tuple(subjects), head),), statement.span, places)]

    def case(
        self, case: t.Case, subjects: list[Expr], statement: t.Match, here: Elaborator
    ) -> tuple[Expr, tuple[Statement, ...]]:
        if len(case.patterns) != len(subjects):
            one_of = [one for pattern in case.patterns for one in pattern.alternatives]
            if len(subjects) == 1 and all(isinstance(one, t.PatternValue | t.PatternRange) for one in one_of):
                fitting = " | ".join(pattern.span.text for pattern in case.patterns)
            else:
                fitting = ", ".join("_" for _ in subjects)
            call = f"case {fitting}{' if ...' if case.guard is not None else ''}:"
            raise AltacError([WrongPatterns(case.span, "match", len(subjects), "value", len(case.patterns), call)])
        inner = here.inside(here.scope.inner())
        conditions = [
            self.pattern(pattern, subject, syntax, inner)
            for pattern, subject, syntax in zip(case.patterns, subjects, statement.subjects, strict=True)
        ]
        guard = self.reports.attempt(inner.expr, case.guard) if case.guard is not None else None
        body = self.block(case.body, inner)
        if case.guard is not None:
            if guard is None:
                raise AltacError([])
            conditions.append(guard)
        condition, *others = [part for part in conditions if not always(part)] or [Constant(True, case.span)]
        for other in others:
            condition = inner.both(condition, other, case.span)
        return condition, body

    def pattern(self, pattern: t.Pattern, subject: Expr, syntax: t.Expr, here: Elaborator) -> Expr:
        """The condition under which a subject matches; captured names are declared in the scope."""
        alone = len(pattern.alternatives) == 1
        result, *others = each(partial(self.alternative, subject, syntax, here, alone), pattern.alternatives)
        for condition in others:
            result = here.either(result, condition, pattern.span)
        return result

    def alternative(
        self,
        subject: Expr,
        syntax: t.Expr,
        here: Elaborator,
        alone: bool,
        pattern: t.PatternAny | t.PatternName | t.PatternValue | t.PatternRange,
    ) -> Expr:
        span = pattern.span
        match pattern:
            case t.PatternAny():
                return Constant(True, span)
            case t.PatternValue():
                value = Constant(pattern.value.value, span)
                self.comparable(pattern.value, value, subject, syntax, here)
                return here.apply("==", (subject, value), span)
            case t.PatternRange():
                low, high = Constant(pattern.low.value, span), Constant(pattern.high.value, span)
                values = here.apply("..", (low, high), span)
                if not isinstance(values, Constant):
                    raise not_constant(values, Subject.PATTERN, span)
                self.comparable(pattern, values, subject, syntax, here)
                return here.apply("in", (subject, values), span)
            case t.PatternName():
                return self.named(pattern, subject, here, alone)

    def named(self, pattern: t.PatternName, subject: Expr, here: Elaborator, alone: bool) -> Expr:
        """A constant's name stands for its value, or its elements; a new name captures."""
        span = pattern.span
        binding = here.scope.find(pattern.text)
        if binding is None and alone:
            here.scope.declare(t.Identifier(span, pattern.text), LocalBinding(subject, span))
            return Constant(True, span)
        if isinstance(binding, LocalBinding) and isinstance(binding.expr, Constant):
            binding = ConstantBinding(binding.expr.value, binding.span)
        if isinstance(binding, ConstantBinding):
            op = "in" if isinstance(binding.value, frozenset | tuple | Table) else "=="
            return here.apply(op, (subject, Constant(binding.value, span)), span)
        if binding is None:
            suggestion = here.scope.suggestion(pattern.text, "name")
            raise AltacError([UnknownPattern(span, "constant", pattern.text, suggestion)])
        if isinstance(binding, Broken | Unbounded):
            here.scope.look_up(pattern.text, span)
        raise AltacError([PatternOfVariable(span, pattern.text, binding.what)])

    def comparable(
        self, written: t.Literal_ | t.PatternRange, wanted: Expr, subject: Expr, syntax: t.Expr, here: Elaborator
    ) -> None:
        """Refuse a pattern of another kind than the subject, and a misspelt symbol."""
        values = here.possible.values(subject)
        if values is None or isinstance(subject, Constant) or not isinstance(wanted, Constant):
            return
        matched = Domain.of(wanted.value if isinstance(wanted.value, frozenset) else (wanted.value,))
        check_kinds(Side(syntax, subject, values), Side(written, wanted, matched), written.span)
        if isinstance(wanted.value, str) and wanted.value not in values:
            raise AltacError([never_equal(written.span, wanted.value, syntax.span.text, values)])


def sum_text(terms: Terms) -> str:
    """A sum of numbers, for messages."""
    return f"`{terms_text(terms)}`" if terms else "what reads no number"


def always(condition: Expr) -> bool:
    return isinstance(condition, Constant) and condition.value is True
