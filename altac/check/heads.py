"""Heads: from what was written to finite tables.

Ensures: a head's value is a table over one variable, and its domain holds all that it can bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import assert_never

from altac.check.conditions import Selection, check_condition, prove
from altac.check.declarations import LARGEST_DOMAIN, check_domain_or_number
from altac.check.elaborate import Elaborator
from altac.check.places import Place
from altac.check.proofs import table
from altac.check.real_heads import BRING_NUMBERS, number_brought, real_head
from altac.check.scope import Enough, Reports, Scope
from altac.diagnostics import AltacError, Span
from altac.diagnostics.constant_errors import Subject
from altac.diagnostics.head_errors import (
    BadOffsets,
    EmptyOffsets,
    MeanNeedsDomain,
    MeanOfNone,
    MeanOfOther,
    NothingSelected,
    NotOrdered,
    OutsideHeadDomain,
    RelationTooLarge,
    SeveralVariables,
    SumNeedsDomain,
    SumOfOther,
    UnboundedCount,
    UselessDefault,
)
from altac.diagnostics.number_errors import (
    NumberOfAggregate,
)
from altac.diagnostics.warnings import NeverSelects
from altac.ir.diagram import Diagrams, Fault, TooLarge
from altac.ir.expr import reads
from altac.ir.heads import Aggregate, Condition, Count, Exists, Extreme, Head, Mean, Pick, Select, Sum
from altac.ir.means import MOST_MEANS, attainable_means
from altac.ir.numbers import NUMBERS, is_open
from altac.ir.offsets import EVERYWHERE, Offsets
from altac.ir.selection import Census
from altac.ir.values import BOOL, Domain, Value, kind_of, same, source_text
from altac.syntax import mentions
from altac.syntax import tree as t

FARTHEST = 10_000  # relative position that `at` may name


@dataclass(frozen=True)
class HeadChecker:
    """Checks heads of one program.

    `census` is None where it is not known what the model reads; it lacks the initial values of variables in `doubtful`.
    What names in `parametric` stand for depends on a parameter.
    """

    scope: Scope
    reports: Reports
    census: Census | None
    doubtful: frozenset[str]
    input_name: str
    parametric: frozenset[str]

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
        declared = None if head.domain is None else check_domain_or_number(self.scope, head.domain, Subject.DOMAIN)
        offsets = EVERYWHERE if head.at is None else self.offsets(head.at)
        selection = Selection() if head.where is None else self.selection(head.where, head)
        conditions = selection.conditions
        most = self.most(head, conditions, offsets)
        always = not conditions and 0 in offsets  # something is selected
        number = number_brought(self, head)
        if number is not None or (is_open(declared) and head.aggregate in BRING_NUMBERS):
            real = real_head(self, head, declared, number, selection, always, most)
            return Head(head.name.text, NUMBERS, real, conditions, offsets, most, head.span)
        if is_open(declared):
            if head.aggregate not in ("count", "sum"):
                assert head.domain is not None
                raise AltacError([NumberOfAggregate(head.domain.span, head.aggregate)])
            declared = None  # a whole number: all that it can be is known
        match head.aggregate:
            case "count":
                domain, brings = self.counted(head, declared, most)
            case "exists":
                domain, brings = self.existing(head, declared)
            case "mean":
                domain, brings = self.averaged(head, declared, selection, always, most)
            case "sum":
                domain, brings = self.added(head, declared, selection, most)
            case "select" | "first" | "last" | "closest" | "max" | "min":
                domain, brings = self.fetched(head, declared, selection, always)
            case _:
                assert_never(head.aggregate)
        return Head(head.name.text, domain, brings, conditions, offsets, most, head.span)

    def missing(self, head: t.Head, always: bool) -> tuple[Value, ...]:
        """The value where nothing is selected; none if that never happens and nothing is said of it."""
        default = self.default(head)
        return () if always and head.default is None else (default,)

    def fetched(
        self, head: t.Head, declared: Domain | None, selection: Selection, always: bool
    ) -> tuple[Domain, Aggregate]:
        """A head that brings what one position holds."""
        assert head.value is not None
        variable, results = self.value(head.value, selection)
        missing = self.missing(head, always)
        domain = declared or Domain.of((*results, *missing))
        for value in (*results, *missing):
            if value not in domain:
                raise AltacError([self.outside(head, value, domain)])
        values = tuple(domain.index(value) for value in results)
        default = domain.index(missing[0]) if missing else None
        if head.aggregate == "first" or head.aggregate == "last" or head.aggregate == "closest":
            return domain, Pick(head.aggregate, variable, values, default)
        if head.aggregate == "max" or head.aggregate == "min":
            self.ordered(head.value, head.aggregate, results)
            return domain, Extreme(head.aggregate, variable, values, default)
        return domain, Select(variable, values, default)

    def ordered(self, syntax: t.Expr, which: str, results: list[Value]) -> None:
        """Make sure that values are all numbers, or all symbols."""
        kinds = [kind_of(value) for value in results]
        wrong = [value for value, kind in zip(results, kinds, strict=True) if kind not in ("number", "symbol")]
        wrong += [value for value, kind in zip(results, kinds, strict=True) if kind != kinds[0]]
        if wrong:
            raise AltacError([NotOrdered(syntax.span, source_text(wrong[0]), which, name_alone(syntax))])

    def added(
        self, head: t.Head, declared: Domain | None, selection: Selection, most: int | None
    ) -> tuple[Domain, Aggregate]:
        """A head that adds up whole numbers."""
        assert head.value is not None
        self.without_default(head, "0")
        variable, results = self.value(head.value, selection)
        numbers = [value for value in results if isinstance(value, int) and not isinstance(value, bool)]
        if len(numbers) < len(results):
            wrong = next(value for value in results if not isinstance(value, int) or isinstance(value, bool))
            raise AltacError([SumOfOther(head.value.span, source_text(wrong), name_alone(head.value))])
        if most is None:
            raise AltacError([UnboundedCount(head.span, head.name.text, None, self.input_name)])
        low, high = min(0, *numbers) * most, max(0, *numbers) * most
        if high - low >= LARGEST_DOMAIN:
            raise AltacError([SumNeedsDomain(head.value.span, head.name.text, LARGEST_DOMAIN)])
        self.scope.expand(head.value.span, (high - low) // 4)
        step = gcd(*numbers) or 1
        sums = Domain.of(range(low, high + 1, step))
        return self.holding(head, declared, sums), Sum(variable, tuple(numbers), declared is None)

    def averaged(
        self,
        head: t.Head,
        declared: Domain | None,
        selection: Selection,
        always: bool,
        most: int | None,
    ) -> tuple[Domain, Aggregate]:
        assert head.value is not None
        variable, results = self.value(head.value, selection)
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

    def most(self, head: t.Head, conditions: tuple[Condition, ...], offsets: Offsets) -> int | None:
        """The greatest number of positions that one query can select; None for any number.

        Raises:
            AltacError: without diagnostics, if it matters and depends on something wrong that has been reported.
        """
        if self.census is None or any(condition.key in self.doubtful for condition in conditions):
            if head.aggregate in ("count", "mean", "sum"):
                raise AltacError([])
            return None
        positions = self.census.interface.most_positions
        if len(offsets.intervals) > 1:
            self.scope.expand(head.span, (positions or FARTHEST) // 8)
        return self.census.most_selected(conditions, offsets, positions)

    # Value and default ---------------------------------------------------------------------------------------

    def value(self, syntax: t.Expr, selection: Selection) -> tuple[str | None, list[Value]]:
        """The variable that a value reads, and what it brings for each of the variable's values.

        Values of the variable that the condition never selects bring nothing: they get the result of another.
        """
        core = Elaborator(self.scope, Place.VALUE).expr(syntax)
        names = reads(core)
        if len(names) > 1:
            raise AltacError([SeveralVariables(syntax.span, tuple(names))])
        variable = next(iter(names), None)
        diagrams = Diagrams([(name, read.domain) for name, read in names.items()], budget=self.scope.around.proofs)
        node = diagrams.of(core)
        size = 1 if variable is None else len(names[variable].domain)
        self.scope.expand(syntax.span, size // 4)
        results = [node.value] if variable is None else table(diagrams, node, variable)
        selected = [True] if variable is None else selection.admits(variable, size)
        brought = [result for result, chosen in zip(results, selected, strict=True) if chosen] or results[:1]
        if any(isinstance(result, Fault) for result in brought):
            prove(selection.parts, self.scope, self.reports, core)
        stand_in = next((result for result in brought if not isinstance(result, Fault)), None)
        chosen_values = [
            result if chosen and not isinstance(result, Fault) else stand_in
            for result, chosen in zip(results, selected, strict=True)
        ]
        return variable, chosen_values

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
                raise AltacError([MeanOfNone(syntax.span, source_text(value), name_alone(syntax))])
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

    def selection(self, syntax: t.Expr, head: t.Head) -> Selection:
        found = check_condition(syntax, self.scope, self.reports)
        if found.is_empty and not mentions.names(syntax) & self.parametric:
            self.reports.add(NeverSelects(syntax.span, head.name.text))
        return found

    def offsets(self, syntax: t.Offsets) -> Offsets:
        elaborator = Elaborator(self.scope, Place.CONSTANT, Subject.OFFSET)
        if syntax.single is not None:
            value = elaborator.constant(syntax.single)
            values = list(value) if isinstance(value, frozenset | tuple) else [value]
            elaborator.scope.expand(syntax.span, len(values) // 4)
            numbers = sorted(self.offset(member, syntax.single.span) for member in values)
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


def name_alone(syntax: t.Expr) -> str | None:
    """The variable that an expression is."""
    return syntax.span.text.removeprefix("key.") if isinstance(syntax, t.Name | t.Field) else None


def runs(numbers: list[int]) -> list[tuple[int | None, int | None]]:
    """Ascending whole numbers as intervals of neighbours."""
    result: list[tuple[int | None, int | None]] = []
    last = None
    for number in numbers:
        if result and last is not None and number <= last + 1:
            result[-1] = (result[-1][0], number)
        else:
            result.append((number, number))
        last = number
    return result
