"""Proofs by decision diagrams: what can go wrong on some combination of values is found, with that combination.

Assumes core expressions; ensures, where nothing is reported, that every assignment keeps its domain, that no operator
meets operands it has no meaning for, and that no variable is assigned twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import log10, prod
from typing import Any

from altac.check.problems import fault_diagnostic, shown
from altac.check.scope import Enough, Reports
from altac.diagnostics import Diagnostic, Span, closest
from altac.diagnostics.domain_errors import (
    AssignedTwice,
    AssignmentTooLarge,
    BeyondBound,
    BeyondDomain,
    BooleanOutside,
    ConstantOutside,
    FractionOutside,
    Guard,
    LeavesDomain,
    MissingValue,
    MisspeltValue,
    NoneOutside,
    NumberForBoolean,
    SetForValue,
    StepTooLarge,
)
from altac.diagnostics.warnings import CaseMissing, NeverTaken, NothingLeft
from altac.diagnostics.words import Witness
from altac.ir.diagram import LEAF, Diagrams, Fault, Node, TooLarge
from altac.ir.expr import Apply, Choose, Constant, Expr, reads
from altac.ir.heads import Head
from altac.ir.program import Assign, Branch, Statement, Uncovered
from altac.ir.values import Domain, Value, kind_of, source_text

STATEMENT = 50  # steps in which one is proved, whatever it does
SKIP = object()  # the leaf of combinations on which a statement does not run


@dataclass
class Prover:
    """Proves over the state of one program.

    `heads` tell where a `none` comes from; at `parametric` places, it depends on a parameter whether an arm is taken.
    What a step introduces is in `introduced`, since it reads nothing of it.
    """

    diagrams: Diagrams
    reports: Reports
    domains: dict[str, Domain]
    heads: dict[str, Head] = field(default_factory=dict)
    parametric: frozenset[Span] = frozenset()
    introduced: Mapping[str, Domain] = field(default_factory=dict)
    taken: set[Span] = field(default_factory=set)
    dead: dict[Span, Diagnostic] = field(default_factory=dict)
    assigned: dict[str, list[tuple[Node, Assign]]] = field(default_factory=dict)
    anywhere: dict[str, Node] = field(default_factory=dict)  # where some assignment of a variable runs

    def alone(self, condition: Expr) -> None:
        """Prove that a condition that stands outside the step is a boolean."""
        try:
            self.condition(condition, self.diagrams.true, Guard.CONJUNCT)
        except TooLarge:
            self.too_large(partial(StepTooLarge, condition.span), (condition,), self.diagrams.true)

    def step(self, statements: tuple[Statement, ...]) -> None:
        """Check a whole step and report, in one go, all that can go wrong in it."""
        self.walk(statements, self.diagrams.true)
        for span, warning in self.dead.items():
            if span not in self.taken | self.parametric:
                self.reports.add(warning)

    def walk(self, statements: Iterable[Statement], guard: Node) -> None:
        for statement in statements:
            match statement:
                case Assign():
                    self.assign(statement, guard)
                case Branch():
                    self.branch(statement, guard)
                case Uncovered():
                    self.uncovered(statement, guard)

    def assign(self, statement: Assign, guard: Node) -> None:
        name = statement.variable
        way = Guard.CHOICE if name in self.introduced else Guard.STATEMENT
        domain = self.introduced.get(name) or self.domains[name]
        try:
            self.diagrams.budget.spend(STATEMENT)
            self.value(statement.value, guard, name, domain, statement.written, way)
            any_before = self.anywhere.get(name, self.diagrams.false)
            if self.diagrams.both(guard, any_before) is not self.diagrams.false:
                self.twice(statement, guard)
            self.anywhere[name] = self.diagrams.choose(guard, guard, any_before)
        except TooLarge:
            self.too_large(partial(AssignmentTooLarge, statement.span, variable=name), (statement.value,), guard)
            return
        self.assigned.setdefault(name, []).append((guard, statement))

    def twice(self, statement: Assign, guard: Node) -> None:
        """Report the first assignment of the same variable that can run together with this one."""
        for other_guard, other in self.assigned[statement.variable]:
            both = self.diagrams.both(guard, other_guard)
            witness = self.diagrams.witness(both, lambda leaf: leaf is True)
            if witness is not None:
                place = other.target
                self.reports.add(AssignedTwice(statement.target, statement.variable, shown(witness), place))
                return

    def value(self, expr: Expr, guard: Node, variable: str, domain: Domain, written: Span, way: Guard) -> Node:
        """Prove that an expression has a value in a domain wherever the guard holds; its diagram there.

        What is reported about it stands in `written`, and never in a `let` or a function, which others may use rightly.
        """
        diagrams = self.diagrams
        node = diagrams.choose(guard, diagrams.of(expr), diagrams.leaf(SKIP))
        self.faults(node, way)

        def outside(leaf: object) -> bool:
            return leaf is not SKIP and not isinstance(leaf, Fault) and leaf not in domain  # type: ignore[operator]

        witness = diagrams.witness(node, outside)
        if witness is not None:
            value = follow(diagrams, node, witness)
            part = self.blamed(expr, witness)
            span = part.span if written.encloses(part.span) else written
            facts = (span, variable, span.text, source_text(value), shown(witness), str(domain), way)
            self.reports.add(self.outside(facts, part, node if part is expr else None, domain, value))
        return node

    def blamed(self, expr: Expr, witness: dict[str, Value]) -> Expr:
        """The side of a conditional expression from which a value comes where the witness holds."""
        diagrams = self.diagrams
        every = {
            name: domain.values[0] for name, domain in zip(diagrams.names, diagrams.domains, strict=True)
        } | witness
        while isinstance(expr, Choose):
            expr = expr.then if follow(diagrams, diagrams.of(expr.condition), every) is True else expr.other
        return expr

    def condition(self, expr: Expr, guard: Node, way: Guard) -> tuple[Node, Node]:
        """Where a guard holds and a condition holds, and where it does not, proved to be all that there is."""
        diagrams = self.diagrams
        condition = diagrams.condition(diagrams.of(expr), expr)
        masked = diagrams.choose(guard, condition, diagrams.leaf(SKIP))
        self.faults(masked, way)
        return diagrams.apply(lambda leaf: leaf is True, masked), diagrams.apply(lambda leaf: leaf is False, masked)

    def branch(self, statement: Branch, guard: Node) -> None:
        rest = guard
        for (condition, body), place in zip(statement.arms, statement.places, strict=True):
            try:
                self.diagrams.budget.spend(STATEMENT)
                holds, untaken = self.condition(condition, rest, Guard.STATEMENT)
            except TooLarge:
                self.too_large(partial(StepTooLarge, condition.span), (condition,), rest)
                return
            if guard is not self.diagrams.false:  # else this follows from what has been reported
                self.reachable(place, "this branch", holds, rest)
            self.walk(body, holds)
            rest = untaken
        if statement.otherwise is not None and guard is not self.diagrams.false:
            self.reachable(statement.otherwise, "this `else` branch", rest, rest)
        self.walk(statement.other, rest)

    def reachable(self, span: Span, what: str, holds: Node, rest: Node) -> None:
        if holds is not self.diagrams.false:
            self.taken.add(span)
        elif span not in self.dead:
            kind = NothingLeft if rest is self.diagrams.false else NeverTaken
            self.dead[span] = kind(span, what)

    def uncovered(self, statement: Uncovered, guard: Node) -> None:
        if guard is self.diagrams.false:
            return
        witness = self.diagrams.witness(guard, lambda leaf: leaf is True) or {}
        names = {name for subject in statement.subjects for name in reads(subject)}
        telling = {name: value for name, value in witness.items() if name in names} or witness
        wildcards = ", ".join("_" for _ in statement.subjects)
        self.reports.add(CaseMissing(statement.span, shown(telling), wildcards))

    # Wording -------------------------------------------------------------------------------------------------

    def faults(self, node: Node, way: Guard) -> None:
        """Report every fault that a diagram can reach, once for each place; `way` is how it can be guarded there."""
        places = {leaf.expr.span for leaf in self.diagrams.leaves(node) if isinstance(leaf, Fault)}
        for place in sorted(places, key=lambda span: (span.source.name, span.start, span.end)):

            def here(leaf: object, place: Span = place) -> bool:
                return isinstance(leaf, Fault) and leaf.expr.span == place

            witness = self.diagrams.witness(node, here)
            assert witness is not None
            fault = follow(self.diagrams, node, witness)
            assert isinstance(fault, Fault)
            self.reports.add(fault_diagnostic(fault, witness, self.heads, way))

    def outside(
        self,
        facts: tuple[Span, str, str, str, Witness, str, Guard],
        expr: Expr,
        node: Node | None,
        domain: Domain,
        value: Value,
    ) -> LeavesDomain:
        """A value outside a domain, by what mends it; `node` is the diagram where the whole expression is at fault."""
        _, _, text, *_, way = facts
        numbers = [known for known in domain if kind_of(known) == "number"]
        if isinstance(value, str):
            guess = closest(value, [known for known in domain if isinstance(known, str)])
            return MissingValue(*facts) if guess is None else MisspeltValue(*facts, source_text(guess))
        if value is None:
            head = next((self.heads[name] for name in reads(expr) if name in self.heads), None)
            optional = str(Domain.of((*domain, None)))
            return NoneOutside(*facts, optional, *((None, None) if head is None else (head.name, head.span)))
        if isinstance(value, frozenset) and not any(isinstance(known, frozenset) for known in domain):
            return SetForValue(*facts)
        if isinstance(value, bool) and numbers:
            return BooleanOutside(*facts)
        if kind_of(value) == "number" and len(domain) == 2 and all(isinstance(known, bool) for known in domain):
            return NumberForBoolean(
                *facts, ("true" if value else "false") if isinstance(expr, Constant) else f"{text} != 0"
            )
        if kind_of(value) == "number" and numbers:
            if isinstance(expr, Apply) and expr.op == "/" and not isinstance(value, int):
                return FractionOutside(*facts)
            if isinstance(expr, Constant):
                return ConstantOutside(*facts)
            low, high = source_text(min(numbers)), source_text(max(numbers))  # type: ignore[type-var]
            above = value > max(numbers)  # type: ignore[operator, type-var]
            if not above and value > min(numbers):  # type: ignore[operator, type-var]
                return MissingValue(*facts)
            kept = f"min({text}, {high})" if above else f"max({text}, {low})"
            bound = self.bound(node, domain) if node is not None and way is Guard.STATEMENT else None
            return BeyondDomain(*facts, kept) if bound is None else BeyondBound(*facts, kept, bound)
        return LeavesDomain(*facts)

    def bound(self, node: Node, domain: Domain) -> str | None:
        """`x <= 12` where one variable alone decides, and a bound on it is enough."""
        support = self.diagrams.support(node)
        if len(support) != 1 or node.level == LEAF:
            return None
        values = self.domains[support[0]].values
        fine = [child.value is SKIP or child.value in domain for child in node.children]
        if kind_of(values[0]) != "number" or not any(fine):
            return None
        first, last = fine.index(True), len(fine) - 1 - fine[::-1].index(True)
        if not all(fine[first : last + 1]):
            return None
        if first == 0:
            return f"{support[0]} <= {source_text(values[last])}"
        return f"{support[0]} >= {source_text(values[first])}" if last == len(fine) - 1 else None

    def too_large(self, diagnostic: Callable[..., StepTooLarge], exprs: tuple[Expr, ...], guard: Node) -> None:
        """Report what has too many combinations; the end of the check where they have used up all its steps."""
        exhausted = self.diagrams.budget.left < 0
        names = {name for expr in exprs for name in reads(expr)}
        if not exhausted:
            names |= set(self.diagrams.support(guard))
        ordered = [name for name in self.domains if name in names]
        sizes = tuple((name, len(self.domains[name])) for name in ordered)
        digits = int(sum(log10(len(self.domains[name])) for name in ordered) + 1e-9)
        count = f"{prod(len(self.domains[name]) for name in ordered):,}" if digits < 15 else f"about 10^{digits}"
        self.reports.add(diagnostic(sizes=sizes, count=count))
        if exhausted:
            raise Enough


def follow(diagrams: Diagrams, node: Node, witness: dict[str, Value]) -> Any:
    """The leaf that the values of a witness lead to."""
    while node.level < LEAF:
        domain = diagrams.domains[node.level]
        node = node.children[domain.index(witness[diagrams.names[node.level]])]
    return node.value


def table(diagrams: Diagrams, node: Node, name: str) -> list[Any]:
    """The leaves of a diagram over one variable, by the index of its value."""
    size = len(diagrams.domains[diagrams.level[name]])
    return [node.value] * size if node.level == LEAF else [child.value for child in node.children]
