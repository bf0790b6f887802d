"""Heads: from what was written to finite tables.

Ensures: a head's value is a table over one variable, each conjunct of its condition a table over at most one variable
of the key and one of the query, and its domain holds all that it can bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import assert_never

from altac.check.declarations import LARGEST_DOMAIN, check_domain
from altac.check.elaborate import Elaborator, Place
from altac.check.problems import fault_diagnostic
from altac.check.proofs import follow, table
from altac.check.scope import Enough, Reports, Scope, StateBinding
from altac.diagnostics import AltacError, Span
from altac.diagnostics.head_errors import (
    BadOffsets,
    ConditionTooLarge,
    EmptyOffsets,
    MeanNeedsDomain,
    MeanOfNone,
    MeanOfOther,
    NothingSelected,
    OutsideHeadDomain,
    RelationTooLarge,
    ScalarAsValue,
    ScalarInCondition,
    SeveralInConjunct,
    SeveralVariables,
    UnboundedCount,
    UselessDefault,
)
from altac.diagnostics.kind_errors import Subject
from altac.diagnostics.warnings import NeverSelects
from altac.ir.diagram import COPIED, LEAF, Diagrams, Fault, Node, TooLarge
from altac.ir.expr import Apply, Choose, Constant, Expr, Read, reads
from altac.ir.means import MOST_MEANS, attainable_means
from altac.ir.program import EVERYWHERE, Aggregate, Condition, Count, Exists, Head, Mean, Offsets, Pick, Select
from altac.ir.values import BOOL, Domain, Value, kind_of, same, source_text
from altac.syntax import tree as t

MOST_PAIRS = 4_000_000  # combinations of values that one conjunct relates
FARTHEST = 10_000  # relative position that `at` may name


@dataclass(frozen=True)
class HeadChecker:
    """Checks heads of one program, whose inputs have at most `positions` positions (None: any number)."""

    scope: Scope
    reports: Reports
    positions: int | None
    input_name: str

    def check(self, head: t.Head) -> Head:
        """The typed head.

        Raises:
            AltacError: with what attention cannot do.
        """
        try:
            return self.checked(head)
        except TooLarge:
            raise Enough([RelationTooLarge(head.span)]) from None

    def checked(self, head: t.Head) -> Head:
        declared = None if head.domain is None else check_domain(self.scope, head.domain, Subject.DOMAIN)
        offsets = EVERYWHERE if head.at is None else self.offsets(head.at)
        conditions = () if head.where is None else self.conditions(head.where, head)
        if len(offsets.intervals) > 1:
            self.scope.expand(head.span, (self.positions or FARTHEST) // 8)
        most = offsets.most(self.positions)
        always = not conditions and 0 in offsets  # something is selected
        match head.aggregate:
            case "count":
                domain, brings = self.counted(head, declared, most)
            case "exists":
                domain, brings = self.existing(head, declared)
            case "mean":
                domain, brings = self.averaged(head, declared, conditions, always, most)
            case "select" | "first" | "last":
                domain, brings = self.fetched(head, declared, conditions, always)
            case _:
                assert_never(head.aggregate)
        return Head(head.name.text, domain, brings, conditions, offsets, most, head.span)

    def missing(self, head: t.Head, always: bool) -> tuple[Value, ...]:
        """The value where nothing is selected; none if that never happens and nothing is said of it."""
        default = self.default(head)
        return () if always and head.default is None else (default,)

    def fetched(
        self, head: t.Head, declared: Domain | None, conditions: tuple[Condition, ...], always: bool
    ) -> tuple[Domain, Aggregate]:
        """A head that brings what one position holds."""
        assert head.value is not None
        variable, results = self.value(head.value, conditions, averaged=False)
        missing = self.missing(head, always)
        domain = declared or Domain.of((*results, *missing))
        for value in (*results, *missing):
            if value not in domain:
                raise AltacError([self.outside(head, value, domain)])
        values = tuple(domain.index(value) for value in results)
        default = domain.index(missing[0]) if missing else None
        if head.aggregate == "first" or head.aggregate == "last":
            return domain, Pick(head.aggregate, variable, values, default)
        return domain, Select(variable, values, default)

    def averaged(
        self,
        head: t.Head,
        declared: Domain | None,
        conditions: tuple[Condition, ...],
        always: bool,
        most: int | None,
    ) -> tuple[Domain, Aggregate]:
        assert head.value is not None
        variable, results = self.value(head.value, conditions, averaged=True)
        missing = self.missing(head, always)
        numbers = self.numbers(head.value, results)
        if most is None:
            raise AltacError([UnboundedCount(head.span, head.name.text, None, self.input_name)])
        domain = self.mean_domain(head, declared, numbers, missing, most)
        default = domain.index(missing[0]) if missing else None
        return domain, Mean(variable, tuple(numbers), default, declared is None)

    def counted(self, head: t.Head, declared: Domain | None, most: int | None) -> tuple[Domain, Aggregate]:
        self.without_default(head, "0")
        if most is None or most >= LARGEST_DOMAIN:
            raise AltacError([UnboundedCount(head.span, head.name.text, most, self.input_name)])
        self.scope.expand(head.span, most // 4)
        return self.holding(head, declared, Domain.of(range(most + 1))), Count()

    def existing(self, head: t.Head, declared: Domain | None) -> tuple[Domain, Aggregate]:
        self.without_default(head, "false")
        domain = self.holding(head, declared, BOOL)
        return domain, Exists(domain.index(True), domain.index(False))

    def without_default(self, head: t.Head, value: str) -> None:
        """A head that has a value also where nothing is selected takes no default."""
        if head.default is not None:
            raise AltacError([UselessDefault(head.default.span, head.aggregate, value)])

    def holding(self, head: t.Head, declared: Domain | None, full: Domain) -> Domain:
        """The declared domain, which must hold all that the head brings."""
        domain = declared or full
        for value in full:
            if value not in domain:
                raise AltacError([self.outside(head, value, domain)])
        return domain

    # Value and default ---------------------------------------------------------------------------------------

    def value(
        self, syntax: t.Expr, conditions: tuple[Condition, ...], averaged: bool
    ) -> tuple[str | None, list[Value]]:
        """The variable that a value reads, and what it brings for each of the variable's values.

        Values of the variable that the conditions never select bring nothing: they get the result of one that is.
        """
        core = Elaborator(self.scope, Place.VALUE).expr(syntax)
        names = reads(core)
        if len(names) > 1:
            raise AltacError([SeveralVariables(syntax.span, tuple(names))])
        variable = next(iter(names), None)
        if variable is not None:
            binding = self.scope.find(variable)
            if isinstance(binding, StateBinding) and binding.scalar and not (averaged and isinstance(core, Read)):
                raise AltacError([ScalarAsValue(syntax.span, variable)])
        diagrams = Diagrams([(name, read.domain) for name, read in names.items()], budget=self.scope.around.proofs)
        node = diagrams.of(core)
        if variable is None:
            self.no_faults(diagrams, node)
            return None, [node.value]
        size = len(names[variable].domain)
        self.scope.expand(syntax.span, size // 4)
        relations = [condition.holds for condition in conditions if condition.key == variable]
        selected = [all(any(holds[index]) for holds in relations) for index in range(size)]
        first = selected.index(True) if any(selected) else 0
        children = [node] * size if node.level == LEAF else list(node.children)
        node = diagrams.node(0, tuple(children[index if selected[index] else first] for index in range(size)))
        self.no_faults(diagrams, node)
        return variable, table(diagrams, node, variable)

    def default(self, head: t.Head) -> Value:
        if head.default is None:
            return None
        return Elaborator(self.scope, Place.CONSTANT, Subject.DEFAULT).constant(head.default)

    def outside(self, head: t.Head, value: Value, domain: Domain) -> OutsideHeadDomain:
        """The diagnostic of a value that the declared domain of a head does not have."""
        if value is None:
            assert head.value is not None
            optional = str(Domain.of((*domain, None)))
            return NothingSelected(head.value.span, head.name.text, "none", str(domain), optional)
        place = head.domain if head.value is None else head.value
        if head.default is not None and same(value, self.default(head)):
            place = head.default
        assert place is not None
        return OutsideHeadDomain(place.span, head.name.text, source_text(value), str(domain))

    # Means ---------------------------------------------------------------------------------------------------

    def numbers(self, syntax: t.Expr, results: list[Value]) -> list[int | Fraction]:
        for value in results:
            if kind_of(value) != "number":
                if value is not None:
                    raise AltacError([MeanOfOther(syntax.span, source_text(value))])
                named = isinstance(syntax, t.Name | t.Field)
                name = syntax.span.text.removeprefix("key.") if named else None
                raise AltacError([MeanOfNone(syntax.span, source_text(value), name)])
        return results  # type: ignore[return-value]

    def mean_domain(
        self,
        head: t.Head,
        declared: Domain | None,
        numbers: list[int | Fraction],
        missing: tuple[Value, ...],
        most: int,
    ) -> Domain:
        assert head.value is not None
        if declared is not None:
            if not any(kind_of(value) == "number" for value in declared):
                raise AltacError([self.outside(head, numbers[0], declared)])
            for value in missing:
                if value not in declared:
                    raise AltacError([self.outside(head, value, declared)])
            return Domain.of((*declared, *missing))
        self.scope.expand(head.value.span, MOST_MEANS)
        means = attainable_means(numbers, most)
        if means is None:
            raise AltacError([MeanNeedsDomain(head.value.span, head.name.text, MOST_MEANS)])
        return Domain.of((*means, *missing))

    # Selection -----------------------------------------------------------------------------------------------

    def conditions(self, syntax: t.Expr, head: t.Head) -> tuple[Condition, ...]:
        core = Elaborator(self.scope, Place.CONDITION).expr(syntax)
        groups: list[tuple[str | None, str | None, Expr]] = []
        for conjunct in conjuncts(core):
            key, query = self.sides(conjunct)
            if key is None and query is None and isinstance(conjunct, Constant) and conjunct.value is True:
                continue
            for number_, (other_key, other_query, other) in enumerate(groups):
                together = {key, other_key} - {None}, {query, other_query} - {None}
                shared = (key is not None and key == other_key) or (query is not None and query == other_query)
                if shared and len(together[0]) <= 1 and len(together[1]) <= 1:
                    merged = Choose(other, conjunct, Constant(False, conjunct.span), conjunct.span)
                    groups[number_] = (key or other_key, query or other_query, merged)
                    break
            else:
                groups.append((key, query, conjunct))
        conditions = tuple(self.relation(key, query, conjunct) for key, query, conjunct in groups)
        if any(not any(any(row) for row in condition.holds) for condition in conditions):
            self.reports.add(NeverSelects(syntax.span, head.name.text))
        return conditions

    def sides(self, conjunct: Expr) -> tuple[str | None, str | None]:
        names = reads(conjunct)
        keys = [name for name in names if name.startswith("key.")]
        queries = [name for name in names if name.startswith("query.")]
        if len(keys) > 1 or len(queries) > 1:
            raise AltacError([SeveralInConjunct(conjunct.span, tuple(names))])
        for name in names:
            binding = self.scope.find(name.split(".")[1])
            if isinstance(binding, StateBinding) and binding.scalar:
                raise AltacError([ScalarInCondition(names[name].span, name.split(".")[1])])
        return next(iter(keys), None), next(iter(queries), None)

    def relation(self, key: str | None, query: str | None, conjunct: Expr) -> Condition:
        """The conjunct as a table of booleans, rows by the key's value and columns by the query's."""
        names = reads(conjunct)
        pairs = prod(len(read.domain) for read in names.values())
        if pairs > MOST_PAIRS:
            raise AltacError([ConditionTooLarge(conjunct.span, pairs, tuple(names))])
        budget = self.scope.around.proofs
        diagrams = Diagrams([(name, read.domain) for name, read in names.items()], 2 * MOST_PAIRS, budget=budget)
        node = diagrams.condition(diagrams.of(conjunct), conjunct)
        self.no_faults(diagrams, node)
        budget.spend(pairs // COPIED)
        rows = grid(diagrams, node)
        return Condition(
            bare(key), bare(query), tuple(zip(*rows, strict=True)) if diagrams.names[:1] == [query] else rows
        )

    def no_faults(self, diagrams: Diagrams, node: Node) -> None:
        """Report a value or condition that has no meaning on some combination; nothing guards a head."""
        for leaf in diagrams.leaves(node):
            if isinstance(leaf, Fault):
                witness = diagrams.witness(node, lambda value: isinstance(value, Fault)) or {}
                first = follow(diagrams, node, witness)
                assert isinstance(first, Fault)
                raise AltacError([fault_diagnostic(first, witness)])

    def offsets(self, syntax: t.Offsets) -> Offsets:
        elaborator = Elaborator(self.scope, Place.CONSTANT, Subject.OFFSET)
        if syntax.single is not None:
            value = elaborator.constant(syntax.single)
            values = list(value) if isinstance(value, frozenset | tuple) else [value]
            elaborator.scope.expand(syntax.span, len(values) // 4)
            numbers = sorted(self.offset(one, syntax.single.span) for one in values)
            if not numbers:
                raise AltacError([EmptyOffsets(syntax.span)])
            return Offsets(tuple(runs(numbers)))
        low, high = (
            None if end is None else self.offset(elaborator.constant(end), end.span)
            for end in (syntax.low, syntax.high)
        )
        if low is not None and high is not None and low > high:
            raise AltacError([EmptyOffsets(syntax.span)])
        return Offsets(((low, high),))

    def offset(self, value: Value, span: Span) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > FARTHEST:
            raise AltacError([BadOffsets(span, source_text(value), -FARTHEST, FARTHEST)])
        return value


def grid(diagrams: Diagrams, node: Node) -> tuple[tuple[bool, ...], ...]:
    """The leaves of a diagram over at most two variables, rows by the first one's value and columns by the other's."""
    first, second = ([len(domain) for domain in diagrams.domains] + [1, 1])[:2]
    rows = node.children if node.level == 0 else (node,) * first
    return tuple(
        tuple([leaf.value for leaf in row.children]) if row.level < LEAF else (row.value,) * second for row in rows
    )


def conjuncts(expr: Expr) -> list[Expr]:
    """The parts of a conjunction, in order."""
    if isinstance(expr, Choose) and isinstance(expr.other, Constant) and expr.other.value is False:
        then = expr.then.arguments[0] if isinstance(expr.then, Apply) and expr.then.op == "truth" else expr.then
        return [*conjuncts(expr.condition), *conjuncts(then)]
    return [expr]


def runs(numbers: list[int]) -> list[tuple[int | None, int | None]]:
    """Ascending whole numbers as intervals of neighbours."""
    result: list[tuple[int | None, int | None]] = []
    last = None
    for one in numbers:
        if result and last is not None and one <= last + 1:
            result[-1] = (result[-1][0], one)
        else:
            result.append((one, one))
        last = one
    return result


def bare(name: str | None) -> str | None:
    return None if name is None else name.split(".")[1]
