"""Heads: from what was written to finite tables.

Ensures: a head's value is a table over one variable, each conjunct of its condition a table over at most one variable
of the key and one of the query, and its domain holds all that it can bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from altac.check.elaborate import Elaborator, Place, problem_diagnostic
from altac.check.proofs import table, when
from altac.check.scope import Reports, Scope, StateBinding
from altac.diagnostics import AltacError, InternalError, Span
from altac.diagnostics.head_errors import (
    BadOffsets,
    EmptyOffsets,
    MeanNeedsDomain,
    MeanOfOther,
    MissingValue,
    OutsideHeadDomain,
    ScalarInHead,
    SeveralInConjunct,
    SeveralVariables,
    UnboundedCount,
    UselessDefault,
)
from altac.diagnostics.warnings import NeverSelects
from altac.ir.diagram import Diagrams, Fault
from altac.ir.expr import Apply, Choose, Constant, Expr, Read, reads
from altac.ir.program import EVERYWHERE, Condition, Head, Offsets
from altac.ir.values import BOOL, Domain, Value, kind_of, number, source_text
from altac.syntax import tree as t

MOST_MEANS = 1000  # values that a mean may take without a declared domain


@dataclass(frozen=True)
class HeadChecker:
    """Checks heads of one program, whose inputs have at most `positions` positions (None: any number)."""

    scope: Scope
    reports: Reports
    positions: int | None
    input_name: str

    def check(self, head: t.Head, declared: Domain | None) -> Head:
        """The typed head.

        Raises:
            AltacError: with what attention cannot do.
        """
        offsets = EVERYWHERE if head.at is None else self.offsets(head.at)
        conditions = () if head.where is None else self.conditions(head.where, head)
        most = offsets.most(self.positions)
        always = not conditions and 0 in offsets
        if head.aggregate in ("count", "exists"):
            return self.counting(head, declared, conditions, offsets, most)
        if head.value is None:  # pragma: no cover - the grammar asks for a value here
            raise InternalError("a head without a value")
        variable, results = self.value(head.value)
        default = self.default(head)
        missing = () if always and head.default is None else (default,)
        if head.aggregate == "mean":
            numbers = self.numbers(head.value, results)
            domain = self.mean_domain(head, declared, numbers, missing, most)
            values: tuple[int | Fraction, ...] = tuple(numbers)
        else:
            domain = declared or Domain.of((*results, *missing))
            for value in (*results, *missing):
                if value not in domain:
                    self.outside(head, value, domain)
            values = tuple(domain.index(value) for value in results)
        index = domain.index(default) if missing else None
        return Head(
            head.name.text, domain, head.aggregate, variable, values, conditions, offsets, index, most, head.span
        )

    # Value and default ---------------------------------------------------------------------------------------

    def value(self, syntax: t.Expr) -> tuple[str | None, list[Value]]:
        """The variable that a value reads, and what it brings for each of the variable's values."""
        core = Elaborator(self.scope, Place.VALUE).expr(syntax)
        names = reads(core)
        if len(names) > 1:
            raise AltacError([SeveralVariables(syntax.span, listing(names))])
        variable = next(iter(names), None)
        if variable is not None:
            binding = self.scope.find(variable)
            if isinstance(binding, StateBinding) and binding.scalar:
                raise AltacError([ScalarInHead(syntax.span, variable)])
        diagrams = Diagrams([(name, read.domain) for name, read in names.items()])
        node = diagrams.of(core)
        self.no_faults(diagrams, node)
        leaves = table(diagrams, node, variable) if variable is not None else [node.value]
        return variable, leaves  # type: ignore[return-value]

    def default(self, head: t.Head) -> Value:
        if head.default is None:
            return None
        return Elaborator(self.scope, Place.CONSTANT, "the default of a head").constant(head.default)

    def outside(self, head: t.Head, value: Value, domain: Domain) -> None:
        place = head.default if head.default is not None and value is not None else head.value
        span = place.span if place is not None else head.span
        shown = "`none` (where nothing is selected)" if value is None else source_text(value)
        raise AltacError([OutsideHeadDomain(span, head.name.text, shown, str(domain))])

    def counting(
        self, head: t.Head, declared: Domain | None, conditions: tuple[Condition, ...], offsets: Offsets,
        most: int | None,
    ) -> Head:
        name = head.name.text
        if head.value is not None:
            raise AltacError([MissingValue(head.value.span, f"`{head.aggregate}` counts positions and takes no value",
                                           f"write the condition after `where`: `{head.aggregate} where key.x == 1`")])
        if head.default is not None:
            nothing = "0" if head.aggregate == "count" else "false"
            raise AltacError([UselessDefault(head.default.span, head.aggregate, nothing)])
        if head.aggregate == "exists":
            full, values = BOOL, (1,)
        elif most is None:
            raise AltacError([UnboundedCount(head.span, name, self.input_name)])
        else:
            full, values = Domain.of(range(most + 1)), ()
        domain = declared or full
        for value in full:
            if value not in domain:
                self.outside(head, value, domain)
        if head.aggregate == "exists":
            values = (domain.index(True),)
        default = domain.index(False) if head.aggregate == "exists" else None
        return Head(name, domain, head.aggregate, None, values, conditions, offsets, default, most, head.span)

    # Means ---------------------------------------------------------------------------------------------------

    def numbers(self, syntax: t.Expr, results: list[Value]) -> list[int | Fraction]:
        for value in results:
            if kind_of(value) != "number":
                raise AltacError([MeanOfOther(syntax.span, source_text(value))])
        return results  # type: ignore[return-value]

    def mean_domain(
        self,
        head: t.Head,
        declared: Domain | None,
        numbers: list[int | Fraction],
        missing: tuple[Value, ...],
        most: int | None,
    ) -> Domain:
        assert head.value is not None
        if declared is not None:
            if not any(kind_of(value) == "number" for value in declared):
                self.outside(head, numbers[0], declared)
            for value in missing:
                if value not in declared and value is not None:
                    self.outside(head, value, declared)
            return Domain.of((*declared, *missing))
        if most is None:
            raise AltacError([MeanNeedsDomain(head.value.span, head.name.text, "any number of")])
        means = attainable_means(numbers, most)
        if means is None:
            raise AltacError([MeanNeedsDomain(head.value.span, head.name.text, f"more than {MOST_MEANS}")])
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
            raise AltacError([SeveralInConjunct(conjunct.span, listing(names))])
        for name in names:
            binding = self.scope.find(name.split(".")[1])
            if isinstance(binding, StateBinding) and binding.scalar:
                raise AltacError([ScalarInHead(names[name].span, name.split(".")[1])])
        return next(iter(keys), None), next(iter(queries), None)

    def relation(self, key: str | None, query: str | None, conjunct: Expr) -> Condition:
        """The conjunct as a table of booleans, rows by the key's value and columns by the query's."""
        names = reads(conjunct)
        diagrams = Diagrams([(name, read.domain) for name, read in names.items()], limit=2_000_000)
        node = diagrams.condition(diagrams.of(conjunct), conjunct)
        self.no_faults(diagrams, node)

        def follow(choice: dict[str, int]) -> bool:
            here = node
            while here.children:
                here = here.children[choice[diagrams.names[here.level]]]
            return bool(here.value)

        keys = range(len(names[key].domain)) if key is not None else range(1)
        queries = range(len(names[query].domain)) if query is not None else range(1)
        holds = tuple(
            tuple(follow({key or "": k, query or "": q}) for q in queries)
            for k in keys
        )
        return Condition(bare(key), bare(query), holds)

    def no_faults(self, diagrams: Diagrams, node: object) -> None:
        """Report a value or condition that has no meaning on some combination; nothing guards a head."""
        for leaf in diagrams.leaves(node):  # type: ignore[arg-type]
            if isinstance(leaf, Fault):
                witness = diagrams.witness(node, lambda one, leaf=leaf: one is leaf) or {}  # type: ignore[arg-type, misc]
                arguments = leaf.expr.arguments if isinstance(leaf.expr, Apply) else (leaf.expr,)
                raise AltacError([problem_diagnostic(leaf.problem, leaf.expr.span, when(witness), arguments)])

    def offsets(self, syntax: t.Offsets) -> Offsets:
        elaborator = Elaborator(self.scope, Place.CONSTANT, "a relative position")
        if syntax.single is not None:
            value = elaborator.constant(syntax.single)
            values = list(value) if isinstance(value, frozenset | tuple) else [value]
            numbers = sorted(self.offset(one, syntax.single.span) for one in values)
            if not numbers:
                raise AltacError([EmptyOffsets(syntax.span)])
            return Offsets(tuple((low, high) for low, high in runs(numbers)))
        low, high = (
            None if end is None else self.offset(elaborator.constant(end), end.span) for end in (syntax.low, syntax.high)
        )
        if low is not None and high is not None and low > high:
            raise AltacError([EmptyOffsets(syntax.span)])
        return Offsets(((low, high),))

    def offset(self, value: Value, span: Span) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise AltacError([BadOffsets(span, source_text(value))])
        return value


def conjuncts(expr: Expr) -> list[Expr]:
    """The parts of a conjunction, in order."""
    if isinstance(expr, Choose) and isinstance(expr.other, Constant) and expr.other.value is False:
        then = expr.then.arguments[0] if isinstance(expr.then, Apply) and expr.then.op == "truth" else expr.then
        return [*conjuncts(expr.condition), *conjuncts(then)]
    return [expr]


def attainable_means(numbers: list[int | Fraction], most: int) -> list[int | Fraction] | None:
    """Every average of at most `most` of the numbers, repeats allowed; None if there are more than MOST_MEANS."""
    scale = lcm(*(Fraction(one).denominator for one in numbers))
    whole = sorted({int(one * scale) for one in numbers})
    low = whole[0]
    unit = gcd(*(one - low for one in whole)) or 1
    steps = [(one - low) // unit for one in whole]
    sums = 1  # bit s: some choice has the sum s
    means: set[Fraction] = set()
    for count in range(1, most + 1):
        shifted = 0
        for step in steps:
            shifted |= sums << step
        sums = shifted
        for position in range(sums.bit_length()):
            if sums >> position & 1:
                means.add(Fraction(position * unit + count * low, count * scale))
        if len(means) > MOST_MEANS:
            return None
    return [number(one) for one in means]


def runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Whole numbers as intervals of neighbours."""
    result: list[tuple[int, int]] = []
    for one in numbers:
        if result and one <= result[-1][1] + 1:
            result[-1] = (result[-1][0], one)
        else:
            result.append((one, one))
    return result


def bare(name: str | None) -> str | None:
    return None if name is None else name.split(".")[1]


def listing(names: dict[str, Read]) -> str:
    quoted = [f"`{name}`" for name in names]
    return ", ".join(quoted[:-1]) + " and " + quoted[-1]
