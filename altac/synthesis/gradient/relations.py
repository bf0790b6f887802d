"""Finite relations and functions as expressions: equal to them on all combinations of values, and short.

A relation of two variables is written as a comparison, as sets of values, or as both; what is neither becomes rows of
values in a constant. A function is a choice between such relations, arithmetic, or a constant table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from altac.ir.values import Value, source_text, value_key
from altac.synthesis.gradient.discrete import Bits, Ints

FARTHEST = 3  # in `key.x == query.y + 3`
MOST_ROWS = 3  # different rows of a relation that are written as a choice
MOST_CASES = 8  # of a function that is written as a choice


@dataclass(frozen=True)
class Read:
    """How something is called where it is read, and all that it can be."""

    name: str
    values: tuple[Value, ...]

    @property
    def is_number(self) -> bool:
        return all(type(value) is int for value in self.values)

    @property
    def is_ordered(self) -> bool:
        return self.is_number or all(type(value) is str for value in self.values)


def member(read: Read, chosen: Bits) -> str:
    """A condition that holds for some of the values, not for all or none of them."""
    inside = [value for value, is_in in zip(read.values, chosen, strict=True) if is_in]
    outside = [value for value, is_in in zip(read.values, chosen, strict=True) if not is_in]
    if not inside or not outside:
        return "true" if inside else "false"
    if all(type(value) is bool for value in read.values):
        return read.name if inside[0] else f"not {read.name}"
    if len(inside) == 1:
        return f"{read.name} == {source_text(inside[0])}"
    if len(outside) == 1:
        return f"{read.name} != {source_text(outside[0])}"
    if read.is_number:
        within, without = ([value for value in some if isinstance(value, int)] for some in (inside, outside))
        if max(within) < min(without):
            return f"{read.name} <= {max(within)}"
        if min(within) > max(without):
            return f"{read.name} >= {min(within)}"
    if len(outside) < len(inside):
        return f"{read.name} not in {source_text(frozenset(outside))}"
    return f"{read.name} in {source_text(frozenset(inside))}"


def comparisons(query: Read, key: Read) -> Iterator[tuple[str, Bits]]:
    """Relations (query, key) that have a short text."""
    keys = np.empty(len(key.values), object)
    keys[:] = [value_key(value) for value in key.values]
    queries = np.empty(len(query.values), object)
    queries[:] = [value_key(value) for value in query.values]
    equal = np.asarray(queries[:, None] == keys[None, :], bool)
    if equal.any():
        yield f"{key.name} == {query.name}", equal
        yield f"{key.name} != {query.name}", ~equal
    if (key.is_number and query.is_number) or (key.is_ordered and query.is_ordered and equal.any()):
        less = np.asarray(keys[None, :] < queries[:, None], bool)
        for sign, relation in (("<", less), ("<=", less | equal), (">", ~less & ~equal), (">=", ~less)):
            yield f"{key.name} {sign} {query.name}", relation
    if key.is_number and query.is_number:
        apart = np.asarray(keys[None, :] - queries[:, None], np.int64)
        for far in range(1, FARTHEST + 1):
            yield f"{key.name} == {query.name} + {far}", apart == far
            yield f"{key.name} == {query.name} - {far}", apart == -far


def conjuncts(related: Bits, query: Read, key: Read, constant: Callable[[str], str]) -> list[str]:
    """The parts of a condition that is equal to a relation (codes of the query, codes of the key).

    Args:
        constant: gives a name to the text of a constant.
    """
    if related.all() or not related.any():
        return ["false"] * (not related.all())
    rows, columns = np.asarray(related.any(1)), np.asarray(related.any(0))
    of_query, of_key = np.broadcast_to(rows[:, None], related.shape), np.broadcast_to(columns, related.shape)
    both = of_query & of_key
    found: list[list[str]] = []
    if (related == both).all():
        found.append([*some(key, columns), *some(query, rows)])
    sure_query, sure_key = np.asarray(related.all(1)), np.asarray(related.all(0))
    sure = np.broadcast_to(sure_query[:, None], related.shape) | sure_key
    if (related == sure).all() and sure.any():
        found.append([" or ".join([*some(key, sure_key), *some(query, sure_query)])])
    for text, known in comparisons(query, key):
        for asked, parts in (
            (known, []),
            (known & of_key, some(key, columns)),
            (known & of_query, some(query, rows)),
            (known & both, [*some(key, columns), *some(query, rows)]),
        ):
            if (related == asked).all():
                found.append([text, *parts])
                break
        else:
            if sure.any() and (related == (known | sure)).all():
                found.append([" or ".join([text, *some(key, sure_key), *some(query, sure_query)])])
    if not found:
        found.append([by_rows(related, query, key, constant)])
    return min(found, key=lambda parts: sum(map(len, parts)) + 5 * len(parts))


def some(read: Read, chosen: Bits) -> list[str]:
    """The condition that a value is one of some, if that says anything."""
    return [] if chosen.all() or not chosen.any() else [member(read, chosen)]


def indexed(read: Read, rows: Ints | Bits) -> tuple[Read, str]:
    """What rows are looked up by: if from a number on all are equal, that number stands for all that are greater."""
    if not read.is_number or list(read.values) != list(range(len(read.values))):
        return read, read.name
    last = len(rows) - 1
    while last > 0 and (rows[last - 1] == rows[-1]).all():
        last -= 1
    if last >= len(rows) - 2:
        return read, read.name
    return Read(read.name, read.values[: last + 1]), f"min({read.name}, {last})"


def by_rows(related: Bits, query: Read, key: Read, constant: Callable[[str], str]) -> str:
    """A relation by what each value of the query selects, or each of the key, if fewer of these differ."""
    if len(np.unique(related, axis=1).T) < len(np.unique(related, axis=0)):
        related, query, key = related.T, key, query
    rows, group, sizes = np.unique(related, axis=0, return_inverse=True, return_counts=True)
    if len(rows) <= MOST_ROWS:
        text = ""
        *first, last = np.argsort(sizes, kind="stable").tolist()
        for number in first:
            text += f"{member(key, rows[number])} if {member(query, group.reshape(-1) == number)} else "
        return f"({text}{member(key, rows[last])})"
    known, place = indexed(query, related)
    sets = [frozenset(one for one, is_in in zip(key.values, row, strict=True) if is_in) for row in related]
    entries = (
        f"{source_text(value)}: {source_text(chosen)}" for value, chosen in zip(known.values, sets, strict=False)
    )
    return f"{key.name} in {constant('{' + ', '.join(entries) + '}')}[{place}]"


def arithmetic(left: Read, right: Read) -> Iterator[tuple[str, Ints]]:
    """Functions (left, right) of numbers that have a short text."""
    if not (left.is_number and right.is_number):
        return
    one, other = np.array(left.values, np.int64)[:, None], np.array(right.values, np.int64)[None, :]
    yield f"{left.name} + {right.name}", one + other
    yield f"{left.name} - {right.name}", one - other
    yield f"{right.name} - {left.name}", other - one
    yield f"min({left.name}, {right.name})", np.minimum(one, other)
    yield f"max({left.name}, {right.name})", np.maximum(one, other)


def renamed(cells: Ints, left: Read, right: Read) -> tuple[str, list[Value]] | None:
    """Arithmetic that tells apart what a table tells apart, and its value for each code; None if there is none."""
    for text, found in arithmetic(left, right):
        pairs = set(zip(cells.reshape(-1).tolist(), found.reshape(-1).tolist(), strict=True))
        if len(pairs) == len({code for code, _ in pairs}) == len({value for _, value in pairs}):
            by_code = dict(pairs)
            return text, [by_code[code] for code in sorted(by_code)]
    return None


def function(cells: Ints, values: tuple[Value, ...], left: Read, right: Read, constant: Callable[[str], str]) -> str:
    """An expression for a table of the codes of values."""
    if all(type(value) is int for value in values):
        wanted = np.array(values, np.int64)[cells]
        for text, found in arithmetic(left, right):
            if (found == wanted).all():
                return text
    if all(type(value) is bool for value in values):
        return " and ".join(conjuncts(np.array(values)[cells], left, right, constant)) or "true"
    cases = list(covered(cells))
    *rules, (last, _, _) = cases
    if len(rules) <= MOST_CASES:
        text = ""
        for code, rows, columns in rules:
            where = " and ".join([*some(left, rows), *some(right, columns)])
            text += f"{source_text(values[code])} if {where} else "
        return text + source_text(values[last])
    one, row_place = indexed(left, cells)
    other, column_place = indexed(right, cells.T)
    nested = (
        f"{source_text(value)}: {{" + ", ".join(_entries(other.values, [values[code] for code in row])) + "}"
        for value, row in zip(one.values, cells.tolist(), strict=False)
    )
    return f"{constant('{' + ', '.join(nested) + '}')}[{row_place}][{column_place}]"


def of_one(cells: Ints, values: tuple[Value, ...], read: Read, constant: Callable[[str], str]) -> str:
    """An expression for a table of one variable."""
    found = [values[code] for code in cells.tolist()]
    if list(map(value_key, found)) == list(map(value_key, read.values)):
        return read.name
    if all(type(value) is int for value in found) and read.is_number:
        apart = np.array(found, np.int64) - np.array(read.values, np.int64)
        if (apart == apart[0]).all():
            return f"{read.name} {'+' if apart[0] > 0 else '-'} {abs(int(apart[0]))}"
    if all(type(value) is bool for value in values):
        return member(read, np.array(values)[cells])
    codes, sizes = np.unique(cells, return_counts=True)
    if len(codes) <= MOST_ROWS:
        *first, last = codes[np.argsort(sizes, kind="stable")].tolist()
        text = "".join(f"{source_text(values[code])} if {member(read, cells == code)} else " for code in first)
        return text + source_text(values[last])
    known, place = indexed(read, cells)
    return f"{constant('{' + ', '.join(_entries(known.values, found)) + '}')}[{place}]"


def covered(cells: Ints) -> Iterator[tuple[int, Bits, Bits]]:
    """Blocks (code, rows, columns) of one code each, of which the first that a cell is in has its code.

    The largest come first; the last is everything, with the code of what is left.
    """
    codes, sizes = np.unique(cells, return_counts=True)
    common = int(codes[sizes.argmax()])
    left = cells != common
    while left.any():
        best: tuple[int, int, Bits, Bits] | None = None
        for code in np.unique(cells[left]).tolist():
            same = cells == code
            for columns in np.unique(same[(same & left).any(1)], axis=0):
                rows = (same | ~columns).all(1)
                area = int((left & rows[:, None] & columns).sum())
                if best is None or area > best[0]:
                    best = area, code, rows, columns
        assert best is not None
        _, code, rows, columns = best
        yield code, rows, columns
        left &= ~(rows[:, None] & columns)
    yield common, np.ones(cells.shape[0], bool), np.ones(cells.shape[1], bool)


def _entries(keys: tuple[Value, ...], values: list[Value]) -> Iterator[str]:
    return (f"{source_text(key)}: {source_text(value)}" for key, value in zip(keys, values, strict=False))
