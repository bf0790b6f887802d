"""Where an expression stands, and what may be read there."""

from __future__ import annotations

from enum import Enum

from altac.check.scope import Binding, Later, StateBinding
from altac.diagnostics import AltacError, Span
from altac.diagnostics.domain_errors import NotInitial
from altac.diagnostics.head_errors import (
    HeadOutsideStep,
    HeadReadsHead,
    KeyOutsideCondition,
    ScalarInHead,
    WhoseVariable,
)
from altac.diagnostics.kind_errors import NotConstant, WrongKind
from altac.diagnostics.name_errors import ImpureFunction
from altac.syntax import tree as t

STATE = ("variable", "head", "token", "position")  # what a position knows, and constants and functions do not


class Place(Enum):
    """Where an expression stands, which decides what may be read there."""

    CONSTANT = "a constant"
    INITIAL = "an initial value"
    VALUE = "a head's value"
    CONDITION = "a head's condition"
    STEP = "the step"
    STATE = "a condition between layers"
    FUNCTION = "a function"


def check_readable(place: Place, name: str, binding: StateBinding | Later, span: Span, what: str) -> None:
    """Refuse the bare name of a variable or head where it cannot be read; `what` must be constant there.

    Raises:
        AltacError: if it cannot.
    """
    is_head = binding.what == "head"
    match place:
        case Place.CONSTANT:
            raise AltacError([NotConstant(span, what, name)])
        case Place.FUNCTION:
            raise AltacError([ImpureFunction(span, name, describe(binding))])
        case Place.INITIAL if binding.what not in ("token", "position"):
            raise AltacError([NotInitial(span, name, describe(binding))])
        case Place.VALUE | Place.CONDITION if is_head:
            assert binding.span is not None
            raise AltacError([HeadReadsHead(span, name, binding.span)])
        case Place.CONDITION:
            raise AltacError([WhoseVariable(span, name)])
        case Place.STATE if is_head:
            raise AltacError([HeadOutsideStep(span, name)])
        case Place.STATE if isinstance(binding, StateBinding) and binding.scalar:
            hint = "let the step keep the answer in a `bool`, and read that"
            raise AltacError([ScalarInHead(span, name, "`halt when` or `where`", hint)])


def check_field(place: Place, expr: t.Field, binding: Binding) -> StateBinding:
    """What `key.x` or `query.x` reads in a condition.

    Raises:
        AltacError: elsewhere, and for what is no variable.
    """
    name = expr.name.text
    match place:
        case Place.CONDITION if isinstance(binding, StateBinding):
            if binding.what == "head":
                assert binding.span is not None
                raise AltacError([HeadReadsHead(expr.span, name, binding.span)])
            return binding
        case Place.CONDITION:
            detail = f"`{name}` is {describe(binding)}: the same at every position"
            raise AltacError([WrongKind(expr.span, detail, "not a variable", f"write `{name}`")])
        case Place.VALUE:
            hint = "a head brings what the position looked at has; use the own value in the step"
        case Place.STEP if expr.side == "key":
            hint = f"bring it with a head: `head other = {name} where ...`"
        case Place.STEP | Place.STATE:
            hint = f"write `{name}`"
        case _:
            hint = "use constants and arguments here"
    raise AltacError([KeyOutsideCondition(expr.span, expr.side, name, hint)])


def describe(binding: Binding) -> str:
    """What a name is, with its article."""
    if binding.what in ("token", "position"):
        return {"token": "the symbol of the input", "position": "the place in the input"}[binding.what]
    return ("an " if binding.what[0] in "aeiou" else "a ") + binding.what
