"""What every operator does to values: the one place where their meaning is written.

The checker's proofs, the interpreter's tables and constant folding all call `operate`. It is total: where an operator
has no meaning it returns a `Problem` instead of a value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from altac.diagnostics.kind_errors import Wanted
from altac.ir.values import COLLECTIONS, Kind, Table, Value, kind_of, number, same, source_text, value_key, value_size


def operand_cost(op: str, value: Value) -> int:
    """About how many microseconds the size of an operand adds to the time of an operator."""
    if value.__class__ not in COLLECTIONS or op in ("index", "len") or isinstance(value, Table):
        return 0
    return len(value) // 64 if op in ("in", "not in") else 4 + value_size(value)


@dataclass(frozen=True)
class Problem:
    """Why an operator has no value for its operands; a class for each reason."""


@dataclass(frozen=True)
class BadOperand(Problem):
    """The operand at `place` is of a kind that the operator has no meaning for."""

    op: str
    wanted: Wanted
    kind: Kind
    value: str  # as a program would write it, shortened
    place: int


@dataclass(frozen=True)
class ZeroDivisor(Problem):
    op: str


@dataclass(frozen=True)
class TooManyDigits(Problem):
    op: str


@dataclass(frozen=True)
class Collision(Problem):
    """A set would hold both `true` and 1, or both `false` and 0."""


@dataclass(frozen=True)
class RangeTooLong(Problem):
    """The ends, as a program writes them; likewise below."""

    low: str
    high: str


@dataclass(frozen=True)
class RangeOfKinds(Problem):
    """From a number to a symbol, or back."""

    low: str
    high: str


@dataclass(frozen=True)
class RangeOfWords(Problem):
    """An end that is not a single character."""

    end: str
    length: int


@dataclass(frozen=True)
class RangeBackwards(Problem):
    """From a character to an earlier one."""

    low: str
    high: str


@dataclass(frozen=True)
class KeyMissing(Problem):
    """A table has no entry for the key."""

    key: str


@dataclass(frozen=True)
class ItemMissing(Problem):
    """A list has no item of the index."""

    length: int
    index: int


def operate(op: str, arguments: tuple[Value, ...]) -> Value | Problem:
    """The value of an operator applied to values, or why it has none."""
    return OPERATIONS[op](*arguments)


def _show(value: Value) -> str:
    text = source_text(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _wrong(op: str, wanted: Wanted, value: Value, place: int = 0) -> BadOperand:
    return BadOperand(op, wanted, kind_of(value), _show(value), place)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def _arithmetic(op: str, function: Callable[[Any, Any], Any]) -> Callable[[Value, Value], Value | Problem]:
    def apply(left: Value, right: Value) -> Value | Problem:
        for place, operand in enumerate((left, right)):
            if not _is_number(operand):
                return _wrong(op, Wanted.NUMBERS, operand, place)
        if op in ("/", "//", "%") and right == 0:
            return ZeroDivisor(op)
        result = number(function(left, right))
        if max(abs(result.numerator), result.denominator) > LARGEST_NUMBER:
            return TooManyDigits(op)
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
    members = {value_key(element): element for element in (*left, *right)}
    union = frozenset(members.values())
    if len(union) < len(members):
        return Collision()
    return union


def _members(left: frozenset[Any], right: frozenset[Any], shared: bool) -> Value:
    right_keys = {value_key(element) for element in right}
    return frozenset(element for element in left if (value_key(element) in right_keys) is shared)


def _sets_only(op: str) -> Callable[[Value, Value], Value | Problem]:
    def apply(left: Value, right: Value) -> Problem:
        place = 1 if isinstance(left, frozenset) else 0
        return _wrong(op, Wanted.SETS, (left, right)[place], place)

    return apply


def _xor(left: Value, right: Value) -> Value | Problem:
    if isinstance(left, bool) and isinstance(right, bool):
        return left ^ right
    for place, operand in enumerate((left, right)):
        if isinstance(operand, bool) or not isinstance(operand, int):
            return _wrong("^", Wanted.NUMBERS_OR_BOOLEANS, operand, place)
    assert isinstance(left, int)
    assert isinstance(right, int)
    return left ^ right


def _ordered(op: str, function: Callable[[Any, Any], bool]) -> Callable[[Value, Value], Value | Problem]:
    def apply(left: Value, right: Value) -> Value | Problem:
        if (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return function(left, right)
        place = 1 if _is_number(left) or isinstance(left, str) else 0
        return _wrong(op, Wanted.NUMBERS_OR_SYMBOLS, (left, right)[place], place)

    return apply


def _in(value: Value, collection: Value) -> Value | Problem:
    if isinstance(collection, frozenset | tuple):
        if value not in collection:
            return False
        if value.__class__ not in COLLECTIONS and value not in (0, 1):
            return True
        key = value_key(value)  # Python takes 1 for true
        return any(value_key(item) == key for item in collection)
    if isinstance(collection, Table):
        return value in collection
    return _wrong("in", Wanted.RIGHT_COLLECTION, collection, 1)


def _not_in(value: Value, collection: Value) -> Value | Problem:
    inside = _in(value, collection)
    return inside if isinstance(inside, Problem) else not inside


def _not(value: Value) -> Value | Problem:
    return not value if isinstance(value, bool) else _wrong("not", Wanted.BOOLEAN, value)


def _truth(value: Value) -> Value | Problem:
    return value if isinstance(value, bool) else _wrong("truth", Wanted.BOOLEANS, value)


def _negative(value: Value) -> Value | Problem:
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return _wrong("negative", Wanted.NUMBER, value)
    return -value


def _absolute(value: Value) -> Value | Problem:
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return _wrong("abs", Wanted.NUMBER, value)
    return -value if value < 0 else value


def _length(value: Value) -> Value | Problem:
    if isinstance(value, frozenset | tuple | Table):
        return len(value)
    return _wrong("len", Wanted.COLLECTION, value)


def _index(collection: Value, key: Value) -> Value | Problem:
    if isinstance(collection, Table):
        if key in collection:
            return collection[key]
        return KeyMissing(_show(key))
    if isinstance(collection, tuple):
        if isinstance(key, bool) or not isinstance(key, int):
            return _wrong("index", Wanted.INDEX, key, 1)
        if 0 <= key < len(collection):
            item: Value = collection[key]
            return item
        return ItemMissing(len(collection), key)
    return _wrong("index", Wanted.INDEXED, collection)


def _range(low: Value, high: Value) -> Value | Problem:
    for place, end in enumerate((low, high)):
        if isinstance(end, bool) or not isinstance(end, int | str):
            return _wrong("..", Wanted.RANGE_ENDS, end, place)
    if isinstance(low, str) and isinstance(high, str):
        return _symbols(low, high)
    if isinstance(low, str) or isinstance(high, str):
        return RangeOfKinds(source_text(low), source_text(high))
    assert isinstance(low, int)
    assert isinstance(high, int)
    if high - low >= LARGEST_SET:
        return RangeTooLong(str(low), str(high))
    return frozenset(range(low, high + 1))


def _symbols(low: str, high: str) -> Value | Problem:
    """The characters from one to another, by code point, without the surrogates of UTF-16."""
    for end in (low, high):
        if len(end) != 1:
            return RangeOfWords(source_text(end), len(end))
    if low > high:
        return RangeBackwards(source_text(low), source_text(high))
    if ord(high) - ord(low) >= LARGEST_SET:
        return RangeTooLong(source_text(low), source_text(high))
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
