"""From an operator without a value, and from a comparison that never holds, to the diagnostic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from altac.check.scope import Scope
from altac.diagnostics import AltacError, Diagnostic, InternalError, Span, closest
from altac.diagnostics.domain_errors import DividesByZero, Guard, NoEntry, NoItem, NoneOperand
from altac.diagnostics.kind_errors import (
    BackwardRange,
    CollidingMembers,
    ComparedBoolean,
    DifferentKinds,
    LongRange,
    LongResult,
    NeverEqual,
    QuotedNumber,
    RangeAcrossKinds,
    UnquotedSymbol,
    WordInRange,
    WrongOperand,
)
from altac.diagnostics.words import Witness
from altac.ir.diagram import Fault
from altac.ir.expr import Apply, Choose, Constant, Expr, Read, reads
from altac.ir.heads import Head
from altac.ir.operations import (
    LARGEST_NUMBER,
    LARGEST_SET,
    BadOperand,
    Collision,
    ItemMissing,
    KeyMissing,
    Problem,
    RangeBackwards,
    RangeOfKinds,
    RangeOfWords,
    RangeTooLong,
    TooManyDigits,
    ZeroDivisor,
    operand_cost,
    operate,
)
from altac.ir.values import Domain, Table, Value, kind_of, source_text, value_key
from altac.syntax import tree as t

LONGEST_OPERAND = 40  # characters of an operand in a message
MOST_COMBINATIONS = 20_000  # of operand values that are tried to find the possible values of an expression


# Operators without a value -----------------------------------------------------------------------------------


def fault_diagnostic(
    fault: Fault,
    witness: Mapping[str, Value] | None = None,
    heads: Mapping[str, Head] | None = None,
    guard: Guard = Guard.CHOICE,
) -> Diagnostic:
    """The diagnostic of a fault.

    Args:
        witness: when it happens; `heads` are those that a `none` may come from.
        guard: how it is guarded where it stands.
    """
    span, problem, values = fault.expr.span, fault.problem, shown(witness or {})
    operands = fault.expr.arguments if isinstance(fault.expr, Apply) else (fault.expr,)
    match problem:
        case BadOperand(kind="none"):
            operand = culprit(operands, problem)
            head = source_of_none(operand, witness or {}, heads or {})
            name, declared, default = None, None, "0"
            if head is not None:
                name, declared = head.name, head.span
                default = source_text(head.domain.values[0])
            wanted, text = problem.wanted, written(operand)
            return NoneOperand(span, problem.op, wanted, text, values, name, declared, default, guard)
        case BadOperand():
            operand = culprit(operands, problem)
            fetched = None
            if problem.op == "index" and isinstance(operand, Read) and operand.name not in (heads or {}):
                distance = operands[1].value if isinstance(operands[1], Constant) else None
                at = f"{distance:+d}" if type(distance) is int and distance else "-1"
                fetched = f"{operand.name} at {at}"
            return WrongOperand(
                span, problem.op, problem.wanted, problem.kind, problem.value, written(operand), fetched, values
            )
        case ZeroDivisor():
            divisor = None if isinstance(operands[-1], Constant) else operands[-1].span.text
            return DividesByZero(span, problem.op, divisor, values, guard)
        case KeyMissing():
            return NoEntry(span, values, problem.key)
        case ItemMissing():
            return NoItem(span, values, problem.length, problem.index, operands[-1].span.text, guard)
        case TooManyDigits():
            return LongResult(span, problem.op, len(str(LARGEST_NUMBER)) - 1)
        case RangeTooLong():
            return LongRange(span, problem.low, problem.high, LARGEST_SET)
        case RangeOfKinds():
            return RangeAcrossKinds(span, problem.low, problem.high)
        case RangeOfWords():
            return WordInRange(span, problem.end, problem.length)
        case RangeBackwards():
            return BackwardRange(span, problem.low, problem.high)
        case Collision():
            return CollidingMembers(span)
    raise InternalError(f"no diagnostic for {problem!r}")


def culprit(operands: tuple[Expr, ...], problem: BadOperand) -> Expr:
    return operands[problem.place if len(operands) > 1 else 0]


def written(operand: Expr) -> str:
    """An operand as the program has it; the name alone where it reads one."""
    text = operand.name if isinstance(operand, Read) else " ".join(operand.span.text.split())
    return text if len(text) <= LONGEST_OPERAND else text[: LONGEST_OPERAND - 3] + "..."


def source_of_none(operand: Expr, witness: Mapping[str, Value], heads: Mapping[str, Head]) -> Head | None:
    """The head that the `none` of an operand comes from."""
    return next((heads[name] for name in reads(operand) if name in heads and witness.get(name, 0) is None), None)


def shown(witness: Mapping[str, Value]) -> Witness:
    return tuple((name, source_text(value)) for name, value in witness.items())


# Comparisons that can only be mistakes -----------------------------------------------------------------------


class Possible:
    """The values that an expression can take, ignoring conditions around it; None where there are too many."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.known: dict[Expr, Domain | None] = {}

    def values(self, expr: Expr) -> Domain | None:
        if expr not in self.known:
            self.known[expr] = self._values(expr)
        return self.known[expr]

    def _values(self, expr: Expr) -> Domain | None:
        match expr:
            case Constant():
                return Domain.of((expr.value,))
            case Read():
                return expr.domain
            case Choose():
                then, other = self.values(expr.then), self.values(expr.other)
                if then is None or other is None:
                    return None
                self.scope.expand(expr.span, (len(then) + len(other)) // 4)
                return Domain.of((*then, *other))
            case Apply():
                operands = [self.values(argument) for argument in expr.arguments]
                combinations, cost = 1, 1
                for operand in operands:
                    if operand is None:
                        return None
                    combinations *= len(operand)
                    cost += max(operand_cost(expr.op, value) for value in operand)
                if combinations * cost > MOST_COMBINATIONS:
                    return None
                self.scope.expand(expr.span, combinations * cost // 4)
                given = product(*(operand.values for operand in operands if operand is not None))
                results = [operate(expr.op, values) for values in given]
                values = [result for result in results if not isinstance(result, Problem)]
                return Domain.of(values) if values else None


@dataclass(frozen=True)
class Side:
    """One side of a comparison; the other may be elements of a collection."""

    syntax: t.Node
    expr: Expr
    values: Domain


def check_comparable(
    op: str, left: tuple[t.Expr, Expr], right: tuple[t.Expr, Expr], possible: Possible, in_function: bool
) -> None:
    """Refuse `==`, `!=` and `in` between things that are never equal: different kinds, or a misspelt symbol.

    A function may be used on several domains, so in one only different kinds are refused.

    Raises:
        AltacError: if they are never equal.
    """
    both_constant = isinstance(left[1], Constant) and isinstance(right[1], Constant)
    if op not in ("==", "!=", "in", "not in") or both_constant:
        return
    left_values, right_values = possible.values(left[1]), possible.values(right[1])
    if op in ("in", "not in"):
        if not isinstance(right[1], Constant) or not isinstance(right[1].value, frozenset | tuple | Table):
            return
        right_values = Domain.of(right[1].value) if len(right[1].value) else None
    if left_values is None or right_values is None:
        return
    sides = Side(*left, left_values), Side(*right, right_values)
    check_kinds(*sides, left[0].span.to(right[0].span))
    if in_function:
        return
    listed = [literals(left[0]), literals(right[0]) if op in ("==", "!=") else elements(right[0])]
    for found, other in zip(listed, sides[::-1], strict=True):
        for literal in found:
            if isinstance(literal.value, str) and literal.value not in other.values:
                raise AltacError([never_equal(literal.span, literal.value, other.syntax.span.text, other.values)])


def check_kinds(left: Side, right: Side, span: Span) -> None:
    """Refuse a comparison of sides that have no kind of value in common; `none` may be compared with all."""
    kinds = [{kind_of(value) for value in side.values} for side in (left, right)]
    if kinds[0] & kinds[1] or {"none"} in kinds or set() in kinds:
        return
    names = [min(kind - {"none"}) for kind in kinds]
    raise AltacError([_different_kinds(span, names[0], names[1], left, right)])


def _different_kinds(span: Span, first: str, second: str, left: Side, right: Side) -> DifferentKinds:
    for constant, opposite in ((left, right), (right, left)):
        if not isinstance(constant.expr, Constant) or isinstance(constant.expr.value, frozenset | tuple | Table):
            continue
        value, text = constant.expr.value, opposite.syntax.span.text
        if kind_of(opposite.values.values[0]) == "boolean" and value in (0, 1):
            return ComparedBoolean(span, first, second, text, int(value))
        if isinstance(value, str) and any(source_text(known) == value for known in opposite.values):
            return QuotedNumber(span, first, second, value)
        if source_text(value) in {known for known in opposite.values if isinstance(known, str)}:
            return UnquotedSymbol(span, first, second, source_text(value))
    return DifferentKinds(span, first, second)


def literals(syntax: t.Node) -> list[t.Literal_]:
    """The literal that a comparison's side is, if it is one."""
    match syntax:
        case t.Literal_():
            return [syntax]
        case t.Group():
            return literals(syntax.inner)
    return []


def elements(syntax: t.Node) -> list[t.Literal_]:
    """The literals that a collection lists."""
    match syntax:
        case t.Group():
            return elements(syntax.inner)
        case t.Collection(generators=()):
            return [item for item in syntax.items if isinstance(item, t.Literal_)]
    return []


def never_equal(span: Span, value: str, subject: str, values: Domain) -> NeverEqual:
    symbols = [known for known in values if isinstance(known, str)]
    guess = closest(value, symbols)
    suggestion = None if guess is None else source_text(guess)
    domain = Domain.of(known for known in values if known is not None)
    return NeverEqual(span, source_text(value), subject, str(domain), suggestion)


def collides(values: list[Value]) -> bool:
    """Whether a Python set would take two of the values for one, as it does with `true` and 1."""
    return len(frozenset(values)) < len({value_key(value) for value in values})
