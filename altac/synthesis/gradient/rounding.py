"""From the choices of a trained model to a discrete form, which says what is done with every combination of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from altac.ir.values import Domain, Value
from altac.synthesis.gradient.discrete import (
    OTHERS,
    OWN,
    Aggregate,
    Bits,
    Either,
    Input,
    Ints,
    Look,
    Table,
    Variable,
)
from altac.synthesis.gradient.spec import ORDERS, Spec
from altac.synthesis.nodes import ALL, BEFORE, SO_FAR


@dataclass(frozen=True)
class Choices:
    """What one layer of a model has chosen.

    Attributes:
        keys, queries: the variable that each head reads; those that look come first, then those that count.
        values: what each head that looks brings.
        related: whether a value of the query selects one of the key (heads, width, width).
        sides: the place of each head's relative positions among those of the spec.
        orders: the place of each looking head's aggregate in ORDERS.
        inputs: the two variables that each table reads (tables, 2).
        cells: the value of each table (tables, width, width).
    """

    keys: Ints
    queries: Ints
    values: Ints
    related: Bits
    sides: Ints
    orders: Ints
    inputs: Ints
    cells: Ints


class Column(NamedTuple):
    """A variable, and its code for each of the width's values; -1 where it never has it."""

    variable: Variable
    codes: Ints

    @property
    def indices(self) -> Ints:
        """The width's value that stands for each code."""
        found = np.zeros(len(self.variable), np.int64)
        present = np.flatnonzero(self.codes >= 0)
        found[self.codes[present]] = present
        return found


def marks(alphabet: Domain) -> tuple[str, str]:
    """Two symbols that are not in the alphabet, for the beginning and the end of a text."""
    begin, end = "<s>", "</s>"
    while begin in alphabet or end in alphabet:
        begin, end = f"<{begin}>", f"<{end}>"
    return begin, end


def discrete(spec: Spec, choices: Sequence[Choices], alphabet: Domain) -> list[Column]:
    """All variables of a model."""
    return Rounding(spec, alphabet).columns(choices)


class Rounding:
    def __init__(self, spec: Spec, alphabet: Domain) -> None:
        self.spec = spec
        begin, end = marks(alphabet)
        tokens: tuple[Value, ...] = (begin, *alphabet, end) if spec.framed else tuple(alphabet)
        self.token = Input(tokens, "token")
        self.position = Input(tuple(range(spec.positions)), "position")
        self.firsts: dict[Variable, Look] = {}  # what stands at the first position

    def columns(self, choices: Sequence[Choices]) -> list[Column]:
        shift = 0 if self.spec.framed else 1
        columns = [self._column(self.token, np.arange(len(self.token)) + shift)]
        columns.append(self._column(self.position, np.arange(len(self.position))))
        for layer in choices:
            heads = [self._head(layer, place, columns) for place in range(len(layer.keys))]
            known = [*columns, *heads]
            tables = [
                self._table(known[inputs[0]], known[inputs[1]], cells)
                for inputs, cells in zip(layer.inputs.tolist(), layer.cells, strict=True)
            ]
            columns = [*known, *tables]
        return columns

    def _column(self, variable: Variable, indices: Ints) -> Column:
        """A variable whose codes stand for these of the width's values."""
        codes = np.full(self.spec.width, -1)
        codes[indices] = np.arange(len(indices))
        return Column(variable, codes)

    def _head(self, layer: Choices, place: int, columns: Sequence[Column]) -> Column:
        key, query = columns[layer.keys[place]], columns[layer.queries[place]]
        related = layer.related[place][np.ix_(query.indices, key.indices)]
        if place >= len(layer.values):
            side = self._side(layer, place)
            most = self.spec.positions - (side not in (ALL, SO_FAR, "0.."))
            count = Look(tuple(range(most + 1)), "count", key.variable, query.variable, related, side)
            return self._column(count, np.arange(most + 1))
        value = columns[layer.values[place]]
        if self.spec.sizes.model == "published":
            return self._closest(key, query, related, value)
        aggregate: Aggregate = ORDERS[layer.orders[place]]  # type: ignore[assignment]
        return self._look(aggregate, key, query, related, self._side(layer, place), value)

    def _side(self, layer: Choices, place: int) -> str:
        if self.spec.sizes.model == "published":
            return SO_FAR if self.spec.backwards else ALL
        return self.spec.sides[int(layer.sides[place])]

    def _look(
        self, aggregate: Aggregate, key: Column, query: Column, related: Bits, side: str, value: Column
    ) -> Column:
        """Brings the width's first value where nothing is selected."""
        variable, indices = value.variable, value.indices.tolist()
        values = variable.values
        if 0 in indices:
            default = indices.index(0)
        else:
            default, values, indices = len(values), (*values, None), [*indices, 0]
        brings = np.arange(len(variable))
        look = Look(values, aggregate, key.variable, query.variable, related, side, variable, brings, default)
        return self._column(look, np.array(indices))

    def _closest(self, key: Column, query: Column, related: Bits, value: Column) -> Column:
        """The closest, the own position last; the first position where nothing is selected."""
        variable = value.variable
        values, brings, none = (*variable.values, None), np.arange(len(variable)), len(variable)
        around = BEFORE if self.spec.backwards else OTHERS
        parts = (key.variable, query.variable, related)
        near = Look(values, "closest", *parts, around, variable, brings, none)
        own = Look(values, "first", *parts, OWN, variable, brings, none)
        if variable not in self.firsts:
            side = SO_FAR if self.spec.backwards else ALL
            self.firsts[variable] = Look(
                variable.values, "first", None, None, np.ones((1, 1), bool), side, variable, brings
            )
        either = Either(variable.values, (near, own, self.firsts[variable]))
        return self._column(either, value.indices)

    def _table(self, left: Column, right: Column, cells: Ints) -> Column:
        found = cells[np.ix_(left.indices, right.indices)]
        present = np.unique(found)
        code = np.zeros(self.spec.width, np.int64)
        code[present] = np.arange(len(present))
        table = Table(tuple(range(len(present))), (left.variable, right.variable), code[found])
        return self._column(table, present)
