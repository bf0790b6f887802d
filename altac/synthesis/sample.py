"""Examples as arrays, and what a node is on all of them at once: the semantics of alta, in NumPy.

Values stand as codes: a whole number is itself, another symbol SYMBOL and more, in the order of its text; NONE where a
head brings nothing; booleans are 0 and 1. Positions behind the end of a text hold 0. The interpreter has the last word
on every program that is found; this is the same meaning, for many nodes in a short time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from altac.ir.values import Domain, Value, sort_key, value_key
from altac.synthesis.examples import Examples
from altac.synthesis.nodes import (
    AFTER,
    ALL,
    BEFORE,
    FAR_LEFT,
    FAR_RIGHT,
    FROM_HERE,
    LEFT,
    RIGHT,
    SO_FAR,
    Arithmetic,
    Choice,
    Compare,
    Condition,
    Constant,
    Head,
    Input,
    Kind,
    Logic,
    Member,
    Node,
    Sum,
)

Array = npt.NDArray[np.int16]
Bits = npt.NDArray[np.bool_]
NONE, SYMBOL, LARGEST = -30_000, 10_000, 9_999
RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
}


class Codes:
    """The codes of all symbols of a task, and back."""

    def __init__(self, examples: Examples) -> None:
        values = [*examples.alphabet, *examples.answers]
        self.boolean = all(isinstance(value, bool) for value in examples.answers)
        self.boolean &= not any(isinstance(value, bool) for value in examples.alphabet)  # there they are symbols
        others = {value_key(value): value for value in values if not is_number(value)}
        self.others: list[Value] = sorted(others.values(), key=sort_key)
        self._code = {value_key(value): SYMBOL + place for place, value in enumerate(self.others)}

    def code(self, value: Value) -> int:
        if is_number(value) or (self.boolean and isinstance(value, bool)):
            return int(value)  # type: ignore[arg-type]
        return self._code[value_key(value)]

    def value(self, code: int, kind: Kind) -> Value:
        if kind == "boolean":
            return bool(code)
        return None if code == NONE else self.others[code - SYMBOL] if code >= SYMBOL else code

    def kind_of(self, domain: Domain) -> Kind:
        """What a variable over a domain is; a domain with symbols and numbers is one of symbols."""
        if self.boolean and all(isinstance(value, bool) for value in domain):
            return "boolean"
        return "number" if all(map(is_number, domain)) else "symbol"


def is_number(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


class Sample:
    """Inputs as arrays (example, position), and what nodes are on them."""

    def __init__(self, examples: Examples, codes: Codes) -> None:
        self.examples, self.codes = examples, codes
        self.lengths = np.array([len(text) for text in examples.inputs], np.int16)
        self.shape = (len(examples), max(1, examples.longest))
        self.places = np.arange(self.shape[1], dtype=np.int16)
        self.valid: Bits = self.places[None, :] < self.lengths[:, None]
        self.tokens = self.padded(examples.inputs)
        self.keys: Bits = np.broadcast_to(self.valid[:, None, :], (*self.shape, self.shape[1]))
        self._known: dict[Node, Array] = {}
        self.lookup: Callable[[Node], Array | None] = self._known.get  # a pool knows more

    def padded(self, rows: Iterable[tuple[Value, ...]]) -> Array:
        """Symbols as codes, each row from the first position on."""
        found = np.zeros(self.shape, np.int16)
        for place, row in enumerate(rows):
            found[place, : len(row)] = [self.codes.code(value) for value in row]
        return found

    def padded_outputs(self) -> Array:
        """Outputs as codes, each row from the first position on."""
        return self.padded(self.examples.outputs)

    @cached_property
    def offsets(self) -> dict[str, Bits]:
        """Which keys each query sees at some offsets (query, key)."""
        apart = self.places[None, :] - self.places[:, None]
        seen = {ALL: apart == apart, BEFORE: apart < 0, SO_FAR: apart <= 0, AFTER: apart > 0, FROM_HERE: apart >= 0}
        near = {LEFT: apart == -1, RIGHT: apart == 1, FAR_LEFT: apart == -2, FAR_RIGHT: apart == 2}
        return seen | near

    def of(self, node: Node) -> Array:
        """What a node is at every position."""
        known = self._known.get(node)
        if known is None:
            known = self.lookup(node)
        if known is None:
            known = np.where(self.valid, self._compute(node), 0).astype(np.int16)
            self._known[node] = known
        return known

    def _compute(self, node: Node) -> Any:
        match node:
            case Input():
                return self.tokens if node.name == "token" else np.broadcast_to(self.places, self.shape)
            case Constant():
                return np.full(self.shape, node.code, np.int16)
            case Head():
                selected = self.selected(node.condition) & self.offsets[node.at]
                return self.brought(node, selected)
            case Sum():
                terms = [sign * self.of(term) for sign, term in node.terms]
                return np.where(self._none(*node.parts), NONE, sum(terms) + np.int16(node.constant))
            case Arithmetic():
                left, right = self.of(node.left), self.of(node.right)
                divisor = np.where(right == 0, 1, right)
                found = left // divisor if node.op == "//" else left % divisor
                return np.where(self._none(*node.parts), NONE, np.where(right == 0, 0, found))
            case Compare():
                return RELATIONS[node.relation](self.of(node.left), self.of(node.right))
            case Member():
                return np.isin(self.of(node.of), list(node.codes))
            case Logic():
                bits = [self.of(one) != 0 for one in node.operands]
                if node.op == "not":
                    return ~bits[0]
                return np.logical_and.reduce(bits) if node.op == "and" else np.logical_or.reduce(bits)
            case Choice():
                conditions = [self.of(condition) != 0 for condition, _ in node.cases]
                return np.select(conditions, [self.of(value) for _, value in node.cases], self.of(node.otherwise))
        raise TypeError(type(node))

    def _none(self, *nodes: Node) -> Any:
        return np.logical_or.reduce([self.of(node) == NONE for node in nodes])

    def selected(self, condition: Condition) -> Bits:
        """Which keys a query selects (example, query, key), at any offset."""
        found: Bits = self.keys
        if condition.flag is not None:
            found = found & (self.of(condition.flag) != 0)[:, None, :]
        if condition.key is not None and condition.query is not None:
            key, query = self.of(condition.key)[:, None, :], self.of(condition.query)[:, :, None]
            found = found & RELATIONS[condition.relation](key, query)
            if condition.relation != "==":
                found = found & (key != NONE) & (query != NONE)
        return found

    def brought(self, head: Head, selected: Bits) -> Any:
        """What a head brings from selected positions; a plain head the first value, as if all agreed."""
        if head.aggregate == "count":
            return selected.sum(-1)
        if head.aggregate == "exists":
            return selected.any(-1)
        assert head.value is not None
        value = self.of(head.value)
        some = selected.any(-1)
        if head.aggregate in ("first", "last", "value"):
            last = selected.shape[-1] - 1
            at = last - selected[..., ::-1].argmax(-1) if head.aggregate == "last" else selected.argmax(-1)
            found = np.take_along_axis(value, at, 1)
        else:
            keys = np.broadcast_to(value[:, None, :], selected.shape)
            if head.aggregate == "sum":
                return np.where(selected, keys, 0).sum(-1)
            found = np.where(selected, keys, -32_000).max(-1)
            if head.aggregate == "min":
                found = np.where(selected, keys, 32_000).min(-1)
        return np.where(some, found, NONE if head.default is None else head.default)
