"""How often each plain rule, and each statement of the source, acts while a program runs on some inputs.

The interpreter gives the states; guards and rules of a layer are evaluated on all positions that run it at once. A
layer in which a run fails is not counted, the layers before it are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from altac.diagnostics import Span
from altac.diagnostics.run_errors import RunFailed
from altac.engine.batches import batches
from altac.engine.trace import Indices, Layer, has_value, transitions
from altac.engine.writing import tokens_read
from altac.interpret import Interpreter
from altac.interpret.expressions import Compiler, Rows
from altac.ir.program import Assign, Program, Uncovered, reached
from altac.passes import PlainRules

NOTHING: Indices = np.zeros((2, 0), np.int64)  # no pairs
BLOCK = 1 << 14  # positions that are looked at together; bounds the memory for values of expressions


@dataclass(frozen=True)
class Site:
    """An assignment, or the beginning of an arm (`if`, `elif`, `case`), and what happened there.

    Attributes:
        assigns: whether it is an assignment.
        runs: how many times it was executed: positions times layers.
        rules: for an assignment, how many times each rule fired by it, by the rule's number; none does where
            it changes nothing.
    """

    span: Span
    assigns: bool
    runs: int
    rules: Mapping[int, int]

    @property
    def changes(self) -> int:
        """How many times it gave its variable another value, or its first one."""
        return sum(self.rules.values())


@dataclass(frozen=True)
class LayerCoverage:
    """One layer in a coverage; its name is "" in a program with one step."""

    name: str
    cells: int
    rules: int
    fired: int


@dataclass(frozen=True, eq=False)
class Coverage:
    """What some inputs make a program do.

    Attributes:
        inputs: how many there were.
        cells_of: positions times runs of it, for each layer.
        sites: in the order of the text, one for each place; copies that `for` makes add up.
        fires: how many times each rule fired.
        inputs_of: in how many inputs each rule fired.
        beyond: the numbers of the inputs in which a rule fired that was not among the known ones.
        errors: why runs failed, by the number of the input.
    """

    program: Program
    plain: PlainRules
    inputs: int
    cells_of: tuple[int, ...]
    sites: tuple[Site, ...]
    fires: Mapping[int, int]
    inputs_of: Mapping[int, int]
    beyond: tuple[int, ...]
    errors: Mapping[int, RunFailed]

    @property
    def cells(self) -> int:
        """Positions times layers."""
        return sum(self.cells_of)

    @property
    def layers(self) -> list[LayerCoverage]:
        """The same for each layer of the program."""
        fired = Counter(map(self.plain.layer_of, self.fires))
        names = self.program.layer_names
        return [
            LayerCoverage(name, self.cells_of[number], self.plain.totals[number], fired[number])
            for number, name in enumerate(names)
        ]


def cover(
    interpreter: Interpreter,
    texts: Sequence[str],
    known: Collection[int] = (),
    progress: Callable[[int], None] | None = None,
) -> Coverage:
    """Run a program on some inputs and count.

    Args:
        known: rules that do not make an input one of `beyond`.
        progress: called with the number of inputs that were finished since the last call.

    Raises:
        InputError: if an input is not accepted.
        AltacError: if the program has too many rules to number them.
    """
    tokens = {number: tokens_read(interpreter, text) for number, text in enumerate(texts)}
    counter = _Counter(interpreter.program)
    knowns = np.array(sorted(known), np.int64)
    inputs_of: Counter[int] = Counter()
    beyond: list[int] = []
    errors: dict[int, RunFailed] = {}
    for numbers in batches(tokens):
        found = [NOTHING]
        for before, layer in transitions(interpreter.layers([tokens[number] for number in numbers])):
            errors |= {numbers[row]: error for row, error in layer.errors.items()}
            found.append(counter.count(before, layer))
        rows, rules, _ = pairs(*np.concatenate(found, axis=1))
        inputs_of.update(rules.tolist())
        beyond += [numbers[row] for row in np.unique(rows[~np.isin(rules, knowns)]).tolist()]
        if progress is not None:
            progress(len(numbers))
    return Coverage(
        interpreter.program,
        counter.plain,
        len(texts),
        tuple(layer.cells for layer in counter.layers),
        counter.sites(),
        counter.fires,
        inputs_of,
        tuple(sorted(beyond)),
        dict(sorted(errors.items())),
    )


def pairs(left: Indices, right: Indices) -> tuple[Indices, Indices, Indices]:
    """The different pairs of two arrays of the same length, and how often each occurs."""
    values, places = np.unique(right, return_inverse=True)
    size = max(1, len(values))  # the right side may be too large to be multiplied, its places are not
    codes, counts = np.unique(left * size + places, return_counts=True)
    return codes // size, values[codes % size], counts


@dataclass
class _Statement:
    """A statement or arm, ready to be looked at; `mask` says where it is executed (None: everywhere)."""

    span: Span
    variable: str | None
    mask: Callable[[Rows], Any] | None
    runs: int = 0
    rules: Counter[int] = field(default_factory=Counter)


@dataclass
class _Layer:
    """What is counted in one layer."""

    statements: list[_Statement] = field(default_factory=list)
    cells: int = 0


class _Counter:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.plain = PlainRules(program)
        self.fires: Counter[int] = Counter()
        self.layers: list[_Layer] = []
        compiler = Compiler()
        for layer in program.layers:
            found = _Layer()
            for guard, statement in reached(layer.step):
                if not isinstance(statement, Uncovered):
                    mask = None if guard is None else compiler.compile(guard).mask()
                    variable = statement.variable if isinstance(statement, Assign) else None
                    found.statements.append(_Statement(statement.span, variable, mask))
            self.layers.append(found)

    def count(self, before: Mapping[str, Indices], layer: Layer) -> Indices:
        """Count one layer; returns the pairs (place in the batch, rule), each once, as two rows."""
        valid = has_value(next(iter(before.values())))
        found_there = {**before, **layer.heads}
        state = {name: found_there[name][valid] for name, _ in self.program.state(layer.place)}
        rows = np.broadcast_to(layer.rows[:, None], valid.shape)[valid]
        self.layers[layer.place].cells += len(rows)
        found = [NOTHING]
        for start in range(0, len(rows), BLOCK):
            part = {name: values[start : start + BLOCK] for name, values in state.items()}
            found += self._block(layer.place, part, rows[start : start + BLOCK])
        return np.stack(pairs(*np.concatenate(found, axis=1))[:2])

    def _block(self, layer: int, state: Mapping[str, Indices], sequences: Indices) -> Iterator[Indices]:
        rows = Rows(state, np.arange(len(sequences)))
        statements = self.layers[layer].statements
        by: dict[str, Indices] = {}  # for each variable and row the statement that assigns it: there is at most one
        for number, statement in enumerate(statements):
            mask = np.ones(len(sequences), np.bool_) if statement.mask is None else statement.mask(rows)
            statement.runs += int(mask.sum())
            if statement.variable is not None:
                by.setdefault(statement.variable, np.full(len(sequences), -1))[mask] = number
        for name, rules in self.plain.fired(layer, state).items():
            fires = rules >= 0
            for place, number, times in np.stack(pairs(by[name][fires], rules[fires]), axis=1).tolist():
                self.fires[number] += times
                statements[place].rules[number] += times
            yield np.stack([sequences[fires], rules[fires]])

    def sites(self) -> tuple[Site, ...]:
        """What was counted, copies of one place added up."""
        places: dict[Span, list[_Statement]] = {}
        for layer in self.layers:
            for statement in layer.statements:
                places.setdefault(statement.span, []).append(statement)
        return tuple(_site(span, places[span]) for span in sorted(places, key=lambda span: span.start))


def _site(span: Span, copies: list[_Statement]) -> Site:
    rules: Counter[int] = sum((copy.rules for copy in copies), Counter())
    return Site(span, copies[0].variable is not None, sum(copy.runs for copy in copies), dict(sorted(rules.items())))
