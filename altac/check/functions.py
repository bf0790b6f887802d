"""What can be said of a `def` before it is used: that every name in it means something that a function may see."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from altac.check.calls import CALLS, not_a_function
from altac.check.places import STATE
from altac.check.scope import ARITY, Broken, FunctionBinding, Later, Scope, StateBinding, check_not_builtin, each
from altac.diagnostics import AltacError
from altac.diagnostics.head_errors import KeyOutsideCondition
from altac.diagnostics.name_errors import DuplicateName, FunctionAsValue, ImpureFunction, RecursiveFunction
from altac.syntax import tree as t
from altac.syntax.mentions import FILES

Use = t.Name | t.Field | t.Call


def check_definition(definition: t.Def, scope: Scope) -> None:
    """Check the parameters of a function and the names in its body.

    Raises:
        AltacError: with everything that is wrong whatever the arguments are.
    """
    seen: dict[str, t.Identifier] = {}
    for parameter in definition.parameters:
        check_not_builtin(parameter)
        if parameter.text in seen:
            raise AltacError([DuplicateName(parameter.span, parameter.text, seen[parameter.text].span)])
        seen[parameter.text] = parameter
    each(partial(_check_use, definition, scope), uses(definition.body, frozenset(seen)))


def _check_use(definition: t.Def, scope: Scope, use: Use) -> None:
    match use:
        case t.Field():
            raise AltacError([KeyOutsideCondition(use.span, use.side, use.name.text, "function")])
        case t.Call():
            name = use.function
            if name.text == definition.name.text:
                raise AltacError([RecursiveFunction(use.span, name.text)])
            binding = None if name.text in ARITY else scope.find(name.text)
            if binding is None and name.text not in (*ARITY, *FILES) and scope.around.complete:
                raise AltacError([scope.unknown(name.text, name.span, "function")])
            if binding is not None and not isinstance(binding, FunctionBinding | Broken) and binding.what != "function":
                raise AltacError([not_a_function(use, binding)])
        case t.Name():
            if use.text in ARITY:
                raise AltacError([FunctionAsValue(use.span, use.text, CALLS[use.text])])
            found = scope.find(use.text)
            if isinstance(found, StateBinding | Later) and found.what in STATE:
                raise AltacError([ImpureFunction(use.span, use.text, found.what)])
            if found is None and use.text != "bool" and scope.around.complete:
                raise AltacError([scope.unknown(use.text, use.span, "name")])


def uses(node: object, bound: frozenset[str]) -> Iterator[Use]:
    """Names and calls in a syntax tree that are not bound by a parameter or a comprehension."""
    match node:
        case t.Name() | t.Field():
            if isinstance(node, t.Field) or node.text not in bound:
                yield node
        case t.Call():
            yield node
            yield from uses(node.arguments, bound)
        case t.Collection():
            for generator in node.generators:
                yield from uses(generator.collection, bound)
                bound = bound | {generator.name.text}
                yield from uses(generator.condition, bound)
            yield from uses(node.items, bound)
        case tuple():
            for item in node:
                yield from uses(item, bound)
        case t.Node():
            for part in vars(node).values():
                yield from uses(part, bound)
