"""What is said when an operator has no value, and when two things that are compared can never be equal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from altac.check.scope import Scope
from altac.diagnostics import AltacError, Span, closest
from altac.diagnostics.domain_errors import DividesByZero, IndexOutside, NoneOperand
from altac.diagnostics.kind_errors import DifferentKinds, NeverEqual, WrongKind
from altac.ir.diagram import Fault
from altac.ir.expr import Apply, Choose, Constant, Expr, Read
from altac.ir.operations import Problem, operand_cost, operate
from altac.ir.values import Domain, Table, Value, kind_of, source_text, value_key
from altac.syntax import tree as t

COLLIDING = 'use two variables, or a symbol such as `"yes"` beside the numbers'
MOST_COMBINATIONS = 20_000  # of operand values that are tried to find the possible values of an expression


# Operators without a value -----------------------------------------------------------------------------------


def fault_diagnostic(
    fault: Fault, witness: str = "", origin: Span | None = None, origin_text: str = ""
) -> WrongKind | NoneOperand | DividesByZero | IndexOutside:
    """The diagnostic of a fault; `witness` says when it happens, `origin` where a `none` comes from."""
    span, problem = fault.expr.span, fault.problem
    match problem.reason:
        case "none":
            hint = "compare with `none` first, as in `if x != none:`"
            hint += ", or give the head a default: `else 0`" if origin is not None else ""
            return NoneOperand(span, problem.detail, witness.lstrip(), hint, origin, origin_text)
        case "zero":
            divisor = fault.expr.arguments[-1] if isinstance(fault.expr, Apply) else fault.expr
            guard = "divide by something else"
            if not isinstance(divisor, Constant):
                guard = f"guard it: `if {divisor.span.text} != 0:`"
            return DividesByZero(span, problem.detail, witness, guard)
        case "index":
            return IndexOutside(span, problem.detail, witness)
    return WrongKind(span, problem.detail, witness.lstrip(), _kind_hint(problem.detail))


def _kind_hint(detail: str) -> str:
    if detail.startswith("a set cannot hold both"):
        return COLLIDING
    if detail.startswith("`..` needs") or "` goes from a" in detail:
        return 'numbers stand without quotes, `0..9`, and symbols with, `"a".."z"`'
    if detail.startswith("a range goes"):
        return 'list longer symbols in braces: `{"one", "two"}`'
    if detail.endswith("the later character"):
        return "write the earlier one first; capital letters come before small ones"
    if "symbol" in detail and ("condition" in detail or "`and`/`or`" in detail):
        return 'repeat the comparison, `x == "a" or x == "b"`, or write `x in {"a", "b"}`'
    if "boolean" in detail.split(", not")[0] and "`^`" not in detail:
        return "write a comparison, such as `x == 1`"
    if "sets" in detail:
        return "a set of one value is `{x}`; between booleans write `or` and `and`"
    if "values" in detail or "digits" in detail:
        return "make it smaller"
    if ", not the symbol" in detail:
        return 'numbers stand without quotes; of a symbol, compute `1 if x == "a" else 0`, or look it up in a table'
    if ", not the boolean" in detail:
        return "make a number of it: `1 if x else 0`"
    return "check the kinds of the operands"


# Comparisons that can only be mistakes -----------------------------------------------------------------------


class Possible:
    """The values that an expression can take, ignoring conditions around it; None where there are too many."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.known: dict[int, tuple[Expr, Domain | None]] = {}  # keeps each expression, so that its id stays its own

    def values(self, expr: Expr) -> Domain | None:
        found = self.known.get(id(expr))
        if found is None:
            found = self.known[id(expr)] = (expr, self._values(expr))
        return found[1]

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
    """Refuse a comparison of values of which no two are of one kind; `none` may be compared with all."""
    kinds = [{kind_of(value) for value in side.values} for side in (left, right)]
    if kinds[0] & kinds[1] or {"none"} in kinds or set() in kinds:
        return
    names = [min(kind - {"none"}) for kind in kinds]
    raise AltacError([DifferentKinds(span, f"a {names[0]}", f"a {names[1]}", _comparison_hint(left, right))])


def _comparison_hint(left: Side, right: Side) -> str:
    for one, other in ((left, right), (right, left)):
        if not isinstance(one.expr, Constant) or isinstance(one.expr.value, frozenset | tuple | Table):
            continue
        value, text = one.expr.value, other.syntax.span.text
        if kind_of(other.values.values[0]) == "boolean" and value in (0, 1):
            return f"write `{text}`" if value == 1 else f"write `not {text}`"
        if isinstance(value, str) and any(source_text(known) == value for known in other.values):
            return f"numbers stand without quotes: `{value}`"
        if source_text(value) in {known for known in other.values if isinstance(known, str)}:
            return f'write it as a symbol: `"{source_text(value)}"`'
    return 'compare values of one kind; `1`, `true` and `"1"` are three different values'


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
    symbols = [one for one in values if isinstance(one, str)]
    guess = closest(value, symbols)
    suggestion = None if guess is None else source_text(guess)
    domain = Domain.of(one for one in values if one is not None)
    return NeverEqual(span, source_text(value), subject, str(domain), suggestion)


def collides(values: list[Value]) -> bool:
    """Whether a Python set would take two of the values for one, as it does with `true` and 1."""
    return len(frozenset(values)) < len({value_key(value) for value in values})
