"""Calls: those of the functions that the language has, and what is wrong with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from altac.check.places import Place
from altac.check.scope import ARITY, Binding, ConstantBinding
from altac.diagnostics import AltacError
from altac.diagnostics.name_errors import (
    CollectionCalled,
    NotAFunction,
    TooFewToCompare,
    UnknownAggregate,
    WrongArguments,
)
from altac.diagnostics.number_errors import NonlinearNumber
from altac.ir.expr import Constant, Expr
from altac.ir.numbers import Linear, terms_text
from altac.ir.values import Table
from altac.syntax import tree as t

if TYPE_CHECKING:
    from altac.check.elaborate import Elaborator

CALLS = {"min": "min(a, b)", "max": "max(a, b)", "abs": "abs(x)", "clamp": "clamp(x, low, high)", "len": "len(x)"}


def builtin(here: Elaborator, expr: t.Call, name: str) -> Expr:
    """The call of a function of the language.

    Raises:
        AltacError: for too few or too many arguments.
    """
    span, count = expr.span, len(expr.arguments)
    smallest = name in ("min", "max")
    if count != ARITY[name] and not (smallest and count >= 1):
        kind = TooFewToCompare if smallest else WrongArguments
        raise AltacError([kind(span, name, ARITY[name], "value", count, CALLS[name])])
    arguments: list[Expr] = []
    for one in here.operands(expr.arguments):
        if isinstance(one, Linear):
            raise AltacError([NonlinearNumber(span, terms_text(one.terms))])
        arguments.append(one)
    if name == "clamp":
        value, low, high = arguments
        return here.apply("min", (here.apply("max", (value, low), span), high), span)
    if not smallest:
        return here.apply(name, tuple(arguments), span)
    if count == 1:
        (only,) = arguments
        if not isinstance(only, Constant) or not isinstance(only.value, frozenset | tuple) or not only.value:
            if here.place is Place.VALUE and not isinstance(only, Constant):
                raise AltacError([UnknownAggregate(expr.function.span, "function", name, None)])
            raise AltacError([TooFewToCompare(span, name, ARITY[name], "value", 1, CALLS[name])])
        arguments = [Constant(value, span) for value in only.value]
    result = arguments[0]
    for argument in arguments[1:]:
        result = here.apply(name, (result, argument), span)
    return result


def not_a_function(expr: t.Call, binding: Binding) -> NotAFunction:
    is_collection = isinstance(binding, ConstantBinding) and isinstance(binding.value, tuple | Table)
    kind = CollectionCalled if is_collection else NotAFunction
    return kind(expr.function.span, expr.function.text, binding.what)


def call_of(definition: t.Def) -> str:
    return f"{definition.name.text}({', '.join(parameter.text for parameter in definition.parameters)})"
