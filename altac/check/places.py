"""Where an expression stands, and what may be read there."""

from __future__ import annotations

from enum import Enum

from altac.check.scope import Binding, Later, StateBinding
from altac.diagnostics import AltacError, Diagnostic, Span
from altac.diagnostics.constant_errors import NotConstant, Subject
from altac.diagnostics.domain_errors import NotInitial
from altac.diagnostics.file_errors import TokenAsItIs
from altac.diagnostics.head_errors import (
    FieldPlace,
    HeadOutsideStep,
    HeadReadsHead,
    KeyOutsideCondition,
    WhoseVariable,
)
from altac.diagnostics.kind_errors import FieldOfConstant
from altac.diagnostics.name_errors import ImpureFunction
from altac.diagnostics.number_errors import NumberInCondition
from altac.ir.numbers import is_open
from altac.syntax import tree as t

STATE = ("variable", "value", "head", "token", "position")  # what a position knows, and constants and functions do not


LARGEST_DOMAIN = 10_000  # of what the stream has a dimension for each value of


class Place(Enum):
    """Where an expression stands, which decides what may be read there."""

    CONSTANT = "a constant"
    INITIAL = "an initial value"
    VALUE = "a head's value"
    CONDITION = "a head's condition"
    STEP = "the step"
    STATE = "a condition between layers"
    TERM = "a term of a score"
    FUNCTION = "a function"


FIELD_PLACES: dict[Place, FieldPlace] = {
    Place.VALUE: "value",
    Place.STEP: "step",
    Place.STATE: "readout",
    Place.TERM: "readout",
    Place.FUNCTION: "function",
}


def check_readable(place: Place, name: str, binding: StateBinding | Later, span: Span, what: Subject) -> None:
    """Check that the bare name of a variable or head has a value in a place; `what` must be constant there.

    Raises:
        AltacError: if it has none.
    """
    refusal = refusal_of(place, name, binding, span, what)
    if refusal is not None:
        raise AltacError([refusal])


def refusal_of(place: Place, name: str, binding: StateBinding | Later, span: Span, what: Subject) -> Diagnostic | None:
    is_head = binding.what == "head"
    match place:
        case Place.CONSTANT:
            return NotConstant(span, what, name)
        case Place.FUNCTION:
            return ImpureFunction(span, name, binding.what)
        case Place.INITIAL if binding.what not in ("token", "position"):
            return NotInitial(span, name, binding.what)
        case Place.VALUE | Place.CONDITION if is_head:
            assert binding.span is not None
            return HeadReadsHead(span, name, binding.span)
        case Place.CONDITION:
            return WhoseVariable(span, name)
        case Place.STATE | Place.TERM if is_head:
            return HeadOutsideStep(span, name)
        case Place.STATE | Place.TERM if isinstance(binding, StateBinding) and is_open(binding.domain):
            return NumberInCondition(span, name, "what is asked between layers")
        case Place.INITIAL | Place.TERM:
            return None
    return one_hot_refusal(binding, span)


def one_hot_refusal(binding: Binding, span: Span) -> Diagnostic | None:
    """The diagnostic of reading `token` where the stream must have a dimension for each of its values."""
    if not isinstance(binding, StateBinding) or binding.what != "token" or len(binding.domain) <= LARGEST_DOMAIN:
        return None
    return TokenAsItIs(span, len(binding.domain), LARGEST_DOMAIN)


def check_side(place: Place, expr: t.Field) -> None:
    """Check that `key.` or `query.` stands in a condition.

    Raises:
        AltacError: elsewhere.
    """
    if place is not Place.CONDITION:
        side, name = expr.side, expr.name.text
        raise AltacError([KeyOutsideCondition(expr.span, side, name, FIELD_PLACES.get(place, "constant"))])


def check_field(place: Place, expr: t.Field, binding: Binding) -> StateBinding:
    """What `key.x` or `query.x` reads in a condition.

    Raises:
        AltacError: elsewhere, and for what is not a variable.
    """
    name = expr.name.text
    check_side(place, expr)
    if not isinstance(binding, StateBinding):
        raise AltacError([FieldOfConstant(expr.span, name, binding.what)])
    if binding.what == "head":
        assert binding.span is not None
        raise AltacError([HeadReadsHead(expr.span, name, binding.span)])
    if is_open(binding.domain):
        raise AltacError([NumberInCondition(expr.span, name, "the condition of a head")])
    refusal = one_hot_refusal(binding, expr.span)
    if refusal is not None:
        raise AltacError([refusal])
    return binding
