"""Heads that bring a number without a finite domain."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from altac.check.conditions import Selection
from altac.check.elaborate import Elaborator
from altac.check.places import Place
from altac.check.scope import StateBinding
from altac.diagnostics import AltacError
from altac.diagnostics.head_errors import UnboundedCount
from altac.diagnostics.number_errors import (
    NonlinearNumber,
    NumberBrought,
    NumberMissing,
    SelectsSeveral,
    SeveralNumbers,
    ValueForNumber,
)
from altac.ir.heads import Real
from altac.ir.numbers import is_open
from altac.ir.values import Domain, kind_of, source_text
from altac.syntax import mentions
from altac.syntax import tree as t

if TYPE_CHECKING:
    from altac.check.heads import HeadChecker

BRING_NUMBERS = ("mean", "select", "first", "last", "closest")


def number_brought(here: HeadChecker, head: t.Head) -> str | None:
    """The name of the number that a head brings as it is.

    Raises:
        AltacError: if it calculates with one, or its aggregate brings none.
    """
    if head.value is None:
        return None
    inner: t.Expr = head.value
    while isinstance(inner, t.Group):
        inner = inner.inner
    name = inner.text if isinstance(inner, t.Name) else None
    if isinstance(inner, t.Field) and inner.side == "key":
        name = inner.name.text
    numbers = {
        one
        for one in mentions.names(inner) | {name}
        if one is not None and isinstance(found := here.scope.find(one), StateBinding) and is_open(found.domain)
    }
    if not numbers:
        return None
    if name not in numbers:
        raise AltacError([SeveralNumbers(head.value.span, head.value.span.text)])
    Elaborator(here.scope, Place.VALUE).name(t.Name(inner.span, name))  # whether it can be read here
    if head.aggregate in ("max", "min", "sum"):
        raise AltacError([NumberBrought(head.value.span, head.aggregate, name)])
    return name


def real_head(
    here: HeadChecker,
    head: t.Head,
    declared: Domain | None,
    number: str | None,
    selection: Selection,
    always: bool,
    most: int | None,
) -> Real:
    """A head that brings a number: one that stands at other positions, or an average."""
    assert head.value is not None
    name = head.name.text
    if declared is not None and not is_open(declared):
        assert number is not None
        raise AltacError([NonlinearNumber(head.value.span, number)])
    variable, numbers = number, tuple[int | Fraction, ...]()
    if number is None:
        variable, results = here.value(head.value, selection)
        numbers = tuple(here.numbers(head.value, results))
    (default,) = here.missing(head, always) or (None,)
    if default is None and not always:
        raise AltacError([NumberMissing(head.value.span, name)])
    if default is not None and kind_of(default) != "number":
        assert head.default is not None
        raise AltacError([ValueForNumber(head.default.span, name, source_text(default))])
    missing: int | Fraction | None = default  # type: ignore[assignment]
    match head.aggregate:
        case "mean":
            if most is None:
                raise AltacError([UnboundedCount(head.span, name, None, here.input_name)])
            return Real("mean", variable, numbers, missing)
        case "first" | "last" | "closest":
            return Real(head.aggregate, variable, numbers, missing)
        case _:
            if most is None or most > 1:
                raise AltacError([SelectsSeveral(head.span, name, number or head.value.span.text)])
            return Real("one", variable, numbers, missing)
