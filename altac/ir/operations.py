"""What every operator does to values: the one place where their meaning is written.

The checker's proofs, the interpreter's tables and constant folding all call `operate`. It is total: where an operator
has no meaning it returns a `Problem` instead of a value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from altac.ir.values import COLLECTIONS, Table, Value, kind_of, number, same, source_text, value_key, value_size

Reason = Literal["none", "kind", "zero", "index"]


def operand_cost(op: str, value: Value) -> int:
    """How many microseconds, about, the size of an operand adds to the time of an operator."""
    if value.__class__ not in COLLECTIONS or op in ("index", "len") or isinstance(value, Table):
        return 0
    return len(value) // 64 if op in ("in", "not in") else 4 + value_size(value)


@dataclass(frozen=True)
class Problem:
    """An operator met operands that it has no meaning for; `detail` says which, in words."""

    reason: Reason
    detail: str


def operate(op: str, arguments: tuple[Value, ...]) -> Value | Problem:
    """The value of an operator applied to values, or why it has none."""
    return OPERATIONS[op](*arguments)


def _show(value: Value) -> str:
    text = source_text(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _wrong(op: str, wanted: str, value: Value) -> Problem:
    if value is None:
        return Problem("none", f"`{op}` needs {wanted}, and here one is `none`")
    return Problem("kind", f"`{op}` needs {wanted}, not {_article(kind_of(value))} {_show(value)}")


def _article(kind: str) -> str:
    return f"the {kind}"


def _is_number(value: Value) -> bool:
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def _arithmetic(op: str, function: Callable[[Any, Any], Any]) -> Callable[[Value, Value], Value | Problem]:
    def apply(left: Value, right: Value) -> Value | Problem:
        for operand in (left, right):
            if not _is_number(operand):
                return _wrong(op, "numbers", operand)
        if op in ("/", "//", "%") and right == 0:
            return Problem("zero", f"`{op}` divides by zero")
        result = number(function(left, right))
        if max(abs(result.numerator), result.denominator) > LARGEST_NUMBER:
            return Problem("kind", f"the result of `{op}` has more than {len(str(LARGEST_NUMBER)) - 1} digits")
        return result

    return apply


def _divide(left: int | Fraction, right: int | Fraction) -> int | Fraction:
    return Fraction(left) / Fraction(right)


def _with_sets(
    on_sets: Callable[[Any, Any], Value | Problem], otherwise: Callable[[Value, Value], Value | Problem]
) -> Callable[[Value, Value], Value | Problem]:
    def apply(left: Value, right: Value) -> Value | Problem:
        if isinstance(left, frozenset) and isinstance(right, frozenset):
            return on_sets(left, right)
        return otherwise(left, right)

    return apply


def _union(left: frozenset[Any], right: frozenset[Any]) -> Value | Problem:
    members = {value_key(one): one for one in (*left, *right)}
    union = frozenset(members.values())
    if len(union) < len(members):
        return Problem("kind", "a set cannot hold both `true` and 1, or both `false` and 0")
    return union


def _members(left: frozenset[Any], right: frozenset[Any], shared: bool) -> Value:
    others = {value_key(one) for one in right}
    return frozenset(one for one in left if (value_key(one) in others) is shared)


def _sets_only(op: str) -> Callable[[Value, Value], Value | Problem]:
    def apply(left: Value, right: Value) -> Problem:
        return _wrong(op, "sets", right if isinstance(left, frozenset) else left)

    return apply


def _xor(left: Value, right: Value) -> Value | Problem:
    if isinstance(left, bool) and isinstance(right, bool):
        return left ^ right
    for operand in (left, right):
        if isinstance(operand, bool) or not isinstance(operand, int):
            return _wrong("^", "two whole numbers or two booleans", operand)
    assert isinstance(left, int)
    assert isinstance(right, int)
    return left ^ right


def _ordered(op: str, function: Callable[[Any, Any], bool]) -> Callable[[Value, Value], Value | Problem]:
    def apply(left: Value, right: Value) -> Value | Problem:
        if (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return function(left, right)
        wrong = right if _is_number(left) or isinstance(left, str) else left
        return _wrong(op, "two numbers or two symbols", wrong)

    return apply


def _in(value: Value, collection: Value) -> Value | Problem:
    if isinstance(collection, frozenset | tuple):
        if value not in collection:
            return False
        if value.__class__ not in COLLECTIONS and value not in (0, 1):
            return True
        key = value_key(value)  # Python takes 1 for true
        return any(value_key(one) == key for one in collection)
    if isinstance(collection, Table):
        return value in collection
    return _wrong("in", "a set, a list or a table on its right", collection)


def _not_in(value: Value, collection: Value) -> Value | Problem:
    inside = _in(value, collection)
    return inside if isinstance(inside, Problem) else not inside


def _not(value: Value) -> Value | Problem:
    return not value if isinstance(value, bool) else _wrong("not", "a boolean", value)


def _truth(value: Value) -> Value | Problem:
    return value if isinstance(value, bool) else _wrong("and`/`or", "booleans", value)


def _negative(value: Value) -> Value | Problem:
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return _wrong("-", "a number", value)
    return -value


def _absolute(value: Value) -> Value | Problem:
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return _wrong("abs", "a number", value)
    return -value if value < 0 else value


def _length(value: Value) -> Value | Problem:
    if isinstance(value, frozenset | tuple | Table):
        return len(value)
    return _wrong("len", "a set, a list or a table", value)


def _index(collection: Value, key: Value) -> Value | Problem:
    if isinstance(collection, Table):
        if key in collection:
            return collection[key]
        return Problem("index", f"the table has no entry for {_show(key)}")
    if isinstance(collection, tuple):
        if isinstance(key, bool) or not isinstance(key, int):
            return _wrong("[...]", "a whole number as index of a list", key)
        if 0 <= key < len(collection):
            item: Value = collection[key]
            return item
        return Problem("index", f"the list has {len(collection)} items, counted from 0, and the index is {key}")
    return _wrong("[...]", "a list or a table", collection)


def _range(low: Value, high: Value) -> Value | Problem:
    for end in (low, high):
        if isinstance(end, bool) or not isinstance(end, int | str):
            return _wrong("..", "whole numbers or symbols", end)
    if isinstance(low, str) and isinstance(high, str):
        return _symbols(low, high)
    if isinstance(low, str) or isinstance(high, str):
        kinds = f"a {kind_of(low)} to a {kind_of(high)}"
        return Problem("kind", f"`{_show(low)}..{_show(high)}` goes from {kinds}")
    assert isinstance(low, int)
    assert isinstance(high, int)
    if high - low >= LARGEST_SET:
        return Problem("kind", f"`{low}..{high}` has more than {LARGEST_SET:,} values")
    return frozenset(range(low, high + 1))


def _symbols(low: str, high: str) -> Value | Problem:
    """The characters from one to another, by code point; what is half of a pair in UTF-16 is none."""
    for end in (low, high):
        if len(end) != 1:
            return Problem("kind", f"a range goes from one character to another, and {_show(end)} has {len(end)}")
    text = f"`{_show(low)}..{_show(high)}`"
    if low > high:
        return Problem("kind", f"{text} begins with the later character")
    if ord(high) - ord(low) >= LARGEST_SET:
        return Problem("kind", f"{text} has more than {LARGEST_SET:,} values")
    return frozenset(chr(code) for code in range(ord(low), ord(high) + 1) if code not in SURROGATES)


SURROGATES = range(0xD800, 0xE000)
LARGEST_SET = 100_000
LARGEST_NUMBER = 10**30

OPERATIONS: dict[str, Callable[..., Value | Problem]] = {
    "+": _arithmetic("+", lambda a, b: a + b),
    "-": _with_sets(lambda a, b: _members(a, b, False), _arithmetic("-", lambda a, b: a - b)),
    "*": _arithmetic("*", lambda a, b: a * b),
    "/": _arithmetic("/", _divide),
    "//": _arithmetic("//", lambda a, b: a // b),
    "%": _arithmetic("%", lambda a, b: a % b),
    "min": _arithmetic("min", min),
    "max": _arithmetic("max", max),
    "|": _with_sets(_union, _sets_only("|")),
    "&": _with_sets(lambda a, b: _members(a, b, True), _sets_only("&")),
    "^": _xor,
    "==": same,
    "!=": lambda a, b: not same(a, b),
    "<": _ordered("<", lambda a, b: a < b),
    "<=": _ordered("<=", lambda a, b: a <= b),
    ">": _ordered(">", lambda a, b: a > b),
    ">=": _ordered(">=", lambda a, b: a >= b),
    "in": _in,
    "not in": _not_in,
    "not": _not,
    "truth": _truth,
    "negative": _negative,
    "abs": _absolute,
    "len": _length,
    "index": _index,
    "..": _range,
    "single": lambda value: frozenset((value,)),
}
