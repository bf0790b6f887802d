"""Core expressions evaluated over many positions at once.

An expression is compiled to its possible values and a function that gives, for every row, the index of its value.
Operators become tables over the possible values of their operands, filled by `altac.ir.operations`; a combination
without meaning is the value FAULT, which the checker has proved never to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from altac.engine.trace import NO_VALUE, Indices
from altac.ir.expr import Apply, Choose, Constant, Expr, Read
from altac.ir.operations import Problem, operate
from altac.ir.values import Domain, value_key

FAULT: Any = object()


class Rows:
    """Some positions of a batch: reads of variables and heads, and what was already evaluated on them."""

    def __init__(self, columns: Mapping[str, Indices], rows: Indices) -> None:
        self.columns = columns
        self.rows = rows
        self.known: dict[int, Indices] = {}
        self.reads: dict[str, Indices] = {}

    def read(self, name: str) -> Indices:
        if name not in self.reads:
            self.reads[name] = self.columns[name][self.rows]
        return self.reads[name]

    def where(self, mask: Any) -> Rows:
        return Rows(self.columns, self.rows[mask])


@dataclass(frozen=True, eq=False)
class Code:
    """A compiled expression: its possible values, and their index for every row."""

    values: tuple[Any, ...]
    evaluate: Callable[[Rows], Indices]

    def into(self, domain: Domain) -> Callable[[Rows], Indices]:
        """The same as indices of a domain; `NO_VALUE` for what the checker has excluded."""
        inside = [value is not FAULT and value in domain for value in self.values]
        indices = [domain.index(value) if ok else NO_VALUE for value, ok in zip(self.values, inside, strict=True)]
        table = np.array(indices, np.int64)
        return lambda rows: table[self.evaluate(rows)]

    def mask(self) -> Callable[[Rows], Any]:
        """The rows on which a condition is true."""
        table = np.array([value is True for value in self.values], np.bool_)
        return lambda rows: table[self.evaluate(rows)]


class Compiler:
    """Compiles the expressions of one program, each once."""

    def __init__(self) -> None:
        self.done: dict[Expr, Code] = {}

    def compile(self, expr: Expr) -> Code:
        if expr not in self.done:
            code = self._compile(expr)
            number = len(self.done)

            def evaluate(rows: Rows) -> Indices:
                if number not in rows.known:
                    rows.known[number] = code.evaluate(rows)
                return rows.known[number]

            self.done[expr] = Code(code.values, evaluate)
        return self.done[expr]

    def _compile(self, expr: Expr) -> Code:
        match expr:
            case Constant():
                return Code((expr.value,), lambda rows: np.zeros(len(rows.rows), np.int64))
            case Read():
                name = expr.name
                return Code(expr.domain.values, lambda rows: rows.read(name))
            case Apply():
                return self._apply(expr)
            case Choose():
                return self._choose(expr)

    def _apply(self, expr: Apply) -> Code:
        operands = [self.compile(argument) for argument in expr.arguments]
        results = [
            FAULT if any(value is FAULT for value in values) else operate(expr.op, values)
            for values in product(*(operand.values for operand in operands))
        ]
        values, places = unique([FAULT if isinstance(result, Problem) else result for result in results])
        table = np.array(places, np.int64)

        def evaluate(rows: Rows) -> Indices:
            code = operands[0].evaluate(rows)
            for operand in operands[1:]:
                code = code * len(operand.values) + operand.evaluate(rows)
            return table[code]

        return Code(values, evaluate)

    def _choose(self, expr: Choose) -> Code:
        condition, then, other = (self.compile(part) for part in (expr.condition, expr.then, expr.other))
        values, places = unique([*then.values, *other.values])
        holds = condition.mask()
        table = np.array(places, np.int64)
        offset = len(then.values)

        def evaluate(rows: Rows) -> Indices:
            return np.where(holds(rows), table[then.evaluate(rows)], table[other.evaluate(rows) + offset])

        return Code(values, evaluate)


def unique(values: list[Any]) -> tuple[tuple[Any, ...], list[int]]:
    """The different values, and for each one given its place among them."""
    places: dict[Any, int] = {}
    different: list[Any] = []
    result = []
    for value in values:
        key = value if value is FAULT else value_key(value)
        if key not in places:
            places[key] = len(different)
            different.append(value)
        result.append(places[key])
    return tuple(different), result
