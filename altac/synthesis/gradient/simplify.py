"""The same function with fewer and smaller parts: what nothing needs, or nothing tells apart, is gone.

Every step keeps all answers on all inputs. A table of one variable is read through; a head or table that does not
depend on something does not read it; of values of a table that nobody tells apart, one is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from altac.ir.values import Value, value_key
from altac.synthesis.gradient.discrete import (
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
    walk,
)
from altac.synthesis.nodes import ALL, FROM_HERE, SO_FAR

SEES_ITSELF = (ALL, SO_FAR, FROM_HERE, OWN)
Rename = Callable[[Table], tuple[Value, ...]]


def simplified(answer: Answer, rename: Rename) -> Answer:
    """The smallest equal answer that these steps reach.

    Args:
        rename: other values for a table that is no answer, as many as it has.
    """
    answer = Rebuild(merged_codes(answer)).answer(answer)
    while size_of(smaller := Rebuild(merged_codes(answer)).answer(answer)) < size_of(answer):
        answer = smaller
    return Rebuild({}, rename).answer(answer)


def size_of(answer: Answer) -> tuple[int, int, int]:
    nodes = list(walk(answer))
    return len(nodes), sum(len(node.reads) for node in nodes), sum(map(len, nodes))


class Rebuild:
    """Makes everything anew; `of` gives a new variable, and its code for each old one (-1: it is never that)."""

    def __init__(self, classes: dict[Variable, Ints], rename: Rename | None = None) -> None:
        self.classes, self.rename = classes, rename
        self._made: dict[Variable, tuple[Variable, Ints]] = {}
        self._alike: dict[object, Variable] = {}

    def answer(self, answer: Answer) -> Answer:
        if isinstance(answer, Variable):
            return self._whole(answer)
        constant = np.zeros(len(answer.labels), np.int64)
        terms: dict[Variable, Ints] = {}
        for variable, weights in answer.terms.items():
            through, cells = self.of(variable)
            found = weights[cells]
            if (found == found[0]).all():
                constant = constant + found[0]
            else:
                terms[through] = terms[through] + found if through in terms else found
        if not terms:
            return Table((answer.labels[int(constant.argmax())],), (), np.array(0))
        first, *_ = terms
        terms[first] = terms[first] + constant
        return Sums(answer.labels, terms)

    def _whole(self, answer: Variable) -> Variable:
        """The answer itself, whose values must stay."""
        assert isinstance(answer, Table)
        inputs, cells = self._table(answer)
        codes = sorted(set(cells.reshape(-1).tolist()))
        number = np.zeros(len(answer.values), np.int64)
        number[codes] = np.arange(len(codes))
        return Table(tuple(answer.values[code] for code in codes), inputs, number[cells])

    def of(self, variable: Variable) -> tuple[Variable, Ints]:
        """What can be read for a variable, and which old code each of its codes stands for."""
        if variable not in self._made:
            made, old = self._make(variable)
            self._made[variable] = self._alike.setdefault(contents(made), made), old
        return self._made[variable]

    def _make(self, variable: Variable) -> tuple[Variable, Ints]:
        match variable:
            case Input():
                return variable, np.arange(len(variable))
            case Table():
                return self._made_table(variable)
            case Look():
                return self._made_look(variable)
            case Either():
                return self._made_either(variable)
        raise TypeError(type(variable))

    def _table(self, table: Table) -> tuple[tuple[Variable, ...], Ints]:
        """The inputs that matter, and the cells by their codes."""
        cells, inputs = table.cells, []
        for axis, one in enumerate(table.inputs):
            through, old = self.of(one)
            cells = np.take(cells, old, axis)
            inputs.append(through)
        for axis in reversed(range(len(inputs))):
            first = np.take(cells, [0], axis)
            if (cells == first).all():
                cells = np.take(cells, 0, axis)
                del inputs[axis]
        if len(inputs) == 2 and inputs[0] is inputs[1]:
            return (inputs[0],), cells.diagonal()
        return tuple(inputs), cells

    def _made_table(self, table: Table) -> tuple[Variable, Ints]:
        inputs, cells = self._table(table)
        classes = self.classes.get(table)
        if classes is not None:
            cells = classes[cells]
        if len(inputs) == 1:
            return inputs[0], cells  # whoever reads the table reads its input, through the table
        codes = sorted(set(cells.reshape(-1).tolist()))
        number = np.zeros(len(table.values), np.int64)
        number[codes] = np.arange(len(codes))
        made = Table(tuple(table.values[code] for code in codes), inputs, number[cells])
        if self.rename is not None:
            made = replace(made, values=self.rename(made))
        return made, np.array(codes)

    def _made_either(self, either: Either) -> tuple[Variable, Ints]:
        """All options bring values of one variable, so the same value means the same in each."""
        options: list[Variable] = []
        values: dict[object, tuple[Value, int]] = {}
        for option in either.options:
            through, old = self.of(option)
            known = [
                (value, code) for value, code in zip(through.values, old.tolist(), strict=True) if value is not None
            ]
            if known:
                options.append(through)
                values |= {value_key(value): (value, either.code(option.values[code])) for value, code in known}
            if len(known) == len(through):
                break
        meaning = np.array([code for _, code in values.values()])
        if len(options) == 1:
            return options[0], meaning
        return Either(tuple(value for value, _ in values.values()), tuple(options)), meaning

    def _made_look(self, look: Look) -> tuple[Variable, Ints]:
        related, key, query = self._relation(look)
        if look.value is None:
            if not related.any():
                return replace(look, values=(0,), key=None, query=None, related=related[:1, :1]), np.array([0])
            return replace(look, key=key, query=query, related=related), np.arange(len(look))
        parts = replace(look, key=key, query=query, related=related)
        return self._bringing(look, parts, *self.of(look.value))

    def _bringing(self, look: Look, made: Look, value: Variable, old: Ints) -> tuple[Variable, Ints]:
        """A head that is made anew but for what it brings, which can be read from a value with these old codes."""
        possible = np.ones(len(value), bool)
        if value is made.key:
            possible = np.asarray(made.related.any(0))
        if not made.related.any():
            possible[:] = False
        if not possible.any() and look.default is None:
            raise ValueError("a head brings nothing")
        brings = look.brings[old]
        classes = self.classes.get(look)
        default = look.default
        if made.related.all() and look.at in SEES_ITSELF:
            default = None
        if classes is not None:
            brings, default = classes[brings], None if default is None else int(classes[default])
        # What is brought is written as a value of what it is brought from; whoever reads it knows what that means.
        taken = [code for code in range(len(value)) if possible[code]]
        new_brings = np.full(len(value), -1)
        new_brings[taken] = np.arange(len(taken))
        values: list[Value] = [value.values[code] for code in taken]
        meaning = [int(brings[code]) for code in taken]
        new_default = None
        if default is not None:
            if default in meaning:
                new_default = meaning.index(default)
            else:
                nothing = look.values[look.default] if self._is_free(look, values) else None  # type: ignore[index]
                if nothing is None and None in values:  # it is brought, too, and means something else
                    codes, cells = np.unique(old, return_inverse=True)
                    table = Table(tuple(range(len(codes))), (value,), cells)
                    return self._bringing(look, made, self._alike.setdefault(contents(table), table), codes)
                new_default = len(values)
                values.append(nothing)
                meaning.append(default)
        made = replace(made, values=tuple(values), value=value, brings=new_brings, default=new_default)
        return made, np.array(meaning)

    @staticmethod
    def _is_free(look: Look, values: list[Value]) -> bool:
        """Whether the value for nothing is still none of those that are brought."""
        wanted = look.values[look.default]  # type: ignore[index]
        numbers = [value for value in values if type(value) is int]
        return type(wanted) is int and len(numbers) == len(values) and wanted not in values

    def _relation(self, look: Look) -> tuple[Bits, Variable | None, Variable | None]:
        related, key, query = look.related, look.key, look.query
        if key is not None:
            key, old = self.of(key)
            related = related[:, old]
        if query is not None:
            query, old = self.of(query)
            related = related[old]
        if (related == related[:1]).all():
            related, query = related[:1], None
        if (related == related[:, :1]).all():
            related, key = related[:, :1], None
        return related, key, query


def contents(variable: Variable) -> object:
    """What a variable is: two that are alike in it are the same everywhere."""

    def part(value: object) -> object:
        return (value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value

    values = tuple(map(value_key, variable.values))
    own = (getattr(variable, one.name) for one in fields(variable) if one.name != "values")
    return type(variable), values, *map(part, own)


def merged_codes(answer: Answer) -> dict[Variable, Ints]:
    """For tables and what heads bring of them, a code for each code: the same for those that nobody tells apart."""
    nodes = list(walk(answer))
    told: dict[Variable, list[list[bytes]]] = {node: [[] for _ in node.values] for node in nodes}
    found: dict[Variable, Ints] = {}

    def tell(node: Variable, rows: Ints | Bits) -> None:
        for code, row in enumerate(rows):
            told[node][code].append(np.ascontiguousarray(row).tobytes())

    if isinstance(answer, Sums):
        for variable, weights in answer.terms.items():
            tell(variable, weights - weights[:, :1])
    else:
        tell(answer, np.arange(len(answer)))
    for node in reversed(nodes):
        classes: dict[tuple[bytes, ...], int] = {}
        merged = np.array([classes.setdefault(tuple(one), code) for code, one in enumerate(told[node])])
        match node:
            case Table():
                found[node] = merged
                cells = merged[node.cells]
                for axis, one in enumerate(node.inputs):
                    tell(one, np.moveaxis(cells, axis, 0))
            case Look():
                if node.key is not None:
                    tell(node.key, node.related.T)
                if node.query is not None:
                    tell(node.query, node.related)
                if node.value is not None:
                    found[node] = merged
                    tell(node.value, np.where(node.brings < 0, -1, merged[node.brings]))
            case Either():
                for option in node.options:
                    tell(option, np.arange(len(option)))
    return found
