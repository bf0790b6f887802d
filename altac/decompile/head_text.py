"""Heads as a program writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from altac.decompile.groups import ALWAYS, NEVER
from altac.decompile.heads import HeadForm, Relation
from altac.decompile.recovered import FoundHead, Recovered
from altac.decompile.step_text import conjunction
from altac.decompile.weights import Undecided
from altac.ir.interface import Interface
from altac.ir.means import attainable_means
from altac.ir.offsets import EVERYWHERE, Offsets
from altac.ir.values import BOOL, Value, kind_of, number, source_text, value_key

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


def head_lines(found: Recovered, interface: Interface, layer: int) -> Iterator[str]:
    for head in found.heads:
        if head.layer == layer and head.form.which != "never":
            yield f"head {head.target.name}" + head_text(interface, head)


def head_text(interface: Interface, head: FoundHead) -> str:
    """All that stands behind the name of a head."""
    form, target = head.form, head.target
    where = conjunction([relation_text(one) for one in form.relations])
    limits = (f" where {where}" if where != ALWAYS else "") + offsets_text(form.offsets)
    if target.is_number:
        value = (
            form.source.name
            if form.source is not None and form.source.is_number
            else operand(brought_text(form, [number(one) for one in form.brings]))
        )
        otherwise = f" else {source_text(number(form.default or Fraction(0)))}" if limits else ""
        return f": number = {form.which} {value}{limits}{otherwise}"
    if form.which == "count":
        return f" = count{limits}"
    if form.which in ("sum", "mean"):
        value = operand(brought_text(form, [number(one) for one in form.brings]))
        if form.which == "sum":
            return f" = sum {value}{limits}"
        assert form.default is not None
        return mean_kind(interface, head) + f" = mean {value}{limits} else {source_text(number(form.default))}"
    values = [target.named[place] for place in head.written]
    default = None if form.default is None else values[int(form.default)]
    if (
        form.source is None
        and form.which == ""
        and default is False
        and target.domain == BOOL
        and values[int(form.brings[0])]
    ):
        return f" = exists{limits}"
    which: str = form.which
    brings = [values[int(one)] for one in form.brings]
    if which == "" and form.source is None and not form.agree and kind_of(brings[0]) in ("number", "symbol"):
        which = "max"  # which need not check that several agree
    elif which == "max":
        ranked = sorted(zip(form.ranks, brings, strict=True), key=lambda pair: pair[0])
        which = "max" if [one for _, one in ranked] == sorted(brings) else "min"  # type: ignore[type-var]
    value = operand(brought_text(form, brings))
    otherwise = (
        "" if form.default is None or (default is None and None in target.named) else f" else {source_text(default)}"
    )
    return f": {target.domain} = {which}{' ' * bool(which)}{value}{limits}{otherwise}"


def brought_text(form: HeadForm, values: Sequence[Value]) -> str:
    return source_text(values[0]) if form.source is None else form.source.mapped(values)


def operand(value: str) -> str:
    """A value as that of a head: in parentheses, if more than a name or a constant."""
    return (
        value if value.replace("_", "").isalnum() or (value.startswith('"') and value.count('"') == 2) else f"({value})"
    )


def mean_kind(interface: Interface, head: FoundHead) -> str:
    """The domain of an average: none if it follows, else it is a number."""
    most = head.form.offsets.most(interface.most_positions)
    numbers = [number(one) for one in head.form.brings]
    return "" if most is not None and attainable_means(numbers, most) is not None else ": number"


def relation_text(one: Relation) -> str:
    """A conjunct of a condition."""
    if one.key is None:
        assert one.query is not None
        return one.query.member([place for place, holds in enumerate(one.holds[0]) if holds], "query.")
    if one.query is None:
        return one.key.member([place for place, holds in enumerate(one.holds[:, 0]) if holds], "key.")
    if one.holds.all():
        return ALWAYS
    compared = comparison(one)
    if compared is not None:
        return compared
    alike: dict[tuple[int, ...], list[int]] = {}
    for column in range(one.holds.shape[1]):
        keys = tuple(place for place, holds in enumerate(one.holds[:, column]) if holds)
        if keys:
            alike.setdefault(keys, []).append(column)
    cases = [
        conjunction([one.query.member(columns, "query."), one.key.member(keys, "key.")])
        for keys, columns in alike.items()
    ]
    cases = [case for case in cases if case != NEVER] or [NEVER]
    return cases[0] if len(cases) == 1 else "(" + " or ".join(cases) + ")"


def comparison(one: Relation) -> str | None:
    """A relation as an operator, if it is one."""
    assert one.key is not None
    assert one.query is not None
    if one.key.cuts or one.query.cuts or one.key.constant is not None or one.query.constant is not None:
        return None
    pairs = [
        (key, query, bool(one.holds[row, column]))
        for row, key in enumerate(one.key.named)
        for column, query in enumerate(one.query.named)
    ]
    left, right = f"key.{one.key.name}", f"query.{one.query.name}"
    if not any(type(key) is type(query) for key, query, _ in pairs):
        return None
    for operator, compare in OPERATORS.items():
        if all(compared(compare, key, query) == holds for key, query, holds in pairs):
            return f"{left} {operator} {right}"
    if not all(type(key) is int and type(query) is int for key, query, _ in pairs):
        return None
    whole = [(int(key), int(query), holds) for key, query, holds in pairs]  # type: ignore[arg-type]
    gaps = {key - query for key, query, holds in whole if holds}
    low, high = min(gaps), max(gaps)
    if low == high and all((key - query == low) == holds for key, query, holds in whole):
        return f"{left} == {right} {'-' if low < 0 else '+'} {abs(low)}"
    if all((key - query <= high) == holds for key, query, holds in whole):
        return f"{left} <= {right}{shift_text(high)}"
    if all((key - query >= low) == holds for key, query, holds in whole):
        return f"{left} >= {right}{shift_text(low)}"
    return None


def compared(compare: Callable[[Any, Any], bool], key: Value, query: Value) -> bool | None:
    """Whether a comparison holds; None if the language has none of these values."""
    if compare in (eq, ne):
        return bool((value_key(key) == value_key(query)) == (compare is eq))
    kinds = {kind_of(key), kind_of(query)}
    return compare(key, query) if kinds in ({"number"}, {"symbol"}) else None


def shift_text(shift: int) -> str:
    return f" {'-' if shift < 0 else '+'} {abs(shift)}" if shift else ""


def offsets_text(offsets: Offsets) -> str:
    if offsets == EVERYWHERE:
        return ""
    if len(offsets.intervals) == 1:
        ((low, high),) = offsets.intervals
        return f" at {low}" if low == high else f" at {'' if low is None else low}..{'' if high is None else high}"
    places = [
        place
        for low, high in offsets.intervals
        if low is not None and high is not None
        for place in range(low, high + 1)
    ]
    if not places or any(None in pair for pair in offsets.intervals):
        raise Undecided("a head looks at distances that no `at` can say")
    return " at {" + ", ".join(map(str, places)) + "}"
