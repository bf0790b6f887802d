"""Values and domains as plain JSON types, and back."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from altac.ir.numbers import Numbers, is_open
from altac.ir.values import Domain, NoValue, Value, sort_key

MOST_DIGITS = 400  # of a float


def encode_value(value: Value | NoValue) -> Any:
    """Booleans, whole numbers, symbols and `none` are themselves; other values are objects with one key.

    So is what a trace has in place of a value, which `decode_value` refuses.
    """
    match value:
        case bool() | int() | str() | None:
            return value
        case Fraction():
            return {"fraction": [value.numerator, value.denominator]}
        case frozenset():
            return {"set": [encode_value(element) for element in sorted(value, key=sort_key)]}
        case NoValue():
            return {"no_value": "E0605"}
    raise TypeError(f"{value!r} is not a value of a domain")


def decode_value(data: Any) -> Value:
    """The inverse of `encode_value`.

    Raises:
        ValueError: for anything that `encode_value` does not make.
    """
    match data:
        case bool() | int() | str() | None:
            return data
        case {"fraction": [int(numerator), int(denominator)]} if denominator > 0:
            return Fraction(numerator, denominator)
        case {"set": [*items]}:
            return frozenset(decode_value(item) for item in items)
    raise ValueError(f"not a value: {data!r}")


def encode_values(values: Sequence[Value]) -> list[Any]:
    return [encode_value(value) for value in values]


def encode_domain(domain: Domain) -> Any:
    """A domain as a list of its values; numbers as how many digits are known."""
    return {"digits": domain.digits} if is_open(domain) else encode_values(domain.values)


def decode_domain(data: Any) -> Domain:
    """The inverse of `encode_domain`.

    Raises:
        ValueError: if the list is empty, has duplicates, or is not a list.
    """
    if isinstance(data, dict) and data.keys() == {"digits"}:
        digits = data["digits"]
        if digits is not None and (type(digits) is not int or abs(digits) > MOST_DIGITS):
            raise ValueError("its numbers are damaged")
        return Numbers(digits)
    if not isinstance(data, list) or not data:
        raise ValueError("a domain is a list of values")
    domain = Domain.of(decode_value(item) for item in data)
    if len(domain) != len(data):
        raise ValueError("a domain lists every value once")
    return domain
