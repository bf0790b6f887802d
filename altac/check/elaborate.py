"""Syntax expressions to core expressions: names resolved, functions expanded, constants folded.

Assumes a scope, and a place that says what may be read; ensures a core expression of bounded depth in which every
constant subexpression that has a value is a `Constant`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from altac.check.calls import CALLS, builtin, call_of, not_a_function
from altac.check.linear import calculated, chosen, compared
from altac.check.places import STATE, Place, check_field, check_readable, check_side
from altac.check.problems import Possible, check_comparable, collides, fault_diagnostic
from altac.check.scope import (
    ARITY,
    ConstantBinding,
    FunctionBinding,
    Later,
    LocalBinding,
    Operand,
    Scope,
    StateBinding,
    each,
)
from altac.diagnostics import AltacError, Span, closest
from altac.diagnostics.constant_errors import DuplicateKey, NotACollection, NotConstant, RangeInBraces, Subject
from altac.diagnostics.foreign import AGGREGATES, INSTEAD
from altac.diagnostics.kind_errors import CollidingMembers, LargeConstant, OptionalOfValue
from altac.diagnostics.name_errors import (
    AggregateWithoutValue,
    BoolCalled,
    FunctionAsValue,
    RecursiveFunction,
    UnknownAggregate,
    WrongArguments,
)
from altac.diagnostics.number_errors import NonlinearNumber
from altac.diagnostics.syntax_errors import NestedTooDeeply
from altac.ir.diagram import Diagrams, Fault
from altac.ir.expr import Apply, Choose, Constant, Expr, Read, reads
from altac.ir.numbers import Linear, is_open, terms_text
from altac.ir.operations import LARGEST_SET, Problem, operand_cost, operate
from altac.ir.values import BOOL, Domain, Table, Value, kind_of, same, source_text, value_key, value_size
from altac.syntax import tree as t
from altac.syntax.mentions import FILES

DEEPEST = 200  # levels of a core expression: later stages recurse over it, within Python's limit


class Elaborator:
    """Elaborates expressions in one place; `what` names the thing that must be constant, for messages."""

    def __init__(
        self, scope: Scope, place: Place, what: Subject = Subject.CONSTANT, expanding: tuple[str, ...] = ()
    ) -> None:
        self.scope = scope
        self.place = place
        self.what = what
        self.expanding = expanding
        self.possible = Possible(scope)
        self.depths: dict[Expr, int] = {}

    def inside(self, scope: Scope) -> Elaborator:
        """The same place with more names."""
        return self._related(scope, self.place, self.expanding)

    def _related(self, scope: Scope, place: Place, expanding: tuple[str, ...]) -> Elaborator:
        inner = Elaborator(scope, place, self.what, expanding)
        inner.possible = self.possible
        inner.depths = self.depths
        return inner

    def constant(self, expr: t.Expr) -> Value:
        """The value of an expression that must be constant.

        Raises:
            AltacError: if it is not, or has no value.
        """
        result = self.expr(expr)
        if isinstance(result, Constant):
            return result.value
        raise not_constant(result, self.what, expr.span)

    # One node kind after the other ---------------------------------------------------------------------------

    def expr(self, expr: t.Expr) -> Expr:
        """A core expression, over values of finite domains.

        Raises:
            AltacError: if it is a number without one.
        """
        result = self.operand(expr)
        if isinstance(result, Linear):
            raise AltacError([NonlinearNumber(expr.span, terms_text(result.terms))])
        return result

    def exprs(self, exprs: Sequence[t.Expr]) -> list[Expr]:
        return each(self.expr, exprs)

    def operand(self, expr: t.Expr) -> Operand:
        """The same, or a sum of numbers."""
        span = expr.span
        self.scope.expand(span)
        match expr:
            case t.Literal_():
                return Constant(expr.value, span)
            case t.Group():
                return self.operand(expr.inner)
            case t.Name():
                return self.name(expr)
            case t.Field():
                return self.field(expr)
            case t.Unary():
                operand = self.operand(expr.operand)
                if expr.op == "+":
                    return self.calculate("+", (Constant(0, span), operand), span)
                return self.calculate({"-": "negative", "not": "not"}[expr.op], (operand,), span)
            case t.Binary():
                return self.binary(expr)
            case t.Compare():
                return self.compare(expr)
            case t.Ternary():
                return self.ternary(expr)
            case t.Range():
                low, high = self.exprs((expr.low, expr.high))
                return self.apply("..", (low, high), span)
            case t.Index():
                collection, index = self.exprs((expr.collection, expr.index))
                return self.apply("index", (collection, index), span)
            case t.Optional_():
                domain = self.expr(expr.domain)
                if isinstance(domain, Constant) and not isinstance(domain.value, frozenset):
                    raise AltacError([OptionalOfValue(expr.span, kind_of(domain.value), expr.domain.span.text)])
                return self.apply("|", (domain, Constant(frozenset((None,)), span)), span)
            case t.Call():
                return self.call(expr)
            case t.Collection():
                return self.collection(expr)

    def operands(self, exprs: Sequence[t.Expr]) -> list[Operand]:
        return each(self.operand, exprs)

    # Names ---------------------------------------------------------------------------------------------------

    def name(self, expr: t.Name) -> Operand:
        if expr.text == "bool":
            return Constant(frozenset(BOOL), expr.span)
        if expr.text in ARITY:
            raise AltacError([FunctionAsValue(expr.span, expr.text, CALLS[expr.text])])
        binding = self.scope.find(expr.text)
        if self.place is Place.VALUE and binding is None and self.scope.suggestion(expr.text, "name") is None:
            if expr.text in AGGREGATES:
                raise AltacError([AggregateWithoutValue(expr.span, "function", expr.text, None)])
            guess = closest(expr.text, AGGREGATES)
            if guess is not None or expr.text in INSTEAD:
                raise AltacError([UnknownAggregate(expr.span, "function", expr.text, guess)])
        if isinstance(binding, Later) and binding.what in STATE:
            check_readable(self.place, expr.text, binding, expr.span, self.what)
        binding = self.scope.look_up(expr.text, expr.span)
        match binding:
            case ConstantBinding():
                return Constant(binding.value, expr.span)
            case LocalBinding():
                return relocate(binding.expr, expr.span)
            case StateBinding():
                check_readable(self.place, expr.text, binding, expr.span, self.what)
                if is_open(binding.domain):
                    return Linear(((expr.text, Fraction(1)),), Constant(0, expr.span), expr.span)
                return Read(expr.text, binding.domain, expr.span)
            case FunctionBinding():
                raise AltacError([FunctionAsValue(expr.span, expr.text, call_of(binding.definition))])
        raise AltacError([])

    def field(self, expr: t.Field) -> Operand:
        name = expr.name.text
        is_bare = self.place is Place.VALUE and expr.side == "key"
        if not is_bare and self.scope.find(name) is None:
            check_side(self.place, expr)
        binding = self.scope.look_up(name, expr.name.span, "variable")
        if is_bare:
            return self.name(t.Name(expr.name.span, name))
        return Read(f"{expr.side}.{name}", check_field(self.place, expr, binding).domain, expr.span)

    # Operators -----------------------------------------------------------------------------------------------

    def binary(self, expr: t.Binary) -> Operand:
        if expr.op in ("and", "or"):
            left, right = self.exprs((expr.left, expr.right))
            combine = self.both if expr.op == "and" else self.either
            return combine(left, self.apply("truth", (right,), right.span), expr.span)
        return self.calculate(expr.op, tuple(self.operands((expr.left, expr.right))), expr.span)

    def compare(self, expr: t.Compare) -> Expr:
        syntax = [expr.first, *(operand for _, operand in expr.rest)]
        operands = list(zip(syntax, self.operands(syntax), strict=True))
        in_function = self.place is Place.FUNCTION
        result: Expr | None = None
        for (op, _), (left, one), (right, other) in zip(expr.rest, operands, operands[1:], strict=False):
            span = left.span.to(right.span)
            if isinstance(one, Linear) or isinstance(other, Linear):
                link = compared(self, op, one, other, span)
            else:
                check_comparable(op, (left, one), (right, other), self.possible, in_function)
                link = self.apply(op, (one, other), span)
            result = link if result is None else self.both(result, link, expr.span)
        assert result is not None
        return result

    def ternary(self, expr: t.Ternary) -> Operand:
        condition = self.expr(expr.condition)
        then, other = self.operands((expr.then, expr.other))
        if isinstance(condition, Constant) and isinstance(condition.value, bool):
            return then if condition.value else other
        if isinstance(then, Linear) or isinstance(other, Linear):
            return chosen(self, condition, then, other, expr.span)
        return self.choose(condition, then, other, expr.span)

    def calculate(self, op: str, arguments: tuple[Operand, ...], span: Span) -> Operand:
        """`apply`, or what it is of sums of numbers."""
        if any(isinstance(argument, Linear) for argument in arguments):
            return calculated(self, op, arguments, span)
        return self.apply(op, tuple(one for one in arguments if not isinstance(one, Linear)), span)

    def apply(self, op: str, arguments: tuple[Expr, ...], span: Span) -> Expr:
        """An operator on operands, folded where it has a value: one without may stand where it is never reached."""
        if all(isinstance(argument, Constant) for argument in arguments):
            values = tuple(argument.value for argument in arguments if isinstance(argument, Constant))
            self.scope.expand(span, sum(operand_cost(op, value) for value in values) // 8)
            result = operate(op, values)
            if not isinstance(result, Problem):
                return self.collected(result, span)
        return self.deep(Apply(op, arguments, span), arguments)

    def collected(self, value: Value, span: Span) -> Constant:
        """A new constant, unless it is larger than what is still handled fast."""
        size = value_size(value)
        self.scope.expand(span, size // 8)
        if size > LARGEST_SET + 1:
            raise AltacError([LargeConstant(span, size - 1, LARGEST_SET)])
        return Constant(value, span)

    def choose(self, condition: Expr, then: Expr, other: Expr, span: Span) -> Expr:
        if isinstance(condition, Constant) and isinstance(condition.value, bool):
            return then if condition.value else other
        return self.deep(Choose(condition, then, other, span), (condition, then, other))

    def both(self, left: Expr, right: Expr, span: Span) -> Expr:
        return self.choose(left, right, Constant(False, span), span)

    def either(self, left: Expr, right: Expr, span: Span) -> Expr:
        return self.choose(left, Constant(True, span), right, span)

    def deep(self, expr: Expr, parts: tuple[Expr, ...]) -> Expr:
        """The expression, unless it has become deeper than later stages can follow."""
        depth = 1 + max(self.depths.get(part, 0) for part in parts)
        if depth > DEEPEST:
            raise AltacError([NestedTooDeeply(expr.span, DEEPEST)])
        self.depths[expr] = depth
        return expr

    # Calls ---------------------------------------------------------------------------------------------------

    def call(self, expr: t.Call) -> Operand:
        name = expr.function.text
        if name in ARITY:
            return builtin(self, expr, name)
        if name == "bool":
            converted = expr.arguments[0].span.text if expr.arguments else "x"
            raise AltacError([BoolCalled(expr.function.span, name, "domain", converted)])
        binding = self.scope.find(name)
        if binding is None and name in FILES:
            return Constant(self.scope.around.files.value(expr), expr.span)
        if self.place is Place.VALUE and binding is None and name in INSTEAD:
            raise AltacError([UnknownAggregate(expr.function.span, "function", name, None)])
        if not (isinstance(binding, Later) and binding.what in STATE):
            binding = self.scope.look_up(name, expr.function.span, "function")
        if not isinstance(binding, FunctionBinding):
            raise AltacError([not_a_function(expr, binding)])
        definition = binding.definition
        if len(definition.parameters) != len(expr.arguments):
            wanted, count = len(definition.parameters), len(expr.arguments)
            raise AltacError([WrongArguments(expr.span, name, wanted, "argument", count, call_of(definition))])
        if name in self.expanding:
            raise AltacError([RecursiveFunction(expr.span, name)])
        arguments = self.operands(expr.arguments)
        scope = self.scope.top.inner()
        for parameter, argument in zip(definition.parameters, arguments, strict=True):
            scope.names[parameter.text] = LocalBinding(argument, parameter.span)
        body = self._related(scope, Place.FUNCTION, (*self.expanding, name))
        return relocate(body.operand(definition.body), expr.span)

    # Collections ---------------------------------------------------------------------------------------------

    def collection(self, expr: t.Collection) -> Expr:
        span = expr.span
        if expr.kind == "set" and not expr.generators:
            for item in expr.items:
                if isinstance(item, t.Range):
                    raise AltacError([RangeInBraces(item.span, item.span.text)])
        if not expr.generators:
            items = each(self.item, expr.items)
        else:
            inners = [self]
            for generator in expr.generators:
                inners = [inner for outer in inners for inner in outer.generate(generator)]
            items = [inner.item(expr.items[0]) for inner in inners]
        if expr.kind == "set":
            return self.set([item for (item,) in items], span)
        rows: list[tuple[Value, ...]] = []
        for parts in items:
            for part in parts:
                if not isinstance(part, Constant):
                    raise not_constant(part, Subject.ENTRY if expr.kind == "table" else Subject.ITEM, part.span)
            rows.append(tuple(part.value for part in parts if isinstance(part, Constant)))
        if expr.kind == "list":
            return self.collected(tuple(value for (value,) in rows), span)
        seen: dict[Any, Value] = {}
        for parts, (key, value) in zip(items, rows, strict=True):
            if not same(seen.setdefault(value_key(key), value), value):
                raise AltacError([DuplicateKey(parts[0].span, source_text(key))])
        return self.collected(Table((key, value) for key, value in rows), span)

    def set(self, items: list[Expr], span: Span) -> Expr:
        """A set of expressions: its constants at once, the others united with them."""
        constants = [item.value for item in items if isinstance(item, Constant)]
        if collides(constants):
            raise AltacError([CollidingMembers(span)])
        result: Expr = self.collected(frozenset(constants), span)
        for item in items:
            if not isinstance(item, Constant):
                result = self.apply("|", (result, self.apply("single", (item,), span)), span)
        return result

    def item(self, item: t.Expr | t.Entry) -> tuple[Expr, ...]:
        if isinstance(item, t.Entry):
            return tuple(self.exprs((item.key, item.value)))
        return (self.expr(item),)

    def generate(self, generator: t.Generator) -> list[Elaborator]:
        """One elaborator for each value of a generator that passes its condition."""
        result = []
        for value in self.elements(generator.collection, Subject.COMPREHENSION):
            self.scope.expand(generator.span)
            scope = self.scope.inner()
            scope.names[generator.name.text] = LocalBinding(Constant(value, generator.name.span), generator.name.span)
            inner = self.inside(scope)
            if generator.condition is not None:
                keep = inner.expr(generator.condition)
                if not isinstance(keep, Constant):
                    raise not_constant(keep, Subject.FILTER, keep.span)
                if not isinstance(keep.value, bool):
                    diagrams = Diagrams([])
                    raise AltacError([fault_diagnostic(diagrams.condition(diagrams.of(keep), keep).value)])
                if not keep.value:
                    continue
            result.append(inner)
        return result

    def elements(self, expr: t.Expr, what: Subject) -> list[Value]:
        """The values that a constant set (in canonical order), list or table (its keys) runs through."""
        place = Place.FUNCTION if self.place is Place.FUNCTION else Place.CONSTANT
        value = Elaborator(self.scope, place, what, self.expanding).constant(expr)
        if isinstance(value, frozenset):
            return list(Domain.of(value))
        if isinstance(value, tuple | Table):
            return list(value)
        raise AltacError([NotACollection(expr.span, kind_of(value), source_text(value))])


# Helpers -----------------------------------------------------------------------------------------------------


def not_constant(core: Expr, what: Subject, span: Span) -> AltacError:
    """Why an expression is not a constant: it reads something, or has no value."""
    names = reads(core)
    if not names:
        leaf = Diagrams([]).of(core).value
        if isinstance(leaf, Fault):
            return AltacError([fault_diagnostic(leaf)])
    return AltacError([NotConstant(span, what, next(iter(names), span.text))])


def relocate(expr: Operand, span: Span) -> Operand:
    """The same expression with the place where it is used; only leaves move, so that sharing is kept."""
    match expr:
        case Linear():
            return replace(expr, span=span)
        case Constant():
            return Constant(expr.value, span)
        case Read():
            return Read(expr.name, expr.domain, span)
    return expr
