"""Proofs by decision diagrams: what can go wrong on some combination of values is found, with that combination.

Assumes core expressions; ensures, where nothing is reported, that every assignment keeps its domain, that no operator
meets operands it has no meaning for, and that no variable is assigned twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import prod

from altac.check.elaborate import problem_diagnostic
from altac.check.scope import Reports
from altac.diagnostics import Diagnostic, Span, closest
from altac.diagnostics.domain_errors import AssignedTwice, LeavesDomain, StepTooLarge
from altac.diagnostics.warnings import CaseMissing, NeverTaken
from altac.ir.diagram import LEAF, Diagrams, Fault, Node, TooLarge
from altac.ir.expr import Apply, Expr, reads
from altac.ir.program import Assign, Branch, Head, Statement, Uncovered
from altac.ir.values import Domain, Value, kind_of, source_text

SKIP = object()  # the leaf of combinations on which a statement does not run


@dataclass
class Prover:
    """Proves over the state of one program; `origins` tell where a `none` comes from."""

    diagrams: Diagrams
    reports: Reports
    domains: dict[str, Domain]
    heads: dict[str, Head] = field(default_factory=dict)
    taken: set[Span] = field(default_factory=set)
    dead: dict[Span, Diagnostic] = field(default_factory=dict)
    assigned: dict[str, list[tuple[Node, Assign]]] = field(default_factory=dict)

    def step(self, statements: tuple[Statement, ...]) -> None:
        """Check a whole step and report, in one go, all that can go wrong in it."""
        self.walk(statements, self.diagrams.true)
        for span, warning in self.dead.items():
            if span not in self.taken:
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
        try:
            self.value(statement.value, guard, name, self.domains[name])
            for other_guard, other in self.assigned.get(name, []):
                both = self.diagrams.both(guard, other_guard)
                witness = self.diagrams.witness(both, lambda leaf: leaf is True)
                if witness is not None:
                    self.reports.add(AssignedTwice(statement.target, name, when(witness), other.target))
                    break
        except TooLarge:
            self.too_large(f"the assignment of `{name}`", statement.span, (statement.value,), guard)
            return
        self.assigned.setdefault(name, []).append((guard, statement))

    def value(self, expr: Expr, guard: Node, variable: str, domain: Domain) -> Node:
        """Prove that an expression has a value in a domain wherever the guard holds; its diagram there."""
        diagrams = self.diagrams
        node = diagrams.choose(guard, diagrams.of(expr), diagrams.leaf(SKIP))
        self.faults(node)

        def outside(leaf: object) -> bool:
            return leaf is not SKIP and not isinstance(leaf, Fault) and leaf not in domain  # type: ignore[operator]

        witness = diagrams.witness(node, outside)
        if witness is not None:
            value = follow(diagrams, node, witness)
            hint = self.hint(expr, node, domain, value, variable)
            shown = source_text(value)
            self.reports.add(
                LeavesDomain(expr.span, variable, expr.span.text, shown, when(witness), str(domain), hint)
            )
        return node

    def condition(self, expr: Expr, guard: Node) -> Node:
        """The diagram of a condition, proved to be a boolean wherever the guard holds."""
        diagrams = self.diagrams
        condition = diagrams.condition(diagrams.of(expr), expr)
        masked = diagrams.choose(guard, condition, diagrams.false)
        self.faults(masked)
        return diagrams.apply(lambda leaf: leaf is True, masked)

    def branch(self, statement: Branch, guard: Node) -> None:
        rest = guard
        for condition, body in statement.arms:
            try:
                holds = self.condition(condition, rest)
                untaken = self.diagrams.both(rest, self.diagrams.negate(holds))
            except TooLarge:
                self.too_large("this condition", condition.span, (condition,), rest)
                return
            self.reachable(condition.span, "this branch", holds, rest)
            self.walk(body, holds)
            rest = untaken
        if statement.other and not isinstance(statement.other[0], Uncovered):
            first = statement.other[0]
            self.reachable(first.span, "this `else` branch", rest, rest)
        self.walk(statement.other, rest)

    def reachable(self, span: Span, what: str, holds: Node, rest: Node) -> None:
        if holds is not self.diagrams.false:
            self.taken.add(span)
        elif span not in self.dead:
            reason = "the conditions above leave nothing" if rest is self.diagrams.false else "never true here"
            self.dead[span] = NeverTaken(span, what, reason)

    def uncovered(self, statement: Uncovered, guard: Node) -> None:
        if guard is self.diagrams.false:
            return
        witness = self.diagrams.witness(guard, lambda leaf: leaf is True) or {}
        names = {name for subject in statement.subjects for name in reads(subject)}
        shown = {name: value for name, value in witness.items() if name in names} or witness
        wildcards = ", ".join("_" for _ in statement.subjects)
        self.reports.add(CaseMissing(statement.span, when(shown), wildcards))

    # Wording -------------------------------------------------------------------------------------------------

    def faults(self, node: Node) -> None:
        """Report every fault that a diagram can reach, once for each place."""
        seen: set[Span] = set()
        for leaf in self.diagrams.leaves(node):
            if isinstance(leaf, Fault) and leaf.expr.span not in seen:
                seen.add(leaf.expr.span)
                witness = self.diagrams.witness(node, lambda one, leaf=leaf: one is leaf) or {}
                arguments = leaf.expr.arguments if isinstance(leaf.expr, Apply) else (leaf.expr,)
                origin = self.origin(witness)
                self.reports.add(
                    problem_diagnostic(leaf.problem, leaf.expr.span, when(witness), arguments, origin)
                )

    def origin(self, witness: dict[str, Value]) -> tuple[Span | None, str]:
        """Where a `none` among the witness comes from."""
        for name, value in witness.items():
            if value is None and name in self.heads:
                return self.heads[name].span, f"`{name}` is `none` where this selects nothing; add `else ...`"
        return None, ""

    def hint(self, expr: Expr, node: Node, domain: Domain, value: Value, variable: str) -> str:
        text = expr.span.text
        numbers = [one for one in domain if kind_of(one) == "number"]
        if isinstance(value, str):
            guess = closest(value, [one for one in domain if isinstance(one, str)])
            if guess is not None:
                return f"did you mean `{source_text(guess)}`?"
            return f"add `{source_text(value)}` to the domain of `{variable}`, or guard the assignment"
        if value is None:
            return f"give the head a default with `else`, test for `none` first, or declare `{variable}: {domain}?`"
        if isinstance(value, bool) and numbers:
            return f"write `1 if {text} else 0`"
        if kind_of(value) == "number" and len(domain) == 2 and all(isinstance(one, bool) for one in domain):
            return f"write `{text} != 0` for a boolean"
        if kind_of(value) == "number" and numbers:
            low, high = source_text(min(numbers)), source_text(max(numbers))  # type: ignore[type-var]
            above = value > max(numbers)  # type: ignore[operator, type-var]
            inside = f"min({text}, {high})" if above else f"max({text}, {low})"
            if not above and value > min(numbers):  # type: ignore[operator, type-var]
                return f"add {source_text(value)} to the domain of `{variable}`, or guard the assignment"
            bound = self.bound(node, domain)
            return f"guard it ({bound}) or keep it inside with `{inside}`" if bound else f"keep it inside with `{inside}`"
        return f"widen the domain of `{variable}`, or guard the assignment"

    def bound(self, node: Node, domain: Domain) -> str | None:
        """`if x <= 12:` where one variable alone decides, and a bound on it is enough."""
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
            return f"`if {support[0]} <= {source_text(values[last])}:`"
        return f"`if {support[0]} >= {source_text(values[first])}:`" if last == len(fine) - 1 else None

    def too_large(self, what: str, span: Span, exprs: tuple[Expr, ...], guard: Node) -> None:
        names = set(self.diagrams.support(guard)) | {name for expr in exprs for name in reads(expr)}
        ordered = [name for name in self.domains if name in names]
        shown = ", ".join(f"`{name}` ({len(self.domains[name])})" for name in ordered[:8])
        shown += f" and {len(ordered) - 8} more" if len(ordered) > 8 else ""
        count = prod(len(self.domains[name]) for name in ordered)
        text = f"{count:,} combinations" if count < 10**15 else f"about 10^{len(str(count)) - 1} combinations"
        self.reports.add(StepTooLarge(span, what, shown, text))


def when(witness: dict[str, Value]) -> str:
    """` when a = 1, b = "x"`; nothing for an empty witness."""
    if not witness:
        return ""
    return " when " + ", ".join(f"{name} = {source_text(value)}" for name, value in witness.items())



def follow(diagrams: Diagrams, node: Node, witness: dict[str, Value]) -> Value:
    """The leaf that the values of a witness lead to."""
    while node.level < LEAF:
        domain = diagrams.domains[node.level]
        node = node.children[domain.index(witness[diagrams.names[node.level]])]
    leaf: Value = node.value
    return leaf


def table(diagrams: Diagrams, node: Node, name: str) -> list[object]:
    """The leaves of a diagram over one variable, by the index of its value."""
    size = len(diagrams.domains[diagrams.level[name]])
    return [node.value] * size if node.level == LEAF else [child.value for child in node.children]
