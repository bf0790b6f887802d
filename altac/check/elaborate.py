"""Syntax expressions to core expressions: names resolved, functions expanded, constants folded.

What a variable may be read as depends on the place: `Place` says which. Assumes a scope; ensures a core expression in
which every constant subexpression is a `Constant`.
"""

from __future__ import annotations

from enum import Enum
from itertools import product

from altac.check.scope import (
    ARITY,
    Binding,
    ConstantBinding,
    FunctionBinding,
    LocalBinding,
    Scope,
    StateBinding,
    all_of,
)
from altac.diagnostics import AltacError, Span, closest
from altac.diagnostics.domain_errors import DividesByZero, IndexOutside, NoneOperand, NotInitial
from altac.diagnostics.head_errors import HeadReadsHead, KeyOutsideCondition, WhoseVariable
from altac.diagnostics.kind_errors import DifferentKinds, NeverEqual, NotACollection, NotConstant, WrongKind
from altac.diagnostics.name_errors import (
    FunctionAsValue,
    ImpureFunction,
    NotAFunction,
    RecursiveFunction,
    WrongArguments,
)
from altac.ir.expr import Apply, Choose, Constant, Expr, Read
from altac.ir.operations import Problem, operate
from altac.ir.values import BOOL, Domain, Table, Value, kind_of, source_text
from altac.syntax import tree as t

MOST_COMBINATIONS = 20_000  # of operand values that are tried to find the possible values of an expression


class Place(Enum):
    """Where an expression stands, which decides what may be read there."""

    CONSTANT = "a constant"
    INITIAL = "an initial value"
    VALUE = "a head's value"
    CONDITION = "a head's condition"
    STATE = "the step"
    FUNCTION = "a function"


class Elaborator:
    """Elaborates expressions in one place; `what` names the thing that must be constant, for messages."""

    def __init__(self, scope: Scope, place: Place, what: str = "this", expanding: tuple[str, ...] = ()) -> None:
        self.scope = scope
        self.place = place
        self.what = what
        self.expanding = expanding
        self.possible = Possible()

    def inside(self, scope: Scope) -> Elaborator:
        """The same place with more names."""
        inner = Elaborator(scope, self.place, self.what, self.expanding)
        inner.possible = self.possible
        return inner

    def constant(self, expr: t.Expr) -> Value:
        """The value of an expression that must be constant.

        Raises:
            AltacError: if it is not.
        """
        result = self.expr(expr)
        if not isinstance(result, Constant):
            raise AltacError([NotConstant(expr.span, self.what, expr.span.text)])
        return result.value

    # One node kind after the other ---------------------------------------------------------------------------

    def expr(self, expr: t.Expr) -> Expr:
        span = expr.span
        match expr:
            case t.Literal_():
                return Constant(expr.value, span)
            case t.Group():
                return self.expr(expr.inner)
            case t.Name():
                return self.name(expr)
            case t.Field():
                return self.field(expr)
            case t.Unary():
                operand = self.expr(expr.operand)
                if expr.op == "+":
                    return self.apply("+", (Constant(0, span), operand), span)
                return self.apply({"-": "negative", "not": "not"}[expr.op], (operand,), span)
            case t.Binary():
                return self.binary(expr)
            case t.Compare():
                return self.compare(expr)
            case t.Ternary():
                condition, then, other = self.exprs(expr.condition, expr.then, expr.other)
                return choose(condition, then, other, span)
            case t.Range():
                low, high = self.exprs(expr.low, expr.high)
                return self.apply("..", (low, high), span)
            case t.Index():
                collection, index = self.exprs(expr.collection, expr.index)
                return self.apply("index", (collection, index), span)
            case t.Optional_():
                domain = self.expr(expr.domain)
                return self.apply("|", (domain, Constant(frozenset((None,)), span)), span)
            case t.Call():
                return self.call(expr)
            case t.Collection():
                return self.collection(expr)

    def exprs(self, *exprs: t.Expr) -> list[Expr]:
        return all_of([lambda one=one: self.expr(one) for one in exprs])  # type: ignore[misc]

    def name(self, expr: t.Name) -> Expr:
        if expr.text == "bool":
            return Constant(frozenset(BOOL), expr.span)
        binding = self.scope.look_up(expr.text, expr.span)
        match binding:
            case ConstantBinding():
                return Constant(binding.value, expr.span)
            case LocalBinding():
                return relocate(binding.expr, expr.span)
            case StateBinding():
                return self.read(expr.text, binding, expr.span)
            case FunctionBinding():
                raise AltacError([FunctionAsValue(expr.span, expr.text, call_of(binding.definition))])
        raise AltacError([])

    def read(self, name: str, binding: StateBinding, span: Span) -> Expr:
        """A bare name of a variable or head."""
        is_head = binding.what == "head"
        what = {"head": "a head", "variable": "a variable"}.get(binding.what, f"the {binding.what}")
        match self.place:
            case Place.CONSTANT:
                raise AltacError([NotConstant(span, self.what, name)])
            case Place.FUNCTION:
                raise AltacError([ImpureFunction(span, name, what)])
            case Place.INITIAL if binding.what not in ("token", "position"):
                raise AltacError([NotInitial(span, name, what)])
            case Place.VALUE | Place.CONDITION if is_head:
                assert binding.span is not None
                raise AltacError([HeadReadsHead(span, name, binding.span)])
            case Place.CONDITION:
                raise AltacError([WhoseVariable(span, name)])
        return Read(name, binding.domain, span)

    def field(self, expr: t.Field) -> Expr:
        name = expr.name.text
        binding = self.scope.look_up(name, expr.name.span, "variable")
        match self.place:
            case Place.CONDITION:
                if isinstance(binding, StateBinding) and binding.what == "head":
                    assert binding.span is not None
                    raise AltacError([HeadReadsHead(expr.span, name, binding.span)])
                if isinstance(binding, StateBinding):
                    return Read(f"{expr.side}.{name}", binding.domain, expr.span)
                return self.name(t.Name(expr.name.span, name))
            case Place.VALUE if expr.side == "key":
                return self.name(t.Name(expr.name.span, name))
        hint = f"write `{name}`" if self.place in (Place.STATE, Place.VALUE) else "use constants and arguments here"
        raise AltacError([KeyOutsideCondition(expr.span, expr.side, name, hint)])

    def binary(self, expr: t.Binary) -> Expr:
        left, right = self.exprs(expr.left, expr.right)
        if expr.op == "and":
            return choose(left, self.apply("truth", (right,), right.span), Constant(False, expr.span), expr.span)
        if expr.op == "or":
            return choose(left, Constant(True, expr.span), self.apply("truth", (right,), right.span), expr.span)
        return self.apply(expr.op, (left, right), expr.span)

    def compare(self, expr: t.Compare) -> Expr:
        syntax = [expr.first, *(operand for _, operand in expr.rest)]
        operands = self.exprs(*syntax)
        result: Expr | None = None
        for number, (op, _) in enumerate(expr.rest):
            left, right = operands[number], operands[number + 1]
            self.check_comparable(op, left, right, syntax[number], syntax[number + 1])
            one = self.apply(op, (left, right), syntax[number].span.to(syntax[number + 1].span))
            result = one if result is None else choose(result, one, Constant(False, expr.span), expr.span)
        assert result is not None
        return result

    def apply(self, op: str, arguments: tuple[Expr, ...], span: Span) -> Expr:
        if not all(isinstance(argument, Constant) for argument in arguments):
            return Apply(op, arguments, span)
        result = operate(op, tuple(argument.value for argument in arguments if isinstance(argument, Constant)))
        if isinstance(result, Problem):
            raise AltacError([problem_diagnostic(result, span, "", arguments)])
        return Constant(result, span)

    def call(self, expr: t.Call) -> Expr:
        name = expr.function.text
        arity = ARITY.get(name)
        if arity is not None:
            variadic = name in ("min", "max")
            count = len(expr.arguments)
            if count != arity and not (variadic and count >= 1):
                wanted = "at least one value" if variadic else plural(arity, "value")
                call = {"clamp": "clamp(x, low, high)", "abs": "abs(x)", "len": "len(x)"}.get(name, f"{name}(a, b)")
                raise AltacError([WrongArguments(expr.span, name, wanted, given(count), call)])
            arguments = self.exprs(*expr.arguments)
            if name == "clamp":
                value, low, high = arguments
                return self.apply("min", (self.apply("max", (value, low), expr.span), high), expr.span)
            if not variadic:
                return self.apply(name, tuple(arguments), expr.span)
            result = arguments[0]
            if count == 1 and isinstance(result, Constant) and isinstance(result.value, frozenset | tuple):
                arguments = [Constant(value, expr.span) for value in result.value] or [Constant(None, expr.span)]
                result = arguments[0]
            for argument in arguments[1:]:
                result = self.apply(name, (result, argument), expr.span)
            return result
        binding = self.scope.look_up(name, expr.function.span, "function")
        if not isinstance(binding, FunctionBinding):
            raise AltacError([NotAFunction(expr.function.span, name, describe(binding))])
        definition = binding.definition
        if len(definition.parameters) != len(expr.arguments):
            wanted = plural(len(definition.parameters), "argument")
            call = call_of(definition)
            raise AltacError([WrongArguments(expr.span, name, wanted, given(len(expr.arguments)), call)])
        if name in self.expanding:
            raise AltacError([RecursiveFunction(expr.span, name)])
        arguments = self.exprs(*expr.arguments)
        scope = Scope(top(self.scope))
        for parameter, argument in zip(definition.parameters, arguments, strict=True):
            scope.names[parameter.text] = LocalBinding(argument, parameter.span)
        body = Elaborator(scope, Place.FUNCTION, self.what, (*self.expanding, name))
        body.possible = self.possible
        return relocate(body.expr(definition.body), expr.span)

    def collection(self, expr: t.Collection) -> Expr:
        span = expr.span
        if expr.generator is None:
            items = [self.item(item) for item in expr.items]
        else:
            items = []
            for inner in self.generate(expr.generator):
                items.append(inner.item(expr.items[0]))
        if expr.kind == "set":
            result: Expr = Constant(frozenset(one.value for (one,) in items if isinstance(one, Constant)), span)
            for (one,) in items:
                if not isinstance(one, Constant):
                    result = self.apply("|", (result, self.apply("single", (one,), span)), span)
            return result
        for parts in items:
            for part in parts:
                if not isinstance(part, Constant):
                    what = f"an item of a {expr.kind}"
                    raise AltacError([NotConstant(part.span, what, part.span.text)])
        values = [tuple(part.value for part in parts if isinstance(part, Constant)) for parts in items]
        if expr.kind == "list":
            return Constant(tuple(value for (value,) in values), span)
        return Constant(Table((key, value) for key, value in values), span)

    def item(self, item: t.Expr | t.Entry) -> tuple[Expr, ...]:
        if isinstance(item, t.Entry):
            return tuple(self.exprs(item.key, item.value))
        return (self.expr(item),)

    def generate(self, generator: t.Generator) -> list[Elaborator]:
        """One elaborator for each value of a generator that passes its condition."""
        result = []
        for value in elements(self.inside_constant("a generator"), generator.collection):
            scope = Scope(self.scope)
            scope.names[generator.name.text] = LocalBinding(Constant(value, generator.name.span), generator.name.span)
            inner = self.inside(scope)
            if generator.condition is not None:
                keep = inner.expr(generator.condition)
                if not isinstance(keep, Constant) or not isinstance(keep.value, bool):
                    raise AltacError([NotConstant(keep.span, "a generator's condition", keep.span.text)])
                if not keep.value:
                    continue
            result.append(inner)
        return result

    def inside_constant(self, what: str) -> Elaborator:
        place = Place.FUNCTION if self.place is Place.FUNCTION else Place.CONSTANT
        return Elaborator(self.scope, place, what, self.expanding)

    # Comparisons that can only be mistakes -------------------------------------------------------------------

    def check_comparable(self, op: str, left: Expr, right: Expr, left_syntax: t.Expr, right_syntax: t.Expr) -> None:
        """Refuse `==`, `!=` and `in` between things that are never equal: different kinds, or a misspelt symbol."""
        if op not in ("==", "!=", "in", "not in") or isinstance(left, Constant) is isinstance(right, Constant) is True:
            return
        left_values = self.possible.values(left)
        right_values = self.possible.values(right)
        if op in ("in", "not in"):
            if not isinstance(right, Constant) or not isinstance(right.value, frozenset | tuple | Table):
                return
            right_values = Domain.of(right.value) if len(right.value) else None
        if left_values is None or right_values is None:
            return
        left_kinds = {kind_of(value) for value in left_values}
        right_kinds = {kind_of(value) for value in right_values}
        if not left_kinds & right_kinds and None not in (*left_values, *right_values):
            sides = f"a {min(left_kinds)}", f"a {min(right_kinds)}"
            hint = kind_hint(left_values, right_values)
            raise AltacError([DifferentKinds(left_syntax.span.to(right_syntax.span), *sides, hint)])
        if self.place is Place.FUNCTION:
            return  # the same function may be used on several domains
        for syntax, values, subject in [
            (right_syntax, left_values, left_syntax),
            (left_syntax, right_values, right_syntax),
        ]:
            for literal in literals(syntax):
                if isinstance(literal.value, str) and literal.value not in values:
                    raise AltacError([never_equal(literal.span, literal.value, subject.span.text, values)])


class Possible:
    """The values that an expression can take, ignoring conditions around it; None where there are too many."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[Expr, Domain | None]] = {}

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
                return None if then is None or other is None else Domain.of((*then, *other))
            case Apply():
                operands = [self.values(argument) for argument in expr.arguments]
                combinations = 1
                for operand in operands:
                    if operand is None:
                        return None
                    combinations *= len(operand)
                if combinations > MOST_COMBINATIONS:
                    return None
                results = [operate(expr.op, values) for values in product(*(operand for operand in operands if operand))]
                values = [result for result in results if not isinstance(result, Problem)]
                return Domain.of(values) if values else None


# Helpers -----------------------------------------------------------------------------------------------------


def choose(condition: Expr, then: Expr, other: Expr, span: Span) -> Expr:
    if isinstance(condition, Constant) and isinstance(condition.value, bool):
        return then if condition.value else other
    return Choose(condition, then, other, span)


def relocate(expr: Expr, span: Span) -> Expr:
    """The same expression, said to stand where it is used; only leaves move, so that sharing is kept."""
    match expr:
        case Constant():
            return Constant(expr.value, span)
        case Read():
            return Read(expr.name, expr.domain, span)
    return expr


def elements(elaborator: Elaborator, expr: t.Expr) -> list[Value]:
    """The values that a constant set (in canonical order) or list runs through."""
    value = elaborator.constant(expr)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, frozenset):
        return list(Domain.of(value)) if value else []
    if isinstance(value, Table):
        return list(value)
    raise AltacError([NotACollection(expr.span, f"the {kind_of(value)} {source_text(value)}")])


def literals(syntax: t.Expr) -> list[t.Literal_]:
    """The literals that a comparison's side is, or is a set of."""
    match syntax:
        case t.Literal_():
            return [syntax]
        case t.Group():
            return literals(syntax.inner)
        case t.Collection(generator=None):
            return [item for item in syntax.items if isinstance(item, t.Literal_)]
    return []


def never_equal(span: Span, value: str, subject: str, values: Domain) -> NeverEqual:
    symbols = [one for one in values if isinstance(one, str)]
    guess = closest(value, symbols)
    suggestion = None if guess is None else source_text(guess)
    return NeverEqual(span, source_text(value), subject, str(values), suggestion)


def kind_hint(left: Domain, right: Domain) -> str:
    for mine, others in ((left, right), (right, left)):
        for value in mine:
            for other in others:
                if isinstance(value, str) and not isinstance(other, str) and value == source_text(other):
                    return f"leave out the quotes: `{value}`"
    return "compare values of one kind; `true` and `1` are different values"


def problem_diagnostic(
    problem: Problem, span: Span, witness: str, arguments: tuple[Expr, ...], source: tuple[Span | None, str] = (None, "")
) -> WrongKind | NoneOperand | DividesByZero | IndexOutside:
    """The diagnostic of an operator that has no value; `witness` says when, `source` where a `none` comes from."""
    match problem.reason:
        case "none":
            hint = "compare with `none` first, as in `if x != none:`, or give the head a default: `else 0`"
            return NoneOperand(span, problem.detail, witness.lstrip(), hint, *source)
        case "zero":
            return DividesByZero(span, problem.detail, witness, arguments[-1].span.text if arguments else "it")
        case "index":
            return IndexOutside(span, problem.detail, witness)
    hint = "check the kinds of the operands"
    if "boolean" in problem.detail or "condition" in problem.detail:
        hint = "write a comparison, such as `x == 1`"
    elif "sets" in problem.detail:
        hint = "a set of one value is `{{x}}`; for booleans write `or`/`and`".replace("{{", "{").replace("}}", "}")
    elif "numbers" in problem.detail:
        hint = "numbers stand without quotes; make the other cases numbers, or guard with a condition"
    return WrongKind(span, problem.detail, witness.lstrip(), hint)


def describe(binding: Binding) -> str:
    return ("an " if binding.what[0] in "aeiou" else "a ") + binding.what


def call_of(definition: t.Def) -> str:
    return f"{definition.name.text}({', '.join(parameter.text for parameter in definition.parameters)})"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def given(count: int) -> str:
    return "1 is" if count == 1 else f"{count} are"


def top(scope: Scope) -> Scope:
    while scope.parent is not None:
        scope = scope.parent
    return scope


