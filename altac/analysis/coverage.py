"""How often each plain rule, and each statement of the source, acts while a program runs on some inputs.

The interpreter gives the states; guards and rules are evaluated on all positions of a layer at once. A layer in which a
run fails is not counted, the layers before it are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from altac.diagnostics import Span
from altac.diagnostics.run_errors import RunFailed
from altac.engine.protocol import batches
from altac.engine.trace import Indices, Layer, has_value
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
        """How many times it gave its variable another value."""
        return sum(self.rules.values())


@dataclass(frozen=True, eq=False)
class Coverage:
    """What some inputs make a program do.

    Attributes:
        inputs: how many there were.
        cells: positions times layers.
        sites: in the order of the text, one for each place; copies that `for` makes add up.
        fires: how many times each rule fired.
        inputs_of: in how many inputs each rule fired.
        beyond: the numbers of the inputs in which a rule fired that was not among the known ones.
        errors: why runs failed, by the number of the input.
    """

    program: Program
    plain: PlainRules
    inputs: int
    cells: int
    sites: tuple[Site, ...]
    fires: Mapping[int, int]
    inputs_of: Mapping[int, int]
    beyond: tuple[int, ...]
    errors: Mapping[int, RunFailed]


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
    tokens = {number: interpreter.interface.tokens(text) for number, text in enumerate(texts)}
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
        counter.cells,
        tuple(counter.sites()),
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


def transitions(layers: Iterator[Layer]) -> Iterator[tuple[dict[str, Indices], Layer]]:
    """Every layer but the initial state, with the variables that its sequences had before."""
    previous = next(layers)
    for layer in layers:
        places = np.searchsorted(previous.rows, layer.rows)
        yield {name: values[places] for name, values in previous.variables.items()}, layer
        previous = layer


@dataclass
class _Statement:
    """A statement or arm, ready to be looked at; `mask` says where it is executed (None: everywhere)."""

    span: Span
    variable: str | None
    mask: Callable[[Rows], Any] | None
    runs: int = 0
    rules: Counter[int] = field(default_factory=Counter)


class _Counter:
    def __init__(self, program: Program) -> None:
        self.plain = PlainRules(program)
        self.cells = 0
        self.fires: Counter[int] = Counter()
        self.statements: list[_Statement] = []
        compiler = Compiler()
        for guard, statement in reached(program.step):
            if not isinstance(statement, Uncovered):
                mask = None if guard is None else compiler.compile(guard).mask()
                self.statements.append(
                    _Statement(statement.span, statement.variable if isinstance(statement, Assign) else None, mask)
                )

    def count(self, before: Mapping[str, Indices], layer: Layer) -> Indices:
        """Count one layer; returns the pairs (place in the batch, rule), each once, as two rows."""
        valid = has_value(next(iter(before.values())))
        state = {name: values[valid] for name, values in (*before.items(), *layer.heads.items())}
        rows = np.broadcast_to(layer.rows[:, None], valid.shape)[valid]
        self.cells += len(rows)
        found = [NOTHING]
        for start in range(0, len(rows), BLOCK):
            part = {name: values[start : start + BLOCK] for name, values in state.items()}
            found += self._block(part, rows[start : start + BLOCK])
        return np.stack(pairs(*np.concatenate(found, axis=1))[:2])

    def _block(self, state: Mapping[str, Indices], sequences: Indices) -> Iterator[Indices]:
        rows = Rows(state, np.arange(len(sequences)))
        by: dict[str, Indices] = {}  # for each variable and row the statement that assigns it: there is at most one
        for number, statement in enumerate(self.statements):
            mask = np.ones(len(sequences), np.bool_) if statement.mask is None else statement.mask(rows)
            statement.runs += int(mask.sum())
            if statement.variable is not None:
                by.setdefault(statement.variable, np.full(len(sequences), -1))[mask] = number
        for name, rules in self.plain.fired(state).items():
            fires = rules >= 0
            for statement, number, times in np.stack(pairs(by[name][fires], rules[fires]), axis=1).tolist():
                self.fires[number] += times
                self.statements[statement].rules[number] += times
            yield np.stack([sequences[fires], rules[fires]])

    def sites(self) -> Iterator[Site]:
        """What was counted, copies of one place added up."""
        places: dict[Span, list[_Statement]] = {}
        for statement in self.statements:
            places.setdefault(statement.span, []).append(statement)
        for span in sorted(places, key=lambda span: span.start):
            copies = places[span]
            rules: Counter[int] = sum((copy.rules for copy in copies), Counter())
            yield Site(
                span, copies[0].variable is not None, sum(copy.runs for copy in copies), dict(sorted(rules.items()))
            )
