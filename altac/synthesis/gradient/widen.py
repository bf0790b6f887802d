"""Longer texts than any example: the same function, carried on to positions and counts that nobody has seen.

What is a comparison or a sum stays one. Elsewhere a number that is new counts as the nearest one that is known.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from altac.ir.values import Value, value_key
from altac.synthesis.gradient.discrete import (
    OTHERS,
    OWN,
    Answer,
    Bits,
    Either,
    Input,
    Ints,
    Look,
    Sums,
    Table,
    Variable,
)
from altac.synthesis.gradient.relations import Read, arithmetic, comparisons
from altac.synthesis.nodes import AFTER, BEFORE


def widened(answer: Answer, positions: int) -> Answer:
    """The same answer for texts of so many positions."""
    wide = _Wide(positions)
    if isinstance(answer, Sums):
        terms = {one: rows[nearest(one.values, wide.of(one).values)] for one, rows in answer.terms.items()}
        return Sums(answer.labels, {wide.of(one): rows for one, rows in terms.items()})
    return wide.of(answer)


def nearest(known: tuple[Value, ...], wanted: tuple[Value, ...]) -> Ints:
    """For each wanted value the place of the known one, or of the number that is nearest to it."""
    places = {value_key(value): place for place, value in enumerate(known)}
    numbers = [(value, place) for place, value in enumerate(known) if type(value) is int]

    def place_of(value: Value) -> int:
        if value_key(value) in places:
            return places[value_key(value)]
        assert type(value) is int
        return min(numbers, key=lambda one: abs(one[0] - value))[1]

    return np.array([place_of(value) for value in wanted])


class _Wide:
    def __init__(self, positions: int) -> None:
        self.positions = positions
        self._made: dict[Variable, Variable] = {}

    def of(self, variable: Variable) -> Variable:
        if variable not in self._made:
            self._made[variable] = self._make(variable)
        return self._made[variable]

    def _make(self, variable: Variable) -> Variable:
        match variable:
            case Input(name="token"):
                return variable
            case Input():
                return Input(tuple(range(self.positions)), "position")
            case Look():
                return self._look(variable)
            case Table():
                return self._table(variable)
            case Either():
                options = tuple(self.of(one) for one in variable.options)
                values = {value_key(one): one for option in options for one in option.values if one is not None}
                return Either(tuple(values.values()), options)
        raise TypeError(type(variable))

    def _look(self, look: Look) -> Look:
        key = None if look.key is None else self.of(look.key)
        query = None if look.query is None else self.of(look.query)
        related = self._related(look, key, query)
        if look.value is None:
            most = 1 if look.at == OWN else self.positions - (look.at in (BEFORE, AFTER, OTHERS))
            values = tuple(range(most + 1)) if look.related.any() else look.values
            return replace(look, values=values, key=key, query=query, related=related)
        value = self.of(look.value)
        possible = related.any(0) if value is key else np.full(len(value), bool(related.any()))
        taken = np.flatnonzero(possible)
        brings = np.full(len(value), -1)
        brings[taken] = np.arange(len(taken))
        values, default = tuple(value.values[code] for code in taken), None
        if look.default is not None:
            wanted = look.values[look.default]
            keys = [value_key(one) for one in values]
            if value_key(wanted) not in keys:
                values, keys = (*values, wanted), [*keys, value_key(wanted)]
            default = keys.index(value_key(wanted))
        return replace(
            look, values=values, key=key, query=query, related=related, value=value, brings=brings, default=default
        )

    def _related(self, look: Look, key: Variable | None, query: Variable | None) -> Bits:
        related = look.related
        if look.key is not None and look.query is not None and key is not None and query is not None:
            before = comparisons(Read("q", look.query.values), Read("k", look.key.values))
            after = dict(comparisons(Read("q", query.values), Read("k", key.values)))
            for text, relation in before:
                if (relation == related).all() and text in after:
                    return after[text]
        if look.key is not None and key is not None:
            related = related[:, nearest(look.key.values, key.values)]
        if look.query is not None and query is not None:
            related = related[nearest(look.query.values, query.values)]
        return related

    def _table(self, table: Table) -> Table:
        inputs = tuple(self.of(one) for one in table.inputs)
        found = self._computed(table, inputs)
        if found is not None:
            values, cells = np.unique(found, return_inverse=True)
            return Table(tuple(values.tolist()), inputs, cells.reshape(found.shape))
        cells = table.cells
        for axis, (old, new) in enumerate(zip(table.inputs, inputs, strict=True)):
            cells = np.take(cells, nearest(old.values, new.values), axis)
        return Table(table.values, inputs, cells)

    @staticmethod
    def _computed(table: Table, inputs: tuple[Variable, ...]) -> Ints | None:
        """The numbers of a table that is arithmetic, or its input; None if it is neither."""
        if not table.inputs or not all(type(value) is int for value in table.values):
            return None
        wanted = np.array(table.values, np.int64)[table.cells]
        if len(inputs) == 1:
            old, new = (Read("a", one.values) for one in (table.inputs[0], inputs[0]))
            if not (old.is_number and new.is_number):
                return None
            apart = wanted - np.array(old.values, np.int64)
            return np.array(new.values, np.int64) + apart[0] if (apart == apart[0]).all() else None
        before = arithmetic(*(Read(name, one.values) for name, one in zip("ab", table.inputs, strict=True)))
        after = dict(arithmetic(*(Read(name, one.values) for name, one in zip("ab", inputs, strict=True))))
        for text, found in before:
            if (found == wanted).all() and text in after:
                return after[text]
        return None
